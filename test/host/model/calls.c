/*
 * What happens, one record at a time. The bytes choose a call and arguments,
 * most of them useful, some wrong. The model says what must come of it, the
 * kernel does it, and both are compared.
 */

#include <inc/elf.h>
#include <inc/error.h>
#include <inc/string.h>
#include <inc/syscall.h>
#include <kern/dev/ide.h>
#include <kern/dev/timer.h>
#include <kern/env.h>
#include <kern/sched.h>
#include <kern/sys_console.h>
#include <kern/sys_env.h>
#include <kern/sys_ipc.h>
#include <kern/sys_mem.h>
#include <kern/sys_time.h>
#include <kern/program.h>
#include <kern/repeat.h>
#include <kern/swap.h>
#include <kern/swapstate.h>
#include <kern/syscall.h>
#include <kern/trap.h>

#include "calls.h"
#include "compare.h"
#include "cpu.h"
#include "devices.h"
#include "model.h"
#include "paging.h"
#include "test/host/fuzz/host.h"

#define MOST_REFS	65535U

/* --- Arguments ------------------------------------------------------------ */

static struct task *
me(void)
{
	return &model.task[model.running];
}

/* The k-th child of the caller, or the caller itself if it has none. */
static uint32_t
child(unsigned k)
{
	int i, n = 0, found[SLOTS];

	for (i = 0; i < SLOTS; i++)
		if (model.task[i].status != ENV_FREE
		    && model.task[i].parent == me()->id)
			found[n++] = i;
	return n ? (uint32_t)model.task[found[k % n]].id : 0;
}

static uint32_t
pick_id(uint8_t b)
{
	uint32_t slot = (b >> 3) % SLOTS, id = model.task[slot].id;

	switch (b % 8) {
	case 0: case 1:
		return 0;
	case 2:
		return me()->id;
	case 3: case 4: case 5:
		return child(b >> 3);
	case 6:
		return id;
	default:
		/* An old one, a future one, or none. */
		return b & 0x80 ? id - 0x1000 : b & 0x40 ? slot
			: b & 0x20 ? id ^ 0x40000000 : 0xFFFFFFFF - slot;
	}
}

static const uint32_t bad_va[] = {
	UTOP, UTOP + PGSIZE, UVPT, ULIM, KERNBASE, 0xFFFFF000, 0xFFFFFFFF,
	0x00800001, 0xEEBFFFFF, UTOP - 1, 0x00000800,
};

/* A page's address; from a byte near 255, a wrong one. */
static uint32_t
pick_va(uint8_t b)
{
	return b < 244 ? place_va[b % PLACES]
		: bad_va[(b - 244) % ARRAY_SIZE(bad_va)];
}

static uint32_t
pick_perm(uint8_t b)
{
	static const uint32_t bad[] = {
		0, PTE_P, PTE_U, PTE_P | PTE_W, PTE_P | PTE_U | PTE_A,
		PTE_P | PTE_U | PTE_PS, PTE_P | PTE_U | 0x1000, 0xFFFFFFFF,
	};

	if (b >= 246)
		return bad[(b - 246) % ARRAY_SIZE(bad)];
	return PTE_P | PTE_U | (b & 1 ? PTE_W : 0)
		| (b % 5 == 0 ? PTE_COW : 0) | (b % 7 == 0 ? PTE_SHARE : 0)
		| (b % 11 == 0 ? 0x200 : 0);
}

static uint32_t
word(const uint8_t *b)
{
	return b[0] | b[1] << 8 | b[2] << 16 | (uint32_t)b[3] << 24;
}

/* --- Text ----------------------------------------------------------------- */

static const struct {
	const char *name;
	int args;
} names[NSYSCALLS] = {
	[SYS_cputs]		= { "cputs", 2 },
	[SYS_getenvid]		= { "getenvid", 0 },
	[SYS_env_destroy]	= { "env_destroy", 1 },
	[SYS_page_alloc]	= { "page_alloc", 3 },
	[SYS_page_map]		= { "page_map", 5 },
	[SYS_page_unmap]	= { "page_unmap", 2 },
	[SYS_exofork]		= { "exofork", 0 },
	[SYS_env_set_status]	= { "env_set_status", 2 },
	[SYS_env_set_trapframe]	= { "env_set_trapframe", 2 },
	[SYS_env_set_pgfault_upcall] = { "env_set_pgfault_upcall", 2 },
	[SYS_yield]		= { "yield", 0 },
	[SYS_ipc_try_send]	= { "ipc_try_send", 4 },
	[SYS_ipc_recv]		= { "ipc_recv", 1 },
	[SYS_time_msec]		= { "time_msec", 0 },
	[SYS_cow_range]		= { "cow_range", 3 },
	[SYS_cow_page]		= { "cow_page", 1 },
	[SYS_ipc_send]		= { "ipc_send", 4 },
	[SYS_sleep]		= { "sleep", 1 },
	[SYS_env_wait]		= { "env_wait", 1 },
};

/* Say what happens next, after who does it. */
#define SAY(...) do {							\
	if (saying) {							\
		say("%08x: ", model.running < 0 ? 0 : me()->id);	\
		say(__VA_ARGS__);					\
	}								\
} while (0)

static void
say_call(int number, const uint32_t a[5], bool fast)
{
	int i;

	SAY("%s(", names[number].name);
	for (i = 0; i < names[number].args; i++)
		say("%s0x%x", i ? ", " : "", a[i]);
	say(")%s", fast ? ", by sysenter" : "");
}

/* Say what came of it, as the model has it. */
static void
say_result(int before)
{
	const struct task *t = before < 0 ? NULL : &model.task[before];

	if (t && t->status == ENV_FREE)
		say("   ends");
	else if (t && before == model.running)
		say("   = %d", (int)t->tf.tf_regs.reg_eax);
	if (model.running != before)
		say("   -> %s%08x", model.running < 0 ? "the monitor " : "",
		    model.running < 0 ? 0 : me()->id);
	say("\n");
}

/* --- Into the kernel ------------------------------------------------------ */

/* The kernel's stack: the frame that the gate has pushed. */
static struct Trapframe frame;

static struct {
	int number;
	uint32_t a[5];
} syscall_now;

