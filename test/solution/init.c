/*
 * The kernel around somebody else's pmap.c: in place of kern/init.c and the
 * monitor. Starts what a course's kernel has started when it calls mem_init,
 * calls it, runs the checks on what it made, and ends the machine.
 *
 * mem_init is called three times, each from the state of a fresh boot:
 *   1. as it stands. It calls the file's own checks, and where one of them finds
 *      something it panics and leaves behind what it was just trying, often a
 *      free list that it had hidden: no other check would have a chance. So in
 *      the other two calls the file's own checks return at once.
 *   2. until page_init is done. What frames there are, and all functions, can
 *      then be checked before a mistake in one has spoilt them for the others.
 *   3. to its end, for the checks of the kernel's map and of what the processor
 *      makes of it.
 *
 * Limits: what mem_init does to control registers, page directory and its own
 * file's variables is undone between the calls. What it does to the rest of the
 * kernel is not.
 */

#include <inc/assert.h>
#include <inc/string.h>
#include <inc/x86.h>
#include <kern/check.h>
#include <kern/console.h>
#include <kern/cpuid.h>
#include <kern/kdebug.h>
#include <kern/map.h>
#include <kern/monitor.h>
#include <kern/page.h>
#include <kern/physmem.h>
#include <kern/pic.h>
#include <kern/timer.h>
#include <kern/trap.h>
#include <kern/vmwalk.h>
#include "foreign.h"
#include "solution.h"

/* In this file the instructions are meant. */
#undef lcr0
#undef lcr3

struct mem_init_call mem_init_plain, mem_init_bare;

/* As far as trap.c and vmwalk.c may look through the window. */
physaddr_t window_mapped = ENTRY_MAPPED;

/* --- How it ends ------------------------------------------------------- */

/* QEMU's debug-exit device; elsewhere the machine just stops. */
static void NORETURN
halt(void)
{
	outb(0x501, 0);
	for (;;) {
		cli();
		hlt();
	}
}

/* trap.c's last resort; a breakpoint is no reason to stop. */
void
monitor(struct Trapframe *tf)
{
	if (!tf || tf->tf_trapno != T_BRKPT)
		halt();
}

/* In a guard, a panic is caught; here ends what is outside of all guards. */
void
_panic(const char *file, int line, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	guard_caught_panic(file, line, fmt, ap);
	vcprintf_at("kernel panic", file, line, fmt, ap);
	va_end(ap);
	backtrace_here();
	halt();
}

void
_warn(const char *file, int line, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vcprintf_at("kernel warning", file, line, fmt, ap);
	va_end(ap);
}

/* --- A processor and tables as a course file expects them --------------- */

/*
 * A course's processor has no 4 MiB pages, global pages, SMEP or SMAP switched
 * on; a file that wants some does it itself.
 */
static void
plain_processor(void)
{
	struct cpu_features *f = &cpu_features;

	cpuid_init();
	if (f->pse || f->pge || f->smep || f->smap)
		lcr4(rcr4() & ~(CR4_PSE | CR4_PGE | CR4_SMEP | CR4_SMAP));
	f->pse = f->pge = f->smep = f->smap = false;
}

/*
 * entry.S maps what our own boot_alloc may need. A course's file takes tables
 * from anywhere: some lists begin with the highest frame.
 */
static void
map_whole_window(void)
{
	static pte_t tables[(KERNWINSIZE - ENTRY_MAPPED) / PTSIZE][NPTENTRIES]
		__attribute__((aligned(PGSIZE)));
	physaddr_t pa = ENTRY_MAPPED;
	uintptr_t va;
	pte_t *table;
	size_t i, j;

	for (i = 0; i < ARRAY_SIZE(tables); i++) {
		for (j = 0; j < NPTENTRIES; j++, pa += PGSIZE)
			tables[i][j] = pa | PTE_P | PTE_W;
		entry_pgdir[PDX(KERNBASE + ENTRY_MAPPED) + i]
			= ((uintptr_t)tables[i] - KERNBASE) | PTE_P | PTE_W;
	}
	/* Stray stores are to find no code. */
	for (va = (uintptr_t)stext; va < (uintptr_t)erodata; va += PGSIZE) {
		table = (pte_t *)(KERNBASE + PTE_ADDR(entry_pgdir[PDX(va)]));
		table[PTX(va)] &= ~PTE_W;
	}
	lcr3(rcr3());
}

/* --- Instructions that could end it all ---------------------------------- */

/* Where cga.c writes. */
#define SCREEN	0xB8000

void
foreign_lcr0(const char *file, int line, uint32_t val)
{
	if ((val & (CR0_PE | CR0_PG)) != (CR0_PE | CR0_PG))
		_panic(file, line, "lcr0(0x%08x) would switch off protected"
		       " mode or paging", val);
	lcr0(val);
}

