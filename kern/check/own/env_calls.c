/*
 * Checks of sys_env.c: environments that programs create, start, stop, change,
 * and whose end they wait for.
 */

#include <inc/error.h>
#include <inc/string.h>
#include <inc/x86.h>
#include <kern/check/own/calls.h>
#include <kern/check/own/user.h>
#include <kern/env.h>
#include <kern/queue.h>
#include <kern/syscall.h>
#include <kern/trapentry.h>
#include <kern/sys_console.h>
#include <kern/sys_env.h>
#include <kern/sys_ipc.h>
#include <kern/sys_mem.h>
#include <kern/sys_time.h>
#include <kern/check/x86_test.h>
#include <kern/cpuid.h>
#include <kern/gates.h>

/* --- sys_exofork ------------------------------------------------------- */

static void
expect_copy(const struct Env *e, uint32_t id, envid_t parent)
{
	const struct Trapframe tf = call_frame(0);

	EXPECT_EQ(e->env_id, id);
	EXPECT_EQ(e->env_parent_id, parent);
	EXPECT_EQ(e->env_status, ENV_NOT_RUNNABLE);
	EXPECT_EQ(e->env_pgfault_upcall, NULL);
	EXPECT_EQ(e->env_ipc_recving, false);
	EXPECT_EQ(e->env_ipc_value, 0);
	EXPECT_EQ(e->env_runs, 0);
	EXPECT_EQ(waits[e - envs].reason, WAIT_NONE);
	EXPECT(queue_empty(QUEUE_RUN), "it is in the run queue");
	EXPECT_REGISTERS("the caller's registers in the child, eax 0",
			 &e->env_tf, &tf);
}

static void
exofork_copies_the_caller(void)
{
	const struct fs_gs segments = { GD_UD | 3, GD_UD | 2 }, none = { 0, 0 };
	struct Env *slot;
	uint32_t id, i;

	calls_begin();
	map_new(me, PAGE_A, PUW);
	map_new(me, UTOP - PGSIZE, PUW);
	me->env_pgfault_upcall = (void *)PAGE_A;
	me->env_ipc_value = 0x1234;
	me->env_runs = 77;
	env_private(me)->program = any_program();
	write_fs_gs(&segments);
	slot = env_free_list;
	id = ASK(me, SYS_exofork);
	write_fs_gs(&none);
	EXPECT(id - 0x1000 < 0x7FFFF000, "not an id");
	EXPECT_EQ(ENVX(id), slot - envs);
	expect_copy(slot, id, me->env_id);
	EXPECT_EQ(env_private(slot)->segments.fs, segments.fs);
	EXPECT_EQ(env_private(slot)->segments.gs, segments.gs);
	EXPECT_EQ(env_private(slot)->program, env_private(me)->program);
	EXPECT_EQ(env_private(slot)->fpu.frame, NULL);
	for (i = 0; i < PDX(UTOP); i++)
		EXPECT_EQ(slot->env_pgdir[i], 0);
	EXPECT_EQ(me->env_pgfault_upcall, PAGE_A);
	env_free(slot);
	calls_end();
}

static void
exofork_without_memory(void)
{
	struct EnvPrivate *p;
	struct Env *e;

	calls_begin();
	p = env_private(me);
	e = &envs[ENVX(EXPECT_FRAMES(1, me, SYS_exofork))];
	env_free(e);
	/* With x87 registers, there is a frame more to copy. */
	p->fpu.frame = page_alloc(ALLOC_ZERO);
	p->fpu.frame->pp_ref = 1;
	e = &envs[ENVX(EXPECT_FRAMES(2, me, SYS_exofork))];
	EXPECT(env_private(e)->fpu.frame
	       && env_private(e)->fpu.frame != p->fpu.frame,
	       "no frame of its own");
	EXPECT_EQ(env_private(e)->fpu.frame->pp_ref, 1);
	EXPECT_EQ(p->fpu.frame->pp_ref, 1);
	env_free(e);
	calls_end();
}

static void
exofork_without_a_slot(void)
{
	struct Env *list;

	calls_begin();
	list = env_free_list;
	env_free_list = NULL;
	EXPECT_REFUSED(-E_NO_FREE_ENV, me, SYS_exofork);
	env_free_list = list;
	calls_end();
}

