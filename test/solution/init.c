/*
 * The kernel around a course's pmap.c, in place of kern/init.c and the monitor:
 * it starts what a course's kernel has started before mem_init, calls mem_init,
 * runs the checks on the result, and powers off.
 *
 * It calls mem_init several times, each from the state of a fresh boot:
 *   1. as it is. It calls the file's own checks. One that fails panics
 *      half-way, often with the free list hidden, and no later check could
 *      pass. So the file's own checks return at once in the other calls.
 *   2. until it calls page_init, where boot_alloc is asked for more memory than
 *      there is: once for each size, because it may panic at any point.
 *   3. until page_init returns. The frames and the functions can then be
 *      checked before a bug in one function affects the others.
 *   4. to its end, for the checks of the kernel's map and of how the processor
 *      translates through it.
 *
 * Limits: between the calls, control registers, the current page directory and
 * the file's variables are restored. The rest of the kernel is not.
 */

#include <inc/assert.h>
#include <inc/string.h>
#include <inc/x86.h>
#include <kern/check/expect.h>
#include <kern/check/free_list.h>
#include <kern/dev/console.h>
#include <kern/dev/fwcfg.h>
#include <kern/cpuid.h>
#include <kern/check/grader.h>
#include <kern/check/interface.h>
#include <kern/doublefault.h>
#include <kern/gates.h>
#include <kern/hooks.h>
#include <kern/kdebug.h>
#include <kern/sections.h>
#include <kern/monitor/monitor.h>
#include <kern/page.h>
#include <kern/physmem.h>
#include <kern/dev/pic.h>
#include <kern/spinlock.h>
#include <kern/switch.h>
#include <kern/dev/timer.h>
#include <kern/trapframe.h>
#include <kern/vmwalk.h>
#include "flushes.h"
#include "foreign.h"
#include "right.h"
#include "solution.h"

/* This file uses the instructions, not foreign.h's wrappers. */
#undef lcr0
#undef lcr3
#undef lcr4
#undef invlpg

struct mem_init_call mem_init_plain, mem_init_early, mem_init_bare;

/* The size of the part of the window that trap.c and vmwalk.c may read. */
physaddr_t window_mapped = ENTRY_MAPPED;

/* --- The end of a run -------------------------------------------------- */

/* Exit by QEMU's debug-exit device; on other machines, stop. */
static void NORETURN
halt(void)
{
	outb(0x501, 0);
	halt_forever();
}

/* End the run after a fault; continue after a breakpoint. trap.c calls this. */
static void
stop(struct Trapframe *tf, const pde_t *pgdir)
{
	(void)pgdir;
	if (!tf || tf->tf_trapno == T_BRKPT)
		return;
	cons_fresh_line();
	print_trapframe(tf);
	halt();
}

/* End the run if the file under test calls this outside of all guards. */
void
monitor(struct Trapframe *tf)
{
	if (tf ? tf->tf_trapno != T_BRKPT : !guard_in_force())
		halt();
}

/* End the run after a panic outside of all guards. */
static void
stop_after_panic(const char *file)
{
	(void)file;
	cprintf("Stack backtrace:\n");
	backtrace_from(vm_current(), *(uint32_t *)__builtin_frame_address(0));
	halt();
}

/* --- The processor and tables that a course file expects ---------------- */

static bool has_cr4;

/*
 * Switch off 4 MiB pages, global pages, SMEP and SMAP, because a course's
 * kernel starts without them. A file that wants one of them switches it on; its
 * own entry.S may have switched on 4 MiB pages before.
 */
static void
plain_processor(void)
{
	struct cpu_features *f = &cpu_features;

	cpuid_init();
	has_cr4 = f->pse || f->pge || f->smep || f->smap;
	if (has_cr4)
		lcr4((rcr4() & ~(CR4_PSE | CR4_PGE | CR4_SMEP | CR4_SMAP))
		     | (foreign_entry_pse && f->pse ? CR4_PSE : 0));
	f->pse = f->pge = f->smep = f->smap = false;
}

/* Return CR4; 0 on a processor that has none. */
static uint32_t
plain_cr4(void)
{
	return has_cr4 ? rcr4() : 0;
}

/* The start of the ROMs. The kernel lies after them. */
#define ROM	0xC0000

/* Return the page of marks_last.S that is read-only in the first tables. */
static uintptr_t
guard_below_pages(void)
{
	return ROUNDDOWN((uintptr_t)end - 1, PGSIZE) - PGSIZE;
}