static void
kernel_syscall(void *result)
{
	const uint32_t *a = syscall_now.a;
	int32_t *r = result;

	switch (syscall_now.number) {
	case SYS_cputs: *r = sys_cputs((char *)(uintptr_t)a[0], a[1]); break;
	case SYS_getenvid: *r = sys_getenvid(); break;
	case SYS_env_destroy: *r = sys_env_destroy(a[0]); break;
	case SYS_page_alloc: *r = sys_page_alloc(a[0], a[1], a[2]); break;
	case SYS_page_map:
		*r = sys_page_map(a[0], a[1], a[2], a[3], a[4]);
		break;
	case SYS_page_unmap: *r = sys_page_unmap(a[0], a[1]); break;
	case SYS_exofork: *r = sys_exofork(); break;
	case SYS_env_set_status: *r = sys_env_set_status(a[0], a[1]); break;
	case SYS_env_set_trapframe:
		*r = sys_env_set_trapframe(a[0], (void *)(uintptr_t)a[1]);
		break;
	case SYS_env_set_pgfault_upcall:
		*r = sys_env_set_pgfault_upcall(a[0],
						(void *)(uintptr_t)a[1]);
		break;
	case SYS_yield: *r = sys_yield(); break;
	case SYS_ipc_try_send:
		*r = sys_ipc_try_send(a[0], a[1], a[2], a[3]);
		break;
	case SYS_ipc_recv: *r = sys_ipc_recv(a[0]); break;
	case SYS_time_msec: *r = sys_time_msec(); break;
	case SYS_cow_range: *r = sys_cow_range(a[0], a[1], a[2]); break;
	case SYS_cow_page: *r = sys_cow_page(a[0]); break;
	case SYS_ipc_send:
		*r = sys_ipc_send(a[0], a[1], a[2], a[3]);
		break;
	case SYS_sleep: *r = sys_sleep(a[0]); break;
	case SYS_env_wait: *r = sys_env_wait(a[0]); break;
	}
}

/* What SYSENTER and kern/sysenter.S leave of the caller's registers. */
static void
change_by_sysenter(struct Trapframe *tf)
{
	tf->tf_regs.reg_ebp = tf->tf_regs.reg_ecx = tf->tf_esp;
	tf->tf_regs.reg_esi = tf->tf_regs.reg_edx = tf->tf_eip;
	tf->tf_eflags = FL_IF | FL_ONE;
	tf->tf_ds = tf->tf_es = 0x23;
}

static enum place place;	/* where the kernel has ended */
static bool in_user;		/* else in the monitor, or idle, or resuming */

/* Frames that the test keeps, so that few are free. */
static struct PageInfo *kept;

/* The kernel has ended, or returned to the frame on its stack. */
static void
leave_kernel(enum place where)
{
	if (where == NOWHERE)
		cpu.regs = frame;
	place = where;
	in_user = where == NOWHERE || where == IN_USER;
}

/* --- Paging: what the kernel has done, for the model to follow ------------- */

/* More attempts than this at one thing are no progress. */
#define MOST_TRIES	2000

/* The registers of a slot's program now. */
static const struct PushRegs *
registers(int slot)
{
	return in_user && curenv == &envs[slot] ? &cpu.regs.tf_regs
		: &envs[slot].env_tf.tf_regs;
}

/*
 * Which pages of the caller were in its file only when sys_cow_range copied their
 * entries: they are writable still. Of others it does not matter.
 */
static void
note_not_loaded(uint32_t id)
{
	uint32_t *from, *to;
	int i, slot = ENVX(id);

	for (i = 0; i < PLACES; i++) {
		model.not_loaded[i] = false;
		if (slot >= SLOTS || envs[slot].env_id != (envid_t)id
		    || envs[slot].env_status == ENV_FREE
		    || me()->map[i].page < 0)
			continue;
		from = paging_entry(model.running, i);
		to = paging_entry(slot, i);
		model.not_loaded[i] = from && to
			&& (*to & (PTE_P | PTE_FILE)) == PTE_FILE
			&& (!(me()->map[i].perm & PTE_W)
			    || (me()->map[i].perm & PTE_SHARE)
			    || (*from & PTE_W));
	}
}

/* Which of the senders do not wait any more. */
static void
note_senders(void)
{
	const struct list *l = &me()->senders;
	bool unsent = false;
	int i, n;

	for (i = 0; i < l->n; i++) {
		n = l->slot[i];
		model.left[n] = waits[n].reason != WAIT_RECEIVER;
		model.unsent[n] = model.left[n]
			&& registers(n)->reg_eax == (uint32_t)-E_NO_MEM;
		unsent |= model.unsent[n];
	}
	if (unsent)
		paging_no_memory("a message that waited");
}

/* True if the kernel has not finished what this slot's program was doing. */
static bool
has_to_wait(int slot)
{
	return envs[slot].env_status != ENV_FREE
		&& envs[slot].env_id == model.task[slot].id
		&& (waits[slot].reason >= WAIT_PAGE
		    || env_privates[slot].resume == repeat_call);
}

static void
count_try(void)
{
	if (++me()->again.tries <= MOST_TRIES)
		return;
	me()->again.tries = 0;
	fail("paging", "a program makes progress", "progress",
	     "%u attempts at the same, by %08x", MOST_TRIES, me()->id);
}

/* The program waits for memory, or has done so and tries again. */
static void
follow_wait(void)
{
	int slot = model.running;

	say(": waits\n");
	count_try();
	model_waits((enum waiting)waits[slot].reason, waits[slot].of);
}

/* Registers that SYSENTER's stub has saved for a call that is repeated. */
static void
set_registers_to_repeat(int number, const uint32_t a[5])
{
	struct Trapframe *tf = &me()->tf;

	tf->tf_regs = (struct PushRegs) {
		.reg_eax = number, .reg_edx = a[0], .reg_ecx = a[1],
		.reg_ebx = a[2], .reg_edi = a[3], .reg_ebp = tf->tf_esp,
	};
}

/* SYSENTER does not keep these: they depend on how the call returned. */
static void
accept_clobbered(int slot, const struct PushRegs *now)
{
	struct PushRegs *r = &model.task[slot].tf.tf_regs;

	r->reg_edx = now->reg_edx;
	r->reg_ecx = now->reg_ecx;
	r->reg_esi = now->reg_esi;
}

