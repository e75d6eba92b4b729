// handlers that fork, that unmap their own stack; before and after fork
#include <inc/lib.h>

void
forks(struct UTrapframe *utf)
{
	envid_t child = fork();

	cprintf("%x: in handler, fork gave %x\n", sys_getenvid(), child ? 1 : 0);
	sys_page_alloc(0, (void*) ROUNDDOWN(utf->utf_fault_va, PGSIZE), PTE_P|PTE_U|PTE_W);
}

void
saws(struct UTrapframe *utf)
{
	cprintf("sawing\n");
	sys_page_unmap(0, (void*) (UXSTACKTOP - PGSIZE));
	cprintf("still here?\n");
}

void
umain(int argc, char **argv)
{
	envid_t id = thisenv->env_id;

	if (fork() == 0) {
		set_pgfault_handler(saws);
		*(int *) 0x40000000 = 1;
		cprintf("never\n");
	}
	set_pgfault_handler(forks);
	*(int *) 0x50000000 = 3;
	cprintf("%s after: %d\n", id == sys_getenvid() ? "parent" : "child", *(int *) 0x50000000);
}
