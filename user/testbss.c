/*
 * Checks that BSS, which is not in the file, is zero and writable, and that the
 * page after it is not mapped.
 */

#include <inc/lib.h>
#include <inc/x86.h>

static uint32_t words[PTSIZE / sizeof(uint32_t)];

static void
check_clear(void)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(words); i++)
		if (words[i])
			panic("word %u is %08x at the start, not 0", i,
			      words[i]);
}

/* Return a different, unlikely value for each word. */
static uint32_t
value(size_t i)
{
	return i * 0x9E3779B1U + 1;
}

static void
check_kept(void)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(words); i++)
		words[i] = value(i);
	for (i = 0; i < ARRAY_SIZE(words); i++)
		if (words[i] != value(i))
			panic("word %u is %08x, was written as %08x", i,
			      words[i], value(i));
}

void
umain(int argc, char **argv)
{
	uintptr_t end = (uintptr_t)&words[ARRAY_SIZE(words)];

	cprintf("Making sure bss works right...\n");
	check_clear();
	check_kept();
	cprintf("Yes, good.  Now doing a wild write off the end...\n");
	/* The library's variables may follow, which are less than a page. */
	store32(end + PGSIZE, 0);
	cprintf("I wrote to the page at %08x!\n", end + PGSIZE);
}
