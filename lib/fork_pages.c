/*
 * fork by the course kernel's system calls only: one or two calls for each page,
 * and three for each copy. It is slower than fork, and shows what fork does.
 */

#include <inc/lib.h>
#include <lib/fork.h>

/*
 * Count the entries that map our page at va. That is known of pages in memory, and
 * any page may leave it between two instructions.
 */
static uint16_t
count_mappings(const volatile void *va)
{
	const volatile pte_t *pte = &uvpt[PGNUM(va)];
	uint16_t count;
	uint32_t n;

	do {
		*(const volatile char *)va;
		n = PGNUM(*pte);
		count = (*pte & PTE_P) ? pages[n].pp_ref : 0;
	} while (!(*pte & PTE_P) || PGNUM(*pte) != n || !count);
	return count;
}

/* Give the child page number n, copy-on-write in both if it can be written. */
static int
give_page(envid_t child, uint32_t n)
{
	void *va = (void *)(n * PGSIZE);
	pte_t pte = uvpt[n];
	int perm = uvpt_rights((uintptr_t)va), r;

	if ((pte & PTE_SHARE) || !(pte & (PTE_W | PTE_COW)))
		return sys_page_map(0, va, child, va, perm);
	/*
	 * A page that sfork shares stays shared: only the child's is a copy.
	 * Copy-on-write would end the sharing by our next write.
	 */
	if (!(pte & PTE_COW) && is_sforked() && count_mappings(va) > 1)
		return fork_copy_page(FORKTEMP, child, (uintptr_t)va, perm);
	perm = (perm & ~PTE_W) | PTE_COW;
	r = sys_page_map(0, va, child, va, perm);
	if (r < 0 || !(pte & PTE_W))
		return r;
	return sys_page_map(0, va, 0, va, perm);
}

/* Most entries are empty: look at this many of them at once. */
#define ENTRIES_AT_ONCE	16

/* True if all of these entries of the directory or the tables are empty. */
static inline bool
all_empty(const volatile uint32_t *entries)
{
	uint32_t any = 0, i;

	UNROLL(ENTRIES_AT_ONCE)
	for (i = 0; i < ENTRIES_AT_ONCE; i++)
		any |= entries[i];
	return !any;
}

uint32_t
fork_next_page(uint32_t n, uint32_t end)
{
	const uint32_t tables = ENTRIES_AT_ONCE * NPTENTRIES;

	while (n < end) {
		if (n % tables == 0 && all_empty(&uvpd[n / NPTENTRIES]))
			n += tables;
		else if (!(uvpd[n / NPTENTRIES] & PTE_P))
			n = ROUNDUP(n + 1, NPTENTRIES);
		else if (uvpt[n])
			return n;
		else if (n % ENTRIES_AT_ONCE == 0 && all_empty(&uvpt[n]))
			n += ENTRIES_AT_ONCE;
		else
			n++;
	}
	return end;
}

int
fork_copy_by_pages(envid_t child)
{
	uint32_t n, end = PGNUM(USTACKTOP);
	int r;

	for (n = 0; (n = fork_next_page(n, end)) < end; n++)
		if ((r = give_page(child, n)) < 0)
			return r;
	return 0;
}

/* Replace our copy-on-write page at va by a copy that can be written. */
static int
copy_page(uintptr_t va)
{
	int perm = (uvpt_rights(va) & ~PTE_COW) | PTE_W;

	return fork_copy_page(PFTEMP, 0, va, perm);
}

static void
handle_cow_fault(struct UTrapframe *utf)
{
	uintptr_t va = ROUNDDOWN(utf->utf_fault_va, PGSIZE);

	if ((utf->utf_err & (FEC_PR | FEC_WR)) != (FEC_PR | FEC_WR)
	    || va >= UTOP || !(uvpt[PGNUM(va)] & PTE_COW))
		pgfault_pass_on(utf);
	else if (copy_page(va) < 0)
		fork_no_memory(va);
}

envid_t
fork_by_pages(void)
{
	return fork_by(fork_copy_by_pages, handle_cow_fault);
}