/*
 * Map the whole window, because a course's file may take tables from any frame:
 * some free lists begin with the highest. entry.S maps only what our own
 * boot_alloc may need.
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
	/*
	 * Protect code from stray stores. Protect the BIOS's ROM, too: a stack
	 * that overflows into it would lose its pushes without a fault.
	 */
	for (va = KERNBASE + ROM; va < (uintptr_t)erodata; va += PGSIZE) {
		table = (pte_t *)(KERNBASE + PTE_ADDR(entry_pgdir[PDX(va)]));
		table[PTX(va)] &= ~PTE_W;
	}
	/* A loop that runs down below `pages` must fault before our data. */
	va = guard_below_pages();
	table = (pte_t *)(KERNBASE + PTE_ADDR(entry_pgdir[PDX(va)]));
	table[PTX(va)] &= ~PTE_W;
	lcr3(rcr3());
}

/* --- Instructions that could stop the machine ----------------------------- */

/* The text screen, which cga.c writes to. */
#define SCREEN	0xB8000

void
foreign_lcr0(const char *file, int line, uint32_t val)
{
	if ((val & (CR0_PE | CR0_PG)) != (CR0_PE | CR0_PG))
		_panic(file, line, "lcr0(0x%08x) would switch off protected"
		       " mode or paging", val);
	lcr0(val);
}

void
foreign_lcr4(const char *file, int line, uint32_t val)
{
	if (val & CR4_PAE)
		_panic(file, line, "lcr4(0x%08x) would change the format of"
		       " page directories (CR4.PAE)", val);
	lcr4(val);
	flush_of_all();
}

void
foreign_invlpg(const void *addr)
{
	invlpg(addr);
	flush_of_page((uintptr_t)addr);
}

/*
 * True if pgdir maps the page at va as the window does, and writable if store.
 * If not, put the reason into why.
 */
static bool
fit_page(const pde_t *pgdir, uintptr_t va, bool store, char *why, size_t size)
{
	struct vm_walk w;

	vm_walk(pgdir, va, &w);
	if (!w.mapped)
		snprintf(why, size, "it does not map 0x%08x (%s not present)",
			 va, w.pde & PTE_P ? "PTE" : "PDE");
	else if (store && !(w.rights & PTE_W))
		snprintf(why, size, "0x%08x is read-only in it", va);
	else if (w.large && !(plain_cr4() & CR4_PSE))
		snprintf(why, size, "the entry for 0x%08x has PTE_PS, but"
			 " CR4.PSE is clear", va);
	else if (w.pa != va - KERNBASE)
		snprintf(why, size, "it maps 0x%08x to 0x%08x", va, w.pa);
	else
		return true;
	return false;
}

/*
 * True if the kernel can run with this directory: it maps the kernel's image at
 * its addresses, the variables writable, and the screen. If not, put the reason
 * into why.
 */
static bool
fit_to_run(const pde_t *pgdir, char *why, size_t size)
{
	uintptr_t va;
	bool store;

	for (va = (uintptr_t)stext; va < (uintptr_t)end; va += PGSIZE) {
		store = va >= (uintptr_t)erodata && va != guard_below_pages();
		if (!in_guard_page(va)
		    && !fit_page(pgdir, va, store, why, size))
			return false;
	}
	return fit_page(pgdir, KERNBASE + SCREEN, true, why, size);
}

/* => The directory in use maps the whole window. */
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
	flush_of_all();
}

/* --- Calling mem_init --------------------------------------------------- */

/* The variables of the file under test, linked between marks_*.S. */
extern char foreign_data[], foreign_data_end[];
extern char foreign_bss[], foreign_bss_end[];

/* The initial values of its data. */
static char fresh_data[64 * 1024];

/* The file's own checks, by the names that build.mk gives them. */
#define OWN_PREFIX	"own_"
#define OWN_CHECK(name)	extern char own_##name[] __attribute__((weak))
OWN_CHECK(check_page_free_list);
OWN_CHECK(check_page_alloc);
OWN_CHECK(check_page);
OWN_CHECK(check_kern_pgdir);
OWN_CHECK(check_page_installed_pgdir);
OWN_CHECK(check_n_pages);
OWN_CHECK(check_realloc_npages);

static char *const own_checks[] = {
	own_check_page_alloc, own_check_page, own_check_kern_pgdir,
	own_check_page_installed_pgdir, own_check_n_pages,
	own_check_realloc_npages,
};

