/*
 * Verifies what a page-fault handler finds, and that it returns with all
 * registers and flags as they were: many times, nested, and on a stack that it
 * extends itself. Then children that no handler can help; the kernel ends them.
 */

#include <inc/lib.h>
#include <inc/x86.h>
#include "verify.h"

/* The first of the pages that the faults are about. */
#define WILD		0x20000000
#define LEVELS		8
#define ROUNDS		1000
#define XSTACK		((void *)(UXSTACKTOP - PGSIZE))

/* In the order of PUSHA, and the flags. */
struct state {
	struct PushRegs regs;
	uint32_t eflags;
};

void	handlers_fault(struct state *state);
extern char handlers_fault_eip[];

/* Flags that a program can set, other than TF: the monitor's test has that. */
#define FLAGS	(FL_CF | FL_PF | FL_AF | FL_ZF | FL_SF | FL_DF | FL_OF \
		 | FL_NT | FL_AC | FL_ID)

/* Flags that a function expects to be clear. */
#define CLEAR	(FL_TF | FL_DF | FL_NT | FL_AC)

static uint32_t seed = 2463534242U;

static uint32_t
random(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 17;
	seed ^= seed << 5;
	return seed;
}

/* Random registers and flags, for a fault at va. */
static void
choose(struct state *s, uintptr_t va)
{
	uint32_t *words = (uint32_t *)s;
	size_t i;

	for (i = 0; i < sizeof(*s) / sizeof(*words); i++)
		words[i] = random();
	s->regs.reg_eax = va;
	s->eflags = (random() & FLAGS) | FL_ONE | FL_IF;
}

/* True if all is equal, except what PUSHA stores as esp. */
static bool
is_same(const struct state *a, const struct state *b)
{
	struct state copy = *b;

	copy.regs.reg_oesp = a->regs.reg_oesp;
	return memcmp(a, &copy, sizeof(copy)) == 0;
}

static void
give_page(uintptr_t va)
{
	NEED(sys_page_alloc(0, (void *)ROUNDDOWN(va, PGSIZE), RW));
}

static void
drop(uintptr_t va)
{
	NEED(sys_page_unmap(0, (void *)va));
}

/* --- Registers and flags ------------------------------------------------ */

static struct state expected;
static uint32_t flags_in_handler, esp_in_handler;

/* Called with the registers of expected, except at deeper levels. */
static void
look_and_give(struct UTrapframe *utf)
{
	const struct state found = { utf->utf_regs,
				     utf->utf_eflags & ~FL_RF };

	flags_in_handler |= read_eflags();
	esp_in_handler = (uintptr_t)utf;
	VERIFY_QUIET(is_same(&expected, &found)
		     && utf->utf_eip == (uintptr_t)handlers_fault_eip
		     && utf->utf_fault_va == expected.regs.reg_eax
		     && utf->utf_err == (FEC_U | FEC_WR),
		     "the handler finds the registers of the fault");
	give_page(utf->utf_fault_va);
}

static void
registers_and_flags(void)
{
	struct state s;
	int round;

	set_pgfault_handler(look_and_give);
	for (round = 0; round < ROUNDS; round++) {
		choose(&s, WILD + random() % (PGSIZE - 4));
		expected = s;
		handlers_fault(&s);
		VERIFY_QUIET(is_same(&expected, &s)
			     && *(uint32_t *)s.regs.reg_eax == s.regs.reg_ebx,
			     "round %d: registers after the fault", round);
		VERIFY_QUIET(esp_in_handler == UXSTACKTOP
			     - sizeof(struct UTrapframe),
			     "round %d: the frame is at the top", round);
		drop(WILD);
	}
	VERIFY(!(flags_in_handler & CLEAR),
	       "the handler starts with TF, DF, NT and AC clear");
	VERIFY(flags_in_handler & FL_IF, "and interrupts on");
	VERIFY(VERIFY_TALLY->failed == 0,
	       "registers and flags are the same after %d faults", ROUNDS);
}

/* --- Nested faults ------------------------------------------------------ */

static int deepest;

/* Fault in the next page before giving this one. */
static void
nest(struct UTrapframe *utf)
{
	int level = (utf->utf_fault_va - WILD) / PGSIZE + 1;
	struct state before, s;
	uintptr_t next = ROUNDDOWN(utf->utf_fault_va, PGSIZE) + PGSIZE;

	if (level < LEVELS) {
		choose(&s, next);
		before = s;
		handlers_fault(&s);
		VERIFY_QUIET(is_same(&before, &s),
			     "level %d: registers after the fault", level);
		VERIFY_QUIET(*(uint32_t *)next == before.regs.reg_ebx,
			     "level %d: what was written is there", level);
	}
	deepest = MAX(deepest, level);
	give_page(utf->utf_fault_va);
}

static void
nested(void)
{
	struct state before, s;
	int i;

	set_pgfault_handler(nest);
	choose(&s, WILD);
	before = s;
	handlers_fault(&s);
	VERIFY(is_same(&before, &s) && deepest == LEVELS,
	       "registers are the same after faults nested %d deep", LEVELS);
	for (i = 0; i < LEVELS; i++)
		drop(WILD + i * PGSIZE);
}

