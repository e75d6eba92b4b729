/*
 * Page faults that programs handle themselves.
 *
 * The handler runs in user mode, on a stack of its own, because the fault may
 * concern the usual one: the exception stack, one page below UXSTACKTOP. The
 * program's registers at the fault are in a struct UTrapframe there; to return
 * is the program's job (lib/pgfault_entry.S).
 *
 * A handler may cause a page fault itself. Its frame goes below the stack
 * pointer then, after a free word, which the return from the first fault needs.
 * The stack is not extended beyond its page: a handler that faults endlessly
 * fills it, and ends.
 *
 * The kernel writes to the page through the window, after it has checked that
 * the program may. Nothing is mapped or copied in this for the program.
 */

#include <inc/stdio.h>
#include <inc/x86.h>
#include <kern/dev/console.h>
#include <kern/env.h>
#include <kern/pgfault.h>
#include <kern/sched.h>
#include <kern/swap.h>

#define XSTACK		(UXSTACKTOP - PGSIZE)

/* Flags that a handler, being a function, finds clear. */
#define FL_NOT_IN_HANDLER	(FL_TF | FL_DF | FL_NT | FL_RF | FL_AC)

/*
 * True if esp is on the exception stack, or in its guard page below: then it has
 * overflowed, by the variables of one function, and has no room for a frame.
 */
static bool
on_exception_stack(uintptr_t esp)
{
	return esp > USTACKTOP && esp < UXSTACKTOP;
}

/* Explain why no frame can be pushed at va, and end curenv. */
static SLOW_PATH void
pgfault_refuse(const struct Trapframe *tf, uintptr_t va)
{
	envid_t id = curenv->env_id;
	pte_t *pte;

	cons_fresh_line();
	cprintf("[%08x] user_mem_check assertion failure for va %08x\n", id,
		va);
	cprintf("[%08x] page fault at va %08x, ip %08x cannot be handled: the"
		" exception stack ", id, rcr2(), tf->tf_eip);
	if (va < XSTACK)
		cprintf("is full: its handler faults, too\n");
	else if (!page_lookup(curenv->env_pgdir, (void *)XSTACK, &pte))
		cprintf("is not mapped\n");
	else
		cprintf("is %s\n", *pte & PTE_COW ? "copy-on-write"
			: "read-only");
	env_destroy(curenv);
}

/* Return the address of va, on the exception stack, in the window, or NULL. */
static struct UTrapframe *
frame_in_window(uintptr_t va)
{
	const uint32_t needed = PTE_P | PTE_U | PTE_W;
	pte_t *pte = pgdir_walk(curenv->env_pgdir, (void *)XSTACK, 0);

	if (va < XSTACK || !pte)
		return NULL;
	/* The processor does not see this write, and would not set D. */
	if (unlikely((*pte & (needed | PTE_D)) != (needed | PTE_D))) {
		if ((*pte & needed) != needed)
			return NULL;
		*pte |= PTE_D;
	}
	return (struct UTrapframe *)(PTE_ADDR(*pte) + WINDOW + va - XSTACK);
}

void
pgfault_upcall(struct Trapframe *tf, uint32_t hidden)
{
	uintptr_t top = UXSTACKTOP;
	struct UTrapframe *utf;

	if (on_exception_stack(tf->tf_esp))
		top = tf->tf_esp - sizeof(uint32_t);
	top -= sizeof(*utf);
	utf = frame_in_window(top);
	if (!utf) {
		/* The fault will occur again. */
		if (top >= XSTACK && swap_fault(tf, XSTACK))
			return;
		pgfault_refuse(tf, top);
		return;
	}
	utf->utf_fault_va = rcr2();
	utf->utf_err = tf->tf_err;
	utf->utf_regs = tf->tf_regs;
	utf->utf_eip = tf->tf_eip;
	utf->utf_eflags = tf->tf_eflags & ~hidden;
	utf->utf_esp = tf->tf_esp;

	tf->tf_esp = top;
	tf->tf_eip = (uintptr_t)curenv->env_pgfault_upcall;
	tf->tf_eflags = (tf->tf_eflags & ~FL_NOT_IN_HANDLER) | hidden;
}
