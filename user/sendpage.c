/* Parent and child send each other a page with a string. */

#include <inc/lib.h>

#define PARENTS_PAGE	((char *)0xA00000)
#define CHILDS_PAGE	((char *)0xB00000)
#define RIGHTS		(PTE_P | PTE_U | PTE_W)

static const char to_child[] = "hello child environment! how are you?";
static const char to_parent[] = "hello parent environment! I'm good";

static void
receive(const char *who, char *page, const char *wanted, envid_t *from)
{
	ipc_recv(from, page, NULL);
	cprintf("%x got message: %s\n", *from, page);
	if (strcmp(page, wanted) == 0)
		cprintf("%s received correct message\n", who);
}

void
umain(int argc, char **argv)
{
	envid_t other = fork();
	int r;

	if (other < 0)
		panic("fork: %e", other);
	if (other == 0) {
		receive("child", CHILDS_PAGE, to_child, &other);
		strcpy(CHILDS_PAGE, to_parent);
		ipc_send(other, 0, CHILDS_PAGE, RIGHTS);
		return;
	}
	if ((r = sys_page_alloc(0, PARENTS_PAGE, RIGHTS)) < 0)
		panic("page_alloc: %e", r);
	strcpy(PARENTS_PAGE, to_child);
	ipc_send(other, 0, PARENTS_PAGE, RIGHTS);
	receive("parent", PARENTS_PAGE, to_parent, &other);
}
