/* Monitor commands about the kernel and the machine as a whole. */

#include <inc/assert.h>
#include <inc/stdio.h>
#include <inc/string.h>
#include <inc/x86.h>
#include <kern/check/check.h>
#include <kern/cpuid.h>
#include <kern/kdebug.h>
#include <kern/map.h>
#include <kern/monitor/monitor.h>
#include <kern/page.h>
#include <kern/physmem.h>
#include <kern/trap.h>
#include <kern/vmwalk.h>

int
mon_kerninfo(int argc, char **argv, struct Trapframe *tf)
{
	extern char _start[], entry[];
	const struct cpu_features *f = &cpu_features;
	const struct {
		const char *name;
		const char *address;
	} marks[] = {
		{ "entry", entry }, { "etext", etext }, { "erodata", erodata },
		{ "edata", edata }, { "end", end },
	};
	size_t i;

	(void)argc, (void)argv, (void)tf;
	cprintf("Kernel symbols (virtual, physical):\n");
	cprintf("  %-8s            %08x\n", "_start", (uintptr_t)_start);
	for (i = 0; i < ARRAY_SIZE(marks); i++)
		cprintf("  %-8s  %08x  %08x\n", marks[i].name,
			(uintptr_t)marks[i].address, PADDR(marks[i].address));
	cprintf("Loaded by: %s\n",
		mem_loader_name[0] ? mem_loader_name : "a loader without a name");
	cprintf("In memory: %uK\n",
		(uint32_t)(ROUNDUP(end, 1024) - stext) / 1024);
	cprintf("Processor: %s; uses:%s%s%s%s\n",
		f->cpuid ? f->vendor : "without CPUID",
		f->pse ? " PSE" : "", f->pge ? " PGE" : "",
		f->smep ? " SMEP" : "", f->smap ? " SMAP" : "");
	return MON_DONE;
}

int
mon_backtrace(int argc, char **argv, struct Trapframe *tf)
{
	(void)argc, (void)argv;
	if (tf) {
		backtrace_trap(vm_current(), tf->tf_eip, tf->tf_regs.reg_ebp,
			       (uintptr_t)&tf->tf_esp);
		return MON_DONE;
	}
	cprintf("Stack backtrace:\n");
	backtrace_from(vm_current(), read_ebp());
	return MON_DONE;
}

/* The names of the bits that are set in value. */
static void
print_bits(uint32_t value, const char *const names[32])
{
	int i;

	for (i = 0; i < 32; i++)
		if ((value >> i & 1) && names[i])
			cprintf(" %s", names[i]);
	cprintf("\n");
}

int
mon_regs(int argc, char **argv, struct Trapframe *tf)
{
	static const char *const cr0_bits[32] = {
		[0] = "PE", [1] = "MP", [2] = "EM", [3] = "TS", [4] = "ET",
		[5] = "NE", [16] = "WP", [18] = "AM", [29] = "NW",
		[30] = "CD", [31] = "PG",
	};
	static const char *const cr4_bits[32] = {
		[0] = "VME", [1] = "PVI", [2] = "TSD", [3] = "DE",
		[4] = "PSE", [5] = "PAE", [6] = "MCE", [7] = "PGE",
		[8] = "PCE", [20] = "SMEP", [21] = "SMAP",
	};
	static const char *const flag_bits[32] = {
		[0] = "CF", [2] = "PF", [4] = "AF", [6] = "ZF", [7] = "SF",
		[8] = "TF", [9] = "IF", [10] = "DF", [11] = "OF",
		[14] = "NT", [16] = "RF", [17] = "VM", [18] = "AC",
		[21] = "ID",
	};
	uint32_t flags = tf ? tf->tf_eflags : read_eflags();

	(void)argc, (void)argv;
	if (tf)
		print_trapframe(tf);
	else
		cprintf("esp    %08x\nebp    %08x\n", read_esp(), read_ebp());
	cprintf("eflags %08x", flags);
	print_bits(flags, flag_bits);
	cprintf("cr0    %08x", rcr0());
	print_bits(rcr0(), cr0_bits);
	cprintf("cr2    %08x  last address that a page fault named\n", rcr2());
	cprintf("cr3    %08x  page directory%s\n", rcr3(),
		vm_current() == kern_pgdir ? ", kern_pgdir"
		: vm_current() == entry_pgdir ? ", entry_pgdir" : "");
	if (!cpu_features.pse)
		return MON_DONE;	/* there may be no CR4 */
	cprintf("cr4    %08x", rcr4());
	print_bits(rcr4(), cr4_bits);
	return MON_DONE;
}