/* The kernel has made a call of the running program, or has begun to. */
static void
follow_call(int number, const uint32_t a[5], bool fast)
{
	int before = model.running;
	struct unfinished *again = &me()->again;

	if (number == SYS_ipc_recv)
		note_senders();
	if (cpu_without_page) {
		say(": %s", cpu_without_page);
		model_without_page();
	} else if (has_to_wait(before)) {
		if (number == SYS_ipc_recv)
			model_receiver_waits();
		if (fast)
			set_registers_to_repeat(number, a);
		again->call = true;
		again->number = number;
		memcpy(again->a, a, sizeof(again->a));
		follow_wait();
		return;
	} else {
		again->tries = 0;
		/* As they are saved, for a child that gets a copy. */
		if (fast && envs[before].env_status != ENV_FREE)
			accept_clobbered(before, &envs[before].env_tf.tf_regs);
		if (number == SYS_cow_range)
			note_not_loaded(a[0]);
		model.no_frames = envs[before].env_status != ENV_FREE
			&& registers(before)->reg_eax == (uint32_t)-E_NO_MEM;
		model_call(number, a);
		if (fast && envs[before].env_status != ENV_FREE)
			accept_clobbered(before, registers(before));
	}
	say_result(before);
}

static void
run_resume(void *arg)
{
	(void)arg;
	cpu_resume();
}

/* A program goes on with what it had not finished. */
static void
go_on(void)
{
	struct unfinished again = me()->again;
	int before = model.running;

	SAY("%s, again", again.call ? names[again.number].name : "cputs");
	cpu_without_page = NULL;
	leave_kernel(cpu_kernel("a repeated call", run_resume, NULL));
	if (again.call) {
		model.resuming = false;
		me()->again.call = false;
		follow_call(again.number, again.a, false);
	} else if (cpu_without_page) {
		say(": %s", cpu_without_page);
		model_without_page();
		say_result(before);
	} else if (has_to_wait(before))
		follow_wait();
	else {
		me()->again.tries = 0;
		model_resumes();
		say_result(before);
	}
	compare("a repeated call", in_user);
}

/* An interrupt while the processor is idle. */
static void
idle_interrupt(void *irq)
{
	struct Trapframe tf = {
		.tf_cs = GD_KT, .tf_trapno = IRQ_OFFSET + *(int *)irq
	};

	trap(&tf);
	sched_next();
}

/* The processor is idle: something happens. */
static void
be_idle(void)
{
	int irq = IRQ_TIMER;

	if (paging_disk_busy() && paging_random(8))
		irq = IRQ_IDE + 1;
	/* Nothing happens for a while. */
	else if (!paging_disk_busy() && !model.disk.n)
		timer_ticks = model.ticks
			= model.task[model.asleep.slot[0]].wake - 1;
	say("idle: %s", irq == IRQ_TIMER ? "tick" : "disk\n");
	leave_kernel(cpu_kernel("an interrupt", idle_interrupt, &irq));
	if (irq == IRQ_TIMER)
		model_idle_tick();
	else
		model_schedule();
	say_result(-1);
	compare("an interrupt", in_user);
}

/* Until a program can do something, or the monitor's user. */
static void
continue_kernel(void)
{
	unsigned n = 0;

	while (place == IN_RESUME || place == IN_IDLE) {
		if (place == IN_RESUME)
			go_on();
		else
			be_idle();
		if (++n > 20 * MOST_TRIES)
			fail("paging", "a program makes progress", "progress",
			     "none of %d does", SLOTS);
	}
}

/* --- System calls ---------------------------------------------------------- */

/* The calls whose stubs in kern/sysenter.S save registers in curenv->env_tf. */
static const bool may_switch[NSYSCALLS] = {
	[SYS_cputs] = true, [SYS_exofork] = true, [SYS_env_set_status] = true,
	[SYS_env_set_trapframe] = true, [SYS_yield] = true,
	[SYS_ipc_recv] = true, [SYS_ipc_send] = true, [SYS_sleep] = true,
	[SYS_env_wait] = true,
};

/* By the gate, all arguments are in registers, and stay there. */
static void
load_arguments(struct Trapframe *tf, int number, const uint32_t a[5])
{
	tf->tf_regs.reg_eax = number;
	tf->tf_regs.reg_edx = a[0];
	tf->tf_regs.reg_ecx = a[1];
	tf->tf_regs.reg_ebx = a[2];
	tf->tf_regs.reg_edi = a[3];
	tf->tf_regs.reg_esi = a[4];
}

/* What SYSENTER's entry has on the kernel's stack, and its stub stores. */
static void
enter_fast(int number, const uint32_t a[5])
{
	memcpy(kernel_stack, a, 4 * sizeof(uint32_t));
	kernel_stack[4] = cpu.regs.tf_eip;
	kernel_stack[5] = cpu.regs.tf_esp;
	syscall_number = number;
	syscall_frame = NULL;
	if (may_switch[number])
		curenv->env_tf = frame;
}

static void
kernel_gate(void *arg)
{
	(void)arg;
	syscall(&frame);
}

/* A system call, to the model and the kernel. */
static void
do_syscall(int number, const uint32_t a[5], bool fast)
{
	int before = model.running;
	enum place where;
	int32_t result = 0;

	fast = fast && number != SYS_page_map;
	say_call(number, a, fast);
	if (fast) {
		cpu.regs.tf_regs.reg_ebx = me()->tf.tf_regs.reg_ebx = a[2];
		cpu.regs.tf_regs.reg_edi = me()->tf.tf_regs.reg_edi = a[3];
		change_by_sysenter(&me()->tf);
		change_by_sysenter(&cpu.regs);
	} else {
		load_arguments(&me()->tf, number, a);
		load_arguments(&cpu.regs, number, a);
	}
	if (model.paging)
		cpu_without_page = NULL;
	else {
		model_call(number, a);
		say_result(before);
	}

	frame = cpu.regs;
	frame.tf_trapno = T_SYSCALL;
	syscall_now.number = number;
	memcpy(syscall_now.a, a, sizeof(syscall_now.a));
	if (fast) {
		enter_fast(number, a);
		where = cpu_kernel(names[number].name, kernel_syscall,
				   &result);
		frame.tf_regs.reg_eax = result;
	} else
		where = cpu_kernel(names[number].name, kernel_gate, NULL);
	leave_kernel(where);
	if (model.paging)
		follow_call(number, a, fast);
	compare(names[number].name, in_user);
	continue_kernel();
}

