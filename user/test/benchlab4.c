/*
 * Measures page faults, fork and messages in instructions, where the time-stamp
 * counter counts instructions (make bench).
 */

#include <inc/icount.h>
#include <inc/lib.h>

#define RW		(PTE_P | PTE_U | PTE_W)
#define RO		(PTE_P | PTE_U)

#define TIMES		500
#define FORKS		20
#define FORK_PAGES	12	/* below USTACKTOP, as the peers' programs have */

/* Pages to fault on. Their tables are there: the first page stays mapped. */
#define AREA		((char *)0x20000000)
/* The page that messages carry, and where it arrives. */
#define PAGE		((char *)0x20800000)
#define ARRIVED		((char *)0x20801000)

static void
result(const char *name, uint32_t total, uint32_t times)
{
	cprintf("BENCH %s %u %u\n", name, total, times);
}

/* --- Faults ------------------------------------------------------------- */

/* A write to page 0 faults; the handler continues after it. */
extern void fault_once(void);
extern char fault_end[];
__asm__(".text\n"
	".globl fault_once, fault_end\n"
	"fault_once:\n"
	"	movl %eax, 0\n"
	"fault_end:\n"
	"	ret\n");

static void
skip(struct UTrapframe *utf)
{
	utf->utf_eip = (uintptr_t)fault_end;
}

static void
give_zero_page(struct UTrapframe *utf)
{
	sys_page_alloc(0, ROUNDDOWN((void *)utf->utf_fault_va, PGSIZE), RW);
}

/* Write a word to each of n pages of the area, from the second on. */
static uint32_t
write_pages(int n)
{
	char *va = AREA;

	return COUNT_REPEATED(n, *(va += PGSIZE) = 1);
}

static void
bench_faults(void)
{
	set_pgfault_handler(skip);
	result("user_fault", COUNT_REPEATED(TIMES, fault_once()), TIMES);
	set_pgfault_handler(give_zero_page);
	sys_page_alloc(0, AREA, RW);
	result("user_fault_zero_page", write_pages(TIMES), TIMES);
}

/* --- Fork --------------------------------------------------------------- */

/*
 * Write to pages that a child shares; with `last`, the child has ended before.
 * => The area's pages are mapped.
 */
static void
bench_cow(const char *name, envid_t (*by)(void), bool last)
{
	envid_t child = by();
	uint32_t total;

	if (child == 0) {
		sys_ipc_recv((void *)UTOP);
		exit();
	}
	if (last)
		sys_env_destroy(child);
	total = write_pages(TIMES);
	if (!last)
		sys_env_destroy(child);
	result(name, total, TIMES);
}

/* The pages below USTACKTOP. */
static int
pages_mapped(void)
{
	uint32_t n;
	int count = 0;

	for (n = 0; n < PGNUM(USTACKTOP); n++) {
		if (!(uvpd[n / NPTENTRIES] & PTE_P))
			n |= NPTENTRIES - 1;
		else
			count += uvpt[n] & PTE_P;
	}
	return count;
}

/* Have FORK_PAGES pages: map some after the program, or say that it is large. */
static void
map_fork_pages(void)
{
	extern char end[];
	char *va = ROUNDUP(end, PGSIZE);

	for (; pages_mapped() < FORK_PAGES; va += PGSIZE)
		sys_page_alloc(0, va, RW);
	if (pages_mapped() != FORK_PAGES)
		panic("%d pages, not %d", pages_mapped(), FORK_PAGES);
}

/* Fork many times, and count the parent's side; then with the child's end. */
static void
bench_fork(const char *name, const char *name_wait, envid_t (*by)(void))
{
	uint64_t start, forked, forks = 0, all = 0;
	envid_t child;
	int i;

	for (i = 0; i < FORKS; i++) {
		start = read_tsc();
		child = by();
		if (child == 0)
			exit();
		forked = read_tsc();
		wait(child);
		forks += forked - start;
		all += read_tsc() - start;
	}
	result(name, forks, FORKS);
	result(name_wait, all, FORKS);
}

/* --- Messages ----------------------------------------------------------- */

static void
answer(envid_t parent, void *arrived)
{
	int i;

	for (i = 0; i < TIMES; i++) {
		ipc_recv(NULL, arrived, NULL);
		ipc_send(parent, i, NULL, 0);
	}
	exit();
}

/* Send a message there, with a page unless that is NULL, and one back. */
static void
bench_messages(const char *name, void *page, void *arrived)
{
	envid_t self = thisenv->env_id, child = fork();
	uint32_t total;

	if (child == 0)
		answer(self, arrived);
	sys_yield();		/* as a server does, the child waits */
	total = COUNT_REPEATED(TIMES, {
		ipc_send(child, 1, page, RO);
		ipc_recv(NULL, NULL, NULL);
	});
	wait(child);
	result(name, total, TIMES);
}

/* An environment that has not the other measurements' pages. */
static void
measure_apart(void (*measure)(void))
{
	envid_t child = fork();

	if (child == 0) {
		measure();
		exit();
	}
	wait(child);
}

static void
measure_cow(void)
{
	bench_cow("cow_fault_by_pages", fork_by_pages, false);
	bench_cow("cow_fault", fork, false);
	bench_cow("cow_fault_last", fork, true);
}

static void
measure_messages(void)
{
	bench_messages("message", NULL, NULL);
	sys_page_alloc(0, PAGE, RW);
	bench_messages("message_page", PAGE, ARRIVED);
}

static void
measure_faults(void)
{
	bench_faults();
	measure_cow();
}

void
umain(int argc, char **argv)
{
	measure_apart(measure_faults);
	measure_apart(measure_messages);
	map_fork_pages();
	bench_fork("fork", "fork_exit_wait", fork);
	bench_fork("fork_by_pages", "fork_by_pages_exit_wait", fork_by_pages);
}
