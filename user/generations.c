/*
 * Shows pages that are shared by copy-on-write. Three generations share one
 * page; then the child writes to it, and has a copy. The parent stops in the
 * monitor before and after that: look with `envs`, `page` and `walk`.
 */

#include <inc/lib.h>
#include <inc/x86.h>

#define PAGE	((volatile uint32_t *)0xA0000000)

static envid_t
need(envid_t id)
{
	if (id < 0)
		panic("fork: %e", id);
	return id;
}

/* Print what we see, and how many mappings our page has. */
static void
look(const char *who)
{
	uint32_t frame = PGNUM(uvpt[PGNUM(PAGE)]);

	cprintf("[%08x] the %s sees %u on frame 0x%05x, which is mapped %u"
		" times\n", thisenv->env_id, who, *PAGE, frame,
		pages[frame].pp_ref);
}

/* Wait for a message, twice, and look before and after it. */
static void
be_grandchild(void)
{
	look("grandchild");
	ipc_recv(NULL, NULL, NULL);
	look("grandchild");
}

static void
be_child(void)
{
	envid_t grandchild = need(fork());

	if (grandchild == 0) {
		be_grandchild();
		return;
	}
	ipc_recv(NULL, NULL, NULL);
	*PAGE = 2;
	look("child");
	ipc_recv(NULL, NULL, NULL);
	ipc_send(grandchild, 0, NULL, 0);
	wait(grandchild);
}

void
umain(int argc, char **argv)
{
	envid_t child;
	int r = sys_page_alloc(0, (void *)PAGE, PTE_P | PTE_U | PTE_W);

	if (r < 0)
		panic("page_alloc: %e", r);
	*PAGE = 1;
	child = need(fork());
	if (child == 0) {
		be_child();
		return;
	}
	sys_sleep(20);			/* until the grandchild is there */
	look("parent");
	cprintf("Look: envs, walk 0x%08x. Then continue.\n", PAGE);
	breakpoint();
	ipc_send(child, 0, NULL, 0);
	sys_sleep(20);			/* until the child has written */
	look("parent");
	cprintf("Look again, and continue.\n");
	breakpoint();
	ipc_send(child, 0, NULL, 0);
	wait(child);
	*PAGE = 3;
	look("parent");
}