/* --- The registers of a call by SYSENTER --------------------------------- */

#define SP_OF_CALLER	0x44444440
#define EIP_OF_CALLER	PAGE_C		/* nothing is mapped there */

/* Yield by SYSENTER: neither its stack nor the users' may be ours. */
static void
yield_by_sysenter(void *arg)
{
	uintptr_t top = ROUNDDOWN(read_esp() - 512, 16);

	(void)arg;
	cli();
	wrmsr(MSR_SYSENTER_ESP, top);
	trap_set_stack(top);
	sysenter_keeping(SYS_yield, SP_OF_CALLER, EIP_OF_CALLER, 0x11111111,
			 0x22222222);
}

static void
yield_and_come_back(void *report)
{
	uint64_t msr = rdmsr(MSR_SYSENTER_ESP);

	guarded(yield_by_sysenter, NULL, report);
	trap_set_stack(KSTACKTOP);
	wrmsr(MSR_SYSENTER_ESP, msr);
}

/* The registers that inc/syscall.h promises to such a caller. */
static void
sysenter_callers_can_wait(void)
{
	const struct Trapframe *tf;
	struct guard_report r;

	if (!cpu_features.sep)
		check_skip("this processor has no SYSENTER");
	calls_begin();
	tf = &me->env_tf;
	memset(&me->env_tf, 0xFF, sizeof(*tf));
	env_set_status(me, ENV_RUNNING);
	as_program(me, yield_and_come_back, &r);
	EXPECT_EQ(r.how, GUARD_TRAP);
	EXPECT_EQ(r.err & FEC_U, FEC_U);
	EXPECT_EQ(r.va, EIP_OF_CALLER);
	EXPECT_EQ(r.flags & (FL_IF | FL_TF | FL_IOPL_MASK), FL_IF);
	EXPECT_EQ(tf->tf_regs.reg_eax, 0);
	EXPECT_EQ(tf->tf_regs.reg_ebp, SP_OF_CALLER);
	EXPECT_EQ(tf->tf_regs.reg_ebx, 0x11111111);
	EXPECT_EQ(tf->tf_regs.reg_edi, 0x22222222);
	EXPECT_EQ(tf->tf_eip, EIP_OF_CALLER);
	EXPECT_EQ(tf->tf_esp, SP_OF_CALLER);
	EXPECT_EQ(tf->tf_cs, GD_UT | 3);
	EXPECT_EQ(tf->tf_ss, GD_UD | 3);
	EXPECT_EQ(tf->tf_ds, GD_UD | 3);
	EXPECT_EQ(tf->tf_es, GD_UD | 3);
	EXPECT_EQ(tf->tf_eflags, FL_IF | FL_ONE);
	calls_end();
}

static void
sysenters_table_has_the_calls(void)
{
	static const struct {
		uint32_t number;
		const void *call;
	} calls[] = {
		{ SYS_cgetc, sys_cgetc }, { SYS_getenvid, sys_getenvid },
		{ SYS_env_destroy, sys_env_destroy },
		{ SYS_page_unmap, sys_page_unmap },
		{ SYS_env_set_pgfault_upcall, sys_env_set_pgfault_upcall },
		{ SYS_time_msec, sys_time_msec },
	};
	static const uint32_t repeated[] = {
		SYS_page_alloc, SYS_ipc_try_send, SYS_cow_range, SYS_cow_page,
	};
	const char *stub;
	uint32_t number;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(calls); i++)
		EXPECT_THAT(syscall_fast_table[calls[i].number]
			    == calls[i].call, "the function of that call",
			    "another for call %u", calls[i].number);
	/* movl $number, syscall_number: opcode, address, number. */
	for (i = 0; i < ARRAY_SIZE(repeated); i++) {
		stub = syscall_fast_table[repeated[i]];
		memcpy(&number, stub + 6, sizeof(number));
		EXPECT_THAT(number == repeated[i], "a stub with its number",
			    "number %u in that of call %u", number,
			    repeated[i]);
	}
	EXPECT_EQ(((int32_t (*)(void))syscall_fast_table[SYS_page_map])(),
		  -E_INVAL);
}

