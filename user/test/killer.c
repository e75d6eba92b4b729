/* Tries to destroy all other environments, which must be refused. */

#include <inc/lib.h>

void
umain(int argc, char **argv)
{
	const volatile struct Env *e;
	int error, others = 0;
	envid_t id;

	for (e = envs; e < envs + NENV; e++) {
		id = e->env_id;
		if (e == thisenv || e->env_status == ENV_FREE)
			continue;
		others++;
		error = sys_env_destroy(id);
		cprintf("[%08x] may not destroy %08x: %e\n", thisenv->env_id,
			id, error);
		if (error != -E_BAD_ENV)
			panic("destroying another gives %d", error);
	}
	/* Past and future environments in our slot must be refused, too. */
	if (sys_env_destroy(thisenv->env_id ^ (1 << 30)) != -E_BAD_ENV
	    || sys_env_destroy(thisenv->env_id - NENV) != -E_BAD_ENV)
		panic("our slot was found under another id");
	cprintf("[%08x] destroyed none of %d others\n", thisenv->env_id,
		others);
}