const char *
foreign_name(const char *function)
{
	if (strncmp(function, OWN_PREFIX, strlen(OWN_PREFIX)) == 0)
		function += strlen(OWN_PREFIX);
	return function;
}

void
patch(void *code, const void *bytes, size_t size)
{
	lcr0(rcr0() & ~CR0_WP);
	memcpy(code, bytes, size);
	lcr0(rcr0() | CR0_WP);
}

/* True if the size bytes at p lie in the mapped part of the window. */
static bool
in_window(const void *p, size_t size)
{
	uintptr_t offset = (uintptr_t)p - KERNBASE;

	return (uintptr_t)p >= KERNBASE && size <= window_mapped
		&& offset <= window_mapped - size;
}

void
divert(void *from, void *to)
{
	uint8_t jump[JUMP] = { 0xE9 };
	uint32_t distance = (uintptr_t)to - ((uintptr_t)from + JUMP);

	memcpy(jump + 1, &distance, sizeof(distance));
	patch(from, jump, JUMP);
}

/* The memory that a course's first page tables map. */
#define COURSE_MAPPED	PTSIZE

/* True if the free list contains only frames and is not circular. */
static bool
list_in_order(void)
{
	struct PageInfo *pp;
	size_t n = 0;

	for (pp = page_free_list; pp; pp = pp->pp_link)
		if (!in_window(pages, npages * sizeof(*pages))
		    || !is_frame(pp) || ++n > npages)
			return false;
	return true;
}

/*
 * Move the frames that a course's first tables map to the front of the free
 * list, unless kern_pgdir is in use. Keep the order otherwise. A course's
 * check_page_free_list does this, and some files depend on it.
 */
static void
low_frames_first(void)
{
	struct PageInfo *low = NULL, *high = NULL, *pp;
	struct PageInfo **last_low = &low, **last_high = &high;

	if (PTE_ADDR(rcr3()) != PADDR(entry_pgdir) || !list_in_order())
		return;
	for (pp = page_free_list; pp; pp = pp->pp_link)
		if (page2pa(pp) < COURSE_MAPPED) {
			*last_low = pp;
			last_low = &pp->pp_link;
		} else {
			*last_high = pp;
			last_high = &pp->pp_link;
		}
	*last_high = NULL;
	*last_low = high;
	page_free_list = low;
}

/* Let the file's own checks return at once. */
static void
skip_own_checks(void)
{
	static const uint8_t ret = 0xC3;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(own_checks); i++)
		if (own_checks[i])
			patch(own_checks[i], &ret, sizeof(ret));
	if (own_check_page_free_list)
		divert(own_check_page_free_list, low_frames_first);
}

/* --- boot_alloc --------------------------------------------------------- */

struct boot_alloc_answers boot_alloc_answers;

static void
ask_each_size(void *arg)
{
	static const uint32_t sizes[BOOT_ALLOC_SIZES] = {
		[BOOT_ALLOC_BYTE] = 1,
		[BOOT_ALLOC_PAGE_AND_BYTE] = PGSIZE + 1,
	};
	struct boot_alloc_answers *answers = arg;
	size_t *i = &answers->count;

	for (; *i < BOOT_ALLOC_SIZES; ++*i)
		answers->got[*i] = boot_alloc(sizes[*i]);
}

/*
 * Call boot_alloc, record the results, and restore what it has changed. Course
 * texts forbid it after page_init, so this happens before.
 */
static void
record_boot_alloc(void)
{
	struct boot_alloc_answers *answers = &boot_alloc_answers;
	struct guard_report r;
	struct Eipdebuginfo place;

	if (MISSING(boot_alloc) || answers->count)
		return;
	foreign_remember(FOREIGN_CHECK);
	guarded(ask_each_size, answers, &r);
	foreign_recall(FOREIGN_CHECK);
	if (!check_ending_words(&r, answers->ending, sizeof(answers->ending)))
		return;
	debuginfo_eip(r.trace[0], &place);
	foreign_place(&r, &place);
	answers->file = place.eip_file;
	answers->line = place.eip_line;
}

/* --- page_init ---------------------------------------------------------- */

/* The first bytes of page_init, while a jump replaces them. */
static uint8_t page_init_begin[JUMP];

enum page_init_end page_init_end;

/* Undo replace_page_init, if the function has not done so. */
static void
restore_page_init(void)
{
	patch(page_init, page_init_begin, sizeof(page_init_begin));
}

