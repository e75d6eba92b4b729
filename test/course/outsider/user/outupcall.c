// declares the upcall itself, and installs it in its own way
#include <inc/lib.h>

void _pgfault_upcall();
extern void (*_pgfault_handler)(struct UTrapframe *utf);

static int nth;

void
handle(utf)
	struct UTrapframe *utf;
{
	void *addr = ROUNDDOWN((void*)utf->utf_fault_va, PGSIZE);

	cprintf("took %x err %x\n", utf->utf_fault_va, utf->utf_err & 7);
	if (sys_page_alloc(0, addr, PTE_P|PTE_U|PTE_W) < 0)
		exit();
	if (nth++ == 0)
		*(volatile int *) 0xA0000000 = 7;	// nested
}

void
umain(int argc, char **argv)
{
	envid_t who;
	int i;

	sys_page_alloc(0, (void*) (UXSTACKTOP - PGSIZE), PTE_P|PTE_U|PTE_W);
	sys_env_set_pgfault_upcall(0, (void*) _pgfault_upcall);
	_pgfault_handler = handle;
	*(int *) 0xB0000000 = 1;
	cprintf("%d %d\n", *(int *) 0xA0000000, *(int *) 0xB0000000);
	snprintf((char*) 0xC0000FF8, 100, "over %s edge", "the");
	cprintf("%s\n", (char*) 0xC0000FF8);
	if ((who = fork()) == 0) {
		cprintf("%x: child of %x\n", thisenv->env_id, thisenv->env_parent_id);
		set_pgfault_handler(handle);
		*(int *) 0xD0000000 = 2;
		exit();
	}
	while (envs[ENVX(who)].env_id == who
	       && envs[ENVX(who)].env_status != ENV_FREE)
		sys_yield();
	for (i = 0; i < NENV; i++)
		if (envs[i].env_status != ENV_FREE)
			cprintf("left: %08x\n", envs[i].env_id);
	cprintf("first: %08x\n", ipc_find_env(ENV_TYPE_USER));
}