static void
kernel_trap(void *tf)
{
	trap(tf);
}

/* A trap of the program that runs. */
static void
do_trap(const char *what, uint32_t number, uint32_t err)
{
	frame = cpu.regs;
	frame.tf_trapno = number;
	frame.tf_err = err;
	leave_kernel(cpu_kernel(what, kernel_trap, &frame));
}

/* The model has followed. */
static void
end_trap(const char *what)
{
	compare(what, in_user);
	continue_kernel();
}

/* The processor is idle: time passes until the model's next wakes. */
static void
idle_until_tick(void)
{
	struct Trapframe tf = {
		.tf_cs = GD_KT, .tf_trapno = IRQ_OFFSET + IRQ_TIMER
	};
	uint32_t ticks = model.ticks;

	if (model.paging)
		cpu_leave(IN_IDLE);
	if (timer_ticks == ticks)
		fail("idle", "ends when the first wakes", "a runnable one",
		     "none at tick %u", ticks);
	timer_ticks = ticks - 1;
	trap(&tf);
}

/* --- The monitor ---------------------------------------------------------- */

/* A program: one page of text, two of data. paging.c lists it. */
struct model_file {
	struct Elf elf;
	struct Proghdr ph[2];
	uint8_t bytes[8];
};
struct model_file model_file;

static void
make_program(void)
{
	const struct program_shape *s = &program_shape;
	uint32_t at = (char *)model_file.bytes - (char *)&model_file;

	clear(&model_file, sizeof(model_file));
	model_file.elf = (struct Elf) {
		.e_magic = ELF_MAGIC, .e_elf = { ELF_CLASS_32, 1, 1 },
		.e_type = ELF_TYPE_EXEC, .e_machine = ELF_MACHINE_386,
		.e_version = 1, .e_entry = s->entry,
		.e_phoff = sizeof(struct Elf), .e_ehsize = sizeof(struct Elf),
		.e_phentsize = sizeof(struct Proghdr), .e_phnum = 2,
	};
	model_file.ph[0] = (struct Proghdr) {
		.p_type = ELF_PROG_LOAD, .p_offset = at, .p_va = s->text,
		.p_filesz = 1, .p_memsz = 64,
		.p_flags = ELF_PROG_FLAG_READ | ELF_PROG_FLAG_EXEC,
	};
	model_file.ph[1] = (struct Proghdr) {
		.p_type = ELF_PROG_LOAD, .p_offset = at, .p_va = s->data,
		.p_filesz = 1, .p_memsz = PGSIZE + 1,
		.p_flags = ELF_PROG_FLAG_READ | ELF_PROG_FLAG_WRITE,
	};
	model_file.bytes[0] = s->fill;
}

enum wish { GO_ON, START, KILL };
static enum wish wish;
static int victim;

static void
kernel_start(void)
{
	struct Env *e;

	if (env_create(&model_file, sizeof(model_file), ENV_TYPE_USER,
		       &e) == 0)
		env_private(e)->program = &programs[1];
}

/* The slot for the next program, or -1. */
static int
next_slot(void)
{
	return model.unused.n ? model.unused.slot[model.unused.n - 1] : -1;
}

/* The kernel has tried to start a program in this slot. */
static void
follow_start(int slot)
{
	if (slot < 0)
		return;
	model_started(envs[slot].env_status != ENV_FREE ? STARTED
		      : envs[slot].env_id != model.task[slot].id ? ENDED
		      : NOT_BEGUN);
}

/* The monitor at a breakpoint. Returns to continue the program. */
static void
at_breakpoint(void)
{
	if (wish == GO_ON)
		return;
	if (wish == START)
		kernel_start();
	else if (envs[victim].env_status != ENV_FREE)
		env_destroy(&envs[victim]);
	sched_yield();
}

/* The monitor with nothing runnable. */
static void
kernel_monitor(void *arg)
{
	(void)arg;
	if (wish == START)
		kernel_start();
	else if (envs[victim].env_status != ENV_FREE)
		env_destroy(&envs[victim]);
	sched_yield();
}

static void
monitor(const uint8_t *b)
{
	int slot = next_slot();
	bool last;

	wish = b[1] % 8 ? START : KILL;
	victim = b[2] % SLOTS;
	/* Nothing else makes room: end one after the other. */
	if (wish == START && model.unused.n == 0)
		wish = KILL;
	last = wish == KILL && victim == model.loaded;
	say("monitor: %s", wish == START ? "run" : "kill");
	if (wish == KILL)
		say(" slot %d", victim);
	if (model.paging)
		leave_kernel(cpu_kernel("monitor", kernel_monitor, NULL));
	if (wish == START && model.paging)
		follow_start(slot);
	else if (wish == START)
		model_start();
	else
		model_kill(victim);
	/* Ending the last that ran schedules, and does not return. */
	if (!last)
		model_schedule();
	say_result(-1);
	if (!model.paging)
		leave_kernel(cpu_kernel("monitor", kernel_monitor, NULL));
	compare("monitor", in_user);
	continue_kernel();
}

void
call_begin(void)
{
	make_program();
	devices_reset();
	devices_idle = idle_until_tick;
	devices_breakpoint = at_breakpoint;
	place = IN_MONITOR;
	in_user = false;
	kept = NULL;
	compare("env_init", false);
	monitor((const uint8_t [RECORD]) { 0, 1 });
}