/* Call page_init, and then end mem_init. */
static void
page_init_only(void)
{
	restore_page_init();
	page_init_end = PAGE_INIT_STOPPED;
	record_boot_alloc();
	page_init();
	page_init_end = PAGE_INIT_RETURNED;
	low_frames_first();
	guard_leave();
}

/* Let mem_init call fn instead of page_init. */
static void
replace_page_init(void (*fn)(void))
{
	memcpy(page_init_begin, page_init, sizeof(page_init_begin));
	divert(page_init, fn);
}

/* The time limit. A correct mem_init takes a tenth of it. */
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
 * Fill the memory that boot_alloc will return with junk. It is not zero on
 * every machine, and a file that forgets to clear it must fail.
 */
static void
fill_with_junk(void)
{
	char *start = ROUNDUP(end, PGSIZE);

	memset(start, 0xA5, (char *)(KERNBASE + ENTRY_MAPPED) - start);
}

/* Restore the state before the first call, as mem_init sees it. */
static void
start_afresh(void)
{
	static uint32_t cr0, cr4;
	size_t size = foreign_data_end - foreign_data;

	/* Data beyond the size of fresh_data is not restored. */
	size = MIN(size, sizeof(fresh_data));
	window_mapped = ENTRY_MAPPED;
	lcr3(PADDR(entry_pgdir));
	if (!cr0) {
		cr0 = rcr0();
		cr4 = plain_cr4();
		memcpy(fresh_data, foreign_data, size);
	}
	lcr0(cr0);
	if (plain_cr4() != cr4)
		lcr4(cr4);
	kernel_lock.locked = 0;
	memcpy(foreign_data, fresh_data, size);
	memset(foreign_bss, 0, foreign_bss_end - foreign_bss);
	fill_with_junk();
	right_afresh();
	check_epoch++;			/* tables and frames are gone */
}

/* Call mem_init. If it did not return, record why and where. */
static void
try_mem_init(struct mem_init_call *call)
{
	struct Eipdebuginfo place;

	start_afresh();
	/* If mem_init looped outside of its own checks, it will loop again. */
	guard_time_limit(mem_init_plain.report.how == GUARD_LOOP
		       && !mem_init_plain.in_own_check
		       ? TIMER_HZ : MEM_INIT_SECONDS * TIMER_HZ);
	guarded(call_mem_init, NULL, &call->report);
	/* Describe the ending now, while the tables are unchanged. */
	if (!check_ending_words(&call->report, call->ending,
				sizeof(call->ending)))
		return;
	call->stopped = true;
	debuginfo_eip(call->report.trace[0], &place);
	foreign_place(&call->report, &place);
	call->file = place.eip_file;
	call->line = place.eip_line;
	call->function = foreign_name(place.eip_fn_name);
	call->in_own_check = call->function != place.eip_fn_name;
}

/*
 * Two saved copies of the file's variables. Restoring one undoes what a failed
 * check left, such as a lock that is taken.
 */
#define MAX_VARIABLES	(16 * 1024)

static char variables[2][MAX_VARIABLES];
static bool remembered[2];

void
foreign_remember(int place)
{
	size_t data = foreign_data_end - foreign_data;
	size_t bss = foreign_bss_end - foreign_bss;

	if (data + bss > MAX_VARIABLES)
		return;
	remembered[place] = true;
	memcpy(variables[place], foreign_data, data);
	memcpy(variables[place] + data, foreign_bss, bss);
}

void
foreign_recall(int place)
{
	struct PageInfo *list = page_free_list;
	size_t data = foreign_data_end - foreign_data;
	size_t bss = foreign_bss_end - foreign_bss;

	if (!remembered[place])
		return;
	/* A free list that a check hid and did not restore is lost. */
	remembered[FOREIGN_LIST] = false;
	memcpy(foreign_data, variables[place], data);
	memcpy(foreign_bss, variables[place] + data, bss);
	page_free_list = list;
	kernel_lock.locked = 0;
}

/* Print what stopped mem_init, for a grader to show. */
static void
report_stop(const struct mem_init_call *call)
{
	if (!call->stopped)
		return;
	check_note("%s stopped mem_init, at %s:%d", call->in_own_check
		   ? "the file's own check" : "this", call->file, call->line);
	check_note("in %s: %s", call->function, call->ending);
}

/* --- What mem_init left ------------------------------------------------- */

size_t npages_found;
bool pages_readable, directory_readable;
struct PageInfo *pages_found;
pde_t *directory_found;

