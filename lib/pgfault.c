/*
 * Page faults that the program handles. The kernel pushes a struct UTrapframe
 * onto the exception stack and starts the upcall (lib/pgfault_entry.S), which
 * calls one of the two handlers here: fork's, if the environment has
 * copy-on-write pages, or the program's.
 */

#include <inc/lib.h>
#include <lib/pgfault.h>

void (*_pgfault_handler)(struct UTrapframe *utf);
pgfault_handler *pgfault_cow_handler;

int
pgfault_prepare(void)
{
	uintptr_t stack = UXSTACKTOP - PGSIZE;
	int r;

	if (thisenv->env_pgfault_upcall == _pgfault_upcall)
		return 0;
	/* Keep an exception stack that is there: we may be running on it. */
	if (!is_mapped(stack)
	    && (r = sys_page_alloc(0, (void *)stack,
				   PTE_P | PTE_U | PTE_W)) < 0)
		return r;
	return sys_env_set_pgfault_upcall(0, _pgfault_upcall);
}

void
set_pgfault_handler(void (*handler)(struct UTrapframe *utf))
{
	int r = pgfault_prepare();

	if (r < 0)
		panic("set_pgfault_handler: no exception stack: %e", r);
	_pgfault_handler = handler;
}

/*
 * Without its upcall, the environment faults again as soon as this returns, and
 * the kernel reports the registers of the program, not those of a handler.
 */
void
pgfault_pass_on(struct UTrapframe *utf)
{
	if (_pgfault_handler)
		_pgfault_handler(utf);
	else
		sys_env_set_pgfault_upcall(0, NULL);
}

void
pgfault_unhandled(struct UTrapframe *utf)
{
	panic("page fault at va %08x, eip %08x, and no handler:"
	      " call set_pgfault_handler first", utf->utf_fault_va,
	      utf->utf_eip);
}
