/*
 * Verifies that a handler which is set before the first fork stays the
 * program's, and that set_pgfault_handler keeps an exception stack that is
 * there. Other programs fork first.
 */

#include <inc/lib.h>
#include <inc/x86.h>
#include "verify.h"

#define WILD	0x20000000
#define XSTACK	((volatile uint32_t *)(UXSTACKTOP - PGSIZE))

static void
give_page(struct UTrapframe *utf)
{
	NEED(sys_page_alloc(0, (void *)ROUNDDOWN(utf->utf_fault_va, PGSIZE),
			    RW));
}

static void
fault(const char *when)
{
	store32(WILD, 7);
	VERIFY(load32(WILD) == 7, "the handler is called %s", when);
	NEED(sys_page_unmap(0, (void *)WILD));
}

void
umain(int argc, char **argv)
{
	envid_t child;

	verify_begin();
	NEED(sys_page_alloc(0, (void *)XSTACK, RW));
	*XSTACK = 42;
	set_pgfault_handler(give_page);
	VERIFY(*XSTACK == 42, "the exception stack is kept");
	fault("before a fork");
	child = NEED(fork());
	if (child == 0) {
		fault("in the child");
		exit();
	}
	wait(child);
	fault("in the parent");
	verify_end();
}
