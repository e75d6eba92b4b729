/*
 * Checks of a foreign mem_init itself, from init.c's records of its calls: did
 * it return, and did it create what the other checks examine?
 */

#include <inc/stdio.h>
#include <inc/string.h>
#include <inc/x86.h>
#include <kern/check/ram.h>
#include <kern/check/tables.h>
#include <kern/kdebug.h>
#include <kern/vmwalk.h>
#include "solution.h"

/* Fail, and report what ended that call, at its place in the file. */
static void NORETURN
fail_with_ending(const struct mem_init_call *call, const char *expected)
{
	check_fail(call->file, call->line, expected, "in %s: %s",
		   call->function, call->ending);
}

static void
mem_init_returns(void)
{
	if (mem_init_bare.stopped)
		fail_with_ending(&mem_init_bare, "mem_init returns");
}

/* Judged by the call of mem_init that ends after page_init. */
static void
page_init_returns(void)
{
	if (page_init_end != PAGE_INIT_RETURNED)
		fail_with_ending(&mem_init_early, "page_init returns");
}

static void
mem_init_sets_npages(void)
{
	EXPECT_THAT(npages_found > 0, "the number of frames in npages", "0");
	EXPECT_THAT(npages_found <= KERNWINSIZE / PGSIZE,
		    "at most as many frames as the window maps", "%u",
		    npages_found);
}

static void
mem_init_sets_pages(void)
{
	EXPECT_THAT(pages_readable, "an array of npages elements at `pages`",
		    "%p, outside of the mapped window", (void *)pages_found);
}

static void
mem_init_sets_kern_pgdir(void)
{
	EXPECT_THAT(directory_readable, "a page directory at `kern_pgdir`",
		    "%p, outside of the mapped window", (void *)directory_found);
}

static void
mem_init_counts_no_free_frame(void)
{
	EXPECT_THAT(!counted_free_frame, "pp_ref 0 in all free frames after"
		    " mem_init", "frame 0x%08x is on page_free_list, and a"
		    " mapping has counted a reference to it",
		    page2pa(counted_free_frame));
}

static void
mem_init_leaves_frames(void)
{
	EXPECT_THAT(!foreign_frames_used_up, "free frames when mem_init"
		    " returns, as after page_init", "an empty list");
}

/* npages_basemem exists only in some files, and is static in most. */
static void
base_memory_is_counted(void)
{
	ppn_t hole = PGNUM(IOPHYSMEM), n;

	if (MISSING(npages_basemem))
		check_skip("the file has no npages_basemem");
	for (n = npages_basemem; n < hole; n++)
		if (ram_must32(n / 32) >> n % 32 & 1)
			break;
	EXPECT_THAT(npages_basemem <= hole && n == hole
		    && ram_there(npages_basemem - 1),
		    "npages_basemem at the end of RAM below the I/O hole",
		    "0x%x", npages_basemem);
}

/* Runs last: a rule that failed before may explain the failure. */
static void
own_checks_hold(void)
{
	if (!mem_init_plain.stopped || mem_init_bare.stopped)
		return;
	if (check_failures())
		check_skip("see the failed rules: they are why the file's own"
			   " checks stopped mem_init");
	fail_with_ending(&mem_init_plain, "the file's own checks pass");
}

char *
foreign_boot_alloc(int size)
{
	const struct boot_alloc_answers *answers = &boot_alloc_answers;

	if (answers->count > (size_t)size)
		return answers->got[size];
	if (!answers->ending[0])
		check_skip("boot_alloc was not called before page_init");
	check_fail(answers->file, answers->line, "boot_alloc returns", "%s",
		   answers->ending);
}

static void
boot_alloc_rounds_up(void)
{
	char *first, *second, *next;

	if (MISSING(boot_alloc))
		check_skip("the file has no boot_alloc");
	first = foreign_boot_alloc(BOOT_ALLOC_BYTE);
	second = foreign_boot_alloc(BOOT_ALLOC_PAGE_AND_BYTE);
	next = foreign_boot_alloc(BOOT_ALLOC_NOTHING_LAST);
	EXPECT_THAT(first && second, "memory for any size", "NULL");
	EXPECT_THAT(second == first + PGSIZE, "a page for one byte",
		    "%d bytes to the next allocation", second - first);
	EXPECT_THAT(next == second + 2 * PGSIZE, "two pages for a page and a"
		    " byte", "%d bytes to the next allocation", next - second);
}

/* Check that a call for too much has panicked. */
static void
expect_out_of_memory(const struct boot_alloc_try *try, const char *what)
{
	const struct guard_report *r = &try->report;
	char found[32];

	if (MISSING(boot_alloc))
		check_skip("the file has no boot_alloc");
	if (!try->made)
		check_skip("not asked: addresses after the end of memory wrap,"
			   " or mem_init stopped before page_init");
	snprintf(found, sizeof(found), "it returned %p", try->given);
	EXPECT_THAT(r->how == GUARD_PANIC, what, "boot_alloc(%u) with %u bytes"
		    " left: %s", try->size, try->left,
		    try->ending[0] ? try->ending : found);
}

static void
boot_alloc_panics_without_memory(void)
{
	expect_out_of_memory(&boot_alloc_tries[TRY_ALL_OF_MEMORY],
			     "a panic: there is not so much memory");
	expect_out_of_memory(&boot_alloc_tries[TRY_A_PAGE_MORE],
			     "a panic: one page of this does not exist");
}

static void
boot_alloc_panics_if_the_sum_wraps(void)
{
	expect_out_of_memory(&boot_alloc_tries[TRY_WRAPPING],
			     "a panic, although the sum of address and size"
			     " wraps to a small number");
}

const struct check mem_init_checks[] = {
	RULE(MEM_INIT, mem_init_returns, "mem_init",
	     "mem_init returns, even if the file's own checks fail"),
	RULE(MEM_INIT, mem_init_sets_npages, "mem_init",
	     "mem_init sets npages to the number of frames"),
	RULE(MEM_INIT, mem_init_sets_pages, "mem_init",
	     "mem_init sets `pages` to an array of npages elements"),
	RULE(MEM_INIT, mem_init_sets_kern_pgdir, "mem_init",
	     "mem_init sets kern_pgdir to a page directory"),
	RULE(MEM_INIT, mem_init_counts_no_free_frame, "mem_init",
	     "mem_init counts no references to free frames"),
	RULE(MEM_INIT, mem_init_leaves_frames, "mem_init",
	     "mem_init leaves some frames free"),
	RULE(PAGE_FREE_LIST, base_memory_is_counted, "i386_detect_memory",
	     "npages_basemem counts the frames below the I/O hole"),
	RULE(PAGE_FREE_LIST, page_init_returns, "page_init",
	     "page_init returns"),
	RULE(BOOT_ALLOC, boot_alloc_rounds_up, "boot_alloc",
	     "boot_alloc rounds any size up to whole pages"),
	RULE(BOOT_ALLOC, boot_alloc_panics_without_memory, "boot_alloc",
	     "boot_alloc panics if memory is out"),
	ADVICE(BOOT_ALLOC, boot_alloc_panics_if_the_sum_wraps, "boot_alloc",
	       "boot_alloc panics for any size that does not exist"),
	RULE(OWN_CHECKS, own_checks_hold, "mem_init",
	     "mem_init: the file's own checks pass"),
	CHECK_TABLE_END
};