static void
yield_lets_another_run(void)
{
	struct Trapframe tf;

	calls_begin();
	env_set_status(other, ENV_RUNNABLE);
	EXPECT_NEXT(other, me, SYS_yield);
	tf = call_frame(0);
	EXPECT_REGISTERS("the registers of the call, eax 0", &me->env_tf,
			 &tf);
	EXPECT_EQ(queue_first(QUEUE_RUN), me - envs);
	expect_woken(me, 0);
	calls_end();
}

static void
time_slice_saves_all_registers(void)
{
	struct Trapframe tf;
	size_t i;

	calls_begin();
	for (i = 0; i < sizeof(tf) / 4; i++)
		((uint32_t *)&tf)[i] = 0x5A000000 + i;
	/* If the wrong one runs, it must fault as a program does. */
	tf.tf_cs = GD_UT | 3;
	tf.tf_ds = tf.tf_es = tf.tf_ss = GD_UD | 3;
	tf.tf_eflags = FL_IF | FL_ZF | FL_ONE;
	env_set_status(other, ENV_RUNNABLE);
	expect_next(__FILE__, __LINE__, end_time_slice(me, &tf), other);
	EXPECT_REGISTERS("the registers at the interrupt", &me->env_tf, &tf);
	EXPECT_EQ(queue_first(QUEUE_RUN), me - envs);
	env_set_status(me, ENV_NOT_RUNNABLE);
	calls_end();
}

/* --- sys_env_set_status ------------------------------------------------ */

static void
status_refuses_in_order(void)
{
	static const uint32_t wrong[] = {
		ENV_FREE, ENV_DYING, ENV_RUNNING, 5, 6, 0x100 + ENV_RUNNABLE,
		0x80000000 + ENV_RUNNABLE, 0xFFFFFFFF,
	};
	uint32_t ids[NBAD_IDS], i;

	calls_begin();
	bad_ids(ids);
	for (i = 0; i < NBAD_IDS; i++) {
		EXPECT_REFUSED(-E_BAD_ENV, me, SYS_env_set_status, ids[i], 99);
		EXPECT_REFUSED(-E_BAD_ENV, me, SYS_env_set_status, ids[i],
			       ENV_RUNNABLE);
	}
	EXPECT_REFUSED(-E_BAD_ENV, child, SYS_env_set_status, me->env_id,
		       ENV_RUNNABLE);
	for (i = 0; i < ARRAY_SIZE(wrong); i++) {
		EXPECT_REFUSED(-E_INVAL, me, SYS_env_set_status,
			       child->env_id, wrong[i]);
		EXPECT_REFUSED(-E_INVAL, me, SYS_env_set_status, 0, wrong[i]);
	}
	/* It is so already. */
	EXPECT_REFUSED(0, me, SYS_env_set_status, child->env_id,
		       ENV_NOT_RUNNABLE);
	EXPECT_REFUSED(0, me, SYS_env_set_status, 0, ENV_RUNNABLE);
	calls_end();
}

static void
status_starts_and_stops(void)
{
	calls_begin();
	child->env_tf.tf_regs.reg_eax = 0x5555;
	EXPECT_EQ(ASK(me, SYS_env_set_status, child->env_id, ENV_RUNNABLE), 0);
	EXPECT_EQ(child->env_status, ENV_RUNNABLE);
	EXPECT_EQ(queue_first(QUEUE_RUN), child - envs);
	EXPECT_EQ(child->env_tf.tf_regs.reg_eax, 0x5555);
	/* Once more: it must not be queued twice, or last. */
	env_set_status(other, ENV_RUNNABLE);
	EXPECT_REFUSED(0, me, SYS_env_set_status, child->env_id,
		       ENV_RUNNABLE);
	EXPECT_EQ(queue_first(QUEUE_RUN), child - envs);
	EXPECT_EQ(ASK(me, SYS_env_set_status, child->env_id,
		      ENV_NOT_RUNNABLE), 0);
	EXPECT_EQ(child->env_status, ENV_NOT_RUNNABLE);
	EXPECT_EQ(queue_first(QUEUE_RUN), other - envs);
	EXPECT_EQ(queue_after(other - envs), QUEUE_RUN);
	env_set_status(other, ENV_NOT_RUNNABLE);
	calls_end();
}

