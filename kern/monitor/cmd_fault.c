/*
 * Monitor commands that cause a fault on purpose, to see how the kernel reports
 * it, and that continue after a breakpoint.
 */

#include <inc/assert.h>
#include <inc/stdio.h>
#include <inc/string.h>
#include <inc/x86.h>
#include <kern/monitor/monitor.h>
#include <kern/sections.h>
#include <kern/trapframe.h>
#include <kern/usertrap.h>
#include <kern/vmwalk.h>

static void
fault_null(void)
{
	load32(0);
}

static void
fault_text(void)
{
	store32((uintptr_t)stext, 0);
}

/* No environment maps a page at UTEMP. */
static void
fault_user(void)
{
	load32(UTEMP);
}

static void
fault_divide(void)
{
	divide(1, 0);
}

/* Recurse until the stack ends, in a way that compilers cannot optimise. */
static NOINLINE uint32_t
dig(uint32_t depth)
{
	volatile uint32_t pad[16];

	pad[depth % 16] = depth;
	if (depth == UINT32_MAX)
		return 0;
	return dig(depth + 1) + pad[depth % 16];
}

static void
fault_overflow(void)
{
	dig(0);
}

/* The report maps the page again (report.c). */
static void
fault_unmap_stack(void)
{
	uintptr_t esp = read_esp();
	struct vm_walk w;

	if (!vm_walk(vm_current(), esp, &w) || w.large) {
		cprintf("The stack is not in a 4 KiB page.\n");
		return;
	}
	*(pte_t *)w.ptep = 0;
	invlpg((void *)esp);
	/* The next push faults. */
	cprintf("The stack is unmapped");
}

static void
fault_panic(void)
{
	panic("on purpose");
}

int
mon_fault(int argc, char **argv, struct Trapframe *tf)
{
	static const struct {
		const char *name;
		const char *help;
		void (*run)(void);
	} kinds[] = {
		{ "null", "read through a null pointer", fault_null },
		{ "user", "read user memory without copy_from_user",
		  fault_user },
		{ "text", "write to the kernel's text", fault_text },
		{ "overflow", "recurse until the stack ends", fault_overflow },
		{ "unmap-stack", "unmap the page that the stack is on",
		  fault_unmap_stack },
		{ "divide", "divide by zero", fault_divide },
		{ "undefined", "execute an undefined instruction",
		  undefined_instruction },
		{ "breakpoint", "enter the monitor again", breakpoint },
		{ "panic", "panic", fault_panic },
	};
	size_t i;

	(void)tf;
	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		if (argc == 1)
			cprintf("  %-12s %s\n", kinds[i].name, kinds[i].help);
		else if (strcmp(kinds[i].name, argv[1]) == 0) {
			kinds[i].run();
			return MON_DONE;
		}
	}
	if (argc == 2)
		cprintf("Unknown fault '%s'; 'fault' lists them.\n", argv[1]);
	return MON_DONE;
}

/* --- After a breakpoint ------------------------------------------------ */

/* True if the code that tf interrupted can continue; prints why not. */
static bool
can_continue(const struct Trapframe *tf)
{
	if (tf && (tf->tf_trapno == T_BRKPT || tf->tf_trapno == T_DEBUG
		   || (tf->tf_trapno == T_NMI && from_user(tf))))
		return true;
	cprintf("Not stopped at a breakpoint.\n");
	return false;
}

int
mon_continue(int argc, char **argv, struct Trapframe *tf)
{
	(void)argc, (void)argv;
	return can_continue(tf) ? MON_LEAVE : MON_DONE;
}

bool mon_stepping;

int
mon_step(int argc, char **argv, struct Trapframe *tf)
{
	(void)argc, (void)argv;
	if (!can_continue(tf))
		return MON_DONE;
	/* The processor traps after the next instruction (SDM 3A 2.3, TF). */
	tf->tf_eflags |= FL_TF;
	mon_stepping = true;
	if (from_user(tf))
		user_step(tf);
	return MON_LEAVE;
}
