#ifndef PAGEWALK_INC_LIB_H
#define PAGEWALK_INC_LIB_H

/* A user program includes only this, and defines umain. */

#include <inc/assert.h>
#include <inc/env.h>
#include <inc/error.h>
#include <inc/memlayout.h>
#include <inc/stdarg.h>
#include <inc/stdio.h>
#include <inc/string.h>
#include <inc/syscall.h>
#include <inc/trap.h>
#include <inc/types.h>

#define USED(x)		((void)(x))

/* The program. When it returns, the environment exits. */
void	umain(int argc, char **argv);

/* Our name and environment. */
extern const char *binaryname;
extern const volatile struct Env *thisenv;

/* The kernel's arrays, read-only: see inc/memlayout.h. */
extern const volatile struct Env envs[NENV];
extern const volatile struct PageInfo pages[];

/*
 * The page tables, as two arrays. uvpt[PGNUM(va)] is the table's entry for va,
 * if the directory's entry, uvpd[PDX(va)], is present.
 */
extern const volatile pte_t uvpt[];
extern const volatile pde_t uvpd[];

/* End this environment. */
void	exit(void) NORETURN;

/* System calls: inc/syscall.h. Negative results are errors. */
void	sys_cputs(const char *string, size_t len);
int	sys_cgetc(void);
envid_t	sys_getenvid(void);
int	sys_env_destroy(envid_t id);
void	sys_yield(void);

/* Make any system call, by the gate (lib/syscall_entry.S). */
int32_t	syscall_int(uint32_t number, uint32_t a1, uint32_t a2, uint32_t a3,
		    uint32_t a4, uint32_t a5);

#endif
