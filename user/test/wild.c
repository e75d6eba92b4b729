/*
 * Asks the kernel to print any stretch of memory that somebody types: first the
 * address, then the length. It looks into its own page tables before, and says
 * which byte will be the first that may not be read; the kernel must agree.
 */

#include <inc/lib.h>

static bool
readable(uintptr_t va)
{
	/* `pages` and the like are for us to read, not for the kernel. */
	return va < UTOP && (uvpd[PDX(va)] & PTE_P) && (uvpd[PDX(va)] & PTE_U)
		&& (uvpt[PGNUM(va)] & PTE_P) && (uvpt[PGNUM(va)] & PTE_U);
}

/* The first byte of [va, va + len) that is not readable, if there is one. */
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
		cprintf("Numbers as C writes them, please.\n");
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
