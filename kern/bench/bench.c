/*
 * Count the instructions of the kernel's functions.
 *
 * Under QEMU's -icount shift=0 the time-stamp counter advances by one an
 * instruction, and by one each step of a REP. The cost of an empty measurement
 * is subtracted from each figure, and the cost of the loop from each repeated
 * one; the call with its arguments is included. test/bench/bench.py runs this
 * and prints the table.
 */

#include <inc/icount.h>
#include <inc/stdio.h>
#include <inc/string.h>
#include <inc/x86.h>
#include <kern/bench/bench.h>
#include <kern/bench/bench_swap.h>
#include <kern/check/check.h>
#include <kern/cpuid.h>
#include <kern/dev/power.h>
#include <kern/dev/timer.h>
#include <kern/env.h>
#include <kern/hooks.h>
#include <kern/monitor/report.h>
#include <kern/pmap.h>
#include <kern/program.h>
#include <kern/sched.h>
#include <kern/sections.h>
#include <kern/swap.h>
#include <kern/vmwalk.h>

#define TIMES		1000
#define CALIBRATION	2000000

/* Figures, printed at the end: printing would change the others. */
static struct {
	const char *name;
	uint32_t total, times;
} results[24];
static int nresults;

static uint32_t
bench_overhead(void)
{
	uint64_t start = read_tsc();

	return read_tsc() - start;
}

static void
bench_result(const char *name, uint32_t total, uint32_t times)
{
	if (nresults == ARRAY_SIZE(results))
		return;
	results[nresults].name = name;
	results[nresults].total = total;
	results[nresults++].times = times;
}

static void
bench_once(const char *name, uint64_t start, uint64_t stop)
{
	bench_result(name, (uint32_t)(stop - start) - bench_overhead(), 1);
}

#define REPEAT(name, statement)						\
	bench_result(name, COUNT_REPEATED(TIMES, statement), TIMES)

static void
bench_calibrate(void)
{
	uint64_t start = read_tsc();

	count_down(CALIBRATION / 2);
	bench_result("calibrate_loop", read_tsc() - start, 1);
}

static void
bench_frames(void)
{
	REPEAT("page_alloc_free", page_free(page_alloc(0)));
	/* These are not freed: the machine stops soon. */
	REPEAT("page_alloc_zero", page_alloc(ALLOC_ZERO));
}

static void
bench_tables(void)
{
	/* Use variables, as a caller would. */
	pde_t *pgdir = kern_pgdir;
	struct PageInfo *pp = page_alloc(0);
	char *va = (char *)UTEMP;
	static pte_t *pte;

	page_insert(kern_pgdir, pp, va, PTE_W);
	REPEAT("pgdir_walk_hit", pgdir_walk(pgdir, va, 0));
	REPEAT("page_lookup", page_lookup(pgdir, va, &pte));
	/* Map a new page each time, in a table that exists. */
	REPEAT("page_insert_new",
	       page_insert(pgdir, pp, va += PGSIZE, PTE_W));
	page_remove(kern_pgdir, (char *)UTEMP);
	for (; va != (char *)UTEMP; va -= PGSIZE)
		page_remove(kern_pgdir, va);
}

/* Each removal must free a page: map TIMES different ones. */
static void
bench_remove(void)
{
	pde_t *pgdir = kern_pgdir;
	char *va = (char *)UTEMP;
	int i;

	for (i = 0; i < TIMES; i++)
		page_insert(kern_pgdir, page_alloc(0), va + i * PGSIZE, PTE_W);
	va -= PGSIZE;
	REPEAT("page_remove_frees", page_remove(pgdir, va += PGSIZE));
}

static void
bench_window(void)
{
	pde_t *pgdir = page2kva(page_alloc(ALLOC_ZERO));
	uint64_t start;

	start = read_tsc();
	boot_map_region(pgdir, KERNBASE, KERNWINSIZE, 0, PTE_W);
	bench_once(cpu_features.pse ? "map_window_pse" : "map_window_plain",
		   start, read_tsc());
}

/* Create and destroy an environment of hello, 100 times. */
static void
bench_env(void)
{
	const struct program *p = program_find("hello");
	uint64_t start = read_tsc();
	struct Env *e;
	int i;

	for (i = 0; i < 100; i++) {
		if (env_create(p->start, p->end - p->start, ENV_TYPE_USER, &e))
			return;
		env_destroy(e);
	}
	bench_result("env_create_destroy", read_tsc() - start, 100);
}

