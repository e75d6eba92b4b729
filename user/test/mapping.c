/*
 * Verifies which permissions sys_page_map and sys_page_alloc grant: for every
 * pair of permissions that a page has and that are asked for. A refused call
 * must change nothing.
 */

#include <inc/lib.h>
#include "verify.h"

#define SOURCE	((char *)0x10000000)
#define TARGET	((char *)0x10001000)
#define OTHER	((char *)0x10002000)

static bool
is_valid(uint32_t perm)
{
	return (perm & RO) == RO && !(perm & ~PTE_SYSCALL);
}

/* Map SOURCE, which has the permissions has, with asked. */
static void
try_map(uint32_t has, uint32_t asked, uint32_t *granted)
{
	bool right = is_valid(asked) && (!(asked & PTE_W) || (has & PTE_W));
	int r = sys_page_map(0, SOURCE, 0, TARGET, asked);

	VERIFY_QUIET(r == (right ? 0 : -E_INVAL),
		     "page_map: %03x asked of %03x gives %e", asked, has, r);
	VERIFY_QUIET(frame_at(TARGET) == frame_at(right ? SOURCE : OTHER)
		     && rights_of(TARGET) == (int)(right ? asked : RO),
		     "page_map: %03x asked of %03x leaves %03x", asked, has,
		     rights_of(TARGET));
	*granted += right;
	if (right)
		NEED(sys_page_map(0, OTHER, 0, TARGET, RO));
}

static void
every_pair(void)
{
	uint32_t has, asked, sources = 0, granted = 0;

	NEED(sys_page_alloc(0, OTHER, RW));
	NEED(sys_page_map(0, OTHER, 0, TARGET, RO));
	for (has = 0; has <= PTE_SYSCALL; has++) {
		if (!is_valid(has))
			continue;
		sources++;
		NEED(sys_page_alloc(0, SOURCE, has));
		for (asked = 0; asked < PGSIZE; asked++)
			try_map(has, asked, &granted);
		try_map(has, has | 1U << 12, &granted);
		try_map(has, has | 1U << 31, &granted);
	}
	VERIFY(sources == 16 && granted == 8 * 8 + 8 * 16,
	       "page_map: %u kinds of pages, %u of %u pairs granted", sources,
	       granted, sources * (PGSIZE + 2));
}

static void
every_permission(void)
{
	uint32_t asked, granted = 0;
	int r;

	for (asked = 0; asked < 2 * PGSIZE; asked++) {
		r = sys_page_alloc(0, SOURCE, asked);
		VERIFY_QUIET(r == (is_valid(asked) ? 0 : -E_INVAL),
			     "page_alloc: %03x gives %e", asked, r);
		if (r == 0)
			VERIFY_QUIET(rights_of(SOURCE) == (int)asked,
				     "page_alloc: %03x is %03x", asked,
				     rights_of(SOURCE));
		granted += r == 0;
	}
	VERIFY(granted == 16, "page_alloc: %u of %u permissions granted",
	       granted, 2 * PGSIZE);
}

/* --- Addresses ---------------------------------------------------------- */

static const struct {
	uintptr_t va;
	bool right;
} places[] = {
	{ 0, true }, { 1, false }, { PGSIZE - 1, false }, { PGSIZE, true },
	{ UTEXT - PGSIZE, true }, { USTACKTOP, true },
	{ UTOP - 2 * PGSIZE, true }, { UTOP - 1, false }, { UTOP, false },
	{ UVPT, false }, { ULIM, false }, { KERNBASE, false },
	{ -PGSIZE, false },
};

