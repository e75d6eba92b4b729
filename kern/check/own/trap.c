/*
 * Checks of what exists before memory management: the first page tables, the
 * processor's features, segments and tasks, and traps. Where an exception is
 * hard to cause, the handler is called by hand, as the processor would
 * (enter_handler.S).
 */

#include <inc/multiboot.h>
#include <inc/string.h>
#include <inc/trap.h>
#include <kern/check/enter_handler.h>
#include <kern/check/guard.h>
#include <kern/check/tables.h>
#include <kern/check/x86_test.h>
#include <kern/cpuid.h>
#include <kern/dev/pic.h>
#include <kern/dev/timer.h>
#include <kern/gates.h>
#include <kern/hooks.h>
#include <kern/page.h>
#include <kern/physmem.h>
#include <kern/sections.h>
#include <kern/switch.h>
#include <kern/trapframe.h>
#include <kern/vmwalk.h>

/* --- entry.S ----------------------------------------------------------- */

static void
entry_keeps_what_the_loader_said(void)
{
	EXPECT_EQ(multiboot_magic, MULTIBOOT_LOADER_MAGIC);
	EXPECT_THAT(multiboot_pa, "the address of its block", "0");
}

static void
entry_maps_what_it_says(void)
{
	struct vm_walk w;
	uintptr_t va;

	for (va = KERNBASE; va < KERNBASE + ENTRY_MAPPED; va += PGSIZE) {
		if (in_guard_page(va))
			continue;
		vm_walk(entry_pgdir, va, &w);
		EXPECT_THAT(w.mapped && w.pa == va - KERNBASE
			    && w.rights == (PTE_P | PTE_W),
			    "memory from 0 to ENTRY_MAPPED, writable",
			    "at 0x%08x physical 0x%08x, permissions 0x%x", va,
			    w.pa, w.rights);
	}
}

static void
entry_leaves_a_gap_below_each_stack(void)
{
	const uintptr_t stacks[] = {
		(uintptr_t)bootstack, (uintptr_t)df_stack
	};
	struct vm_walk w;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(stacks); i++) {
		EXPECT_THAT(!vm_walk(entry_pgdir, stacks[i] - PGSIZE, &w),
			    "no page below a stack", "physical 0x%08x", w.pa);
		EXPECT_THAT(vm_walk(entry_pgdir, stacks[i], &w),
			    "a stack's lowest page", "none");
	}
}

static void
entry_maps_nothing_else(void)
{
	size_t i;

	for (i = 0; i < NPDENTRIES; i++)
		EXPECT_THAT((i >= PDX(KERNBASE)
			     && i < PDX(KERNBASE) + ENTRY_MAPPED / PTSIZE)
			    || !entry_pgdir[i], "only the window",
			    "entry %u is 0x%08x", i, entry_pgdir[i]);
	/* The TLB must not contain the low address that entry.S used. */
	EXPECT_FAULT(do_load, PADDR(stext), 0);
}

/* --- cpuid.c ----------------------------------------------------------- */

static void
features_are_those_of_the_processor(void)
{
	const struct cpu_features *f = &cpu_features;
	uint32_t max, eax, b, c, d, edx, ebx = 0;
	uint32_t before = read_eflags(), after;

	write_eflags(before ^ FL_ID);
	after = read_eflags();
	write_eflags(before);
	EXPECT_EQ(f->cpuid, before != after);
	if (!f->cpuid)
		return;
	cpuid(0, &max, &b, &c, &d);
	EXPECT_THAT(memcmp(f->vendor, &b, 4) == 0
		    && memcmp(f->vendor + 4, &d, 4) == 0
		    && memcmp(f->vendor + 8, &c, 4) == 0,
		    "the vendor's name in the order EBX, EDX, ECX", "%.12s",
		    f->vendor);
	if (max < 1)
		return;
	cpuid(1, &eax, NULL, NULL, &edx);
	if (max >= 7)
		cpuid(7, NULL, &ebx, NULL, NULL);
	EXPECT_EQ(f->pse, (edx & 1 << 3) != 0);
	EXPECT_EQ(f->tsc, (edx & 1 << 4) != 0);
	EXPECT_EQ(f->pge, (edx & 1 << 13) != 0);
	/*
	 * The Pentium has no MSR with its address, and a 486 has none at all.
	 */
	EXPECT_EQ(f->apic, (edx & 1 << 9) != 0
			   && (eax & 0xF00) != 0x400 && (eax & 0xF00) != 0x500);
	EXPECT_EQ(f->smep, (ebx & 1 << 7) != 0);
	EXPECT_EQ(f->smap, (ebx & 1 << 20) != 0);
}