/* The same, with the two lines that the console shows. */
static void
bench_env_printed(void)
{
	const struct program *p = program_find("hello");
	bool was = hooks.quiet;
	uint64_t start;
	struct Env *e;

	hooks.quiet = false;
	start = read_tsc();
	if (env_create(p->start, p->end - p->start, ENV_TYPE_USER, &e) == 0) {
		env_destroy(e);
		bench_once("env_create_destroy_printed", start, read_tsc());
	}
	hooks.quiet = was;
}

#if CHECK
#define MANY_ENVS	1000

/* The audit with many environments of hello. */
static void
bench_audit(void)
{
	const struct program *p = program_find("hello");
	static struct Env *e[MANY_ENVS];
	bool was = hooks.quiet;
	uint64_t start;
	int n, violations;

	hooks.quiet = true;
	for (n = 0; n < MANY_ENVS; n++)
		if (env_create(p->start, p->end - p->start, ENV_TYPE_USER,
			       &e[n]))
			break;
	start = read_tsc();
	violations = audit();
	if (n == MANY_ENVS && !violations)
		bench_once("audit_1000_envs", start, read_tsc());
	while (n--)
		env_destroy(e[n]);
	hooks.quiet = was;
}
#endif

static void
print_result(const char *name, uint32_t total, uint32_t times)
{
	cprintf("BENCH %s %u %u\n", name, total, times);
}

static void
swap_results(bool dma)
{
	if (swap_on)
		bench_swap_results(print_result, dma);
}

/*
 * Start the next program that prints figures itself, or stop the machine after
 * the last one. Called again when nothing is left to run.
 */
static void
run_programs(void)
{
	static int started;

	switch (started++) {
	case 0:
		if (program_start("yielder") == 0
		    && program_start("bench") == 0)
			sched_yield();
		break;
	case 1:
		if (program_start("benchlab4") == 0)
			sched_yield();
		break;
	case 2:
	case 3:
		if (started == 4)
			swap_results(true);
		if (swap_on) {
			bench_swap_begin(started == 3);
			if (program_start("benchswap") == 0)
				sched_yield();
		}
		break;
	case 4:
		swap_results(false);
	}
	power_off();
}

static void
bench_run(void)
{
	int i;

	/* This runs at the prompt, before the monitor's greeting. */
	bench_once("entry_to_prompt", entry_tsc, read_tsc());
	/*
	 * Looking for a swap area has waited for the disk. From a tick on, the
	 * next ticks come at the same instructions in each run.
	 */
	timer_works();
	idle();
	bench_result(cpu_features.pse ? "table_pages_pse"
		     : "table_pages_plain", vm_count_tables(kern_pgdir), 1);
	bench_calibrate();
	bench_frames();
	bench_tables();
	bench_remove();
	bench_window();
	bench_env();
	bench_env_printed();
#if CHECK
	bench_audit();
#endif
	cprintf("Kernel: CHECK=%d POISON=%d, compiler %s\n", CHECK, POISON,
		__VERSION__);
	for (i = 0; i < nresults; i++)
		cprintf("BENCH %s %u %u\n", results[i].name, results[i].total,
			results[i].times);
	run_programs();
}

/* Time the steps of mem_init, then call the next hook in the chain. */
static void (*other)(const char *step);
static uint64_t mem_init_began, page_init_began;

static void
reached(const char *step)
{
	uint64_t now = read_tsc();

	if (strcmp(step, "page_init") == 0)
		bench_once("page_init", page_init_began, now);
	else if (strcmp(step, "mem_init_done") == 0)
		bench_once("mem_init", mem_init_began, now);
	if (other)
		other(step);
	if (strcmp(step, "started") == 0)
		bench_run();
	else if (strcmp(step, "mem_init") == 0)
		mem_init_began = read_tsc();
	else if (strcmp(step, "structures") == 0)
		page_init_began = read_tsc();
}

static void
debugger(struct Trapframe *tf, const pde_t *pgdir)
{
	if (!tf)
		run_programs();
	if (tf->tf_trapno == T_BRKPT && swap_limit) {
		bench_swap_mark();
		return;
	}
	report_trap(tf, pgdir);
}

void
bench_init(void)
{
	other = hooks.milestone;
	hooks.milestone = reached;
	hooks.debugger = debugger;
	hooks.quiet = !CHECK;
}
