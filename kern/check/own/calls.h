#ifndef PAGEWALK_KERN_CHECK_OWN_CALLS_H
#define PAGEWALK_KERN_CHECK_OWN_CALLS_H

/*
 * For checks of system calls: three environments that make them, and what must
 * not change when a call fails.
 *
 * The environments have no program and stay not runnable, as if their creator
 * had not started them. One is the current environment during its call only.
 */

#include <inc/env.h>
#include <inc/syscall.h>
#include <kern/check/tables.h>

/* `child` is a child of `me`; `other` is no relation of theirs. */
extern struct Env *me, *child, *other;

void	calls_begin(void);

/* Free those that still exist. */
void	calls_end(void);

/* Create one more; the check ends if that fails. */
struct Env *new_env(envid_t parent);

/* Addresses under two tables; none of them is mapped at first. */
#define PAGE_A	UTEMP_VA
#define PAGE_B	(UTEMP_VA + PGSIZE)
#define PAGE_C	(UTEMP_VA + 7 * PGSIZE)
#define PAGE_FAR 0x30000000U

#define PU	(PTE_P | PTE_U)
#define PUW	(PTE_P | PTE_U | PTE_W)

/* Return the entry that maps va in e, found by hand; 0 if there is none. */
pte_t	entry_of(const struct Env *e, uintptr_t va);

/* Set the entry that maps va in e. => There is a table. */
void	set_entry_of(struct Env *e, uintptr_t va, pte_t pte);

/* Map a new page at va; the check ends if that fails. */
struct PageInfo *map_new(struct Env *e, uintptr_t va, uint32_t perm);

/*
 * Let e make a system call by the gate, which must return without another
 * environment running, and change no register but eax. Returns the result.
 */
#define ASK(e, number, ...)						\
	ask(e, number, (const uint32_t[5]) { __VA_ARGS__ })
int32_t	ask(struct Env *e, uint32_t number, const uint32_t args[5]);

/*
 * Let e make a system call that waits: it must not return. Returns the
 * environment that runs next, which is paused again; NULL if there is none.
 */
#define BLOCK(e, number, ...)						\
	block(e, number, (const uint32_t[5]) { __VA_ARGS__ })
struct Env *block(struct Env *e, uint32_t number, const uint32_t args[5]);

/* Let e make a call that waits, or leaves: next must be the one that runs. */
#define EXPECT_NEXT(next, ...)						\
	expect_next(__FILE__, __LINE__, BLOCK(__VA_ARGS__), next)
void	expect_next(const char *file, int line, const struct Env *is,
		    const struct Env *should);

/*
 * End e's time slice, with these registers. Returns the environment that runs
 * next, which is paused again; NULL if there is none.
 */
struct Env *end_time_slice(struct Env *e, const struct Trapframe *tf);

/* All of these registers must be the same; the first that is not is named. */
#define EXPECT_REGISTERS(what, is, should)				\
	expect_registers(__FILE__, __LINE__, what, is, should)
void	expect_registers(const char *file, int line, const char *what,
			 const struct Trapframe *is,
			 const struct Trapframe *should);

/* The registers of the last call, and eax as its result. */
struct Trapframe call_frame(int32_t result);

/* e must be runnable, its wait over with this result. Pause it. */
void	expect_woken(struct Env *e, int32_t result);

/* e must still wait, for this reason. */
void	expect_waiting(struct Env *e, int reason);

/* e's call must return this error, and nothing may have changed. */
#define EXPECT_REFUSED(error, e, number, ...)				\
	expect_refused(__FILE__, __LINE__, #number, error, e, number,	\
		       (const uint32_t[5]) { __VA_ARGS__ })
void	expect_refused(const char *file, int line, const char *what,
		       int32_t error, struct Env *e, uint32_t number,
		       const uint32_t args[5]);

/* Note the state of everything; then, it must be the same. */
void	world_note(const struct Env *caller);
void	world_expect_same(const char *file, int line, const char *what);

/* Leave only n frames free. Returns the others, for give_free_list(). */
struct PageInfo *leave_frames(uint32_t n);

/*
 * The same call with 0, 1, ... frames: it must need exactly `needed`, and fail
 * with -E_NO_MEM and nothing changed while there are fewer. Then it succeeds,
 * with a result that is not negative, which is returned.
 */
#define EXPECT_FRAMES(needed, e, number, ...)				\
	expect_frames(__FILE__, __LINE__, #number, needed, e, number,	\
		      (const uint32_t[5]) { __VA_ARGS__ })
int32_t	expect_frames(const char *file, int line, const char *what,
		      uint32_t needed, struct Env *e, uint32_t number,
		      const uint32_t args[5]);

/* Ids that `me` has no right to, or that do not exist. */
#define NBAD_IDS	6
void	bad_ids(uint32_t ids[NBAD_IDS]);

/* Run fn(arg) in e's address space; the check ends if it fails. */
void	as_program(struct Env *e, void (*fn)(void *), void *arg);

/* Read or write a byte at va as the program, in as_program. */
uint8_t	peek(uintptr_t va);
void	poke(uintptr_t va, uint8_t value);

/* True if a write by the program faults, in as_program. */
bool	poke_faults(uintptr_t va);

#endif