static void
status_stops_the_caller(void)
{
	struct Trapframe tf;

	calls_begin();
	env_set_status(other, ENV_RUNNABLE);
	EXPECT_NEXT(other, child, SYS_env_set_status, 0, ENV_NOT_RUNNABLE);
	tf = call_frame(0);
	expect_waiting(child, WAIT_NONE);
	EXPECT_REGISTERS("the registers of the call, eax 0", &child->env_tf,
			 &tf);
	EXPECT(queue_empty(QUEUE_RUN), "an environment is queued");
	/* Its creator starts it again; its call returns 0. */
	EXPECT_EQ(ASK(me, SYS_env_set_status, child->env_id, ENV_RUNNABLE), 0);
	expect_woken(child, 0);
	calls_end();
}

/* --- sys_env_set_trapframe --------------------------------------------- */

#define TF_AT	(PAGE_A + 0x234)

static struct Trapframe *
frame_in(struct Env *e)
{
	return (struct Trapframe *)((char *)page2kva(map_new(e, PAGE_A, PU))
				    + TF_AT % PGSIZE);
}

static void
trapframe_is_made_harmless(void)
{
	/* The flags that only the kernel decides on are not in this. */
	const uint32_t may = 0x00250DD5, must = 0x00000202;
	struct Trapframe *tf;
	int i;

	calls_begin();
	tf = frame_in(me);
	for (i = 0; i < 32; i++) {
		memset(tf, 0, sizeof(*tf));
		tf->tf_eflags = 1U << i;
		EXPECT_EQ(ASK(me, SYS_env_set_trapframe, child->env_id,
			      TF_AT), 0);
		EXPECT_EQ(child->env_tf.tf_eflags, (1U << i & may) | must);
	}
	for (i = 0; i < 4; i++) {
		memset(tf, 0xFF, sizeof(*tf));
		tf->tf_cs = GD_KT | i;
		tf->tf_ds = tf->tf_es = tf->tf_ss = GD_KD | i;
		EXPECT_EQ(ASK(me, SYS_env_set_trapframe, child->env_id,
			      TF_AT), 0);
		EXPECT_EQ(child->env_tf.tf_cs, GD_UT | 3);
		EXPECT_EQ(child->env_tf.tf_ds, GD_UD | 3);
		EXPECT_EQ(child->env_tf.tf_es, GD_UD | 3);
		EXPECT_EQ(child->env_tf.tf_ss, GD_UD | 3);
	}
	calls_end();
}

static void
trapframe_is_taken_over(void)
{
	struct Trapframe *tf, was;
	uint32_t *word;
	size_t i;

	calls_begin();
	tf = frame_in(me);
	word = (uint32_t *)tf;
	for (i = 0; i < sizeof(*tf) / 4; i++)
		word[i] = 0x01000193 * (i + 1);
	was = *tf;
	EXPECT_EQ(ASK(me, SYS_env_set_trapframe, child->env_id, TF_AT), 0);
	EXPECT_THAT(memcmp(&child->env_tf.tf_regs, &was.tf_regs,
			   sizeof(was.tf_regs)) == 0, "these registers",
		    "others");
	EXPECT_EQ(child->env_tf.tf_eip, was.tf_eip);
	EXPECT_EQ(child->env_tf.tf_esp, was.tf_esp);
	EXPECT_THAT(memcmp(tf, &was, sizeof(was)) == 0,
		    "the program's frame stays", "it has changed");
	EXPECT_EQ(child->env_status, ENV_NOT_RUNNABLE);
	/* Of itself: it runs with them at once. */
	tf->tf_eip = PAGE_C;
	EXPECT_NEXT(me, me, SYS_env_set_trapframe, 0, TF_AT);
	EXPECT_EQ(me->env_tf.tf_eip, PAGE_C);
	EXPECT_EQ(me->env_tf.tf_esp, was.tf_esp);
	EXPECT_EQ(me->env_tf.tf_regs.reg_eax, was.tf_regs.reg_eax);
	calls_end();
}

/* System call frames for expect_end, as its argument. */
static void
do_syscall(void *tf)
{
	cli();
	syscall(tf);
}

