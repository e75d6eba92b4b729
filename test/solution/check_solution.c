/*
 * Checks of a foreign mem_init itself, by what init.c has noted of its calls:
 * did it come back, and with something to look at?
 */

#include <inc/stdio.h>
#include <inc/string.h>
#include <inc/x86.h>
#include <kern/check/ram.h>
#include <kern/check/tables.h>
#include <kern/kdebug.h>
#include <kern/vmwalk.h>
#include "solution.h"

/* Fail with what ended that call, at the place in the file where it did. */
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

/* Of the call that ends with it. */
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
		    "at most as many frames as the window shows", "%u",
		    npages_found);
}

static void
mem_init_sets_pages(void)
{
	EXPECT_THAT(pages_readable, "an array of npages elements at `pages`",
		    "nothing that can be read at %p", (void *)pages_found);
}

static void
mem_init_sets_kern_pgdir(void)
{
	EXPECT_THAT(directory_readable, "a page directory at `kern_pgdir`",
		    "nothing that can be read at %p", (void *)directory_found);
}

static void
mem_init_counts_no_free_frame(void)
{
	EXPECT_THAT(!counted_free_frame, "pp_ref 0 in all free frames after"
		    " mem_init", "frame 0x%08x is on page_free_list, and was"
		    " counted when something was mapped",
		    page2pa(counted_free_frame));
}

static void
mem_init_leaves_frames(void)
{
	EXPECT_THAT(!foreign_frames_used_up, "free frames when mem_init is"
		    " done, as there were after page_init", "an empty list");
}

/* Not every file keeps it, and few show it. */
static void
base_memory_is_counted(void)
{
	ppn_t hole = PGNUM(IOPHYSMEM), n;

	if (MISSING(npages_basemem))
		check_skip("no npages_basemem to look at");
	for (n = npages_basemem; n < hole; n++)
		if (ram_must32(n / 32) >> n % 32 & 1)
			break;
	EXPECT_THAT(npages_basemem <= hole && n == hole
		    && ram_there(npages_basemem - 1),
		    "npages_basemem at the end of RAM below the I/O hole",
		    "0x%x", npages_basemem);
}

/* Last of all: by then the rules may have said what is behind it. */
static void
own_checks_hold(void)
{
	if (!mem_init_plain.stopped || mem_init_bare.stopped)
		return;
	if (check_failures())
		check_skip("see the failed rules: they are why the file's own"
			   " checks stopped mem_init");
	fail_with_ending(&mem_init_plain, "the file's own checks find nothing");
}

/* Late, for what is asked for here may be free frames. */
static void
boot_alloc_rounds_up(void)
{
	char *first, *second, *next;

	if (MISSING(boot_alloc))
		check_skip("no boot_alloc to ask");
	first = boot_alloc(1);
	second = boot_alloc(PGSIZE + 1);
	next = boot_alloc(0);
	EXPECT_THAT(first && second, "memory, whatever is asked for", "NULL");
	EXPECT_THAT(second == first + PGSIZE, "a page for one byte",
		    "%d bytes until the next piece", second - first);
	EXPECT_THAT(next == second + 2 * PGSIZE, "two pages for a page and a"
		    " byte", "%d bytes until the next piece", next - second);
}

const struct check mem_init_checks[] = {
	RULE(MEM_INIT, mem_init_returns, "mem_init",
	     "mem_init returns, whatever the file's own checks find"),
	RULE(MEM_INIT, mem_init_sets_npages, "mem_init",
	     "mem_init sets npages to the number of frames"),
	RULE(MEM_INIT, mem_init_sets_pages, "mem_init",
	     "mem_init makes `pages` with an element for each frame"),
	RULE(MEM_INIT, mem_init_sets_kern_pgdir, "mem_init",
	     "mem_init makes kern_pgdir a page directory"),
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
	RULE(OWN_CHECKS, own_checks_hold, "mem_init",
	     "mem_init: the file's own checks find nothing"),
	CHECK_TABLE_END
};