static void
addresses(void)
{
	size_t i;
	void *va;
	int wanted;

	NEED(sys_page_alloc(0, SOURCE, RW));
	for (i = 0; i < ARRAY_SIZE(places); i++) {
		va = (void *)places[i].va;
		wanted = places[i].right ? 0 : -E_INVAL;
		VERIFY_QUIET(sys_page_alloc(0, va, RW) == wanted,
			     "page_alloc at %08x", va);
		VERIFY_QUIET(sys_page_map(0, SOURCE, 0, va, RW) == wanted,
			     "page_map to %08x", va);
		VERIFY_QUIET(sys_page_map(0, va, 0, TARGET, RW) == wanted,
			     "page_map from %08x", va);
		VERIFY_QUIET(sys_page_unmap(0, va) == wanted,
			     "page_unmap at %08x", va);
		/* Nothing is there any more. */
		VERIFY_QUIET(sys_page_map(0, va, 0, TARGET, RO) == -E_INVAL,
			     "page_map from nothing at %08x", va);
		VERIFY_QUIET(sys_page_unmap(0, va) == wanted,
			     "page_unmap of nothing at %08x", va);
	}
	VERIFY(true, "%u addresses for each call", ARRAY_SIZE(places));
}

/* The processor sets PTE_A and PTE_D. The block cache of a file server reads
 * them, and clears them by mapping a page onto itself. */
static void
accessed_and_dirty(void)
{
	const volatile pte_t *pte = &uvpt[PGNUM(SOURCE)];
	uint32_t frame;

	NEED(sys_page_alloc(0, SOURCE, RW));
	frame = frame_at(SOURCE);
	VERIFY(!(*pte & (PTE_A | PTE_D)), "a new page is clean");
	*(volatile char *)SOURCE = 1;
	VERIFY((*pte & (PTE_A | PTE_D)) == (PTE_A | PTE_D),
	       "a page that was written is dirty");
	NEED(sys_page_map(0, SOURCE, 0, SOURCE, RW));
	VERIFY(!(*pte & (PTE_A | PTE_D)) && *SOURCE == 1
	       && frame_at(SOURCE) == frame && sharers(SOURCE) == 1,
	       "mapped onto itself, it is clean, and the same");
	*(volatile char *)SOURCE = 2;
	VERIFY(*pte & PTE_D, "it becomes dirty once more");
}

/* --- Other environments ------------------------------------------------- */

static void
tamper(envid_t with)
{
	VERIFY(sys_page_alloc(with, SOURCE, RW) == -E_BAD_ENV
	       && sys_page_map(with, SOURCE, 0, TARGET, RO) == -E_BAD_ENV
	       && sys_page_map(0, SOURCE, with, TARGET, RO) == -E_BAD_ENV
	       && sys_page_unmap(with, SOURCE) == -E_BAD_ENV
	       && sys_env_set_status(with, ENV_RUNNABLE) == -E_BAD_ENV
	       && sys_env_set_pgfault_upcall(with, NULL) == -E_BAD_ENV
	       && sys_cow_range(with, SOURCE, SOURCE) == -E_BAD_ENV,
	       "a parent's memory is its own");
	/* With wrong arguments, too: the environment is checked first. */
	VERIFY(sys_page_alloc(with, (void *)1, 0) == -E_BAD_ENV
	       && sys_page_map(with, (void *)1, 0, TARGET, 0) == -E_BAD_ENV,
	       "the environment is checked first");
}

static void
other_environments(void)
{
	envid_t parent = thisenv->env_id, child = NEED(fork());

	if (child == 0) {
		tamper(parent);
		exit();
	}
	wait(child);
	VERIFY(sys_page_alloc(child, SOURCE, RW) == -E_BAD_ENV,
	       "an environment that has ended is refused");

	child = NEED(sys_exofork());
	if (child == 0)
		exit();
	VERIFY(sys_page_alloc(child, SOURCE, RW) == 0
	       && sys_page_map(child, SOURCE, 0, TARGET, RW) == 0
	       && sharers(TARGET) == 2, "a child's page can be shared");
	TARGET[0] = 7;
	VERIFY(sys_page_map(child, SOURCE, 0, OTHER, RO) == 0
	       && OTHER[0] == 7, "and looked at");
	NEED(sys_env_destroy(child));
	VERIFY(sharers(TARGET) == 2, "the end of the child leaves it to us");
	NEED(sys_page_unmap(0, OTHER));
	VERIFY(sharers(TARGET) == 1, "one mapping, one reference");
}

void
umain(int argc, char **argv)
{
	verify_begin();
	every_permission();
	every_pair();
	addresses();
	accessed_and_dirty();
	other_environments();
	verify_end();
}
