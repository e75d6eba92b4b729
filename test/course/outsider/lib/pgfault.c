/* A course's set_pgfault_handler: the exception stack comes with the first call. */
#include <inc/lib.h>

extern void _pgfault_upcall(void);

void (*_pgfault_handler)(struct UTrapframe *utf);

void
set_pgfault_handler(void (*handler)(struct UTrapframe *utf))
{
	int r;

	if (_pgfault_handler == 0) {
		if ((r = sys_page_alloc(thisenv->env_id, (void *)
				(UXSTACKTOP - PGSIZE), PTE_P | PTE_U | PTE_W)))
			panic("set_pgfault_handler: %e", r);
		if ((r = sys_env_set_pgfault_upcall(thisenv->env_id,
						    _pgfault_upcall)))
			panic("set_pgfault_handler: %e", r);
	}
	_pgfault_handler = handler;
}