static void
breakpoint(enum wish what)
{
	int before = model.running, slot = next_slot();

	wish = what;
	SAY("int3; the monitor: %s", wish == START ? "run"
	    : wish == KILL ? "kill" : "continue");
	if (wish == KILL)
		say(" slot %d", victim);
	if (model.paging)
		do_trap("int3", T_BRKPT, 0);
	if (wish == START && model.paging)
		follow_start(slot);
	else if (wish == START)
		model_start();
	else if (wish == KILL)
		model_kill(victim);
	else
		model_continue();
	if (wish != GO_ON && !(wish == KILL && victim == before))
		model_schedule();
	say_result(before);
	if (!model.paging)
		do_trap("int3", T_BRKPT, 0);
	end_trap("int3");
}

/* --- What programs do ----------------------------------------------------- */

/* True if the kernel's entry for va, of the caller, has an absent page. */
static bool
is_absent(uint32_t va)
{
	uint32_t *pte = place_at(va) < 0 ? NULL
		: paging_entry(model.running, place_at(va));

	return model.paging && pte && paging_absent(*pte);
}

/*
 * A page fault. With paging, the kernel may bring in a page, and have the
 * instruction tried again.
 */
static void
fault(uint32_t va, uint32_t err)
{
	int before = model.running;
	uintptr_t esp = cpu.regs.tf_esp;

	say(": page fault");
	cpu.cr2 = va;
	if (!model.paging) {
		model_fault(va, err);
		say_result(before);
		do_trap("page fault", T_PGFLT, err);
		end_trap("page fault");
		return;
	}
	cpu_without_page = NULL;
	do_trap("page fault", T_PGFLT, err);
	if (cpu_without_page) {
		say(": %s", cpu_without_page);
		model_without_page();
		say_result(before);
	} else if (has_to_wait(before))
		follow_wait();
	else if (place == NOWHERE && frame.tf_esp == esp) {
		/* The page is there now. */
		say(", again\n");
		count_try();
	} else {
		me()->again.touches = me()->again.tries = 0;
		model_fault(va, err);
		say_result(before);
	}
	end_trap("page fault");
}

/*
 * Access va. Returns its byte in RAM, with the model's in *expected, or NULL after
 * a page fault.
 */
static uint8_t *
touch_byte(uint32_t va, bool write, uint8_t **expected)
{
	uint32_t expected_err, err;
	uint8_t *found;

	SAY("%s 0x%08x", write ? "write" : "read", va);
	*expected = model_access(va, write, &expected_err);
	found = cpu_access(va, write, &err);
	if (!found && !(err & FEC_PR) && is_absent(va)) {
		fault(va, err);
		return NULL;
	}
	if (!*expected != !found || (!found && err != expected_err))
		fail("an access", "faults as the rights say",
		     *expected ? "no fault" : "a fault", "%s, error 0x%x, not"
		     " 0x%x, at 0x%08x", found ? "no fault" : "a fault", err,
		     expected_err, va);
	if (!found) {
		fault(va, err);
		return NULL;
	}
	me()->map[place_at(va)].perm |= PTE_A | (write ? PTE_D : 0);
	if (write)
		model.page[me()->map[place_at(va)].page].dirty = true;
	return found;
}

/* Execute the instruction that the program has begun. */
static void
execute(void)
{
	struct unfinished *u = &me()->again;
	uint8_t *found[TOUCHES], *expected[TOUCHES];
	int i, before = model.running;

	for (i = 0; i < u->touches; i++) {
		found[i] = touch_byte(u->va[i], u->write[i], &expected[i]);
		if (!found[i])
			return;
		say(i + 1 < u->touches ? "; " : "");
	}
	for (i = 0; i < u->touches; i++) {
		if (*found[i] != *expected[i])
			fail("an access", "reads what was written",
			     "that byte", "0x%02x instead of 0x%02x",
			     *found[i], *expected[i]);
		if (u->write[i])
			*found[i] = *expected[i] = u->value + i;
	}
	u->touches = u->tries = 0;
	say_result(before);
	compare("an access", in_user);
}

/* Add an access to the instruction. */
static void
add_access(uint32_t va, bool write)
{
	struct unfinished *u = &me()->again;

	u->va[u->touches] = va;
	u->write[u->touches++] = write;
}

static void
access(uint32_t va, bool write, uint8_t value)
{
	me()->again = (struct unfinished) { .value = value };
	add_access(va, write);
	execute();
}

/* Look at the entry that maps va, as programs do. */
static void
read_uvpt(uint32_t va)
{
	uint32_t err, entry = UVPT + (va >> 12) * 4;
	bool table = me()->table[place_region[place_at(va)]];

	SAY("read uvpt for 0x%08x\n", va);
	if (!cpu_access(entry, false, &err) != !table)
		fail("an access", "of uvpt shows a table",
		     table ? "no fault" : "a fault", "the other");
	compare("an access", in_user);
}

/* Write bytes to user memory, if all of it may be written. */
static void
put(uint32_t va, const void *from, size_t n)
{
	const uint8_t *bytes = from;
	uint32_t err;
	size_t i;

	for (i = 0; i < n; i++)
		if (va + i >= UTOP || !model_access(va + i, true, &err)
		    || is_absent(va + i))
			return;
	for (i = 0; i < n; i++) {
		*model_access(va + i, true, &err) = bytes[i];
		*cpu_access(va + i, true, &err) = bytes[i];
		me()->map[place_at(va + i)].perm |= PTE_A | PTE_D;
		model.page[me()->map[place_at(va + i)].page].dirty = true;
	}
}

/* The registers after some computation. */
static void
compute(const uint8_t *b)
{
	struct Trapframe *tf = &cpu.regs;
	uint32_t x = word(b) * 2654435761U;

	tf->tf_regs = (struct PushRegs) {
		.reg_edi = x, .reg_esi = x + 1, .reg_ebp = x + 2,
		.reg_ebx = x + 3, .reg_edx = x + 4, .reg_ecx = x + 5,
		.reg_eax = x + 6,
	};
	tf->tf_eip = 0x00810000 + x % 64;
	me()->tf = *tf;
}

