/* Waiting for the end of an environment. */

#include <inc/lib.h>

void
wait(envid_t id)
{
	int r;

	/* The caller's parent can end a wait early, by sys_env_set_status. */
	while ((r = sys_env_wait(id)) == -E_UNSPECIFIED)
		continue;
	if (r < 0)
		panic("wait for %08x: %e", id, r);
}
