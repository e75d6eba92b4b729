// sys_ipc_try_send in loops, a page both ways, uvpt and uvpd by hand
#include <inc/lib.h>

#define PAGE ((char *) 0x30000000)

void
umain(int argc, char **argv)
{
	envid_t who, from;
	int i, r, perm;

	if ((who = fork()) == 0) {
		for (i = 0; i < 5; i++) {
			r = ipc_recv(&from, PAGE, &perm);
			cprintf("%x: %d '%s' from %x perm %x, %d sharers\n",
				thisenv->env_id, r, PAGE, from, perm & 7,
				pages[PGNUM(PTE_ADDR(uvpt[(uint32_t) PAGE >> 12]))].pp_ref);
		}
		return;
	}
	for (i = 0; i < 5; i++) {
		sys_page_alloc(0, UTEMP, PTE_P|PTE_W|PTE_U);
		snprintf((char*) UTEMP, PGSIZE, "page %d", i);
		do {
			r = sys_ipc_try_send(who, i, UTEMP, PTE_P|PTE_U|PTE_W);
			sys_yield();
		} while (r == -E_IPC_NOT_RECV);
		if (r < 0)
			panic("sys_ipc_try_send: %e", r);
	}
	while (sys_ipc_try_send(who, 0, (void *) UTOP, 0) != -E_BAD_ENV)
		sys_yield();
	assert(uvpd[PDX(UTEMP)] & PTE_P);
	assert(!(uvpd[0] & PTE_P));
	cprintf("it is gone: %e\n", -E_BAD_ENV);
}