/* Is the page at va where the window has it, and writable if it must be? */
static bool
fit_page(const pde_t *pgdir, uintptr_t va, bool store, char *why, size_t size)
{
	struct vm_walk w;

	vm_walk(pgdir, va, &w);
	if (!w.mapped || (store && !(w.rights & PTE_W)))
		vm_explain(pgdir, va, store ? FEC_WR : 0, why, size);
	else if (w.pa != va - KERNBASE)
		snprintf(why, size, "0x%08x would show 0x%08x", va, w.pa);
	else
		return true;
	return false;
}

/*
 * Can the kernel go on with this directory? Its image must be where it runs,
 * what is not constant writable, and the screen must be there. If not: in words,
 * into why.
 */
static bool
fit_to_run(const pde_t *pgdir, char *why, size_t size)
{
	uintptr_t va;

	for (va = (uintptr_t)stext; va < (uintptr_t)end; va += PGSIZE)
		if (va != (uintptr_t)bootguard
		    && !fit_page(pgdir, va, va >= (uintptr_t)erodata, why,
				 size))
			return false;
	return fit_page(pgdir, KERNBASE + SCREEN, true, why, size);
}

/* Called with a directory in use that shows the whole window. */
void
foreign_lcr3(const char *file, int line, uint32_t val)
{
	physaddr_t before = window_mapped, pa = PTE_ADDR(val);
	char why[160];
	bool fit;

	if (pa >= KERNWINSIZE)
		_panic(file, line, "lcr3(0x%08x): there is no directory at that"
		       " physical address", val);
	window_mapped = KERNWINSIZE;
	fit = fit_to_run((pde_t *)(KERNBASE + pa), why, sizeof(why));
	window_mapped = before;
	if (!fit)
		_panic(file, line, "lcr3(0x%08x): the kernel cannot run with"
		       " this directory: %s", val, why);
	lcr3(val);
}

/* --- Calling mem_init --------------------------------------------------- */

/* The variables of the file under test (between marks_*.S in the link). */
extern char foreign_data[], foreign_data_end[];
extern char foreign_bss[], foreign_bss_end[];

/* What they were before anything ran. */
static char fresh_data[64 * 1024];

/* Where the file's own checks begin, under the names that build.mk gives. */
#define OWN_PREFIX	"own_"
#define OWN_CHECK(name)	extern char own_##name[] __attribute__((weak))
OWN_CHECK(check_page_free_list);
OWN_CHECK(check_page_alloc);
OWN_CHECK(check_page);
OWN_CHECK(check_kern_pgdir);
OWN_CHECK(check_page_installed_pgdir);

static char *const own_checks[] = {
	own_check_page_free_list, own_check_page_alloc, own_check_page,
	own_check_kern_pgdir, own_check_page_installed_pgdir,
};

/* Change the kernel's text, which is read-only. */
static void
patch(void *code, const void *bytes, size_t size)
{
	lcr0(rcr0() & ~CR0_WP);
	memcpy(code, bytes, size);
	lcr0(rcr0() | CR0_WP);
}

/* Make them return at once. */
static void
skip_own_checks(void)
{
	static const uint8_t ret = 0xC3;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(own_checks); i++)
		if (own_checks[i])
			patch(own_checks[i], &ret, sizeof(ret));
}

/* The first bytes of page_init, while a jump to page_init_only stands there. */
static uint8_t page_init_begin[5];

/* End mem_init with page_init. */
static void
page_init_only(void)
{
	patch(page_init, page_init_begin, sizeof(page_init_begin));
	page_init();
	guard_leave();
}

static void
stop_after_page_init(void)
{
	uint8_t jump[5] = { 0xE9 };
	uint32_t distance = (uintptr_t)page_init_only
		- ((uintptr_t)page_init + sizeof(jump));

	memcpy(page_init_begin, page_init, sizeof(page_init_begin));
	memcpy(jump + 1, &distance, sizeof(distance));
	patch(page_init, jump, sizeof(jump));
}

/* With its own checks in it, a right one takes a tenth of that. */
#define MEM_INIT_SECONDS	4

static void
call_mem_init(void *arg)
{
	(void)arg;
	mem_init();
}

void
foreign_place(const struct guard_report *r, struct Eipdebuginfo *place)
{
	struct Eipdebuginfo here;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(r->trace) && r->trace[i]; i++) {
		debuginfo_eip(r->trace[i], &here);
		if (strcmp(here.eip_file, FOREIGN_FILE) == 0) {
			*place = here;
			return;
		}
	}
}

/*
 * What boot_alloc will give out is not zero on every machine: there is junk, so
 * that who forgets to clear it is found out.
 */
static void
fill_with_junk(void)
{
	char *behind = ROUNDUP(end, PGSIZE);

	memset(behind, 0xA5, (char *)(KERNBASE + ENTRY_MAPPED) - behind);
}

/* As before the first call, as far as a mem_init can tell. */
static void
start_afresh(void)
{
	static uint32_t cr0;
	size_t size = foreign_data_end - foreign_data;

	window_mapped = ENTRY_MAPPED;
	lcr3(PADDR(entry_pgdir));
	if (!cr0) {
		cr0 = rcr0();
		memcpy(fresh_data, foreign_data, size);
	}
	lcr0(cr0);
	memcpy(foreign_data, fresh_data, size);
	memset(foreign_bss, 0, foreign_bss_end - foreign_bss);
	fill_with_junk();
	check_epoch++;			/* all that was looked at is gone */
}