static void
features_are_in_use(void)
{
	const struct cpu_features *f = &cpu_features;

	if (!f->pse && !f->pge && !f->smep && !f->smap)
		check_skip("this processor may have no CR4");
	EXPECT_EQ((rcr4() & CR4_PSE) != 0, f->pse);
	EXPECT_EQ((rcr4() & CR4_PGE) != 0, f->pge);
	EXPECT_EQ((rcr4() & CR4_SMEP) != 0, f->smep);
	EXPECT_EQ((rcr4() & CR4_SMAP) != 0, f->smap);
}

/* --- Tables ------------------------------------------------------------ */

/* Return a segment descriptor as a number, without the accessed bit. */
#define ACCESSED	((uint64_t)1 << 40)

static void
segments_are_flat(void)
{
	static const uint64_t flat[] = {
		[GD_KT >> 3] = 0x00CF9A000000FFFF,
		[GD_KD >> 3] = 0x00CF92000000FFFF,
		[GD_UT >> 3] = 0x00CFFA000000FFFF,
		[GD_UD >> 3] = 0x00CFF2000000FFFF,
	};
	static const uint16_t selectors[6] = {
		GD_KT, GD_KD, GD_KD, GD_KD, 0, 0,
	};
	uint16_t used[6];
	struct Pseudodesc pd;
	const uint64_t *table;
	size_t i;

	sgdt(&pd);
	table = (const uint64_t *)(uintptr_t)pd.pd_base;
	EXPECT_EQ(pd.pd_lim + 1, GD_TSS_DF + sizeof(*table));
	for (i = 1; i < ARRAY_SIZE(flat); i++)
		EXPECT_THAT((table[i] & ~ACCESSED) == flat[i],
			    "flat segments of 4 GiB", "0x%016llx at 0x%x",
			    table[i], i * 8);
	read_segments(used);
	for (i = 0; i < ARRAY_SIZE(used); i++)
		EXPECT_THAT(used[i] == selectors[i], "CS, SS, DS, ES are the"
			    " kernel's; FS, GS are null", "0x%x as number %u",
			    used[i], i);
}

/* Return the TSS of a selector; the check ends if it has none. */
static const struct Taskstate *
task(uint16_t selector, uint32_t type)
{
	const struct Segdesc *sd;
	struct Pseudodesc pd;

	sgdt(&pd);
	sd = (const struct Segdesc *)(uintptr_t)(pd.pd_base + selector);
	EXPECT_THAT(sd->sd_p && !sd->sd_s && sd->sd_type == type,
		    "a descriptor of a 32-bit task", "present %u, type 0x%x",
		    sd->sd_p, sd->sd_type);
	EXPECT_EQ(sd->sd_lim_15_0, sizeof(struct Taskstate) - 1);
	return (const struct Taskstate *)(uintptr_t)
		(sd->sd_base_15_0 | sd->sd_base_23_16 << 16
		 | (uint32_t)sd->sd_base_31_24 << 24);
}

#define TYPE_FREE	0x9	/* SDM 3A table 3-2 */
#define TYPE_BUSY	0xB

static void
task_is_ready_for_users(void)
{
	const struct Taskstate *ts;

	EXPECT_EQ(str(), GD_TSS0);
	ts = task(GD_TSS0, TYPE_BUSY);
	EXPECT_EQ(ts->ts_esp0, KSTACKTOP);
	EXPECT_EQ(ts->ts_ss0, GD_KD);
	EXPECT_THAT(ts->ts_iomb >= sizeof(*ts), "no I/O ports for users",
		    "permissions at offset %u", ts->ts_iomb);
}

static void
do_load_fs(void *selector)
{
	const struct fs_gs local = { (uintptr_t)selector, 0 };

	write_fs_gs(&local);
}

/* Entries 0 and 1 of the LDT, and the first one beyond page 0. */
static void
there_is_no_local_table(void)
{
	static const uint16_t selectors[] = { 0x4, 0xC, 0x1004 };
	struct guard_report r;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(selectors); i++) {
		guarded(do_load_fs, (void *)(uintptr_t)selectors[i], &r);
		EXPECT_THAT(r.how == GUARD_TRAP && r.trapno == T_GPFLT
			    && r.err == selectors[i],
			    "a General Protection with the selector",
			    "ending %d, trap %u, error 0x%x, address 0x%08x",
			    r.how, r.trapno, r.err, r.va);
	}
}

