/*
 * Messages between environments. ipc_send and ipc_recv make their system calls
 * themselves: a message takes so few instructions that another function counts.
 */

#include <inc/lib.h>
#include <lib/syscall_entry.h>

/* No page: any address that no page can have. */
#define NO_PAGE		((void *)UTOP)

void
ipc_send(envid_t to, uint32_t value, void *pg, int perm)
{
	int r = syscall_best(SYS_ipc_send, to, value,
			     (uint32_t)(pg ? pg : NO_PAGE), perm);

	if (r < 0)
		panic("ipc_send to %08x: %e", to, r);
}

int32_t
ipc_recv(envid_t *from, void *pg, int *perm)
{
	const volatile struct Env *self = thisenv;
	int r = syscall_short(SYS_ipc_recv, (uint32_t)(pg ? pg : NO_PAGE), 0);

	if (from)
		*from = r < 0 ? 0 : self->env_ipc_from;
	if (perm)
		*perm = r < 0 ? 0 : self->env_ipc_perm;
	return r < 0 ? r : (int32_t)self->env_ipc_value;
}

envid_t
ipc_find_env(enum EnvType type)
{
	int i;

	for (i = 0; i < NENV; i++)
		if (envs[i].env_status != ENV_FREE && envs[i].env_type == type)
			return envs[i].env_id;
	return 0;
}