static void
trapframe_needs_readable_memory(void)
{
	static const uintptr_t vas[] = {
		0, PAGE_B, PAGE_B - 4, UTOP - 4, UTOP, UENVS, KERNBASE,
		0xFFFFFFFC,
	};
	struct Trapframe tf = { .tf_eip = 0 };
	uint32_t ids[NBAD_IDS], i;

	calls_begin();
	bad_ids(ids);
	/* The environment is checked first. */
	for (i = 0; i < NBAD_IDS; i++)
		EXPECT_REFUSED(-E_BAD_ENV, me, SYS_env_set_trapframe, ids[i],
			       KERNBASE);
	env_free(other);
	for (i = 0; i < ARRAY_SIZE(vas); i++) {
		other = new_env(0);
		map_new(other, PAGE_A, PU);
		env_set_status(child, ENV_RUNNABLE);
		tf.tf_regs.reg_eax = SYS_env_set_trapframe;
		tf.tf_regs.reg_edx = 0;
		tf.tf_regs.reg_ecx = vas[i];
		expect_end(other, do_syscall, &tf);
		EXPECT_EQ(child->env_status, ENV_RUNNING);
		env_set_status(child, ENV_NOT_RUNNABLE);
	}
	calls_end();
}

/* --- sys_env_set_pgfault_upcall ---------------------------------------- */

static void
upcall_is_set_as_it_is(void)
{
	uint32_t ids[NBAD_IDS], i;

	calls_begin();
	bad_ids(ids);
	for (i = 0; i < NBAD_IDS; i++)
		EXPECT_REFUSED(-E_BAD_ENV, me, SYS_env_set_pgfault_upcall,
			       ids[i], PAGE_A);
	EXPECT_EQ(ASK(me, SYS_env_set_pgfault_upcall, child->env_id, PAGE_A),
		  0);
	EXPECT_EQ(child->env_pgfault_upcall, PAGE_A);
	EXPECT_EQ(me->env_pgfault_upcall, NULL);
	EXPECT_EQ(ASK(me, SYS_env_set_pgfault_upcall, 0, 0xF0100020), 0);
	EXPECT_EQ(me->env_pgfault_upcall, 0xF0100020);
	EXPECT_EQ(child->env_pgfault_upcall, PAGE_A);
	EXPECT_EQ(ASK(me, SYS_env_set_pgfault_upcall, me->env_id, 0), 0);
	EXPECT_EQ(me->env_pgfault_upcall, NULL);
	calls_end();
}

/* --- sys_env_wait ------------------------------------------------------ */

static void
wait_ends_with_the_environment(void)
{
	struct Env *late;
	struct Trapframe tf;

	calls_begin();
	late = new_env(0);
	/* It need not be a child. */
	EXPECT_NEXT(NULL, me, SYS_env_wait, other->env_id);
	tf = call_frame(SYS_env_wait);
	expect_waiting(me, WAIT_END);
	EXPECT_EQ(waits[me - envs].of, other->env_id);
	EXPECT_REGISTERS("the registers of the call, eax 0", &me->env_tf,
			 &tf);
	EXPECT_NEXT(NULL, late, SYS_env_wait, other->env_id);
	EXPECT_NEXT(NULL, child, SYS_env_wait, late->env_id);
	env_free(other);
	EXPECT_EQ(queue_first(QUEUE_RUN), me - envs);
	EXPECT_EQ(queue_after(me - envs), late - envs);
	expect_woken(me, 0);
	expect_woken(late, 0);
	expect_waiting(child, WAIT_END);
	EXPECT(queue_empty(QUEUE_RUN), "another environment goes on");
	env_free(late);
	expect_woken(child, 0);
	calls_end();
}

static void
wait_returns_at_once_if_there_is_none(void)
{
	envid_t gone;

	calls_begin();
	gone = other->env_id;
	env_free(other);
	EXPECT_REFUSED(0, me, SYS_env_wait, gone);
	other = new_env(0);
	EXPECT_EQ(ENVX(other->env_id), ENVX(gone));
	EXPECT_REFUSED(0, me, SYS_env_wait, gone);
	EXPECT_REFUSED(0, me, SYS_env_wait, 0xFFFFFFFF);
	EXPECT_REFUSED(-E_INVAL, me, SYS_env_wait, 0);
	EXPECT_REFUSED(-E_INVAL, me, SYS_env_wait, me->env_id);
	calls_end();
}

