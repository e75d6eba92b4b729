/*
 * Asks the kernel to print any range of memory: you enter address and length.
 * Finds the first unreadable byte from its own page tables, and prints it. The
 * kernel must name the same byte.
 */

#include <inc/lib.h>

static bool
readable(uintptr_t va)
{
	/* System calls accept no pointers to `pages` and `envs` above UTOP. */
	return va < UTOP && (uvpd[PDX(va)] & PTE_U)
		&& uvpt_has_page(va) && (uvpt[PGNUM(va)] & PTE_U);
}

/* Find the first unreadable byte of [va, va + len); false if there is none. */
static bool
first_bad(uintptr_t va, size_t len, uintptr_t *bad)
{
	while (len) {
		uintptr_t n = MIN(len, PGSIZE - va % PGSIZE);

		*bad = va;
		if (!readable(va))
			return true;
		va += n;
		len -= n;
	}
	return false;
}

static uint32_t
ask(const char *what)
{
	uint32_t value;

	while (parse_u32(readline(what), &value) < 0)
		cprintf("Please enter C numbers, such as 10 or 0x1f.\n");
	return value;
}

void
umain(int argc, char **argv)
{
	uintptr_t va, bad;
	size_t len;

	va = ask("address: ");
	len = ask("length: ");
	if (first_bad(va, len, &bad))
		cprintf("first bad byte: %08x\n", bad);
	else
		cprintf("all of it is readable\n");
	sys_cputs((const char *)va, len);
	cprintf("\nstill there\n");
}
