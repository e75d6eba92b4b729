/* Writes its own entry in envs, which users may only read. */

#include <inc/lib.h>
#include <inc/x86.h>

void
umain(int argc, char **argv)
{
	cprintf("i am environment %08x\n", thisenv->env_id);
	store32((uintptr_t)&thisenv->env_parent_id, thisenv->env_id);
}