/* Change esp and eflags, among them to what the upcall must judge. */
static void
set_stack(const uint8_t *b)
{
	static const uint32_t esp[] = {
		USTACKTOP - 64, UXSTACKTOP, UXSTACKTOP - 4,
		UXSTACKTOP - PGSIZE, UXSTACKTOP - PGSIZE - 4,
		UXSTACKTOP - PGSIZE + sizeof(struct UTrapframe) + 4,
		UXSTACKTOP - PGSIZE + sizeof(struct UTrapframe) + 3,
		UXSTACKTOP - PGSIZE + sizeof(struct UTrapframe),
		UXSTACKTOP - 1024, 0, 0xFFFFFFFC, UXSTACKTOP - 1001,
	};

	cpu.regs.tf_esp = esp[b[1] % ARRAY_SIZE(esp)];
	cpu.regs.tf_eflags = FL_IF | FL_ONE
		| (word(b + 2) & (FL_TF | FL_DF | FL_AC | FL_NT | FL_RF
				  | FL_CF));
	me()->tf = cpu.regs;
	SAY("esp 0x%x, eflags 0x%x\n", (uint32_t)cpu.regs.tf_esp,
	    cpu.regs.tf_eflags);
}

static void
set_fs(uint16_t fs)
{
	SAY("fs 0x%x\n", fs);
	cpu.fs_gs.fs = me()->fs = fs;
}

static void
fpu_trap_with_paging(void)
{
	int before = model.running;
	bool can_have = paging_can_have_frame();
	uint32_t errors = swap_counts.write_errors;

	do_trap("x87 trap", T_DEVICE, 0);
	model.no_frames = envs[before].env_id != model.task[before].id
		|| envs[before].env_status == ENV_FREE;
	if (model.no_frames && can_have && errors == swap_counts.write_errors)
		fail("x87 trap", "fails only if no page can leave memory",
		     "a frame", "the program ends");
	model_fpu_trap();
	say_result(before);
}

static void
use_fpu(uint32_t value)
{
	int before = model.running;

	SAY("x87: 0x%x", value);
	if (cpu.cr0 & CR0_TS) {
		if (model.paging)
			fpu_trap_with_paging();
		else {
			model_fpu_trap();
			say_result(before);
			do_trap("x87 trap", T_DEVICE, 0);
		}
		end_trap("x87 trap");
	} else
		say("\n");
	if (model.running != before)
		return;
	if (!me()->has_fpu || cpu.fpu != me()->fpu)
		fail("an x87 instruction", "sees its own register",
		     "its value", "0x%x, not 0x%x", cpu.fpu, me()->fpu);
	cpu.fpu = me()->fpu = value;
}

static void
tick(void)
{
	int before = model.running;

	if (!model.timer)
		return;
	SAY("tick");
	if (model.paging)
		do_trap("tick", IRQ_OFFSET + IRQ_TIMER, 0);
	model_tick();
	say_result(before);
	if (!model.paging)
		do_trap("tick", IRQ_OFFSET + IRQ_TIMER, 0);
	end_trap("tick");
}

static void
disk_interrupt(void)
{
	SAY("the disk interrupts\n");
	do_trap("disk interrupt", IRQ_OFFSET + IRQ_IDE + 1, 0);
	end_trap("disk interrupt");
}

/* --- Scarcity ------------------------------------------------------------- */

static uint32_t
count_free(void)
{
	const struct PageInfo *pp;
	uint32_t n = 0;

	for (pp = page_free_list; pp; pp = pp->pp_link)
		n++;
	return n;
}

/* Take frames until `left` are free, or give some back. */
static void
hoard(uint32_t left)
{
	uint32_t free = count_free();
	struct PageInfo *pp;

	say("test: %u frames are free\n", left);
	for (; free > left; free--) {
		pp = page_alloc(0);
		pp->pp_ref = 1;
		*(struct PageInfo **)page2kva(pp) = kept;
		kept = pp;
		model.free--;
		model.kept++;
	}
	for (; free < left && kept; free++) {
		pp = kept;
		kept = *(struct PageInfo **)page2kva(pp);
		page_decref(pp);
		model.free++;
		model.kept--;
	}
	compare("page_alloc", in_user);
}

/* Drive the count of the caller's page to its maximum less `room`, or back. */
static void
set_holds(int place, uint32_t room, bool more)
{
	int page = me()->map[place].page;
	struct PageInfo *pp;
	struct page *p;

	if (page < 0)
		return;
	p = &model.page[page];
	pp = &pages[p->frame];
	p->holds = 0;
	if (more)
		p->holds = MOST_REFS - model_refs(page)
			- MIN(room, MOST_REFS - model_refs(page));
	pp->pp_ref = model_refs(page);
	say("test: frame 0x%x has %u references\n", p->frame, pp->pp_ref);
}

/* Drop the references of pages that nothing maps. */
static void
drop_unmapped(void)
{
	struct page *p;
	int i;

	for (i = 0; i < PAGES; i++) {
		p = &model.page[i];
		if (!p->used || !p->holds || model_refs(i) != p->holds)
			continue;
		pages[p->frame].pp_ref = 1;
		page_decref(&pages[p->frame]);
		p->holds = 0;
		model_drop(i);
	}
}

/* A place from `first` on that may be accessed, or `first`. */
static int
accessible(int first, bool write)
{
	uint32_t needed = write ? PTE_W : 0;
	int i, place;

	for (i = 0; i < PLACES; i++) {
		place = (first + i) % PLACES;
		if (me()->map[place].page >= 0
		    && (me()->map[place].perm & needed) == needed)
			return place;
	}
	return first;
}

/* --- Choosing ------------------------------------------------------------- */

static void
cow_range(const uint8_t *b)
{
	uint32_t a[5] = { pick_id(b[1]), pick_va(b[2]), pick_va(b[3]), 0, 0 };
	uint32_t t;

	if (b[1] % 8 < 3)
		a[0] = child(b[1] / 8);
	if (b[4] % 4 == 0) {
		a[1] = 0;
		a[2] = UTOP;
	} else if (b[4] < 240) {
		if (a[2] < a[1]) {
			t = a[1];
			a[1] = a[2];
			a[2] = t;
		}
		if (a[2] < UTOP)
			a[2] += PGSIZE;
	}
	do_syscall(SYS_cow_range, a, b[11] & 1);
}

