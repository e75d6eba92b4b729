/* Tries to end every environment that is not its own: it may not. */

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
		cprintf("[%08x] may not end %08x: %e\n", thisenv->env_id, id,
			error);
		if (error != -E_BAD_ENV)
			panic("ending a stranger gives %d", error);
	}
	/* Nor one that was, or will be, in our own place. */
	if (sys_env_destroy(thisenv->env_id ^ (1 << 30)) != -E_BAD_ENV
	    || sys_env_destroy(thisenv->env_id - NENV) != -E_BAD_ENV)
		panic("our place under another id was found");
	cprintf("[%08x] ended none of %d others\n", thisenv->env_id, others);
}