static void
ids_follow_each_other(void)
{
	struct Env *first, *second;
	envid_t a, b;

	calls_begin();
	first = new_env(0);
	second = new_env(0);
	a = first->env_id;
	b = second->env_id;
	env_free(first);
	env_free(second);
	/* The slot that was freed last is used first. */
	EXPECT_EQ(ASK(me, SYS_exofork), b + 0x1000);
	EXPECT_EQ(ASK(me, SYS_exofork), a + 0x1000);
	EXPECT_EQ(ASK(me, SYS_env_destroy, a + 0x1000), 0);
	EXPECT_EQ(ASK(me, SYS_exofork), a + 0x2000);
	env_free(first);
	env_free(second);
	calls_end();
}

const struct check own_env_calls_checks[] = {
	LONG_OWN(CALLS, time_slice_saves_all_registers, "sched_leave",
		 "sched_leave: a program whose time slice ends keeps all its"
		 " registers"),
	LONG_OWN(CALLS, exofork_copies_the_caller, "sys_exofork",
		 "sys_exofork: the child has the caller's registers, eax 0,"
		 " and nothing else of it"),
	LONG_OWN(CALLS, exofork_without_memory, "sys_exofork",
		 "E1: sys_exofork changes nothing if memory runs out at any"
		 " point"),
	LONG_OWN(CALLS, exofork_without_a_slot, "sys_exofork",
		 "E1: sys_exofork without a free slot returns -E_NO_FREE_ENV"),
	LONG_OWN(CALLS, ids_follow_each_other, "sys_exofork",
		 "sys_exofork uses the slot that was freed last; its id grows"
		 " by 0x1000"),
	LONG_OWN(CALLS, sysenter_callers_can_wait, "syscall_save",
		 "syscall_save: a caller by SYSENTER can let others run"),
	LONG_OWN(CALLS, sysenters_table_has_the_calls, "syscall_save",
		 "sysenter.S has the same functions in the same order"),
	LONG_OWN(CALLS, yield_lets_another_run, "sys_yield",
		 "sys_yield lets another run, and later returns 0 with all"
		 " other registers"),
	LONG_OWN(CALLS, status_refuses_in_order, "sys_env_set_status",
		 "sys_env_set_status: -E_BAD_ENV, then -E_INVAL; the same"
		 " status changes nothing"),
	LONG_OWN(CALLS, status_starts_and_stops, "sys_env_set_status",
		 "sys_env_set_status queues a child once, or takes it out of"
		 " the queue"),
	LONG_OWN(CALLS, status_stops_the_caller, "sys_env_set_status",
		 "sys_env_set_status of the caller stops it at once; later,"
		 " its call returns 0"),
	LONG_OWN(CALLS, trapframe_is_made_harmless, "sys_env_set_trapframe",
		 "sys_env_set_trapframe: the user's segments, interrupts on,"
		 " IOPL 0, no VM, NT, VIF, VIP"),
	LONG_OWN(CALLS, trapframe_is_taken_over, "sys_env_set_trapframe",
		 "sys_env_set_trapframe: all registers are the frame's; the"
		 " caller itself goes on with them"),
	LONG_OWN(CALLS, trapframe_needs_readable_memory,
		 "sys_env_set_trapframe",
		 "sys_env_set_trapframe: -E_BAD_ENV, then a frame that the"
		 " caller cannot read ends it"),
	LONG_OWN(CALLS, upcall_is_set_as_it_is, "sys_env_set_pgfault_upcall",
		 "sys_env_set_pgfault_upcall sets any address, of the caller"
		 " or a child"),
	LONG_OWN(CALLS, wait_ends_with_the_environment, "sys_env_wait",
		 "sys_env_wait returns 0 when the environment ends, in the"
		 " order of the calls"),
	LONG_OWN(CALLS, wait_returns_at_once_if_there_is_none, "sys_env_wait",
		 "sys_env_wait: 0 if no environment has that id, -E_INVAL for"
		 " the caller"),
	CHECK_TABLE_END
};
