/*
 * fork by the course kernel's system calls only: one or two calls for each page,
 * and four for each copy. It is slower than fork, and shows what fork does.
 */

#include <inc/lib.h>
#include <lib/fork.h>

/* Give the child page number n, copy-on-write in both if it can be written. */
static int
give_page(envid_t child, uint32_t n)
{
	void *va = (void *)(n * PGSIZE);
	pte_t pte = uvpt[n];
	int perm = pte & PTE_SYSCALL, r;

	if ((pte & PTE_SHARE) || !(pte & (PTE_W | PTE_COW)))
		return sys_page_map(0, va, child, va, perm);
	/*
	 * A page that sfork shares stays shared: only the child's is a copy.
	 * Copy-on-write would end the sharing by our next write.
	 */
	if (!(pte & PTE_COW) && is_sforked()
	    && pages[PGNUM(pte)].pp_ref > 1)
		return fork_copy_page(child, (uintptr_t)va, perm);
	perm = (perm & ~PTE_W) | PTE_COW;
	r = sys_page_map(0, va, child, va, perm);
	if (r < 0 || !(pte & PTE_W))
		return r;
	return sys_page_map(0, va, 0, va, perm);
}

int
fork_copy_by_pages(envid_t child)
{
	uint32_t pdx, n, end;
	int r;

	for (pdx = 0; pdx <= PDX(USTACKTOP - 1); pdx++) {
		if (!(uvpd[pdx] & PTE_P))
			continue;
		n = pdx * NPTENTRIES;
		end = MIN(n + NPTENTRIES, PGNUM(USTACKTOP));
		for (; n < end; n++)
			if ((uvpt[n] & PTE_P) && (r = give_page(child, n)) < 0)
				return r;
	}
	return 0;
}

/* Replace our copy-on-write page at va by a copy that can be written. */
static int
copy_page(uintptr_t va)
{
	int perm = (uvpt[PGNUM(va)] & PTE_SYSCALL & ~PTE_COW) | PTE_W, r;

	if ((r = sys_page_alloc(0, PFTEMP, PTE_P | PTE_U | PTE_W)) < 0)
		return r;
	memcpy(PFTEMP, (void *)va, PGSIZE);
	r = sys_page_map(0, PFTEMP, 0, (void *)va, perm);
	sys_page_unmap(0, PFTEMP);
	return r;
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
