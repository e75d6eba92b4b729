/*
 * The simulated processor. Its address translation is written independently of
 * pmap.c (SDM 3A 4.3, 4.10).
 *
 * The TLB keeps every translation that was used until INVLPG or a load of CR3,
 * with what the processor has noted in the entry: accessed, dirty. INVLPG then
 * loads the current translation at once, as a processor may do at any time. So
 * a missing INVLPG, or one before the entry has changed, leaves a stale
 * translation, and one after the frame was freed is seen, too.
 *
 * Limits: one processor. A load of CR3 drops global pages, too.
 */

#include <inc/x86.h>
#include <kern/env.h>
#include <kern/pmap.h>
#include <kern/switch.h>
#include <kern/usermem.h>

#include "cpu.h"
#include "test/host/fuzz/host.h"
#include "test/host/fuzz/machine.h"

struct cpu cpu;

/* --- The TLB ------------------------------------------------------------ */

#define TLB_SIZE	32
#define NOTED		(PTE_A | PTE_D)

static struct cached {
	bool valid;
	uint32_t page;		/* number of the virtual page */
	uint32_t frame;
	uint32_t rights;	/* PTE_W and PTE_U of both entries */
	uint32_t noted;		/* NOTED bits that were set */
} tlb[TLB_SIZE];
static int tlb_next;

/* Walk the tables to va's page. Returns its entry, or NULL; no bit is set. */
static uint32_t *
walk(uint32_t va, struct cached *c)
{
	uint32_t *upper = machine_word(cpu.cr3 + (va >> 22) * 4), *lower;

	if (!(*upper & PTE_P) || (*upper & PTE_PS))
		return NULL;
	lower = machine_word((*upper & 0xFFFFF000U) + (va >> 12 & 0x3FF) * 4);
	if (!(*lower & PTE_P))
		return NULL;
	*c = (struct cached) {
		true, va >> 12, *lower >> 12,
		*upper & *lower & (PTE_W | PTE_U), *lower & NOTED
	};
	return lower;
}

static struct cached *
find(uint32_t va)
{
	struct cached *c;

	for (c = tlb; c < tlb + TLB_SIZE; c++)
		if (c->valid && c->page == va >> 12)
			return c;
	return NULL;
}

/* Fail if the frame of a translation that is dropped now is free already. */
static void
check_still_held(const struct cached *c, const char *what)
{
	if (c->valid && c->frame < npages
	    && pages[c->frame].pp_state == PG_FREE)
		fail(what, "comes before the frame is freed (T1)",
		     "a frame in use", "va 0x%08x, frame 0x%x is free",
		     c->page << 12, c->frame);
}

void
invlpg(const void *addr)
{
	uint32_t va = (uintptr_t)addr;
	struct cached *c = find(va);

	if (!c)
		return;
	check_still_held(c, "invlpg");
	c->valid = false;
	walk(va, c);
}

void
lcr3(uint32_t val)
{
	int i;

	for (i = 0; i < TLB_SIZE; i++) {
		check_still_held(&tlb[i], "lcr3");
		tlb[i].valid = false;
	}
	cpu.cr3 = val;
}

uint8_t *
cpu_access(uint32_t va, bool write, uint32_t *err)
{
	struct cached *c = find(va), new;
	uint32_t *upper, *lower;

	*err = FEC_U | (write ? FEC_WR : 0);
	if (!c || !(c->noted & PTE_A) || (write && !(c->noted & PTE_D))) {
		lower = walk(va, &new);
		if (!lower)
			return NULL;
		*err |= FEC_PR;
		if (!(new.rights & PTE_U) || (write && !(new.rights & PTE_W)))
			return NULL;
		upper = machine_word(cpu.cr3 + (va >> 22) * 4);
		*upper |= PTE_A;
		*lower |= PTE_A | (write ? PTE_D : 0);
		if (!c) {
			c = &tlb[tlb_next];
			tlb_next = (tlb_next + 1) % TLB_SIZE;
		}
		walk(va, c);
	}
	if (write && !(c->rights & PTE_W)) {
		*err |= FEC_PR;
		return NULL;
	}
	return (uint8_t *)machine_word(c->frame << 12) + va % PGSIZE;
}

