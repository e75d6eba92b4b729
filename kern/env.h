#ifndef PAGEWALK_KERN_ENV_H
#define PAGEWALK_KERN_ENV_H

#include <inc/env.h>
#include <inc/x86.h>
#include <kern/fpu.h>
#include <kern/status.h>

/* Free slots of envs, linked by env_link; the first is used next. */
extern struct Env *env_free_list;

/* Environments created so far. */
extern uint32_t env_count;

/* An environment's private data, which users must not read. */
struct EnvPrivate {
	struct fs_gs segments;		/* FS and GS, while it does not run */
	struct fpu_state fpu;		/* x87 and SSE registers */
	const struct program *program;	/* NULL if unknown */
	uint32_t lost_slot;		/* the slot it waited for is unreadable */
	bool unloaded;			/* pages of its file are not loaded */
	bool watches_dirty;		/* it clears its D bits, to see writes */
	/*
	 * The rest of an unfinished system call, or NULL. Runs on a fresh
	 * kernel stack when e runs next, and does not return.
	 */
	void (*resume)(void);
	struct user_text {
		const char *start;
		uint32_t len;
	} unprinted;			/* by sys_cputs */
};

extern struct EnvPrivate env_privates[NENV];

/* Return the kernel's own record of e, which is not free. */
static inline struct EnvPrivate *
env_private(const struct Env *e)
{
	return &env_privates[env_slot(e)];
}

/*
 * Put all slots of envs on the free list, the first to be used first.
 * => mem_init has cleared them.
 */
void	env_init(void);

/*
 * Take a free slot of envs: with a new id, an address space that has only the
 * kernel's part, and registers for user mode, except eip. It is not runnable
 * yet. *store is set on success only.
 * Returns 0, -E_NO_FREE_ENV, or -E_NO_MEM; nothing has changed then.
 */
int	env_alloc(struct Env **store, envid_t parent);

/*
 * Take a free slot for a copy of curenv: with its registers, x87 and SSE
 * included, which are in curenv->env_tf, but an empty address space. It is not
 * runnable yet, and its system call returns 0.
 * Returns 0, -E_NO_FREE_ENV, or -E_NO_MEM; nothing has changed then.
 */
int	env_copy(struct Env **store);

/*
 * Make a runnable environment of an ELF file of size bytes, with a stack.
 * Returns 0; -E_NO_FREE_ENV or -E_NO_MEM; or -E_NOT_EXEC if the file is not an
 * executable, and then prints why. On failure nothing has changed, except that
 * an id may have been used and announced.
 */
int	env_create(const void *binary, size_t size, enum EnvType type,
		   struct Env **store);

/*
 * Free all that e has. If it is the current environment, the processor is in
 * the kernel's address space afterwards.
 */
void	env_free(struct Env *e);

/* Return the environment with this id (0: the current one), or NULL. */
static inline struct Env *
env_find(envid_t id)
{
	struct Env *e = &envs[ENVX(id)];

	if (id == 0)
		return curenv;
	return e->env_id == id && e->env_status != ENV_FREE ? e : NULL;
}

/* The same, if it is the current environment or a child of it, else NULL. */
static inline struct Env *
env_find_own(envid_t id)
{
	struct Env *e = env_find(id);

	if (!e || e == curenv)
		return e;
	return curenv && e->env_parent_id == curenv->env_id ? e : NULL;
}

/*
 * Find the environment with this id (0: the current one). With checkperm it
 * must be the current one or a child of it.
 * Returns 0, or -E_BAD_ENV with *store NULL.
 */
int	envid2env(envid_t id, struct Env **store, bool checkperm);

#endif
