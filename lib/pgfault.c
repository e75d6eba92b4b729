/*
 * Page faults that the program handles. The kernel pushes a struct UTrapframe
 * onto the exception stack and starts the upcall (lib/pgfault_entry.S), which
 * calls _pgfault_handler: the program's handler, or, once the program has
 * forked, fork's, which passes on what is no copy-on-write fault.
 */

#include <inc/lib.h>
#include <lib/pgfault.h>

/* Without a handler: faultnostack, and set_pgfault_handler(NULL). */
static void NORETURN
no_handler(struct UTrapframe *utf)
{
	panic("page fault at va %08x, eip %08x, and no handler:"
	      " call set_pgfault_handler first", utf->utf_fault_va,
	      utf->utf_eip);
}

void (*_pgfault_handler)(struct UTrapframe *utf) = no_handler;

/* Fork's handler and the program's; both NULL before the first fork. */
static pgfault_handler *first, *next;

int
pgfault_prepare(void)
{
	uintptr_t stack = UXSTACKTOP - PGSIZE;
	int r;

	if (thisenv->env_pgfault_upcall == _pgfault_upcall)
		return 0;
	/* Keep an exception stack that is there: we may be running on it. */
	if (!uvpt_has_page(stack)
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
	if (first)
		next = handler;
	else
		_pgfault_handler = handler ? handler : no_handler;
}

void
pgfault_put_first(pgfault_handler *cow_handler)
{
	if (cow_handler == first)
		return;
	if (!first && _pgfault_handler != no_handler)
		next = _pgfault_handler;
	first = _pgfault_handler = cow_handler;
}

/*
 * Continue where the fault was, without an upcall: the environment faults again,
 * and the kernel reports the registers of the program, not those of a handler.
 * Not by returning, which needs a stack at utf_esp.
 */
static void
fault_again(const struct UTrapframe *utf)
{
	struct Trapframe tf = {
		.tf_regs = utf->utf_regs, .tf_eip = utf->utf_eip,
		.tf_eflags = utf->utf_eflags, .tf_esp = utf->utf_esp,
	};

	sys_env_set_pgfault_upcall(0, NULL);
	sys_env_set_trapframe(0, &tf);
}

void
pgfault_pass_on(struct UTrapframe *utf)
{
	if (next)
		next(utf);
	else
		fault_again(utf);
}
