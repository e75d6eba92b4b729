#ifndef PAGEWALK_INC_ENV_H
#define PAGEWALK_INC_ENV_H

/*
 * An environment: a program in its own address space. Users read the array
 * `envs` at UENVS, so the layout is an interface.
 */

#include <inc/memlayout.h>
#include <inc/trap.h>

/*
 * An environment's id: the low bits are its slot in envs. The bits above them
 * are a generation, so that a reused slot has another id. 0 means "the caller";
 * negative numbers are errors.
 */
typedef int32_t envid_t;

#ifndef LOG2NENV
#define LOG2NENV	10	/* tests on the host use fewer */
#endif
#define NENV		(1 << LOG2NENV)
#define ENVX(id)	((id) & (NENV - 1))

/* env_status */
enum {
	ENV_FREE,
	ENV_DYING,		/* to be freed when it next traps */
	ENV_RUNNABLE,
	ENV_RUNNING,
	ENV_NOT_RUNNABLE,	/* waits for another environment */
};

enum EnvType {
	ENV_TYPE_USER = 0,
};

struct Env {
	struct Trapframe env_tf;	/* its registers, when not running */
	struct Env *env_link;		/* next in the free list */
	envid_t env_id;
	envid_t env_parent_id;		/* its creator; 0: the kernel */
	enum EnvType env_type;
	unsigned env_status;
	uint32_t env_runs;		/* how many times it was chosen */
	int env_cpunum;			/* the CPU where it runs, or ran last */
	pde_t *env_pgdir;		/* a kernel address */
	void *env_pgfault_upcall;	/* entry point, or NULL */

	/* Messages (sys_ipc_*). */
	bool env_ipc_recving;
	void *env_ipc_dstva;
	uint32_t env_ipc_value;
	envid_t env_ipc_from;
	int env_ipc_perm;
};

_Static_assert(sizeof(struct Env) * NENV <= PTSIZE, "envs fits at UENVS");

#endif