/* Read each page of the window, until one faults. *arg: the address. */
static void
read_window(void *arg)
{
	physaddr_t *pa = arg;

	/* The first tables map all of it except the stacks' guard pages. */
	for (; *pa < KERNWINSIZE; *pa += PGSIZE)
		if (!in_guard_page(KERNBASE + *pa))
			load32(KERNBASE + *pa);
}

/* Set window_mapped to the part of the window that can be read. */
static void
measure_window(void)
{
	struct guard_report ignored;
	physaddr_t shown = 0;

	guarded(read_window, &shown, &ignored);
	/* If the whole window is mapped, trap.c reads kern_pgdir. */
	window_mapped = kern_pgdir ? shown
		: MIN(shown, (physaddr_t)ENTRY_MAPPED);
}

/*
 * Replace variables that the checks could not use, and record them for
 * check_solution.c.
 */
static void
examine_variables(void)
{
	static pde_t nothing[NPDENTRIES] __attribute__((aligned(PGSIZE)));
	static struct PageInfo no_pages[KERNWINSIZE / PGSIZE];

	measure_window();
	npages_found = npages;
	npages = MIN(npages, ARRAY_SIZE(no_pages));
	pages_found = pages;
	/* It need not begin at a page: the checks of boot_alloc report that. */
	pages_readable = in_window(pages, npages * sizeof(*pages));
	if (!pages_readable) {
		pages = no_pages;
		page_free_list = NULL;
	}
	directory_found = kern_pgdir;
	directory_readable = in_window(kern_pgdir, PGSIZE);
	if (!directory_readable)
		kern_pgdir = nothing;
}

bool
foreign_made_tables(void)
{
	return pages_readable && directory_readable;
}

/* boot_alloc(0) after page_init; 0 if it cannot be called. */
static uintptr_t boot_end;

static void
ask_boot_alloc(void *arg)
{
	(void)arg;
	if (!MISSING(boot_alloc))
		boot_end = (uintptr_t)boot_alloc(0);
}

uintptr_t
foreign_boot_end(void)
{
	return boot_end;
}

/* Most checks need the frames that page_init frees. */
bool
foreign_can_run(const struct check *c)
{
	if (page_init_end != PAGE_INIT_NOT_CALLED)
		return true;
	/* boot_alloc has to know how much memory there is. */
	return strcmp(c->subject, "mem_init") == 0
		|| (npages_found
		    && (strcmp(c->subject, "boot_alloc") == 0
			|| strcmp(c->subject, "i386_detect_memory") == 0));
}

/* Tell a grader why those checks do not run. */
static void
report_unrun(void)
{
	const struct mem_init_call *call = &mem_init_early;

	if (page_init_end != PAGE_INIT_NOT_CALLED)
		return;
	if (call->stopped)
		grader_line("unrun mem_init was stopped before it called"
			    " page_init, at %s:%d, in %s: %s", call->file,
			    call->line, call->function, call->ending);
	else
		grader_line("unrun mem_init returned and did not call"
			    " page_init");
}

/* --- boot_alloc without memory -------------------------------------------- */

struct boot_alloc_try boot_alloc_tries[NTRIES];

/* The try that is made. */
static struct boot_alloc_try *try;

static void
boot_alloc_for_try(void *arg)
{
	(void)arg;
	try->given = boot_alloc(try->size);
}

/*
 * Choose the size of a try; false if addresses wrap where a file cannot expect
 * it. next: boot_alloc's next address; limit: the end of memory in the window.
 */
static bool
choose_size(uintptr_t next, uintptr_t limit)
{
	uint32_t most = 0U - PGSIZE - next;

	switch (try - boot_alloc_tries) {
	case TRY_A_PAGE_MORE:
		try->size = limit - next + PGSIZE;
		return try->size <= most;
	case TRY_ALL_OF_MEMORY:
		try->size = limit - KERNBASE;
		return try->size <= most;
	default:
		try->size = 0U - PGSIZE;
		return true;
	}
}

/* Ask boot_alloc for too much, in place of page_init. */
static void
ask_for_too_much(void)
{
	uintptr_t next = (uintptr_t)boot_alloc(0), limit;

	if (npages >= KERNWINSIZE / PGSIZE)
		guard_leave();
	limit = KERNBASE + npages * PGSIZE;
	if (next < (uintptr_t)end || next >= limit)
		guard_leave();
	try->left = limit - next;
	try->made = choose_size(next, limit);
	if (try->made)
		guarded(boot_alloc_for_try, NULL, &try->report);
	guard_leave();
}

