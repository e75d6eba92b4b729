#ifndef PAGEWALK_KERN_ENV_H
#define PAGEWALK_KERN_ENV_H

#include <inc/env.h>

extern struct Env *envs;		/* NENV of them; mem_init */
extern struct Env *curenv;		/* the one whose turn it is, or NULL */

/* Slots that nobody has, linked by env_link; the first is used next. */
extern struct Env *env_free_list;

/*
 * Put all of envs on the free list, the first to be used first.
 * => mem_init has cleared them.
 */
void	env_init(void);

/*
 * Take a free slot of envs, with an address space that has only the kernel's
 * part, registers for a start in user mode but eip, and a new id. It is not
 * runnable yet. *store is set on success only.
 * Returns 0, -E_NO_FREE_ENV, or -E_NO_MEM; nothing has changed then.
 */
int	env_alloc(struct Env **store, envid_t parent);

/*
 * Make a runnable environment out of an ELF file of size bytes, with a stack.
 * Returns 0; -E_NO_FREE_ENV or -E_NO_MEM; or -E_NOT_EXEC if the file cannot be
 * a program, and then prints why. On failure nothing is left of it.
 */
int	env_create(const void *binary, size_t size, enum EnvType type,
		   struct Env **store);

/*
 * Give back everything that e has. If the processor was in its address space, it
 * is in the kernel's afterwards.
 */
void	env_free(struct Env *e);

/*
 * End e. If it is the current environment, this does not return: another one
 * runs.
 */
void	env_destroy(struct Env *e);

/* Continue with e in user mode. */
void	env_run(struct Env *e) NORETURN;

/* The same, for sched_yield, which has taken e out of its queue. */
void	env_enter(struct Env *e) NORETURN;

/*
 * The environment with this id (0: the current one). With checkperm it must be
 * the current one or a child of it.
 * Returns 0, or -E_BAD_ENV with *store NULL.
 */
int	envid2env(envid_t id, struct Env **store, bool checkperm);

/*
 * For checks: which environments there are, which slots and ids come next, and
 * whose turn it is. To restore it gives back no memory: somebody else has done
 * that.
 */
struct env_mark {
	envid_t ids[NENV];
	struct Env *links[NENV];
	bool there[NENV];
	struct Env *free, *current;
	uint32_t made;
	uint32_t cr3;
	uint16_t fs, gs;
};
void	env_remember(struct env_mark *m);
void	env_restore(const struct env_mark *m);

/* Change e's status, and with it whether sched_yield may choose it. */
void	env_set_status(struct Env *e, unsigned status);

/*
 * May e touch the user memory [va, va + len) with rights perm (PTE_P and PTE_U
 * are added)? Returns 0 or -E_FAULT.
 */
int	user_mem_check(struct Env *e, const void *va, size_t len, int perm);

/* The same; with -E_FAULT, *bad is the first address that e may not touch. */
int	user_mem_find_bad(struct Env *e, const void *va, size_t len, int perm,
			  uintptr_t *bad);

/* The same, but end e if it may not; does not return if e is current. */
void	user_mem_assert(struct Env *e, const void *va, size_t len, int perm);

/*
 * Copy from or to user memory of the current address space that user_mem_check
 * has allowed; for that time SMAP lets the kernel in.
 */
void	copy_from_user(void *dst, const void *src, size_t len);
void	copy_to_user(void *dst, const void *src, size_t len);

#endif