/* Fork, as the library does, or less: the child gets an upcall, pages, runs. */
static void
fork(const uint8_t *b)
{
	uint32_t a[5] = { 0 };
	envid_t id = me()->id;

	do_syscall(SYS_exofork, a, b[11] & 1);
	if (model.running < 0 || me()->id != id)
		return;
	a[0] = me()->tf.tf_regs.reg_eax;
	if ((int32_t)a[0] < 0)
		return;
	a[1] = me()->upcall;
	if (b[1] & 1)
		do_syscall(SYS_env_set_pgfault_upcall, a, b[11] & 2);
	a[1] = 0;
	a[2] = b[1] & 2 ? UTOP : pick_va(b[2]);
	if (b[1] & 6)
		do_syscall(SYS_cow_range, a, b[11] & 4);
	a[1] = ENV_RUNNABLE;
	if (b[1] & 0x38 && model.running >= 0 && me()->id == id)
		do_syscall(SYS_env_set_status, a, b[11] & 8);
}

/* Make a child runnable, or a new one. */
static void
revive(const uint8_t *b)
{
	uint32_t a[5] = { child(b[1]), ENV_RUNNABLE };

	if (b[2] % 4 && model.unused.n)
		fork(b);
	else if (a[0])
		do_syscall(SYS_env_set_status, a, b[11] & 1);
	else
		breakpoint(b[1] % 2 ? GO_ON : START);
}

static void
set_trapframe(const uint8_t *b)
{
	uint32_t a[5] = { pick_id(b[1]), pick_va(b[2]), 0, 0, 0 };
	static const uint16_t offsets[] = { 0, 100, PGSIZE - 8, PGSIZE - 1 };
	struct Trapframe tf = cpu.regs;

	if (a[1] < UTOP)
		a[1] += offsets[b[3] % ARRAY_SIZE(offsets)];
	tf.tf_eip = word(b + 4);
	tf.tf_esp = word(b + 5);
	tf.tf_eflags = word(b + 6) * 69069;
	tf.tf_cs = b[4];
	tf.tf_ds = tf.tf_es = tf.tf_ss = b[5] | b[6] << 8;
	tf.tf_regs.reg_ebx = word(b + 7);
	if (b[3] & 0xF0)
		a[1] = place_va[accessible(b[2] % PLACES, true)] + PGOFF(a[1]);
	if (b[3] & 0x80)
		put(a[1], &tf, sizeof(tf));
	do_syscall(SYS_env_set_trapframe, a, b[11] & 1);
}

static void
print(const uint8_t *b)
{
	uint32_t a[5] = { pick_va(b[2]), b[3], 0, 0, 0 };

	/* Mostly a text of several pieces, in one page or two. */
	if (b[1] & 0x18)
		a[0] = place_va[accessible(b[2] % PLACES, false)]
			+ (b[1] & 0x20 ? PGSIZE - 2 : 0);
	if (b[1] & 0x40)
		a[1] += word(b + 4) % 1024;
	do_syscall(SYS_cputs, a, b[11] & 1);
}

static void
sleep_or_wait(const uint8_t *b)
{
	static const uint32_t times[] = {
		0, 1, 9, 10, 11, 20, 30, 1000, 0xFFFFFFFF
	};
	uint32_t a[5] = { times[b[1] % ARRAY_SIZE(times)] };

	if (b[2] % 4)
		do_syscall(SYS_sleep, a, b[11] & 1);
	else {
		a[0] = pick_id(b[1]);
		do_syscall(SYS_env_wait, a, b[11] & 1);
	}
}

/* Send to one of the others, or to any id. */
static void
send(const uint8_t *b, int number)
{
	uint32_t a[5] = {
		b[5] < 200 ? (uint32_t)model.task[b[1] % SLOTS].id
		: pick_id(b[1]), word(b + 6), pick_va(b[2]), pick_perm(b[3])
	};
	int place = accessible(b[2] % PLACES, false);

	if (b[4] % 3 == 0)
		a[2] = UTOP;
	else if (b[4] % 4 && me()->map[place].page >= 0) {
		a[2] = place_va[place];
		a[3] = me()->map[place].perm & PTE_SYSCALL;
	}
	do_syscall(number, a, b[11] & 1);
}

static void
page_map(const uint8_t *b)
{
	uint32_t a[5] = {
		pick_id(b[1]), pick_va(b[2]), pick_id(b[3]), pick_va(b[4]),
		pick_perm(b[5])
	};

	/* Onto itself, often. */
	if (b[6] % 8 == 0) {
		a[2] = a[0];
		a[3] = a[1];
	}
	do_syscall(SYS_page_map, a, false);
}

/* The page that a child waits to send, or is printing, if one is. */
static void
page_in_use(uint32_t a[5])
{
	const struct task *t;

	for (t = model.task; t < model.task + SLOTS; t++) {
		if (t->status == ENV_FREE || t->parent != me()->id)
			continue;
		if (t->waiting == FOR_RECEIVER && t->send_va < UTOP) {
			a[0] = t->id;
			a[1] = t->send_va;
		} else if (t->text_len) {
			a[0] = t->id;
			a[1] = t->text & ~0xFFFU;
		}
	}
}

/* A place from `first` on that needs a table, or `first`. */
static int
without_table(int first)
{
	int i;

	for (i = 0; i < PLACES; i++)
		if (!me()->table[place_region[(first + i) % PLACES]])
			return (first + i) % PLACES;
	return first;
}

static void
one_argument(const uint8_t *b, int number)
{
	const uint32_t status[] = {
		ENV_RUNNABLE, ENV_NOT_RUNNABLE, ENV_RUNNABLE, ENV_FREE,
		ENV_RUNNABLE, ENV_RUNNING, ENV_RUNNABLE, ENV_DYING,
	};
	uint32_t a[5] = { pick_id(b[1]), 0, 0, 0, 0 };

	switch (number) {
	case SYS_page_unmap:
		a[1] = pick_va(b[2]);
		if (b[3] % 4)
			page_in_use(a);
		break;
	case SYS_env_set_status:
		if (b[3] % 4)
			a[0] = child(b[1]);
		a[1] = b[2] < 250 ? status[b[2] % ARRAY_SIZE(status)]
			: word(b + 2);
		break;
	case SYS_env_set_pgfault_upcall:
		a[1] = b[2] % 8 ? 0x00810000U + b[2] : b[2] & 8 ? 0xF0100020
			: 0;
		break;
	case SYS_ipc_recv:
		a[0] = b[2] & 1 ? UTOP + b[1] : pick_va(b[1]);
		if (me()->senders.n && b[3] % 4 == 0) {
			hoard(b[4] % 2);
			a[0] = place_va[without_table(b[1] % PLACES)];
		}
		break;
	case SYS_cow_page:
		a[0] = pick_va(b[1]) + (b[1] < 244 ? word(b + 2) % PGSIZE : 0);
		break;
	}
	do_syscall(number, a, b[11] & 1);
}