static void
double_fault_has_its_own_task(void)
{
	const struct Taskstate *ts = task(GD_TSS_DF, TYPE_FREE);

	EXPECT_EQ(ts->ts_cr3, (uintptr_t)entry_pgdir - KERNBASE);
	EXPECT_EQ(ts->ts_cs, GD_KT);
	EXPECT_EQ(ts->ts_ss, GD_KD);
	EXPECT_EQ(ts->ts_ds, GD_KD);
	EXPECT_EQ(ts->ts_es, GD_KD);
	EXPECT_THAT(!(ts->ts_eflags & FL_IF), "interrupts off", "on");
	EXPECT_THAT(ts->ts_eip >= (uintptr_t)stext
		    && ts->ts_eip < (uintptr_t)etext, "eip in the kernel",
		    "0x%08x", ts->ts_eip);
	/* The whole stack is an object of its own. */
	EXPECT_EQ(ts->ts_esp - KSTKSIZE, (uintptr_t)df_stack);
}

static const struct Gatedesc *
gate(uint32_t vector)
{
	struct Pseudodesc pd;

	sidt(&pd);
	return &((const struct Gatedesc *)(uintptr_t)pd.pd_base)[vector];
}

static void
gates_are_the_kernels_own(void)
{
	const struct Gatedesc *g;
	struct Pseudodesc pd;
	bool task_gate, open;
	uint32_t i;

	sidt(&pd);
	EXPECT_EQ(pd.pd_lim, 256 * sizeof(*g) - 1);
	for (i = 0; i < 256; i++) {
		g = gate(i);
		task_gate = i == T_DBLFLT;
		open = i == T_BRKPT || i == T_OFLOW || i == T_SYSCALL;
		EXPECT_THAT(g->gd_p && !g->gd_s && g->gd_dpl == (open ? 3 : 0)
			    && g->gd_type == (task_gate ? STS_TG : STS_IG32)
			    && g->gd_sel == (task_gate ? GD_TSS_DF : GD_KT),
			    "interrupt gates, a task gate for double faults,"
			    " only int3, into and system calls for users",
			    "gate %u: type 0x%x, privilege %u, selector 0x%x",
			    i, g->gd_type, g->gd_dpl, g->gd_sel);
	}
}

/* --- Through a trap ----------------------------------------------------- */

#define ERROR	0x5A58		/* an error code to recognize */

/* SDM 3A table 6-1. */
#define HAVE_ERROR	(1 << T_DBLFLT | 1 << T_TSS | 1 << T_SEGNP	\
			 | 1 << T_STACK | 1 << T_GPFLT | 1 << T_PGFLT	\
			 | 1 << T_ALIGN)

/* Values to recognize, in PUSHA's order, then DS and ES. */
static const uint32_t pattern[10] = {
	0x11D1D1D1, 0x22515151, 0x33B9B9B9, 0, 0x55B3B3B3, 0x66D2D2D2,
	0x77C1C1C1, 0x88A0A0A0, GD_KD, GD_UD | 3,
};
static uint32_t vector, left[10];

static void
raise_vector(void *before)
{
	static const uint32_t error = ERROR;
	const struct Gatedesc *g = gate(vector);

	enter_handler(g->gd_off_15_0 | (uintptr_t)g->gd_off_31_16 << 16,
	      vector < 32 && (HAVE_ERROR >> vector & 1) ? &error : NULL,
	      before, left);
}

/* Device interrupts return; on the way, the timer's pending one may arrive. */
static void
interrupts_return(void)
{
	static const uint32_t before[10] = { [8] = GD_KD, [9] = GD_KD };
	struct guard_report r;

	for (vector = IRQ_OFFSET; vector < IRQ_OFFSET + 16; vector++) {
		guarded(raise_vector, (void *)before, &r);
		EXPECT_THAT(r.how == GUARD_OK, "interrupts of devices return",
			    "interrupt %u does not: ending %d, trap %u",
			    vector - IRQ_OFFSET, r.how, r.trapno);
	}
}

