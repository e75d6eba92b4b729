/*
 * Checks of traps from user mode: which of them end the environment. The checks
 * call the handlers with a frame of an environment that they have created.
 */

#include <inc/x86.h>
#include <kern/check/own/user.h>
#include <kern/check/tables.h>
#include <kern/dev/console.h>
#include <kern/dev/pic.h>
#include <kern/env.h>
#include <kern/gates.h>
#include <kern/hooks.h>
#include <kern/nmi.h>
#include <kern/trap.h>
#include <kern/usertrap.h>

static struct Env *env, *bystander;
static struct Trapframe frame;

/* Create two environments, and a frame of env's for that trap. */
static void
begin(uint32_t trapno)
{
	need_empty_queue();
	env = make_env();
	bystander = make_env();
	frame = env->env_tf;
	frame.tf_trapno = trapno;
}

static void
do_user_trap(void *tf)
{
	/* As in a trap: a tick in env_pop_tf would write to its frame. */
	cli();
	user_trap(tf);
}

static void
do_page_fault(void *tf)
{
	page_fault_handler(tf);
}

static void
exceptions_end_the_environment(void)
{
	static const uint32_t vectors[] = { T_DIVIDE, T_GPFLT };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(vectors); i++) {
		begin(vectors[i]);
		expect_end(env, do_user_trap, &frame);
		env_free(bystander);
	}
}

static void
page_faults_end_the_environment(void)
{
	begin(T_PGFLT);
	frame.tf_err = FEC_U;
	expect_end(env, do_page_fault, &frame);
	env_free(bystander);
}

/* --- Breakpoints --------------------------------------------------------- */

static const struct Trapframe *shown;

static void
note_frame(struct Trapframe *tf, const pde_t *pgdir)
{
	(void)pgdir;
	shown = tf;
}

/* The function to call in place of the gate's entry. */
static void (*entry)(void *tf);

/* The monitor's hook is ours meanwhile; then env faults at its address 0. */
static void
take_breakpoint(void *tf)
{
	void (*monitor)(struct Trapframe *tf, const pde_t *pgdir)
		= hooks.debugger;
	struct guard_report r;

	trap_set_stack(ROUNDDOWN(read_esp() - 512, 16));
	hooks.debugger = note_frame;
	cons_muted = true;
	guarded(entry, tf, &r);
	cons_muted = false;
	hooks.debugger = monitor;
	EXPECT_EQ(r.how, GUARD_TRAP);
	EXPECT_EQ(r.trapno, T_PGFLT);
	EXPECT_EQ(r.err & FEC_U, FEC_U);
}

static void
breakpoints_enter_the_monitor(void)
{
	shown = NULL;
	entry = do_user_trap;
	begin(T_BRKPT);
	frame.tf_regs.reg_ebx = 0x1234;
	env_set_status(env, ENV_RUNNING);
	on_behalf_of(env, take_breakpoint, &frame, NULL);
	EXPECT_EQ(shown, &env->env_tf);
	EXPECT_EQ(env->env_status, ENV_RUNNING);
	EXPECT_EQ(env->env_tf.tf_regs.reg_ebx, 0x1234);
	env_free(env);
	env_free(bystander);
}

/* --- Non-maskable interrupts --------------------------------------------- */

static void
do_trap(void *tf)
{
	cli();
	trap(tf);
}

static void
do_nmi(void *unused)
{
	(void)unused;
	asm volatile("int %0" : : "i" (T_NMI) : "memory");
}

/* Raise an NMI here, in the kernel, in this state. Returns the state after it. */
static uint32_t
nmi_in_state(uint32_t state, struct guard_report *r)
{
	uint32_t before = nmi_state, after;

	nmi_state = state;
	guarded(do_nmi, NULL, r);
	after = nmi_state;
	nmi_state = before;
	return after;
}

static void
nmi_waits_for_the_kernels_work(void)
{
	struct guard_report r;

	EXPECT_EQ(nmi_in_state(NMI_WAITS, &r), NMI_PENDING);
	EXPECT_THAT(r.how == GUARD_OK, "the kernel goes on", "a report");
	/* The kernel may hang; and without a program, nothing is lost. */
	EXPECT_EQ(nmi_in_state(NMI_PENDING, &r), NMI_PENDING);
	EXPECT_THAT(r.how == GUARD_TRAP && r.trapno == T_NMI,
		    "a second one is reported at once", "none is");
	EXPECT_EQ(nmi_in_state(NMI_AT_ONCE, &r), NMI_AT_ONCE);
	EXPECT_THAT(r.how == GUARD_TRAP && r.trapno == T_NMI,
		    "without a program, one is reported at once", "none is");
}

/* The tick of a program, with an NMI pending. */
static void
tick_with_nmi(void *tf)
{
	uint32_t before = nmi_state;

	entry = do_trap;
	nmi_state = NMI_PENDING;
	take_breakpoint(tf);
	EXPECT_EQ(nmi_state, NMI_WAITS);
	nmi_state = before;
}

static void
nmi_is_reported_at_the_tick(void)
{
	shown = NULL;
	begin(IRQ_OFFSET + IRQ_TIMER);
	frame.tf_regs.reg_ebx = 0x1234;
	env_set_status(env, ENV_RUNNING);
	on_behalf_of(env, tick_with_nmi, &frame, NULL);
	EXPECT_EQ(shown, &env->env_tf);
	EXPECT_EQ(env->env_tf.tf_trapno, T_NMI);
	EXPECT_EQ(env->env_tf.tf_regs.reg_ebx, 0x1234);
	EXPECT_EQ(env->env_status, ENV_RUNNING);
	env_free(env);
	env_free(bystander);
}

const struct check own_usertrap_checks[] = {
	LONG_OWN(ENV, exceptions_end_the_environment, "user_trap",
		 "user_trap ends the environment that caused an exception"),
	LONG_OWN(ENV, breakpoints_enter_the_monitor, "user_trap",
		 "user_trap: a breakpoint enters the monitor and ends"
		 " nothing"),
	LONG_OWN(ENV, nmi_waits_for_the_kernels_work, "user_trap",
		 "kern/nmi.h: an NMI in the kernel's work for a program waits,"
		 " a second one does not"),
	LONG_OWN(ENV, nmi_is_reported_at_the_tick, "user_trap",
		 "interrupt: an NMI that waits is reported at the program's"
		 " next tick, and ends nothing"),
	LONG_OWN(ENV, page_faults_end_the_environment, "page_fault_handler",
		 "page_fault_handler ends the environment that faulted"),
	CHECK_TABLE_END
};
