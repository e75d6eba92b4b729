/*
 * Verifies what environments share after sfork: all memory but the stack, and
 * not who they are.
 */

#include <inc/lib.h>
#include <inc/x86.h>
#include "verify.h"

#define PAGE	((volatile uint32_t *)0x10000000)

static volatile uint32_t global;
static volatile envid_t reported;

static void
write_both(void)
{
	global = 2;
	*PAGE = 2;
	reported = thisenv->env_id;
}

static void
memory_is_shared(void)
{
	envid_t child;

	NEED(sys_page_alloc(0, (void *)PAGE, RW));
	child = verify_child(sfork, write_both);
	wait(child);
	VERIFY(global == 2 && *PAGE == 2, "a write of the child is seen");
	VERIFY(reported == child, "thisenv is the child's in the child");
	VERIFY(thisenv->env_id == sys_getenvid(),
	       "and the parent's in the parent");
	VERIFY(rights_of((void *)PAGE) == RW, "the page stays writable");
}

static void
stack_is_private(void)
{
	volatile uint32_t on_stack = 1;
	envid_t child = NEED(sfork());

	if (child == 0) {
		on_stack = 2;
		VERIFY(on_stack == 2, "the child writes to its stack");
		exit();
	}
	wait(child);
	VERIFY(on_stack == 1, "the parent's stack is its own");
}

static void
do_nothing(void)
{
}

/* A page that fork has made copy-on-write is writable for both after sfork. */
static void
after_a_fork(envid_t (*way)(void), const char *how)
{
	*PAGE = 3;
	wait(verify_child(way, do_nothing));
	wait(verify_child(sfork, write_both));
	VERIFY(*PAGE == 2 && global == 2,
	       "%s before: writes of the sforked child are seen", how);
}

static void
expect_copy(void)
{
	ipc_recv(NULL, NULL, NULL);
	VERIFY(*PAGE == 5, "a forked child has a copy as at the fork");
	*PAGE = 6;
}

static void
fork_and_write(envid_t (*way)(void))
{
	envid_t child;

	*PAGE = 5;
	child = verify_child(way, expect_copy);
	*PAGE = 7;
	ipc_send(child, 0, NULL, 0);
	wait(child);
}

static void
fork_in_sforked(void)
{
	fork_and_write(fork);
	fork_and_write(fork_by_pages);
	global = 8;
}

/* A fork in one of them does not end their sharing. */
static void
sharing_outlives_a_fork(void)
{
	envid_t child = verify_child(sfork, fork_in_sforked);

	wait(child);
	VERIFY(*PAGE == 7 && global == 8, "a fork ends no sharing by sfork");
	VERIFY(rights_of((void *)PAGE) == RW, "nor does it take rights away");
}

static void
map_page(struct UTrapframe *utf)
{
	void *page = (void *)ROUNDDOWN(utf->utf_fault_va, PGSIZE);

	reported = thisenv->env_id;
	NEED(sys_page_alloc(0, page, RW));
}

static void
fault(void)
{
	store32(0x20000000, 1);
}

static void
handlers(void)
{
	envid_t child;

	set_pgfault_handler(map_page);
	child = verify_child(sfork, fault);
	wait(child);
	VERIFY(reported == child, "the child handles its faults itself");
	VERIFY(!uvpt_has_page(0x20000000), "in its own address space");
	fault();
	VERIFY(reported == thisenv->env_id, "and the parent its own");
}

void
umain(int argc, char **argv)
{
	verify_begin();
	memory_is_shared();
	stack_is_private();
	after_a_fork(fork, "fork");
	after_a_fork(fork_by_pages, "by pages");
	sharing_outlives_a_fork();
	handlers();
	verify_end();
}