static void
traps_preserve_registers(void)
{
	static const char *const names[] = {
		"edi", "esi", "ebp", "the change of esp is", "ebx", "edx",
		"ecx", "eax", "ds", "es",
	};
	size_t i;

	vector = IRQ_OFFSET + IRQ_SPURIOUS;
	raise_vector((void *)pattern);
	for (i = 0; i < ARRAY_SIZE(names); i++)
		EXPECT_THAT(left[i] == pattern[i], "registers unchanged",
			    "%s 0x%08x, was 0x%08x", names[i], left[i],
			    pattern[i]);
}

static bool
ends_in_a_report(uint32_t v)
{
	return v != T_DBLFLT && v != T_BRKPT && v != T_SYSCALL
		&& (v < IRQ_OFFSET || v >= IRQ_OFFSET + 16);
}

static void
each_exception_has_its_vector(void)
{
	struct guard_report r;

	for (vector = 0; vector < 256; vector++) {
		if (!ends_in_a_report(vector))
			continue;
		guarded(raise_vector, (void *)pattern, &r);
		EXPECT_EQ(r.how, GUARD_TRAP);
		EXPECT_THAT(r.trapno == (vector < NEXCEPTIONS ? vector
					 : T_DEFAULT),
			    "the vector as trap number, 500 after 19",
			    "%u for vector %u", r.trapno, vector);
	}
}

static void
error_code_and_eip_reach_the_frame(void)
{
	struct guard_report r;

	for (vector = 0; vector < NEXCEPTIONS; vector++) {
		if (!ends_in_a_report(vector))
			continue;
		guarded(raise_vector, (void *)pattern, &r);
		EXPECT_THAT(r.err == (HAVE_ERROR >> vector & 1 ? ERROR : 0),
			    "the processor's error code, else 0",
			    "0x%x at vector %u", r.err, vector);
		EXPECT_THAT(r.eip == (uintptr_t)entered_here,
			    "the address to return to",
			    "0x%08x at vector %u", r.eip, vector);
	}
}

static void
handlers_run_on_the_kernels_segments(void)
{
	uint32_t before[10] = { [8] = GD_UD | 3, [9] = GD_UD | 3 };
	struct guard_report r;
	uint16_t used[6];

	vector = T_ILLOP;
	guarded(raise_vector, before, &r);
	read_segments(used);
	load_kernel_segments(GD_KT, GD_KD);
	EXPECT_EQ(r.how, GUARD_TRAP);
	EXPECT_THAT(used[2] == GD_KD && used[3] == GD_KD,
		    "DS and ES are the kernel's", "0x%x and 0x%x", used[2],
		    used[3]);
}

static void
do_divide(void *divisor)
{
	divide(1, (uintptr_t)divisor);
}

static void
do_undefined(void *arg)
{
	(void)arg;
	undefined_instruction();
}

/* Flags that a user may leave: DF set, and AC, which disables SMAP. */
static void
do_undefined_with_flags(void *flags)
{
	write_eflags(read_eflags() | (uint32_t)(uintptr_t)flags);
	undefined_instruction();
}

static void
handlers_begin_with_clean_flags(void)
{
	const uint32_t unclean = FL_DF | FL_AC | FL_NT;
	struct guard_report r;

	guarded(do_undefined_with_flags, (void *)unclean, &r);
	EXPECT_EQ(r.trapno, T_ILLOP);
	EXPECT_EQ(r.handler_flags & unclean, 0);
}

static void
do_ltr(void *selector)
{
	ltr((uintptr_t)selector);
}

static void
exceptions_come_from_instructions(void)
{
	struct guard_report r;

	guarded(do_divide, NULL, &r);
	EXPECT_EQ(r.trapno, T_DIVIDE);
	guarded(do_undefined, NULL, &r);
	EXPECT_EQ(r.trapno, T_ILLOP);
	/* The running task's descriptor is busy. */
	guarded(do_ltr, (void *)GD_TSS0, &r);
	EXPECT_EQ(r.trapno, T_GPFLT);
	EXPECT_EQ(r.err, GD_TSS0);
	EXPECT_FAULT(do_load, 4, 0);
}

