#ifndef PAGEWALK_SOLUTION_INC_ENV_H
#define PAGEWALK_SOLUTION_INC_ENV_H

/*
 * Environments for a course's pmap.c, which maps the array `envs` and reads a
 * few members. Only `make grade-solution` uses this header.
 */

#include <inc/memlayout.h>
#include <inc/trap.h>
#include <inc/types.h>

typedef int32_t envid_t;

#define LOG2NENV	10
#define NENV		(1 << LOG2NENV)
#define ENVX(envid)	((envid) & (NENV - 1))

/* Values of env_status. */
enum {
	ENV_FREE = 0,
	ENV_DYING,
	ENV_RUNNABLE,
	ENV_RUNNING,
	ENV_NOT_RUNNABLE
};

enum EnvType {
	ENV_TYPE_USER = 0,
	ENV_TYPE_FS,
	ENV_TYPE_NS,
};

struct Env {
	struct Trapframe env_tf;	/* saved registers */
	struct Env *env_link;		/* next free one */
	envid_t env_id;
	envid_t env_parent_id;
	enum EnvType env_type;
	unsigned env_status;
	uint32_t env_runs;
	int env_cpunum;
	pde_t *env_pgdir;
	void *env_pgfault_upcall;
	bool env_ipc_recving;
	void *env_ipc_dstva;
	uint32_t env_ipc_value;
	envid_t env_ipc_from;
	int env_ipc_perm;
};

#endif