/* Call mem_init; if it did not return, note why and where. */
static void
try_mem_init(struct mem_init_call *call)
{
	struct Eipdebuginfo place;

	start_afresh();
	guard_patience(MEM_INIT_SECONDS * TIMER_HZ);
	guarded(call_mem_init, NULL, &call->report);
	/* Now, while the tables are as they were. */
	if (!check_ending_words(&call->report, call->ending,
				sizeof(call->ending)))
		return;
	call->stopped = true;
	debuginfo_eip(call->report.trace[0], &place);
	foreign_place(&call->report, &place);
	call->file = place.eip_file;
	call->line = place.eip_line;
	call->function = place.eip_fn_name;
	if (strncmp(call->function, OWN_PREFIX, strlen(OWN_PREFIX)) == 0) {
		call->function += strlen(OWN_PREFIX);
		call->in_own_check = true;
	}
}

/* What stopped it when it was called as it stands, for a grader to show. */
static void
tell(const struct mem_init_call *call)
{
	if (!call->stopped)
		return;
	check_note("%s stopped mem_init, at %s:%d", call->in_own_check
		   ? "the file's own check" : "this", call->file, call->line);
	check_note("in %s: %s", call->function, call->ending);
}

/* --- What it left ------------------------------------------------------- */

size_t npages_found;
bool pages_readable, directory_readable;
struct PageInfo *pages_found;
pde_t *directory_found;

static void
read_window(void *arg)
{
	physaddr_t *pa = arg;

	/* But for one page, the first tables show it all. */
	for (; *pa < KERNWINSIZE; *pa += PGSIZE)
		if (*pa != PADDR(bootguard))
			load32(KERNBASE + *pa);
}

/* How far does the directory in use really show the window? */
static void
measure_window(void)
{
	struct guard_report ignored;
	physaddr_t shown = 0;

	guarded(read_window, &shown, &ignored);
	/* trap.c reads kern_pgdir if it believes in the whole window. */
	window_mapped = kern_pgdir ? shown
		: MIN(shown, (physaddr_t)ENTRY_MAPPED);
}

/* Are size bytes at p in the part of the window that is there? */
static bool
in_window(const void *p, size_t size)
{
	uintptr_t offset = (uintptr_t)p - KERNBASE;

	return (uintptr_t)p >= KERNBASE && size <= window_mapped
		&& offset <= window_mapped - size;
}

/*
 * Checks rely on variables that make some sense: what makes none is noted for
 * check_solution.c, and replaced.
 */
static void
look_at_variables(void)
{
	static pde_t nothing[NPDENTRIES] __attribute__((aligned(PGSIZE)));
	static struct PageInfo no_pages[KERNWINSIZE / PGSIZE];

	measure_window();
	npages_found = npages;
	npages = MIN(npages, ARRAY_SIZE(no_pages));
	pages_found = pages;
	pages_readable = in_window(pages, npages * sizeof(*pages))
		&& (uintptr_t)pages % sizeof(uint32_t) == 0;
	if (!pages_readable) {
		pages = no_pages;
		page_free_list = NULL;
	}
	directory_found = kern_pgdir;
	directory_readable = in_window(kern_pgdir, PGSIZE)
		&& (uintptr_t)kern_pgdir % PGSIZE == 0;
	if (!directory_readable)
		kern_pgdir = nothing;
}

bool
foreign_made_tables(void)
{
	return pages_readable && directory_readable;
}

/* The second call: frames, and functions on their own. */
static void
check_early(void)
{
	static struct mem_init_call call;

	cprintf("mem_init again, until page_init is done, and without the"
		" file's own checks:\n");
	start_afresh();
	skip_own_checks();
	stop_after_page_init();
	try_mem_init(&call);
	/* As it was, should mem_init not have got there. */
	patch(page_init, page_init_begin, sizeof(page_init_begin));
	look_at_variables();
	check_group("check_page_free_list");
	check_group("check_page_alloc");
	check_group("check_page");
}

/* The third: the kernel's map, and all that is left. */
static void
check_whole(void)
{
	cprintf("mem_init once more, to its end, without the file's own"
		" checks:\n");
	try_mem_init(&mem_init_bare);
	look_at_variables();
	check_graded_rest();
}

void
i386_init(void)
{
	static struct mem_report reports[MEM_MAX];

	cons_init();
	cprintf("6828 decimal is %o octal!\n", 6828);
	plain_processor();
	trap_init();
	pic_init();
	timer_init();
	/* The loader's words lie in memory that will be given out. */
	mem_ask(MEM_FIRMWARE, reports);
	map_whole_window();
	check_begin();

	assert(foreign_data_end - foreign_data <= (int)sizeof(fresh_data));
	try_mem_init(&mem_init_plain);
	tell(&mem_init_plain);
	check_early();
	check_whole();
	halt();
}
