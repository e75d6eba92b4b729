/*
 * The x87 and SSE registers, which the kernel does not use. They are changed
 * lazily: CR0.TS is set when another environment is to run, and its first
 * instruction that needs them traps (Device Not Available). Then the registers
 * go to their owner's frame, and the newcomer's are loaded, or fresh ones, so
 * that nothing of one shows in the other. (SDM 3A 13)
 *
 * A frame for the state is taken when an environment first uses the unit.
 */

#include <inc/string.h>
#include <inc/x86.h>
#include <kern/cpuid.h>
#include <kern/env.h>
#include <kern/fpu.h>
#include <kern/pmap.h>

#define MXCSR_DEFAULT	0x1F80		/* all exceptions masked */

/* Whose state is in the registers. */
static struct Env *owner;

static struct PageInfo *frames[NENV];

/* Is CR0.TS clear? */
static bool entered = true;

void
fpu_init(void)
{
	uint32_t cr0 = rcr0() & ~(CR0_EM | CR0_TS);

	if (!cpu_features.fpu) {
		/* Every such instruction traps, and fpu_enter refuses. */
		lcr0(cr0 | CR0_EM);
		return;
	}
	lcr0(cr0 | CR0_MP | CR0_NE);
	if (cpu_features.fxsr)
		lcr4(rcr4() | CR4_OSFXSR
		     | (cpu_features.sse ? CR4_OSXMMEXCPT : 0));
	fpu_leave();
}

void
fpu_leave(void)
{
	if (!entered)
		return;
	entered = false;
	lcr0(rcr0() | CR0_TS);
}

static void
save(struct Env *e)
{
	void *state = page2kva(frames[e - envs]);

	if (cpu_features.fxsr)
		fxsave(state);
	else
		fnsave(state);
}

static void
load(struct Env *e)
{
	void *state = page2kva(frames[e - envs]);

	if (cpu_features.fxsr)
		fxrstor(state);
	else
		frstor(state);
}

/* The state of a unit that nobody has used yet. => fninit has been executed. */
static bool
make_state(struct Env *e)
{
	struct PageInfo *pp = page_alloc(ALLOC_ZERO);
	uint32_t *mxcsr;

	if (!pp)
		return false;
	pp->pp_ref++;
	frames[e - envs] = pp;
	save(e);
	/* Registers that fninit leaves alone: x87 values, XMM, MXCSR. */
	if (cpu_features.fxsr) {
		memset((char *)page2kva(pp) + 32, 0, 512 - 32);
		mxcsr = (uint32_t *)((char *)page2kva(pp) + 24);
		*mxcsr = MXCSR_DEFAULT;
	} else
		memset((char *)page2kva(pp) + 28, 0, 80);
	return true;
}

bool
fpu_enter(void)
{
	if (!cpu_features.fpu)
		return false;
	clts();
	entered = true;
	if (owner == curenv)
		return true;
	if (owner)
		save(owner);
	owner = NULL;
	/*
	 * A new state begins so. For an old one, too: an error that another has
	 * left pending would trap when it is loaded without FXSR; and not every
	 * FXRSTOR replaces where the last instruction was.
	 */
	fninit();
	if (!frames[curenv - envs] && !make_state(curenv)) {
		fpu_leave();
		return false;
	}
	load(curenv);
	owner = curenv;
	return true;
}

void
fpu_forget(struct Env *e)
{
	struct PageInfo **frame = &frames[e - envs];

	if (owner == e)
		owner = NULL;
	if (*frame)
		page_decref(*frame);
	*frame = NULL;
}

struct PageInfo *
fpu_frame(const struct Env *e)
{
	return frames[e - envs];
}
