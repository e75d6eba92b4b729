/*
 * Checks that the x87 and SSE registers are clean at the start, and keep their
 * values while other environments run. Stops in the monitor with values in all
 * of them, so that you can start a second one beside it.
 */

#include <inc/lib.h>
#include <inc/x86.h>

/* The state that programs can set, as FXSAVE stores it (SDM 2A). */
struct state {
	uint16_t control, status;
	uint8_t tags, reserved[19];
	uint32_t mxcsr, mxcsr_mask;
	uint32_t x87[8][4];	/* ten bytes each, padded */
	uint32_t xmm[8][4];
	uint8_t rest[224];
} __attribute__((aligned(16)));

_Static_assert(sizeof(struct state) == 512, "FXSAVE writes 512 bytes");

#define CONTROL_CLEAN	0x037F	/* all exceptions masked, full precision */
#define MXCSR_CLEAN	0x1F80
#define ROUNDS		200

static struct state ours, found;

static bool
has_fxsave(void)
{
	uint32_t features;

	cpuid(1, NULL, NULL, NULL, &features);
	return (features & (1 << 24 | 1 << 25)) == (1 << 24 | 1 << 25);
}

static void
check_zero(const char *what, const void *registers, size_t len)
{
	const uint8_t *bytes = registers;
	size_t i;

	for (i = 0; i < len; i++)
		if (bytes[i])
			panic("%s begin with %02x at byte %u", what, bytes[i],
			      i);
}

static void
check_clean(void)
{
	fxsave(&found);
	if (found.control != CONTROL_CLEAN || found.status || found.tags)
		panic("x87 begins with control %04x, status %04x, tags %02x",
		      found.control, found.status, found.tags);
	if (found.mxcsr != MXCSR_CLEAN)
		panic("SSE begins with MXCSR %08x", found.mxcsr);
	check_zero("x87 registers", found.x87, sizeof(found.x87));
	check_zero("XMM registers", found.xmm, sizeof(found.xmm));
}

/* Fill each register with a value of its own, different per environment. */
static void
fill(void)
{
	uint32_t n, id = thisenv->env_id;

	ours.control = 0x0C7F;	/* rounds toward zero */
	ours.status = 0;
	ours.tags = 0xFF;	/* no register is empty */
	ours.mxcsr = 0x7F80;
	for (n = 0; n < 8; n++) {
		ours.x87[n][0] = id ^ n * 0x01010101;
		ours.x87[n][1] = 0x80000000 | id * (n + 1);
		ours.x87[n][2] = 0x3FFF + n;
		ours.xmm[n][0] = id + n;
		ours.xmm[n][1] = ~id - n;
		ours.xmm[n][2] = id << 8 | n;
		ours.xmm[n][3] = n * 0x11111111;
	}
	fxrstor(&ours);
}

static void
check_ours(int round)
{
	fxsave(&found);
	if (found.control != ours.control || found.tags != ours.tags
	    || found.mxcsr != ours.mxcsr)
		panic("round %d: control %04x, tags %02x, MXCSR %08x", round,
		      found.control, found.tags, found.mxcsr);
	if (memcmp(found.x87, ours.x87, sizeof(ours.x87)) != 0
	    || memcmp(found.xmm, ours.xmm, sizeof(ours.xmm)) != 0)
		panic("round %d: a register has changed", round);
}

void
umain(int argc, char **argv)
{
	int i;

	if (!has_fxsave()) {
		cprintf("This processor has no SSE registers.\n");
		return;
	}
	check_clean();
	fill();
	cprintf("[%08x] registers are full: 'run fpu' again, or 'continue'\n",
		thisenv->env_id);
	breakpoint();
	for (i = 0; i < ROUNDS; i++) {
		check_ours(i);
		sys_yield();
	}
	cprintf("[%08x] registers were preserved for %d rounds\n",
		thisenv->env_id, ROUNDS);
}
