/*
 * The x87 and SSE registers, which the kernel does not use. They are switched
 * lazily: CR0.TS is set when another environment is to run, and its first
 * instruction that needs them traps (Device Not Available). Then the registers
 * are saved in their owner's frame, and those of the new owner are loaded, so
 * that nothing of one shows in the other. (SDM 3A 13)
 *
 * The frame is allocated when an environment first uses the unit.
 */

#include <inc/error.h>
#include <inc/string.h>
#include <inc/x86.h>
#include <kern/cpuid.h>
#include <kern/fpu.h>
#include <kern/pmap.h>

#define MXCSR_DEFAULT	0x1F80		/* all exceptions masked */

/* The state that is in the registers, or NULL. */
static struct fpu_state *owner;

/* True while CR0.TS is clear. */
static bool entered = true;

void
fpu_init(void)
{
	uint32_t cr0 = rcr0() & ~(CR0_EM | CR0_TS);

	if (!cpu_features.fpu) {
		/* Make every x87 instruction trap; fpu_enter then fails. */
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
save(const struct fpu_state *s)
{
	void *at = page2kva(s->frame);

	if (cpu_features.fxsr)
		fxsave(at);
	else
		fnsave(at);
}

static void
load(const struct fpu_state *s)
{
	void *at = page2kva(s->frame);

	if (cpu_features.fxsr)
		fxrstor(at);
	else
		frstor(at);
}

/*
 * Allocate the state of an unused unit. Returns false if there is no memory.
 * => fninit has been executed.
 */
static bool
make_state(struct fpu_state *s)
{
	struct PageInfo *pp = page_alloc(ALLOC_ZERO);
	uint32_t *mxcsr;

	if (!pp)
		return false;
	pp->pp_ref++;
	s->frame = pp;
	save(s);
	/* Clear what fninit leaves alone: x87 values, XMM, MXCSR. */
	if (cpu_features.fxsr) {
		memset((char *)page2kva(pp) + 32, 0, 512 - 32);
		mxcsr = (uint32_t *)((char *)page2kva(pp) + 24);
		*mxcsr = MXCSR_DEFAULT;
	} else
		memset((char *)page2kva(pp) + 28, 0, 80);
	return true;
}

bool
fpu_enter(struct fpu_state *s)
{
	if (!cpu_features.fpu)
		return false;
	clts();
	entered = true;
	if (owner == s)
		return true;
	if (owner)
		save(owner);
	owner = NULL;
	/*
	 * Needed before loading an old state, too: without FXSR, a pending x87
	 * error of another environment would trap here, and not every FXRSTOR
	 * replaces the address of the last instruction.
	 */
	fninit();
	if (!s->frame && !make_state(s)) {
		fpu_leave();
		return false;
	}
	load(s);
	owner = s;
	return true;
}

int
fpu_copy(struct fpu_state *to, const struct fpu_state *from)
{
	struct PageInfo *pp;

	if (!from->frame)
		return 0;
	pp = page_alloc(0);
	if (!pp)
		return -E_NO_MEM;
	pp->pp_ref++;
	to->frame = pp;
	if (owner == from) {
		clts();
		save(from);
		/* FNSAVE empties the registers. */
		if (!cpu_features.fxsr)
			load(from);
		if (!entered)
			lcr0(rcr0() | CR0_TS);
	}
	memcpy(page2kva(pp), page2kva(from->frame), PGSIZE);
	return 0;
}

void
fpu_forget(struct fpu_state *s)
{
	if (owner == s)
		owner = NULL;
	if (s->frame)
		page_decref(s->frame);
	s->frame = NULL;
}