void
cpu_check_tlb(const char *after)
{
	struct cached *c, now;

	for (c = tlb; c < tlb + TLB_SIZE; c++) {
		if (!c->valid)
			continue;
		now = (struct cached) { .valid = false };
		if (walk(c->page << 12, &now) && now.frame == c->frame
		    && now.rights == c->rights && !(c->noted & ~now.noted))
			continue;
		fail(after, "no translation in the TLB is left stale",
		     "the TLB agrees with the tables",
		     "va 0x%08x: TLB: frame 0x%x, flags 0x%03x; tables:"
		     " frame 0x%x, flags 0x%03x", c->page << 12, c->frame,
		     c->rights | c->noted, now.frame, now.rights | now.noted);
	}
}

/* --- Copying for the kernel ---------------------------------------------- */

static void
copy(uint32_t va, char *kernel, size_t len, bool write)
{
	struct cached now;
	char *at;

	for (; len; len--, va++, kernel++) {
		if (va >= UTOP || !walk(va, &now) || !(now.rights & PTE_U)
		    || (write && !(now.rights & PTE_W)))
			fail("a copy of user memory", "causes no fault",
			     "an address that the program may access",
			     "0x%08x", va);
		at = (char *)machine_word(now.frame << 12) + va % PGSIZE;
		if (write)
			*at = *kernel;
		else
			*kernel = *at;
	}
}

void
copy_from_user(void *dst, const void *src, size_t len)
{
	copy((uintptr_t)src, dst, len, false);
}

void
copy_to_user(void *dst, const void *src, size_t len)
{
	copy((uintptr_t)dst, (char *)(uintptr_t)src, len, true);
}

/* --- Registers ----------------------------------------------------------- */

uint32_t
rcr0(void)
{
	return cpu.cr0;
}

void
lcr0(uint32_t val)
{
	cpu.cr0 = val;
}

uint32_t
rcr2(void)
{
	return cpu.cr2;
}

uint32_t
rcr3(void)
{
	return cpu.cr3;
}

uint32_t
rcr4(void)
{
	return cpu.cr4;
}

void
lcr4(uint32_t val)
{
	cpu.cr4 = val;
}

void
read_fs_gs(struct fs_gs *to)
{
	*to = cpu.fs_gs;
}

void
write_fs_gs(const struct fs_gs *from)
{
	cpu.fs_gs = *from;
}

/* --- The x87 unit: one register, which FNINIT leaves alone ---------------- */

#define FPU_OFFSET	32

static void
check_fpu(const char *instruction)
{
	if (cpu.cr0 & (CR0_TS | CR0_EM))
		fail(instruction, "does not trap in the kernel",
		     "CR0.TS clear", "CR0 0x%08x", cpu.cr0);
}

void
clts(void)
{
	cpu.cr0 &= ~CR0_TS;
}

void
fninit(void)
{
	check_fpu("fninit");
}

void
fxsave(void *state)
{
	check_fpu("fxsave");
	*(uint32_t *)((char *)state + FPU_OFFSET) = cpu.fpu;
}

void
fxrstor(const void *state)
{
	check_fpu("fxrstor");
	cpu.fpu = *(const uint32_t *)((const char *)state + FPU_OFFSET);
}

void
fnsave(void *state)
{
	fxsave(state);
	cpu.fpu = 0;
}

void
frstor(const void *state)
{
	fxrstor(state);
}

void
cpu_reset(void)
{
	int i;

	for (i = 0; i < TLB_SIZE; i++)
		tlb[i].valid = false;
	tlb_next = 0;
	cpu = (struct cpu) { .cr0 = 0 };
}

/* --- Into the kernel and out --------------------------------------------- */

static enum place ended;
bool cpu_stops_before_resume;
void (*cpu_resume)(void);

void
cpu_leave(enum place where)
{
	ended = where;
	give_up();
}

void
env_pop_tf(struct Trapframe *tf)
{
	cpu.regs = *tf;
	cpu_leave(IN_USER);
}

void
call_on_stack(uintptr_t top, void (*fn)(void))
{
	if (top != KSTACKTOP)
		fail("call_on_stack", "uses the kernel's stack", "KSTACKTOP",
		     "0x%08lx", (unsigned long)top);
	if (cpu_stops_before_resume && curenv
	    && env_private(curenv)->resume == fn) {
		cpu_resume = fn;
		cpu_leave(IN_RESUME);
	}
	fn();
	fail("call_on_stack", "the function does not return", "no return",
	     "a return");
}

void
halt_forever(void)
{
	fail("halt_forever", "is not reached", "the monitor", "a halt");
}

enum place
cpu_kernel(const char *what, void (*fn)(void *), void *arg)
{
	ended = NOWHERE;
	if (!attempt(fn, arg))
		return NOWHERE;
	if (ended == NOWHERE)
		fail(what, "does not panic", "no panic", "%s", panic_text);
	return ended;
}