static void
page_alloc_call(const uint8_t *b)
{
	const uint32_t a[5] = {
		pick_id(b[1]), pick_va(b[2]), pick_perm(b[3] | (b[4] & 1))
	};

	do_syscall(SYS_page_alloc, a, b[11] & 1);
}

static void
touch(const uint8_t *b)
{
	int place = b[1] % PLACES;

	if (b[2] % 16 == 0) {
		read_uvpt(place_va[place]);
		return;
	}
	/* A page fault that is not handled ends the program: few of these. */
	if (b[6] % 8 && (!me()->upcall || b[6] % 16 < 8))
		place = accessible(place, b[2] & 1);
	access(place_va[place] + word(b + 3) % PGSIZE, b[2] & 1, b[5]);
}

/* An instruction that accesses several pages. */
static void
touch_many(const uint8_t *b)
{
	int i, n = 2 + b[1] % (TOUCHES - 1);

	me()->again = (struct unfinished) { .value = b[5] };
	for (i = 0; i < n; i++)
		add_access(place_va[accessible((b[2] + i * (b[3] | 1)) % PLACES,
					       b[4] >> i & 1)]
			   + word(b + 3 + i % 4) % PGSIZE, b[4] >> i & 1);
	execute();
}

static void
scarcity(const uint8_t *b)
{
	if (b[1] % 2 || model.paging)
		hoard(b[2] % 16 < 12 ? b[2] % 4 : 8 + b[2] / 8);
	else
		set_holds(accessible(b[4] % PLACES, b[3] & 1), b[5] % 4,
			  b[1] & 6);
}

static void
something(const uint8_t *b)
{
	static const uint8_t rare[] = {
		SYS_getenvid, SYS_time_msec, SYS_yield, SYS_yield
	};

	switch (b[1] % 8) {
	case 0:
		breakpoint(b[2] % 2 ? GO_ON : START);
		break;
	case 1:
		set_fs(b[2]);
		break;
	case 2: case 3:
		use_fpu(word(b + 2));
		break;
	case 4:
		set_stack(b + 1);
		break;
	default:
		do_syscall(rare[b[2] % ARRAY_SIZE(rare)],
			   (const uint32_t [5]) { 0 }, b[11] & 1);
	}
}

/* What a program does: weights of 64. */
static const struct choice {
	uint8_t weight;
	bool stops;		/* it may stop the program */
	void (*does)(const uint8_t *b);
	int number;		/* of a call, for the second kind */
	void (*calls)(const uint8_t *b, int number);
} choices[] = {
	{ 9, false, touch, 0, NULL },
	{ 1, false, print, 0, NULL },
	{ 6, false, page_alloc_call, 0, NULL },
	{ 7, false, page_map, 0, NULL },
	{ 3, false, NULL, SYS_page_unmap, one_argument },
	{ 3, false, cow_range, 0, NULL },
	{ 4, false, NULL, SYS_cow_page, one_argument },
	{ 1, false, NULL, SYS_exofork, one_argument },
	{ 3, false, fork, 0, NULL },
	{ 5, false, NULL, SYS_env_set_status, one_argument },
	{ 1, false, set_trapframe, 0, NULL },
	{ 2, false, NULL, SYS_env_set_pgfault_upcall, one_argument },
	{ 1, true, NULL, SYS_env_destroy, one_argument },
	{ 4, true, NULL, SYS_ipc_recv, one_argument },
	{ 4, false, NULL, SYS_ipc_try_send, send },
	{ 3, true, NULL, SYS_ipc_send, send },
	{ 3, true, sleep_or_wait, 0, NULL },
	{ 2, false, scarcity, 0, NULL },
	{ 2, false, something, 0, NULL },
};

/* With paging, more accesses. */
static void
touch_or_many(const uint8_t *b)
{
	if (b[4] % 4 == 3)
		touch_many(b);
	else
		touch(b);
}

static unsigned
choose(unsigned at)
{
	unsigned i = 0;

	while (at >= choices[i].weight)
		at -= choices[i++].weight;
	return i;
}

unsigned
call(const uint8_t b[RECORD])
{
	const struct choice *c;

	if (model.running < 0) {
		/* Out of memory: the test gives some back. */
		if (b[3] % 2)
			hoard(16);
		monitor(b);
		return 0;
	}
	if (b[0] >= 248) {
		tick();
		return 1;
	}
	if (model.paging && b[0] >= 216) {
		disk_interrupt();
		return 1;
	}
	if (me()->again.touches) {
		execute();
		return 1;
	}
	drop_unmapped();
	compute(b + 7);
	if (model.paging && b[0] >= 128) {
		touch_or_many(b);
		return 1;
	}
	c = &choices[choose(b[0] % 64)];
	if (c->stops && !model.ready.n && b[10] % 8)
		revive(b);	/* or too often, nothing is runnable */
	else if (c->does)
		c->does(b);
	else
		c->calls(b, c->number);
	return (2 + (c - choices)) * 16 + (model.running < 0 ? 15
					  : -me()->tf.tf_regs.reg_eax % 15);
}

void
call_end(void)
{
	int i;

	if (!model.paging)
		return;
	paging_stop_errors();
	/* Whatever is unfinished, all can be ended. */
	for (i = 0; i < SLOTS; i++) {
		if (model.task[i].status == ENV_FREE)
			continue;
		if (model.running < 0)
			monitor((const uint8_t [RECORD]) { 0, 0, i });
		else {
			victim = i;
			breakpoint(KILL);
		}
	}
	while (paging_disk_busy())
		ide_interrupt(IRQ_IDE + 1);
	hoard(UINT32_MAX);
	compare("the end", in_user);
	paging_compare_end();
}
