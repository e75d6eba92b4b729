/*
 * The x87 and SSE registers: fresh at the start, whoever had the processor
 * before; then ours, whoever has it in between. It stops in the monitor with
 * them full, so that a second one can be started beside it.
 */

#include <inc/lib.h>
#include <inc/x86.h>

/* The state as FXSAVE lays it out, as far as programs can set it (SDM 2A). */
struct state {
	uint16_t control, status;
	uint8_t tags, reserved[19];
	uint32_t mxcsr, mxcsr_mask;
	uint32_t x87[8][4];	/* ten bytes each, and room */
	uint32_t xmm[8][4];
	uint8_t rest[224];
} __attribute__((aligned(16)));

_Static_assert(sizeof(struct state) == 512, "FXSAVE writes 512 bytes");

#define CONTROL_FRESH	0x037F	/* all exceptions masked, full precision */
#define MXCSR_FRESH	0x1F80
#define ROUNDS		200

static struct state mine, found;

static bool
has_fxsave(void)
{
	uint32_t features;

	cpuid(1, NULL, NULL, NULL, &features);
	return (features & (1 << 24 | 1 << 25)) == (1 << 24 | 1 << 25);
}

static void
check_clear(const char *what, const void *registers, size_t len)
{
	const uint8_t *bytes = registers;
	size_t i;

	for (i = 0; i < len; i++)
		if (bytes[i])
			panic("%s begin with somebody's %02x at byte %u", what,
			      bytes[i], i);
}

static void
check_fresh(void)
{
	fxsave(&found);
	if (found.control != CONTROL_FRESH || found.status || found.tags)
		panic("x87 begins with control %04x, status %04x, tags %02x",
		      found.control, found.status, found.tags);
	if (found.mxcsr != MXCSR_FRESH)
		panic("SSE begins with MXCSR %08x", found.mxcsr);
	check_clear("x87 registers", found.x87, sizeof(found.x87));
	check_clear("XMM registers", found.xmm, sizeof(found.xmm));
}

/* Numbers that tell which environment and which register they are of. */
static void
fill(void)
{
	uint32_t n, id = thisenv->env_id;

	mine.control = 0x0C7F;	/* rounds toward zero */
	mine.status = 0;
	mine.tags = 0xFF;	/* no register is empty */
	mine.mxcsr = 0x7F80;
	for (n = 0; n < 8; n++) {
		mine.x87[n][0] = id ^ n * 0x01010101;
		mine.x87[n][1] = 0x80000000 | id * (n + 1);
		mine.x87[n][2] = 0x3FFF + n;
		mine.xmm[n][0] = id + n;
		mine.xmm[n][1] = ~id - n;
		mine.xmm[n][2] = id << 8 | n;
		mine.xmm[n][3] = n * 0x11111111;
	}
	fxrstor(&mine);
}

static void
check_mine(int round)
{
	fxsave(&found);
	if (found.control != mine.control || found.tags != mine.tags
	    || found.mxcsr != mine.mxcsr)
		panic("round %d: control %04x, tags %02x, MXCSR %08x", round,
		      found.control, found.tags, found.mxcsr);
	if (memcmp(found.x87, mine.x87, sizeof(mine.x87)) != 0
	    || memcmp(found.xmm, mine.xmm, sizeof(mine.xmm)) != 0)
		panic("round %d: a register is not what it was", round);
}

void
umain(int argc, char **argv)
{
	int i;

	if (!has_fxsave()) {
		cprintf("This processor has no SSE registers.\n");
		return;
	}
	check_fresh();
	fill();
	cprintf("[%08x] registers are full: 'run fpu' again, or 'continue'\n",
		thisenv->env_id);
	breakpoint();
	for (i = 0; i < ROUNDS; i++) {
		check_mine(i);
		sys_yield();
	}
	cprintf("[%08x] registers were ours for %d rounds\n", thisenv->env_id,
		ROUNDS);
}
