/*
 * Checks of fpu.c: x87 and SSE registers start clean and belong to one
 * environment. These checks use the unit in place of programs.
 */

#include <inc/error.h>
#include <inc/string.h>
#include <inc/x86.h>
#include <kern/check/own/user.h>
#include <kern/check/tables.h>
#include <kern/cpuid.h>
#include <kern/env.h>
#include <kern/fpu.h>

static struct Env *env, *other;

/* The layouts of FXSAVE and of FNSAVE (SDM 1 8.1.10, 10.5). */
static union {
	struct {
		uint16_t control, status, tags, opcode;
		uint32_t pointers[4], mxcsr, mask;
		uint8_t x87[8][16], xmm[8][16];
		uint8_t rest[224];
	} fx;
	struct {
		uint32_t control, status, tags, pointers[4];
		uint8_t x87[80];
	} old;
	uint8_t bytes[512];
} state __attribute__((aligned(16)));

static void
expect_clear(const char *what, const void *registers, size_t len)
{
	const uint8_t *bytes = registers;
	size_t i;

	for (i = 0; i < len; i++)
		EXPECT_THAT(!bytes[i], "registers that start with zeroes",
			    "0x%02x as byte %u of the %s", bytes[i], i, what);
}

/* Save the unit's state, and restore it. */
static void
look_at_unit(void)
{
	memset(&state, 0, sizeof(state));
	if (cpu_features.fxsr)
		fxsave(&state);
	else {
		fnsave(&state);
		frstor(&state);
	}
}

static void
expect_fresh(void)
{
	bool fx = cpu_features.fxsr;

	look_at_unit();
	EXPECT_EQ(fx ? state.fx.control : state.old.control & 0xFFFF, 0x037F);
	EXPECT_EQ(fx ? state.fx.status : state.old.status & 0xFFFF, 0);
	EXPECT_EQ(fx ? state.fx.tags & 0xFF : ~state.old.tags & 0xFFFF, 0);
	if (!fx) {
		expect_clear("x87 registers", state.old.x87, 80);
		return;
	}
	expect_clear("x87 pointers", state.fx.pointers, 16);
	expect_clear("x87 registers", state.fx.x87, 128);
	if (!cpu_features.sse)
		return;
	EXPECT_EQ(state.fx.mxcsr, 0x1F80);
	expect_clear("XMM registers", state.fx.xmm, 128);
}

/* Fill all registers with values that identify their owner. */
static void
fill_unit(uint8_t tag)
{
	int i;

	memset(&state, 0, sizeof(state));
	if (!cpu_features.fxsr) {
		memset(&state.old.x87, tag, sizeof(state.old.x87));
		state.old.control = 0x0C7F;
		frstor(&state);
		return;
	}
	state.fx.control = 0x0C7F;
	state.fx.tags = 0xFF;
	state.fx.mxcsr = 0x7F80;
	for (i = 0; i < 8; i++) {
		memset(state.fx.x87[i], tag + i, 10);
		memset(state.fx.xmm[i], tag + 8 * i, 16);
	}
	fxrstor(&state);
}

static void
expect_filled(uint8_t tag)
{
	bool right;
	int i;

	look_at_unit();
	right = (cpu_features.fxsr ? state.fx.control
		 : state.old.control & 0xFFFF) == 0x0C7F;
	for (i = 0; !cpu_features.fxsr && i < 80; i++)
		right &= state.old.x87[i] == tag;
	for (i = 0; cpu_features.fxsr && i < 8; i++) {
		right &= state.fx.x87[i][0] == tag + i
			&& state.fx.x87[i][9] == tag + i;
		right &= !cpu_features.sse
			|| (state.fx.xmm[i][0] == tag + 8 * i
			    && state.fx.xmm[i][15] == tag + 8 * i);
	}
	right &= !cpu_features.sse || state.fx.mxcsr == 0x7F80;
	EXPECT_THAT(right, "the environment's own registers",
		    "others: control 0x%x, first byte 0x%02x", state.fx.control,
		    cpu_features.fxsr ? state.fx.x87[0][0] : state.old.x87[0]);
}

