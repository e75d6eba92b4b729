/*
 * Data that the file does not have: there, zero, and ours to write; and nothing
 * behind it.
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

/* Another value for each word, and none of them a likely accident. */
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
	/* The library's own variables may still follow: less than a page. */
	store32(end + PGSIZE, 0);
	cprintf("The page at %08x was there to be written!\n", end + PGSIZE);
}
