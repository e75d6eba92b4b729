/* Messages between environments. */

#include <inc/lib.h>

/* No page: any address that no page can have. */
#define NO_PAGE		((void *)UTOP)

void
ipc_send(envid_t to, uint32_t value, void *pg, int perm)
{
	int r = sys_ipc_send(to, value, pg ? pg : NO_PAGE, perm);

	if (r < 0)
		panic("ipc_send to %08x: %e", to, r);
}

int32_t
ipc_recv(envid_t *from, void *pg, int *perm)
{
	int r = sys_ipc_recv(pg ? pg : NO_PAGE);

	if (from)
		*from = r < 0 ? 0 : thisenv->env_ipc_from;
	if (perm)
		*perm = r < 0 ? 0 : thisenv->env_ipc_perm;
	return r < 0 ? r : (int32_t)thisenv->env_ipc_value;
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
