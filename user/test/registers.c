/*
 * Checks that a trap changes only the registers that it is documented to. Each
 * way into the kernel is taken with known values in all registers, which are
 * compared afterwards. registers.S loads and stores them.
 */

#include <inc/lib.h>
#include <inc/x86.h>
#include <lib/syscall_entry.h>

/* In registers.S's order. */
enum {
	GS, FS, ES, DS, EDI, ESI, EBP, IGNORED, EBX, EDX, ECX, EAX, EFLAGS,
	NREGISTERS
};

static const char *const names[NREGISTERS] = {
	[GS] = "gs", [FS] = "fs", [ES] = "es", [DS] = "ds",
	[EDI] = "edi", [ESI] = "esi", [EBP] = "ebp", [EBX] = "ebx",
	[EDX] = "edx", [ECX] = "ecx", [EAX] = "eax", [EFLAGS] = "eflags",
};

/* Load all registers from state, enter the kernel, store them to state. */
void	through_int(uint32_t *state);
void	through_sysenter(uint32_t *state);
void	through_breakpoint(uint32_t *state);
void	through_ticks(uint32_t *state);

/* The kernel's count of our time slices, for through_ticks. */
const volatile uint32_t *runs_at;

#define BIT(r)	(1 << (r))

static const struct way {
	const char *name;
	void (*take)(uint32_t *state);
	uint32_t own;		/* registers that this way uses */
} ways[] = {
	{ "int", through_int, BIT(EAX) },
	{ "sysenter", through_sysenter,
	  BIT(EAX) | BIT(ECX) | BIT(EDX) | BIT(ESI) | BIT(EBP) | BIT(EFLAGS)
	  | BIT(DS) | BIT(ES) },
	{ "a breakpoint", through_breakpoint, 0 },
	{ "a timer tick", through_ticks, BIT(ECX) | BIT(EBX) | BIT(EDX) },
};

/* The flags that popfl can change in user mode, except TF. */
#define FLAGS	(FL_CF | FL_PF | FL_AF | FL_ZF | FL_SF | FL_DF | FL_OF \
		 | FL_NT | FL_AC | FL_ID)

/*
 * All selectors that a user may have in a data segment register. Of the four
 * null selectors only 0: IRET changes the others to it.
 */
static const uint16_t data_selectors[] = { GD_UD, GD_UD | 1, GD_UD | 2,
					   GD_UD | 3 };
static const uint16_t any_selectors[] = { 0, GD_UT, GD_UT | 3, GD_UD,
					  GD_UD | 1, GD_UD | 2, GD_UD | 3 };

static uint32_t
random(void)
{
	static uint32_t x;

	if (!x)
		x = thisenv->env_id * 2463534243U;
	x ^= x << 13;
	x ^= x >> 17;
	x ^= x << 5;
	return x;
}

static void
choose(uint32_t *state)
{
	int i;

	for (i = 0; i < NREGISTERS; i++)
		state[i] = random();
	state[DS] = data_selectors[random() % ARRAY_SIZE(data_selectors)];
	state[ES] = data_selectors[random() % ARRAY_SIZE(data_selectors)];
	state[FS] = any_selectors[random() % ARRAY_SIZE(any_selectors)];
	state[GS] = any_selectors[random() % ARRAY_SIZE(any_selectors)];
	state[EFLAGS] = (random() & FLAGS) | FL_ONE | FL_IF;
}

static void
check(const struct way *way, int round)
{
	uint32_t before[NREGISTERS], after[NREGISTERS];
	int i;

	choose(before);
	memcpy(after, before, sizeof(after));
	way->take(after);
	for (i = 0; i < NREGISTERS; i++)
		if (i != IGNORED && !(way->own & BIT(i))
		    && after[i] != before[i])
			panic("round %d, %s: %s was %08x, is %08x", round,
			      way->name, names[i], before[i], after[i]);
}

void
umain(int argc, char **argv)
{
	static const int rounds[] = { 1000, 1000, 1, 20 };
	size_t i;
	int round;

	runs_at = &thisenv->env_runs;
	for (i = 0; i < ARRAY_SIZE(ways); i++) {
		if (ways[i].take == through_sysenter
		    && syscall_best != syscall_fast)
			continue;
		for (round = 0; round < rounds[i]; round++)
			check(&ways[i], round);
		cprintf("registers are the same after %s: %d rounds\n",
			ways[i].name, rounds[i]);
	}
}