int
mon_check(int argc, char **argv, struct Trapframe *tf)
{
	(void)tf;
#if !CHECK
	(void)argc, (void)argv;
	cprintf("This kernel was built without checks (CHECK=0).\n");
#else
	if (!check_run(argc == 2 ? argv[1] : NULL))
		cprintf("No check or group is called '%s'.\n", argv[1]);
	else
		audit();		/* says only what is broken */
#endif
	return MON_DONE;
}

/* --- Faults on purpose ------------------------------------------------- */

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

/* Nobody has a page there. */
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

/* Recurse until the stack ends; not in a way that compilers see through. */
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

static void
fault_unmap_stack(void)
{
	pte_t *pte;

	pte = pgdir_walk(kern_pgdir, (void *)ROUNDDOWN(read_esp(), PGSIZE), 0);
	if (!pte)
		return;
	*pte = 0;
	tlb_invalidate(kern_pgdir, (void *)read_esp());
	/* The first push from here on finds nothing. */
	cprintf("The stack is gone");
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
		{ "user", "read user memory like its own", fault_user },
		{ "text", "write to the kernel's text", fault_text },
		{ "overflow", "recurse until the stack ends", fault_overflow },
		{ "unmap-stack", "unmap the page the stack is on",
		  fault_unmap_stack },
		{ "divide", "divide by zero", fault_divide },
		{ "undefined", "execute an undefined instruction",
		  undefined_instruction },
		{ "breakpoint", "enter the monitor anew", breakpoint },
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
		cprintf("'%s' is no kind of fault; 'fault' lists them.\n",
			argv[1]);
	return MON_DONE;
}

static bool
can_go_on(const struct Trapframe *tf)
{
	return tf && (tf->tf_trapno == T_BRKPT || tf->tf_trapno == T_DEBUG
		      || (tf->tf_trapno == T_NMI && from_user(tf)));
}

int
mon_continue(int argc, char **argv, struct Trapframe *tf)
{
	(void)argc, (void)argv;
	if (can_go_on(tf))
		return MON_LEAVE;
	cprintf("There is nothing to go back to: no breakpoint led here.\n");
	return MON_DONE;
}

int
mon_step(int argc, char **argv, struct Trapframe *tf)
{
	(void)argc, (void)argv;
	if (!can_go_on(tf)) {
		cprintf("There is nothing to step through: no breakpoint led"
			" here.\n");
		return MON_DONE;
	}
	/* The processor traps after the next instruction (SDM 3A 2.3, TF). */
	tf->tf_eflags |= FL_TF;
	if (from_user(tf))
		user_step(tf);
	return MON_LEAVE;
}

/* --- The end ----------------------------------------------------------- */

int
mon_reboot(int argc, char **argv, struct Trapframe *tf)
{
	const struct Pseudodesc none = { 0, 0 };
	int i;

	(void)argc, (void)argv, (void)tf;
	/* The keyboard controller has a line to the reset pin. */
	for (i = 0; i < 100000 && (inb(0x64) & 0x02); i++)
		/* it is busy */;
	outb(0x64, 0xFE);
	for (i = 0; i < 100000; i++)
		inb(0x80);
	/* If that did nothing: a fault without a table to go to. */
	lidt(&none);
	breakpoint();
	return MON_DONE;
}

int
mon_halt(int argc, char **argv, struct Trapframe *tf)
{
	static const char bochs[] = "Shutdown";
	size_t i;

	(void)argc, (void)argv, (void)tf;
	/*
	 * Each machine has its own way, and ignores the others': QEMU's
	 * debug-exit device (which our makefile adds; reads as 0 where it is,
	 * all ones where not), QEMU's ACPI power control, Bochs's port.
	 */
	if (inb(0x501) == 0)
		outb(0x501, 0);
	outw(0x604, 0x2000);
	for (i = 0; bochs[i]; i++)
		outb(0x8900, bochs[i]);
	cprintf("Halted. It is safe to switch off.\n");
	for (;;) {
		cli();
		hlt();
	}
}
