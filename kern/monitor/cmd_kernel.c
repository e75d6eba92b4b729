/* Monitor commands about the kernel, the processor and the machine. */

#include <inc/stdio.h>
#include <inc/x86.h>
#include <kern/cpuid.h>
#include <kern/dev/power.h>
#include <kern/kdebug.h>
#include <kern/sections.h>
#include <kern/monitor/monitor.h>
#include <kern/pmap.h>
#include <kern/physmem.h>
#include <kern/trapframe.h>
#include <kern/usertrap.h>
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
			       trap_esp(tf));
		return MON_DONE;
	}
	cprintf("Stack backtrace:\n");
	backtrace_from(vm_current(), read_ebp());
	return MON_DONE;
}

void
mon_print_bits(uint32_t value, const char *const names[], int n)
{
	int i;

	for (i = 0; i < n; i++)
		if ((value >> i & 1) && names[i])
			cprintf(" %s", names[i]);
}

/* Print a line for a register whose bits have names. */
static void
print_flags(const char *name, uint32_t value, const char *const names[32])
{
	cprintf("%-6s %08x", name, value);
	mon_print_bits(value, names, 32);
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

	(void)argc, (void)argv;
	if (tf)
		print_trapframe(tf);
	else
		cprintf("esp    %08x\nebp    %08x\n", read_esp(), read_ebp());
	print_flags("eflags", tf ? tf->tf_eflags : read_eflags(), flag_bits);
	print_flags("cr0", rcr0(), cr0_bits);
	cprintf("cr2    %08x  address of the last page fault\n", rcr2());
	cprintf("cr3    %08x  page directory%s\n", rcr3(),
		vm_current() == kern_pgdir ? ", kern_pgdir"
		: vm_current() == entry_pgdir ? ", entry_pgdir" : "");
	/* A processor without PSE may have no CR4. */
	if (cpu_features.pse)
		print_flags("cr4", rcr4(), cr4_bits);
	return MON_DONE;
}

int
mon_reboot(int argc, char **argv, struct Trapframe *tf)
{
	(void)argc, (void)argv, (void)tf;
	reset();
}

int
mon_halt(int argc, char **argv, struct Trapframe *tf)
{
	(void)argc, (void)argv, (void)tf;
	power_off();
}
