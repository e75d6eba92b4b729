/* A course's fork, by the calls 4 to 10. */
#include <inc/string.h>
#include <inc/lib.h>

#define PTE_COW		0x800

extern void _pgfault_upcall();

static void
pgfault(struct UTrapframe *utf)
{
	void *addr = (void *) utf->utf_fault_va;
	uint32_t err = utf->utf_err;
	int r;

	if (!(err & FEC_WR) || !(uvpt[PGNUM(addr)] & PTE_COW))
		panic("pgfault: va %08x err %x ip %08x", addr, err, utf->utf_eip);
	addr = ROUNDDOWN(addr, PGSIZE);
	if ((r = sys_page_alloc(0, (void *) PFTEMP, PTE_P|PTE_U|PTE_W)) < 0)
		panic("sys_page_alloc: %e", r);
	memmove((void *) PFTEMP, addr, PGSIZE);
	if ((r = sys_page_map(0, (void *) PFTEMP, 0, addr, PTE_P|PTE_U|PTE_W)) < 0)
		panic("sys_page_map: %e", r);
	if ((r = sys_page_unmap(0, (void *) PFTEMP)) < 0)
		panic("sys_page_unmap: %e", r);
}

static int
duppage(envid_t envid, unsigned pn)
{
	void *va = (void *) (pn * PGSIZE);
	int r;

	if (uvpt[pn] & PTE_SHARE)
		return sys_page_map(0, va, envid, va, uvpt[pn] & PTE_SYSCALL);
	if (!(uvpt[pn] & (PTE_W | PTE_COW)))
		return sys_page_map(0, va, envid, va, PTE_P | PTE_U);
	if ((r = sys_page_map(0, va, envid, va, PTE_P | PTE_U | PTE_COW)) < 0)
		return r;
	return sys_page_map(0, va, 0, va, PTE_P | PTE_U | PTE_COW);
}

envid_t
fork(void)
{
	envid_t envid;
	unsigned pn;
	int r;

	set_pgfault_handler(pgfault);
	if ((envid = sys_exofork()) < 0)
		panic("sys_exofork: %e", envid);
	if (envid == 0) {
		thisenv = &envs[ENVX(sys_getenvid())];
		return 0;
	}
	for (pn = 0; pn < PGNUM(UTOP); pn++) {
		if (!(uvpd[pn / NPTENTRIES] & PTE_P)) {
			pn += NPTENTRIES - 1;
			continue;
		}
		if (!(uvpt[pn] & PTE_P) || pn == PGNUM(UXSTACKTOP - PGSIZE))
			continue;
		if ((r = duppage(envid, pn)) < 0)
			panic("duppage: %e", r);
	}
	if ((r = sys_page_alloc(envid, (void *) (UXSTACKTOP - PGSIZE),
				PTE_P | PTE_U | PTE_W)) < 0)
		panic("sys_page_alloc: %e", r);
	if ((r = sys_env_set_pgfault_upcall(envid, _pgfault_upcall)) < 0)
		panic("sys_env_set_pgfault_upcall: %e", r);
	if ((r = sys_env_set_status(envid, ENV_RUNNABLE)) < 0)
		panic("sys_env_set_status: %e", r);
	return envid;
}

// Challenge!
int
sfork(void)
{
	panic("sfork not implemented");
	return -E_INVAL;
}