/* --- Other returns ------------------------------------------------------ */

static void
skip(struct UTrapframe *utf)
{
	utf->utf_eip += 2;		/* the length of movl %ebx, (%eax) */
	utf->utf_regs.reg_ebx = 17;
	utf->utf_eflags ^= FL_CF;
}

static void
changed_frame(void)
{
	struct state before, s;

	set_pgfault_handler(skip);
	choose(&s, WILD);
	before = s;
	handlers_fault(&s);
	before.regs.reg_ebx = 17;
	before.eflags ^= FL_CF;
	VERIFY(is_same(&before, &s) && !uvpt_has_page(WILD),
	       "a handler may change the registers, the flags and eip");
}

static volatile int grown;

static void
extend_stack(struct UTrapframe *utf)
{
	grown++;
	VERIFY_QUIET(utf->utf_fault_va < USTACKTOP - PGSIZE,
		     "a fault at %08x, below the stack", utf->utf_fault_va);
	give_page(utf->utf_fault_va);
}

/* Use about n * 64 bytes of stack. */
static int
descend(int n)
{
	volatile char room[48];

	room[0] = n;
	return n ? descend(n - 1) + (room[0] == (char)n) : 0;
}

static void
growing_stack(void)
{
	int pages = 0, depth = 1000;
	uintptr_t va;

	set_pgfault_handler(extend_stack);
	VERIFY(descend(depth) == depth && grown > 10,
	       "a handler can extend the stack, page by page");
	for (va = USTACKTOP - 2 * PGSIZE; uvpt_has_page(va); va -= PGSIZE) {
		drop(va);
		pages++;
	}
	VERIFY(pages == grown, "one fault for each page");
}

static void
unmap_and_map(struct UTrapframe *utf)
{
	/* The page of the stack that the fault came from. */
	NEED(sys_page_map(0, (void *)(USTACKTOP - PGSIZE), 0, UTEMP, RW));
	drop(USTACKTOP - PGSIZE);
	NEED(sys_page_map(0, UTEMP, 0, (void *)(USTACKTOP - PGSIZE), RW));
	drop((uintptr_t)UTEMP);
	give_page(utf->utf_fault_va);
}

static void
moved_stack(void)
{
	struct state before, s;

	set_pgfault_handler(unmap_and_map);
	choose(&s, WILD);
	before = s;
	handlers_fault(&s);
	VERIFY(is_same(&before, &s),
	       "a handler may unmap the stack, and map it again");
	drop(WILD);
}

/* --- What ends a program ------------------------------------------------ */

static void
do_nothing(struct UTrapframe *utf)
{
}

static void
fault_again(struct UTrapframe *utf)
{
	store32(utf->utf_fault_va, 0);
}

static void
handler_faults(void)
{
	set_pgfault_handler(fault_again);
}

/* Its variables skip the end of the stack: only esp tells the overflow. */
static void
fault_again_far_below(struct UTrapframe *utf)
{
	volatile char room[1000];

	room[0] = 0;
	store32(utf->utf_fault_va, room[0]);
}

static void
large_handler_faults(void)
{
	set_pgfault_handler(fault_again_far_below);
}

static void
no_exception_stack(void)
{
	set_pgfault_handler(do_nothing);
	NEED(sys_page_unmap(0, XSTACK));
}

static void
read_only_exception_stack(void)
{
	set_pgfault_handler(do_nothing);
	NEED(sys_page_map(0, XSTACK, 0, XSTACK, RO));
}

/* Share it by copy-on-write with a child that never runs. */
static void
shared_exception_stack(void)
{
	envid_t child;

	set_pgfault_handler(do_nothing);
	child = NEED(sys_exofork());
	NEED(sys_cow_range(child, XSTACK, (void *)UXSTACKTOP));
	NEED(sys_env_destroy(child));
}

/* The program's headers are there, which are no code. */
static void
upcall_to_no_code(void)
{
	sys_env_set_pgfault_upcall(0, (void *)UTEXT);
}

static void	(*const deadly[])(void) = {
	handler_faults, large_handler_faults, no_exception_stack,
	read_only_exception_stack, shared_exception_stack, upcall_to_no_code,
};

static void
end_in_words(void)
{
	envid_t child;
	size_t i;

	set_pgfault_handler(NULL);
	for (i = 0; i < ARRAY_SIZE(deadly); i++) {
		child = NEED(fork());
		if (child == 0) {
			deadly[i]();
			store32(WILD, 0);
			VERIFY(false, "a fault without a handler goes on");
			exit();
		}
		wait(child);
	}
	VERIFY(true, "%u children ended", ARRAY_SIZE(deadly));
}

void
umain(int argc, char **argv)
{
	verify_begin();
	registers_and_flags();
	nested();
	changed_frame();
	growing_stack();
	moved_stack();
	cprintf("the rest needs fork\n");
	end_in_words();
	verify_end();
}