static void
traps_have_their_names(void)
{
	static const char *const names[] = {
		"Divide error", "Debug", "Non-Maskable Interrupt",
		"Breakpoint", "Overflow", "BOUND Range Exceeded",
		"Invalid Opcode", "Device Not Available", "Double Fault",
		"Coprocessor Segment Overrun", "Invalid TSS",
		"Segment Not Present", "Stack Fault", "General Protection",
		"Page Fault", "(unknown trap)",
		"x87 FPU Floating-Point Error", "Alignment Check",
		"Machine-Check", "SIMD Floating-Point Exception",
	};
	const char *should;
	int i;

	for (i = -1; i < 64; i++) {
		should = i >= 0 && i < NEXCEPTIONS ? names[i]
			: i == T_SYSCALL ? "System call"
			: i >= IRQ_OFFSET && i < IRQ_OFFSET + 16
			? "Hardware Interrupt" : "(unknown trap)";
		EXPECT_THAT(strcmp(trapname(i), should) == 0, should,
			    "%s for trap %d", trapname(i), i);
	}
}

/* --- The timer --------------------------------------------------------- */

#define PIC1		0x20
#define READ_IN_SERVICE	0x0B	/* OCW3: read the ISR next */
#define READ_REQUESTS	0x0A
#define TIMER_COUNTER0	0x40
#define TIMER_MODE	0x43
#define TIMER_INPUT	1193182	/* Hz */

static uint32_t
timer_count(void)
{
	uint32_t low;

	outb(TIMER_MODE, 0);		/* latch channel 0's count */
	low = inb(TIMER_COUNTER0);
	return low | inb(TIMER_COUNTER0) << 8;
}

static uint8_t
in_service(void)
{
	outb(PIC1, READ_IN_SERVICE);
	return inb(PIC1);
}

/*
 * Skip the check on a machine without a timer or a controller: the count stands
 * still, and the controller's ports read as all ones.
 */
static void
need_timer(void)
{
	uint32_t count = timer_count(), polls;

	if (in_service() == 0xFF)
		check_skip("there is no 8259A");
	for (polls = 0; timer_count() == count; polls++)
		if (polls == 10000)
			check_skip("the timer does not count");
}

/* The count runs down; when it restarts, there is an interrupt. */
static void
interrupts_are_acknowledged(void)
{
	uint32_t before, now, n;

	need_timer();
	now = timer_count();
	for (n = 0; n < 2; n++)
		do {
			before = now;
			now = timer_count();
		} while (now <= before);
	cli();
	outb(PIC1, READ_IN_SERVICE);
	EXPECT_THAT(!(inb(PIC1) & 1 << IRQ_TIMER),
		    "the timer's interrupt acknowledged",
		    "it is not");
	sti();
}

static bool
timer_requests(void)
{
	outb(PIC1, READ_REQUESTS);
	return inb(PIC1) & 1 << IRQ_TIMER;
}

#define END_INTERRUPT	0x20
#define POLL		0x0C	/* OCW3: the next read takes the request */

/* Wait for a tick, and put it in service without an interrupt. */
static void
serve_timer(void)
{
	uint32_t polls;

	need_timer();
	for (polls = 0; !timer_requests(); polls++)
		if (polls == 1000000)
			check_skip("the timer does not tick");
	outb(PIC1, POLL);
	inb(PIC1);
}

/*
 * A spurious interrupt 7 ends nothing. For a spurious 15, the second controller
 * has nothing in service, but the first one has: here, the timer's input.
 */
static void
spurious_interrupts_end_no_other(void)
{
	static const uint32_t before[10] = { [8] = GD_KD, [9] = GD_KD };
	uint8_t served, after7, after15;

	cli();
	serve_timer();
	served = in_service();
	vector = IRQ_OFFSET + IRQ_SPURIOUS;
	raise_vector((void *)before);
	after7 = in_service();
	vector = IRQ_OFFSET + IRQ_SPURIOUS2;
	raise_vector((void *)before);
	after15 = in_service();
	if (after15)
		outb(PIC1, END_INTERRUPT);
	sti();
	if (!served)
		check_skip("this 8259A's poll command serves nothing (Bochs)");
	EXPECT_EQ(served, 1 << IRQ_TIMER);
	EXPECT_EQ(after7, 1 << IRQ_TIMER);
	EXPECT_EQ(after15, 0);
}

/*
 * Without ticks, an endless loop would never end: test them where nothing else
 * depends on it. An emulator on a busy host shows a new count at once, but the
 * interrupt later.
 */
