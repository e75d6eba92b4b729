/*
 * Verifies that ipc_find_env skips slots that are free: the parent, whose slot
 * is the first, ends, and the child finds itself.
 */

#include <inc/lib.h>
#include "verify.h"

void
umain(int argc, char **argv)
{
	envid_t parent = thisenv->env_id;

	verify_begin();
	if (NEED(fork()))
		return;
	wait(parent);
	VERIFY(ipc_find_env(ENV_TYPE_USER) == thisenv->env_id,
	       "the first environment is not one that has ended");
	verify_end();
}
