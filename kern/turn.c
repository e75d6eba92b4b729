/*
 * The turn: one environment at a time is sure to make progress, however short
 * memory is.
 *
 * An instruction that touches several pages is tried again for each that is not in
 * memory. If two environments need the last frames for that, they could take each
 * other's pages for ever. So the pages that the one with the turn has brought in
 * since it last made progress do not leave. Its registers tell when that is: each
 * instruction that ends changes one. Then another may have the turn.
 */

#include <inc/trap.h>
#include <kern/env.h>
#include <kern/turn.h>

/*
 * Pages that one instruction can need: its code, source, destination, each on
 * two pages; and ENTER looks at the page below, too (SDM 2A, ENTER).
 */
#define MAX_NEEDED	7

struct turn turn;

static struct {
	bool waited;		/* it has waited for a page, */
	uint32_t runs;		/* and has not run since env_runs was this */
	struct PushRegs regs;	/* the registers of what it cannot finish */
	uintptr_t eip, esp;
	ppn_t pins[MAX_NEEDED];
} of;

/* The environment whose turn it is, or NULL. */
static const struct Env *
holder(void)
{
	return turn.id ? env_find(turn.id) : NULL;
}

bool
turn_over(void)
{
	const struct Env *e = holder();

	if (!e)
		return true;
	if (waits_for_disk(e))
		return false;
	return e->env_status == ENV_NOT_RUNNABLE
		|| !(of.waited && e->env_runs == of.runs);
}

static bool
same_state(const struct Trapframe *tf)
{
	const struct PushRegs *a = &of.regs, *b = &tf->tf_regs;

	return of.eip == tf->tf_eip && of.esp == tf->tf_esp
		&& a->reg_ecx == b->reg_ecx && a->reg_esi == b->reg_esi
		&& a->reg_edi == b->reg_edi && a->reg_eax == b->reg_eax
		&& a->reg_edx == b->reg_edx && a->reg_ebx == b->reg_ebx
		&& a->reg_ebp == b->reg_ebp;
}

void
turn_ask(const struct Trapframe *tf)
{
	if (turn.id == curenv->env_id ? same_state(tf) : !turn_over())
		return;
	turn.id = curenv->env_id;
	of.waited = false;
	of.eip = tf->tf_eip;
	of.esp = tf->tf_esp;
	of.regs = tf->tf_regs;
	turn.npins = 0;
}

void
turn_pin(envid_t id, ppn_t n)
{
	if (id == turn.id)
		of.pins[turn.npins++ % MAX_NEEDED] = n;
}

/* The frames of turn_hold. */
static ppn_t held[TURN_MAX_HELD];

bool
turn_is_kept(ppn_t n)
{
	uint32_t i;

	for (i = 0; i < turn.nheld; i++)
		if (held[i] == n)
			return true;
	for (i = 0; i < MIN(turn.npins, (uint32_t)MAX_NEEDED); i++)
		if (of.pins[i] == n)
			return true;
	return false;
}

void
turn_hold(ppn_t n)
{
	held[turn.nheld++] = n;
}

bool
turn_waits_for_frame(void)
{
	const struct Env *e = holder();

	return e && e != curenv
		&& waits[env_slot(e)].reason == WAIT_FRAME;
}

void
turn_end(void)
{
	turn.id = turn.npins = 0;
}

void
turn_keep(void)
{
	if (turn.id == curenv->env_id) {
		of.waited = true;
		of.runs = curenv->env_runs;
	}
}