static void
timer_is_periodic(void)
{
	uint32_t before, now, n, most;

	need_timer();
	most = now = timer_count();
	cli();
	for (n = 0; n < 2 || (n < 50 && !timer_requests()); n++)
		do {
			before = now;
			now = timer_count();
			most = MAX(most, now);
		} while (now <= before);
	EXPECT_THAT(timer_requests(), "an interrupt each time the count"
		    " restarts", "none after the first");
	EXPECT_THAT(!(inb(PIC1 + 1) & 1 << IRQ_TIMER),
		    "the timer's interrupts enabled", "they are masked");
	EXPECT_THAT(most <= TIMER_INPUT / TIMER_HZ + 1, "a count for"
		    " TIMER_HZ interrupts a second", "a count of %u or more",
		    most);
	sti();
}

/* Longer than any guard's time limit. */
static void
raise_often(void *arg)
{
	uint32_t i;

	(void)arg;
	cli();
	for (i = 0; i < 5000; i++)
		raise_vector((void *)pattern);
}

static void
only_the_timer_ticks(void)
{
	struct guard_report r;

	cli();				/* no other tick */
	vector = IRQ_OFFSET + 1;
	EXPECT_EQ(guarded(raise_often, NULL, &r), GUARD_OK);
	vector = IRQ_OFFSET + IRQ_TIMER;
	EXPECT_THAT(guarded(raise_often, NULL, &r) == GUARD_LOOP,
		    "that number of ticks ends a guarded function",
		    "ending %d", r.how);
	sti();
}

/* --- Double faults ----------------------------------------------------- */

static void
not_reached(void)
{
}

/* The lower end of the stack in use. */
static uintptr_t
stack_bottom(void)
{
	uintptr_t esp = read_esp();

	return esp >= KSTACKTOP - KSTKSIZE && esp < KSTACKTOP
		? KSTACKTOP - KSTKSIZE : (uintptr_t)bootstack;
}

/* The lower end of the double fault's stack, where it has a gap below. */
static uintptr_t
df_stack_bottom(void)
{
	return window_mapped == KERNWINSIZE ? DFSTACKTOP - KSTKSIZE
		: (uintptr_t)df_stack;
}

/* Continue at the lower end of a stack: the next push is below it. */
static void
overflow(void *bottom)
{
	call_on_stack((uintptr_t)bottom, not_reached);
}

/* Twice: the first must not destroy what the second needs. */
static void
expect_double_faults(uintptr_t bottom)
{
	uint32_t cr3 = rcr3(), window = window_mapped;
	struct guard_report r;
	int i;

	for (i = 0; i < 2; i++) {
		guarded(overflow, (void *)bottom, &r);
		EXPECT_EQ(r.how, GUARD_TRAP);
		EXPECT_EQ(r.trapno, T_DBLFLT);
		EXPECT_THAT(r.eip - (uintptr_t)call_on_stack < 32,
			    "eip at the end of the stack", "0x%08x", r.eip);
		EXPECT_EQ(rcr3(), cr3);
		EXPECT_EQ(window_mapped, window);
		EXPECT_EQ(str(), GD_TSS0);
		EXPECT_THAT(rcr0() & CR0_TS, "CR0.TS set: the owner of the"
			    " x87 registers is unknown", "clear");
		EXPECT_EQ(read_eflags() & FL_NT, 0);
	}
}

static void
stack_overflow_is_a_double_fault(void)
{
	expect_double_faults(stack_bottom());
}

static void
overflow_of_the_double_faults_stack_is_one_too(void)
{
	expect_double_faults(df_stack_bottom());
}

/* The harness's hook for traps, and the stack pointer when it was called. */
static bool (*harness_trapped)(struct Trapframe *tf);
static uintptr_t handler_esp;

static bool
note_stack(struct Trapframe *tf)
{
	handler_esp = read_esp();
	hooks.trapped = harness_trapped;
	return harness_trapped(tf);
}

static void
double_faults_have_a_stack_with_a_gap(void)
{
	struct guard_report r;

	harness_trapped = hooks.trapped;
	hooks.trapped = note_stack;
	guarded(overflow, (void *)stack_bottom(), &r);
	hooks.trapped = harness_trapped;
	EXPECT_EQ(r.trapno, T_DBLFLT);
	EXPECT_THAT(handler_esp - df_stack_bottom() < KSTKSIZE,
		    "a stack above a gap, from", "esp 0x%08x, not from"
		    " 0x%08x on", handler_esp, df_stack_bottom());
}

