// own duppage, K&R declarations, end as bytes, thisenv declared again
#include <inc/string.h>
#include <inc/lib.h>

extern unsigned char end[];
extern const volatile struct Env *thisenv;
envid_t clone();
void copypage();

void
umain(argc, argv)
	int argc;
	char **argv;
{
	envid_t who = clone();
	int i;

	for (i = 0; i < (who ? 3 : 5); i++) {
		cprintf("%d: %s\n", i, who ? "above" : "below");
		sys_yield();
	}
}

void
copypage(dst, addr)
	envid_t dst;
	void *addr;
{
	int r;

	if ((r = sys_page_alloc(dst, addr, PTE_P|PTE_U|PTE_W)) < 0)
		panic("sys_page_alloc: %e", r);
	if ((r = sys_page_map(dst, addr, 0, UTEMP, PTE_P|PTE_U|PTE_W)) < 0)
		panic("sys_page_map: %e", r);
	memmove(UTEMP, addr, PGSIZE);
	if ((r = sys_page_unmap(0, UTEMP)) < 0)
		panic("sys_page_unmap: %e", r);
}

envid_t
clone()
{
	envid_t envid;
	uint8_t *addr;
	int r;

	envid = sys_exofork();
	if (envid < 0)
		panic("sys_exofork: %e", envid);
	if (envid == 0) {
		thisenv = &envs[ENVX(sys_getenvid())];
		return 0;
	}
	for (addr = (uint8_t*) UTEXT; addr < end; addr += PGSIZE)
		copypage(envid, addr);
	copypage(envid, ROUNDDOWN(&addr, PGSIZE));
	if ((r = sys_env_set_status(envid, ENV_RUNNABLE)) < 0)
		panic("sys_env_set_status: %e", r);
	return envid;
}
