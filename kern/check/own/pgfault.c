/*
 * Checks of pgfault.c: the frame that a program's page-fault handler gets, and
 * the faults that it cannot get.
 */

#include <inc/string.h>
#include <inc/x86.h>
#include <kern/check/own/calls.h>
#include <kern/check/own/user.h>
#include <kern/env.h>
#include <kern/pgfault.h>
#include <kern/usertrap.h>

#define XSTACK	(UXSTACKTOP - PGSIZE)
#define UPCALL	PAGE_C
#define FAULT_VA 0x12345678U
#define FILLER	0xA5

static const struct Trapframe at_fault = {
	.tf_regs = {
		.reg_edi = 0x11D1D1D1, .reg_esi = 0x22515151,
		.reg_ebp = 0x33B9B9B9, .reg_oesp = 0x44050505,
		.reg_ebx = 0x55B3B3B3, .reg_edx = 0x66D2D2D2,
		.reg_ecx = 0x77C1C1C1, .reg_eax = 0x88A0A0A0,
	},
	.tf_es = GD_UD | 3, .tf_ds = GD_UD | 3, .tf_ss = GD_UD | 3,
	.tf_cs = GD_UT | 3, .tf_trapno = T_PGFLT, .tf_err = FEC_U | FEC_WR,
	.tf_eip = 0x00812345, .tf_eflags = FL_IF | FL_ONE | FL_ZF,
	.tf_esp = USTACKTOP - 0x100,
};

/* The expected work of pgfault_upcall. */
static struct fault {
	struct Trapframe tf;
	bool hidden_tf, by_trap;
} fault;

static void
deliver(void *arg)
{
	struct guard_report r;

	(void)arg;
	/* CR2 has the address of the last page fault. */
	guarded(do_load, (void *)FAULT_VA, &r);
	if (fault.by_trap)
		user_trap(&fault.tf);
	else
		pgfault_upcall(&fault.tf, fault.hidden_tf ? FL_TF : 0);
}

static void
prepare(uintptr_t esp)
{
	fault = (struct fault) { .tf = at_fault };
	fault.tf.tf_esp = esp;
}

/* Return the kernel's address of va on the exception stack, pp. */
static char *
in_xstack(struct PageInfo *pp, uintptr_t va)
{
	return (char *)page2kva(pp) + (va - XSTACK);
}

/* Bytes of the stack outside of the frame at va are the filler. */
static void
expect_only_the_frame(struct PageInfo *pp, uintptr_t va)
{
	uintptr_t at;

	for (at = XSTACK; at < UXSTACKTOP; at++)
		if (at - va >= sizeof(struct UTrapframe))
			EXPECT_THAT(*in_xstack(pp, at) == (char)FILLER,
				    "nothing written but the frame",
				    "byte 0x%08x, of a frame at 0x%08x", at,
				    va);
}

static void
expect_frame_at(struct PageInfo *pp, uintptr_t va, const struct Trapframe *tf)
{
	struct Trapframe found = *tf;
	struct UTrapframe utf;

	memcpy(&utf, in_xstack(pp, va), sizeof(utf));
	EXPECT_EQ(utf.utf_fault_va, FAULT_VA);
	EXPECT_EQ(utf.utf_err, tf->tf_err);
	found.tf_regs = utf.utf_regs;
	EXPECT_REGISTERS("the registers at the fault", &found, tf);
	EXPECT_EQ(utf.utf_eip, tf->tf_eip);
	EXPECT_EQ(utf.utf_eflags, tf->tf_eflags);
	EXPECT_EQ(utf.utf_esp, tf->tf_esp);
	expect_only_the_frame(pp, va);
}

/* A fault with this esp must lead to the handler, with a frame at va. */
static void
expect_handled(struct PageInfo *pp, uintptr_t esp, uintptr_t va)
{
	struct Trapframe was, after;

	memset(page2kva(pp), FILLER, PGSIZE);
	prepare(esp);
	was = fault.tf;
	as_program(me, deliver, NULL);
	after = was;
	after.tf_esp = va;
	after.tf_eip = UPCALL;
	EXPECT_REGISTERS("esp at the frame, eip at the upcall, and no other"
			 " change", &fault.tf, &after);
	expect_frame_at(pp, va, &was);
}

static void
begin(void)
{
	calls_begin();
	me->env_pgfault_upcall = (void *)UPCALL;
}

static void
frame_is_at_the_top(void)
{
	static const uintptr_t esps[] = {
		USTACKTOP, USTACKTOP - 4, 0, 0xFFFFFFFF, UXSTACKTOP,
		PAGE_A, KERNBASE,
	};
	struct PageInfo *pp;
	size_t i;

	begin();
	pp = map_new(me, XSTACK, PUW);
	for (i = 0; i < ARRAY_SIZE(esps); i++)
		expect_handled(pp, esps[i], UXSTACKTOP - 52);
	EXPECT_EQ(pp->pp_ref, 1);
	calls_end();
}

static void
nested_frame_is_below_a_free_word(void)
{
	static const uintptr_t esps[] = {
		UXSTACKTOP - 1, UXSTACKTOP - 4, UXSTACKTOP - 52,
		XSTACK + 0x800, XSTACK + 0x333, XSTACK + 60, XSTACK + 57,
		XSTACK + 56,
	};
	struct PageInfo *pp;
	size_t i;

	begin();
	pp = map_new(me, XSTACK, PUW);
	for (i = 0; i < ARRAY_SIZE(esps); i++)
		expect_handled(pp, esps[i], esps[i] - 56);
	calls_end();
}