const struct check own_trap_checks[] = {
	LONG_OWN(TRAPS, interrupts_return, "trap",
		 "trap: an interrupt returns to the interrupted instruction"),
	LONG_OWN(TRAPS, segments_are_flat, "trap_init",
		 "trap_init: code and data segments of kernel and users"
		 " span 4 GiB"),
	LONG_OWN(TRAPS, traps_preserve_registers, "trap",
		 "trap: an interrupt preserves all registers and flags"),
	LONG_OWN(TRAPS, task_is_ready_for_users, "trap_init",
		 "trap_init: traps from user mode have a stack"),
	LONG_OWN(TRAPS, there_is_no_local_table, "trap_init",
		 "trap_init: the only segments are those of the GDT"),
	LONG_OWN(TRAPS, double_fault_has_its_own_task, "trap_init",
		 "trap_init: the double-fault task uses its own stack and"
		 " directory"),
	LONG_OWN(TRAPS, gates_are_the_kernels_own, "trap_init",
		 "trap_init: all 256 vectors have gates, and users may use"
		 " three"),
	LONG_OWN(TRAPS, each_exception_has_its_vector, "trap",
		 "trap: each vector arrives with its number"),
	LONG_OWN(TRAPS, error_code_and_eip_reach_the_frame, "trap",
		 "trap: all frames have the same layout, with or without an"
		 " error code"),
	LONG_OWN(TRAPS, handlers_run_on_the_kernels_segments, "trap",
		 "trap: handlers use the kernel's DS and ES"),
	LONG_OWN(TRAPS, entry_keeps_what_the_loader_said, "entry",
		 "entry: the loader's magic number and block are kept"),
	LONG_OWN(TRAPS, entry_maps_what_it_says, "entry",
		 "entry: the first tables map physical memory from 0 at"
		 " KERNBASE"),
	LONG_OWN(TRAPS, entry_leaves_a_gap_below_each_stack, "entry",
		 "entry: the page below each stack is unmapped"),
	LONG_OWN(TRAPS, entry_maps_nothing_else, "entry",
		 "entry: the low mapping is removed"),
	LONG_OWN(TRAPS, handlers_begin_with_clean_flags, "trap",
		 "trap: handlers run with DF, AC and NT clear"),
	LONG_OWN(TRAPS, exceptions_come_from_instructions, "trap",
		 "trap: each exception arrives with its own vector"),
	LONG_OWN(TRAPS, traps_have_their_names, "trap",
		 "trapname returns the manual's names"),
	LONG_OWN(TRAPS, interrupts_are_acknowledged, "trap",
		 "trap: a handled interrupt is acknowledged to the 8259A"),
	LONG_OWN(TRAPS, timer_is_periodic, "trap_init",
		 "timer_init: TIMER_HZ interrupts a second, periodically"),
	LONG_OWN(TRAPS, only_the_timer_ticks, "trap",
		 "trap: timer interrupts end a function at its time limit"),
	LONG_OWN(TRAPS, spurious_interrupts_end_no_other, "trap",
		 "trap: a spurious interrupt ends only what it left in"
		 " service"),
	LONG_OWN(TRAPS, stack_overflow_is_a_double_fault, "trap",
		 "trap: a stack overflow is reported, and can be survived"),
	LONG_OWN(TRAPS, overflow_of_the_double_faults_stack_is_one_too, "trap",
		 "trap: an overflow of the double fault's own stack is reported"
		 " too"),
	LONG_OWN(TRAPS, double_faults_have_a_stack_with_a_gap, "trap",
		 "trap: a double fault is reported on a stack with a gap below"
		 " it"),
	LONG_OWN(TRAPS, features_are_those_of_the_processor, "cpuid_init",
		 "cpu_features matches CPUID"),
	LONG_OWN(TRAPS, features_are_in_use, "cpuid_init",
		 "cpuid_init sets CR4 to match CPUID"),
	LONG_OWN(INSTALLED_PGDIR, stack_overflow_is_a_double_fault, "trap",
		 "trap: a double fault leaves no trace"),
	LONG_OWN(INSTALLED_PGDIR,
		 overflow_of_the_double_faults_stack_is_one_too, "trap",
		 "trap: an overflow of the double fault's own stack is reported"
		 " too"),
	LONG_OWN(INSTALLED_PGDIR, double_faults_have_a_stack_with_a_gap, "trap",
		 "trap: a double fault is reported on a stack with a gap below"
		 " it"),
	CHECK_TABLE_END
};