/* Make each try in a call of mem_init, with the file's variables as at boot. */
static void
try_boot_alloc(void)
{
	static struct mem_init_call ignored;

	if (MISSING(boot_alloc))
		return;
	for (try = boot_alloc_tries; try < boot_alloc_tries + NTRIES; try++) {
		replace_page_init(ask_for_too_much);
		try_mem_init(&ignored);
		restore_page_init();
		if (ignored.stopped)
			break;
		check_ending_words(&try->report, try->ending,
				   sizeof(try->ending));
	}
}

/* --- The checks ----------------------------------------------------------- */

/* Make the third call. Check the frames, and the functions one by one. */
static void
check_early(void)
{
	struct guard_report ignored;

	cprintf("mem_init again, until page_init returns, without the"
		" file's own checks:\n");
	replace_page_init(page_init_only);
	try_mem_init(&mem_init_early);
	/* If mem_init did not call page_init, the jump is still there. */
	restore_page_init();
	examine_variables();
	if (page_init_end == PAGE_INIT_NOT_CALLED)
		record_boot_alloc();
	guarded(ask_boot_alloc, NULL, &ignored);
	report_unrun();
	check_group(GROUP_PAGE_FREE_LIST);
	check_group(GROUP_PAGE_ALLOC);
	check_group(GROUP_PAGE);
}

struct PageInfo *counted_free_frame;
bool foreign_frames_used_up;

/*
 * Clear the reference counts of free frames, and record one such frame. A file
 * that maps the window with page_insert counts references to free frames, and
 * its page_free may refuse those. One check reports this; the others must pass.
 */
static void
uncount_free_frames(void)
{
	struct PageInfo *pp;

	if (!pages_readable || !list_in_order())
		return;
	for (pp = page_free_list; pp; pp = pp->pp_link) {
		if (pp->pp_ref && !counted_free_frame)
			counted_free_frame = pp;
		pp->pp_ref = 0;
	}
}

static void NORETURN
check_rest(void)
{
	check_remaining_groups();
	halt();
}

/*
 * True if the directory in use maps the stack below KSTACKTOP, with a gap below
 * it. An overflow faults there. At its address in the window it would overwrite
 * the kernel, because few files leave our guard page unmapped.
 */
static bool
stack_is_mapped(void)
{
	uint32_t page = PGNUM(KSTACKTOP - KSTKSIZE - KSTKGAP);
	struct vm_range r;

	return directory_readable && window_mapped == KERNWINSIZE
		&& PTE_ADDR(rcr3()) == PADDR(kern_pgdir)
		&& vm_next_range(kern_pgdir, &page, PGNUM(KSTACKTOP), &r)
		&& r.va == KSTACKTOP - KSTKSIZE
		&& r.npages == KSTKSIZE / PGSIZE && (r.flags & PTE_W)
		&& r.pa >= PADDR(erodata) && r.pa + KSTKSIZE <= PADDR(end);
}

/* Make the last call. Check the kernel's map, and run the other checks. */
static void NORETURN
check_whole(void)
{
	cprintf("mem_init once more, to its end, without the file's own"
		" checks:\n");
	try_mem_init(&mem_init_bare);
	examine_variables();
	foreign_frames_used_up = pages_readable && !page_free_list
		&& page_init_end == PAGE_INIT_RETURNED;
	uncount_free_frames();
	if (stack_is_mapped())
		call_on_stack(KSTACKTOP, check_rest);
	check_rest();
}

void
i386_init(void)
{
	static struct mem_report reports[MEM_MAX];

	cons_init();
	cprintf("6828 decimal is %o octal!\n", 6828);
	plain_processor();
	trap_init(double_fault);
	pic_init();
	timer_init();
	/* Read the loader's memory map, before its memory is allocated. */
	mem_ask(MEM_FIRMWARE, reports);
	map_whole_window();
	hooks.failed = stop_after_panic;
	hooks.debugger = stop;
	check_init();
	right_begin();
	right_replace();

	if (foreign_entry_pse)
		check_note("the file's own tree sets CR4.PSE before mem_init:"
			   " so does this one");
	if (fwcfg_ram_size() > KERNWINSIZE)
		check_note("the window maps 256 MB: the file sees no more"
			   " memory");
	try_mem_init(&mem_init_plain);
	report_stop(&mem_init_plain);
	start_afresh();
	skip_own_checks();
	try_boot_alloc();
	check_early();
	check_whole();
}