/* The environment's first instruction that needs the unit: fpu_enter. */
static void
enter_unit(void)
{
	EXPECT_THAT(rcr0() & CR0_TS, "CR0.TS set: a new environment traps",
		    "clear");
	EXPECT_EQ(fpu_enter(&env_private(curenv)->fpu), true);
	EXPECT_EQ(rcr0() & CR0_TS, 0);
	EXPECT_THAT(env_private(curenv)->fpu.frame, "a frame for the state",
		    "none");
	EXPECT_EQ(env_private(curenv)->fpu.frame->pp_ref, 1);
}

static void
first_use(void *tag)
{
	enter_unit();
	expect_fresh();
	fill_unit((uintptr_t)tag);
	/*
	 * A second trap, for example after a time slice in which none used it.
	 */
	fpu_leave();
	enter_unit();
	expect_filled((uintptr_t)tag);
	fpu_leave();
}

static void
later_use(void *tag)
{
	enter_unit();
	expect_filled((uintptr_t)tag);
	fpu_leave();
	EXPECT_THAT(rcr0() & CR0_TS, "CR0.TS set: a new environment traps",
		    "clear");
}

/* Change its registers, which exist only in the unit then. */
static void
change_registers(void *tag)
{
	enter_unit();
	fill_unit((uintptr_t)tag);
	fpu_leave();
}

static void
use_without_memory(void *arg)
{
	struct PageInfo *list = take_free_list();
	bool entered = fpu_enter(&env_private(curenv)->fpu);
	bool shut = rcr0() & CR0_TS;

	(void)arg;
	give_free_list(list);
	EXPECT_EQ(entered, false);
	EXPECT_THAT(shut, "CR0.TS set: without a saved state, the unit stays"
		    " closed",
		    "clear");
	EXPECT_EQ(env_private(curenv)->fpu.frame, NULL);
}

#define FIRST	((void *)0x11)
#define SECOND	((void *)0x42)
#define THIRD	((void *)0x93)

/* The harness restores the registers, but not fpu.c's variables. */
static void
forget_both(void)
{
	fpu_forget(&env_private(env)->fpu);
	fpu_forget(&env_private(other)->fpu);
}

static void
begin(void)
{
	if (!cpu_features.fpu)
		check_skip("this processor has no x87 unit");
	fpu_leave();
	env = make_env();
	other = make_env();
}

static void
x87_and_sse_registers_are_private(void)
{
	begin();
	on_behalf_of(env, first_use, FIRST, forget_both);
	on_behalf_of(other, first_use, SECOND, forget_both);
	on_behalf_of(env, later_use, FIRST, forget_both);
	on_behalf_of(other, later_use, SECOND, forget_both);
	/*
	 * Ending one environment changes neither another's state nor the next
	 * one's.
	 */
	on_behalf_of(other, change_registers, THIRD, forget_both);
	fpu_forget(&env_private(env)->fpu);
	EXPECT_EQ(env_private(env)->fpu.frame, NULL);
	env_free(env);
	on_behalf_of(other, later_use, THIRD, forget_both);
	env = make_env();
	on_behalf_of(env, first_use, FIRST, forget_both);
	on_behalf_of(other, later_use, THIRD, forget_both);
	env_free(other);
	EXPECT_EQ(env_private(other)->fpu.frame, NULL);
	other = make_env();
	on_behalf_of(other, first_use, SECOND, forget_both);
	on_behalf_of(env, later_use, FIRST, forget_both);
	env_free(env);
	env_free(other);
}

static void
x87_state_without_memory(void)
{
	begin();
	on_behalf_of(env, first_use, FIRST, forget_both);
	on_behalf_of(other, use_without_memory, NULL, forget_both);
	on_behalf_of(env, later_use, FIRST, forget_both);
	on_behalf_of(other, first_use, SECOND, forget_both);
	env_free(other);
	env_free(env);
}

/* --- Copies ------------------------------------------------------------ */

