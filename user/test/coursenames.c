/*
 * Names that course files take from our headers: each must have its customary
 * value and type. coursenames.S has those that assembly uses.
 */

#include <inc/lib.h>
#include <inc/x86.h>

/* A program may define these. */
#define CHECK		"no"
#define POISON		"macro"
#define BENCH		"of ours"

static_assert(IRQ_TIMER == 0 && IRQ_KBD == 1 && IRQ_SERIAL == 4);
static_assert(IRQ_SPURIOUS == 7 && IRQ_IDE == 14 && IRQ_ERROR == 19);
static_assert(FL_IOPL_0 == 0 && FL_IOPL_1 == 0x1000, "I/O privilege level");
static_assert(FL_IOPL_2 == 0x2000 && FL_IOPL_3 == FL_IOPL_MASK);
static_assert(1 << PTSHIFT == PTSIZE && 1 << PGSHIFT == PGSIZE);

/* The bounds of this program's parts. */
extern char etext[], edata[], end[];

/* In coursenames.S: the null descriptor and two segments. */
extern const uint8_t from_assembly[3][8];

static int initialised = 1, zero;

static const struct {
	const char *name;
	struct Segdesc is;
	uint8_t wanted[8];
} segments[] = {
	{ "SEG_NULL", SEG_NULL, { 0 } },
	{ "SEG of all memory", SEG(STA_X | STA_R, 0x0, 0xFFFFFFFF, 0),
	  { 0xFF, 0xFF, 0x00, 0x00, 0x00, 0x9A, 0xCF, 0x00 } },
	{ "SEG of data", SEG(STA_W, 0x12345678, 0xABCDE000, 3),
	  { 0xDE, 0xBC, 0x78, 0x56, 0x34, 0xF2, 0xCA, 0x12 } },
	{ "SEG16", SEG16(STS_T32A, 0xF0123456, 0xA0067, 0),
	  { 0x67, 0x00, 0x56, 0x34, 0x12, 0x99, 0x4A, 0xF0 } },
};

static int wrong;

static void
expect(const char *name, bool right)
{
	if (right)
		return;
	cprintf("%s is wrong\n", name);
	wrong++;
}

static void
expect_gate(const char *name, const struct Gatedesc *gate, int access)
{
	const uint8_t wanted[8] = { 0x21, 0x43, 0x08, 0, 0, access, 0x10,
				    0xF0 };

	expect(name, memcmp(gate, wanted, 8) == 0);
}

static void
gates(void)
{
	struct Gatedesc gate;

	SETGATE(gate, 0, GD_KT, 0xF0104321, 3);
	expect_gate("SETGATE of an interrupt", &gate, 0xEE);
	SETGATE(gate, 1, GD_KT, 0xF0104321, 0);
	expect_gate("SETGATE of a trap", &gate, 0x8F);
	SETCALLGATE(gate, GD_KT, 0xF0104321, 3);
	expect_gate("SETCALLGATE", &gate, 0xEC);
}

static void
addresses(void)
{
	void *temp = UTEMP, *pftemp = PFTEMP;
	char *p;

	expect("UTEMP", (uintptr_t)temp == 0x00400000);
	expect("PFTEMP", (uintptr_t)pftemp == 0x007FF000);
	expect("etext", etext > (char *)expect && etext <= (char *)segments);
	expect("edata", edata > (char *)&initialised && edata <= &end[0]);
	expect("end", end > (char *)&zero && end < (char *)&zero + PTSIZE);
	/* Programs copy themselves page by page, from UTEXT up to end. */
	for (p = (char *)UTEXT; p < end; p += PGSIZE)
		expect("a page below end", uvpt_has_page((uintptr_t)p));
}

/* Not called: users have no right to these. */
void	privileged_names(void);

void
privileged_names(void)
{
	char buf[16];

	insb(0x1F0, buf, 4);
	insw(0x1F0, buf, 4);
	insl(0x1F0, buf, 4);
	outsb(0x1F0, buf, 4);
	outsw(0x1F0, buf, 4);
	outsl(0x1F0, buf, 4);
	tlbflush();
}

void
umain(int argc, char **argv)
{
	volatile uint32_t word = 0x11111111;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(segments); i++) {
		expect(segments[i].name, memcmp(&segments[i].is,
						segments[i].wanted, 8) == 0);
		if (i < 3)
			expect("a segment in assembly",
			       (memcmp(from_assembly[i], segments[i].wanted, 5)
				| memcmp(&from_assembly[i][6],
					 &segments[i].wanted[6], 2)) == 0);
	}
	expect("privilege in assembly", from_assembly[2][5] == 0x92);
	gates();
	addresses();
	expect("xchg", xchg(&word, 0x22222222) == 0x11111111
	       && word == 0x22222222);
	cprintf("%d names are wrong\n", wrong);
}