static void
handler_has_a_functions_flags(void)
{
	const uint32_t cleared = FL_TF | FL_DF | FL_NT | FL_RF | FL_AC;
	struct Trapframe was;
	struct PageInfo *pp;
	int i;

	begin();
	pp = map_new(me, XSTACK, PUW);
	for (i = 0; i < 64; i++) {
		memset(page2kva(pp), FILLER, PGSIZE);
		prepare(USTACKTOP);
		fault.tf.tf_eflags = FL_IF | FL_ONE | 1U << i % 32;
		fault.hidden_tf = i >= 32;
		if (fault.hidden_tf)
			fault.tf.tf_eflags |= FL_TF;
		was = fault.tf;
		as_program(me, deliver, NULL);
		EXPECT_EQ(fault.tf.tf_eflags, (was.tf_eflags & ~cleared)
			  | (fault.hidden_tf ? FL_TF : 0));
		/* A step of the monitor's is not the program's. */
		if (fault.hidden_tf)
			was.tf_eflags &= ~FL_TF;
		expect_frame_at(pp, UXSTACKTOP - 52, &was);
	}
	calls_end();
}

/* A fault with this esp must end the environment. */
static void
expect_refusal(uintptr_t esp, uint32_t perm)
{
	begin();
	if (perm & PTE_P)
		map_new(me, XSTACK, perm);
	else if (perm) {
		map_new(me, USTACKTOP - PGSIZE, PUW);	/* makes the table */
		set_entry_of(me, XSTACK, 0x1000 | perm);
	}
	env_set_status(child, ENV_RUNNABLE);
	prepare(esp);
	expect_end(me, deliver, NULL);
	EXPECT_EQ(child->env_status, ENV_RUNNING);
	env_set_status(child, ENV_NOT_RUNNABLE);
	calls_end();
}

static void
full_stack_ends_the_environment(void)
{
	static const uintptr_t esps[] = {
		USTACKTOP + 1, XSTACK - 0x800, XSTACK - 1,
		XSTACK, XSTACK + 1, XSTACK + 4, XSTACK + 52, XSTACK + 55,
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(esps); i++)
		expect_refusal(esps[i], PUW);
}

static void
stack_must_be_writable(void)
{
	expect_refusal(USTACKTOP, 0);
	expect_refusal(UXSTACKTOP - 100, 0);
	expect_refusal(USTACKTOP, PU);
	expect_refusal(USTACKTOP, PU | PTE_COW);
	expect_refusal(USTACKTOP, PU | PTE_SHARE);
	if (!swap_present())		/* it would name a slot */
		expect_refusal(USTACKTOP, PTE_U | PTE_W);
	expect_refusal(USTACKTOP, PTE_P | PTE_W);
	expect_refusal(UXSTACKTOP - 100, PU | PTE_COW);
}

/* user_trap: with an upcall, a page fault is not the program's end. */
static void
page_faults_go_to_the_upcall(void)
{
	struct PageInfo *pp;

	begin();
	pp = map_new(me, XSTACK, PUW);
	memset(page2kva(pp), FILLER, PGSIZE);
	prepare(USTACKTOP);
	fault.by_trap = true;
	as_program(me, deliver, NULL);
	EXPECT_EQ(fault.tf.tf_eip, UPCALL);
	EXPECT_EQ(fault.tf.tf_esp, UXSTACKTOP - 52);
	expect_frame_at(pp, UXSTACKTOP - 52, &(struct Trapframe) {
		.tf_regs = at_fault.tf_regs, .tf_err = at_fault.tf_err,
		.tf_eip = at_fault.tf_eip, .tf_eflags = at_fault.tf_eflags,
		.tf_esp = USTACKTOP });
	calls_end();
}

static void
other_faults_do_not(void)
{
	static const uint32_t vectors[] = { T_DIVIDE, T_GPFLT, T_ILLOP };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(vectors); i++) {
		begin();
		map_new(me, XSTACK, PUW);
		env_set_status(child, ENV_RUNNABLE);
		prepare(USTACKTOP);
		fault.by_trap = true;
		fault.tf.tf_trapno = vectors[i];
		expect_end(me, deliver, NULL);
		env_set_status(child, ENV_NOT_RUNNABLE);
		calls_end();
	}
}

const struct check own_pgfault_checks[] = {
	LONG_OWN(CALLS, frame_is_at_the_top, "pgfault_upcall",
		 "pgfault_upcall pushes the registers at UXSTACKTOP - 52, and"
		 " continues at the upcall"),
	LONG_OWN(CALLS, nested_frame_is_below_a_free_word, "pgfault_upcall",
		 "pgfault_upcall: in the handler, the frame is below esp and"
		 " a free word"),
	LONG_OWN(CALLS, handler_has_a_functions_flags, "pgfault_upcall",
		 "pgfault_upcall: the handler starts with TF, DF, NT, RF and"
		 " AC clear; the frame has them"),
	LONG_OWN(CALLS, full_stack_ends_the_environment, "pgfault_upcall",
		 "pgfault_upcall: a full exception stack ends the"
		 " environment"),
	LONG_OWN(CALLS, stack_must_be_writable, "pgfault_upcall",
		 "pgfault_upcall: an exception stack that is absent or not"
		 " writable ends the environment"),
	LONG_OWN(CALLS, page_faults_go_to_the_upcall, "pgfault_upcall",
		 "user_trap: page faults go to the program's upcall"),
	LONG_OWN(CALLS, other_faults_do_not, "pgfault_upcall",
		 "user_trap: other faults end the environment in spite of an"
		 " upcall"),
	CHECK_TABLE_END
};