/* Copy env's registers to other's state, with or without memory. */
static int
copy_state(bool memory)
{
	struct PageInfo *list = memory ? NULL : take_free_list();
	uint32_t ts = rcr0() & CR0_TS;
	int error = fpu_copy(&env_private(other)->fpu, &env_private(env)->fpu);
	bool same = (rcr0() & CR0_TS) == ts;

	if (!memory)
		give_free_list(list);
	EXPECT_THAT(same, "CR0.TS as before", "it has changed");
	return error;
}

/* The registers are in the unit, which is open, or not. */
static void
copy_in_use(void *arg)
{
	enter_unit();
	fill_unit((uintptr_t)SECOND);
	if (arg)
		fpu_leave();
	EXPECT_EQ(copy_state(false), -E_NO_MEM);
	EXPECT_EQ(env_private(other)->fpu.frame, NULL);
	EXPECT_EQ(copy_state(true), 0);
	EXPECT_EQ(env_private(other)->fpu.frame->pp_ref, 1);
	EXPECT_EQ(env_private(env)->fpu.frame->pp_ref, 1);
	EXPECT(env_private(other)->fpu.frame != env_private(env)->fpu.frame,
	       "they share a frame");
	if (arg)
		enter_unit();
	expect_filled((uintptr_t)SECOND);
	fpu_leave();
}

static void
copy_in_each_state(void)
{
	int i;

	begin();
	EXPECT_EQ(copy_state(false), 0);
	EXPECT_EQ(env_private(other)->fpu.frame, NULL);
	on_behalf_of(env, first_use, FIRST, forget_both);
	for (i = 0; i < 2; i++) {
		on_behalf_of(env, copy_in_use, i ? SECOND : NULL, forget_both);
		on_behalf_of(env, later_use, SECOND, forget_both);
		on_behalf_of(other, later_use, SECOND, forget_both);
		on_behalf_of(other, change_registers, THIRD, forget_both);
		on_behalf_of(env, later_use, SECOND, forget_both);
		on_behalf_of(other, later_use, THIRD, forget_both);
		/* The unit has the registers of neither. */
		env_free(other);
		other = make_env();
		on_behalf_of(other, first_use, FIRST, forget_both);
		env_free(other);
		other = make_env();
		EXPECT_EQ(copy_state(true), 0);
		on_behalf_of(other, later_use, SECOND, forget_both);
		env_free(other);
		other = make_env();
	}
	env_free(env);
	env_free(other);
}

/* The second time as if there were no FXSAVE. */
static void
x87_registers_are_copied(void)
{
	struct cpu_features had = cpu_features;

	copy_in_each_state();
	cpu_features.fxsr = cpu_features.sse = false;
	copy_in_each_state();
	cpu_features = had;
}

static void
units_are_for_users(void)
{
	EXPECT_EQ((rcr0() & CR0_EM) != 0, !cpu_features.fpu);
	if (!cpu_features.fpu)
		return;
	EXPECT_EQ(rcr0() & (CR0_MP | CR0_NE), CR0_MP | CR0_NE);
	/* Without SSE, QEMU ignores these bits of CR4. */
	if (cpu_features.sse)
		EXPECT_EQ(rcr4() & (CR4_OSFXSR | CR4_OSXMMEXCPT),
			  CR4_OSFXSR | CR4_OSXMMEXCPT);
}

const struct check own_fpu_checks[] = {
	LONG_OWN(ENV, units_are_for_users, "fpu_init",
		 "fpu_init sets CR0 and CR4 for the x87 and SSE units"),
	LONG_OWN(ENV, x87_and_sse_registers_are_private, "fpu_enter",
		 "fpu_enter: an environment starts with clean registers and"
		 " keeps its own"),
	LONG_OWN(ENV, x87_state_without_memory, "fpu_enter",
		 "E1: fpu_enter without memory fails and loses no registers"),
	LONG_OWN(CALLS, x87_registers_are_copied, "fpu_copy",
		 "fpu_copy copies the registers, wherever they are, and loses"
		 " none"),
	CHECK_TABLE_END
};
