/*
 * A second opinion on the page tables, for faults, the monitor and checks.
 *
 * Reads entries through the window and only where the window reaches, whatever
 * nonsense they hold.
 */

#include <inc/stdio.h>
#include <inc/string.h>
#include <inc/x86.h>
#include <kern/map.h>
#include <kern/page.h>
#include <kern/vmwalk.h>

/* What is physically at pa, if the window shows it. */
static const void *
window(physaddr_t pa, size_t len)
{
	if (pa >= window_mapped || len > window_mapped - pa)
		return NULL;
	return (const void *)(uintptr_t)(KERNBASE + pa);
}

pde_t *
vm_current(void)
{
	return (pde_t *)(uintptr_t)(KERNBASE + PTE_ADDR(rcr3()));
}

bool
vm_walk(const pde_t *pgdir, uintptr_t va, struct vm_walk *w)
{
	const pte_t *table;

	*w = (struct vm_walk) { .va = va, .pdep = &pgdir[va >> 22] };
	w->pde = *w->pdep;
	if (!(w->pde & PTE_P))
		return false;
	if (w->pde & PTE_PS) {
		w->large = w->mapped = true;
		w->size = PTSIZE;
		w->rights = w->pde & (PTE_P | PTE_W | PTE_U);
		w->pa = (w->pde & 0xFFC00000) | (va & 0x003FFFFF);
		return true;
	}
	table = window(w->pde & 0xFFFFF000, PGSIZE);
	if (!table) {
		w->lost = true;
		return false;
	}
	w->ptep = &table[va >> 12 & 0x3FF];
	w->pte = *w->ptep;
	if (!(w->pte & PTE_P))
		return false;
	w->mapped = true;
	w->size = PGSIZE;
	w->rights = w->pde & w->pte & (PTE_P | PTE_W | PTE_U);
	w->pa = (w->pte & 0xFFFFF000) | (va & 0xFFF);
	return true;
}

/* The flags by which runs are told apart. */
static uint32_t
range_flags(const struct vm_walk *w)
{
	pte_t last = w->large ? w->pde : w->pte;

	return w->rights | (last & (PTE_PWT | PTE_PCD | PTE_G))
		| (w->large ? PTE_PS : 0);
}

/*
 * True if the entry n places after pte is no more present than pte is, or maps
 * the page n pages after it with the same flags.
 */
static inline bool
goes_on(const pte_t *pte, uint32_t n)
{
	return *pte & PTE_P ? pte[n] == *pte + n * PGSIZE : !(pte[n] & PTE_P);
}

bool
vm_next_range(const pde_t *pgdir, uint32_t *page, uint32_t limit,
	      struct vm_range *r)
{
	struct vm_walk w;
	uint32_t step;

	r->npages = 0;
	for (; *page < limit; *page += step) {
		vm_walk(pgdir, *page << PGSHIFT, &w);
		/* Behind a missing or large entry lie 1024 like it. */
		step = 1;
		if (w.large || !w.ptep)
			step = NPTENTRIES - *page % NPTENTRIES;
		/* Pass quickly over empty entries, and over those that go on. */
		if (w.ptep)
			while ((*page + step) % NPTENTRIES
			       && goes_on(w.ptep, step))
				step++;
		step = MIN(step, limit - *page);
		if (!w.mapped) {
			if (r->npages)
				return true;
			continue;
		}
		if (!r->npages)
			*r = (struct vm_range) {
				w.va, 0, w.pa, range_flags(&w)
			};
		else if (range_flags(&w) != r->flags
			 || w.pa != r->pa + r->npages * PGSIZE)
			return true;
		r->npages += step;
	}
	return r->npages != 0;
}

const char *
vm_rights_text(uint32_t flags, char buf[16])
{
	const char *kernel = !(flags & PTE_P) ? "--"
		: flags & PTE_W ? "RW" : "R-";
	const char *user = (flags & (PTE_P | PTE_U)) != (PTE_P | PTE_U) ? "--"
		: flags & PTE_W ? "RW" : "R-";

	snprintf(buf, 16, "%s/%s", kernel, user);
	return buf;
}

bool
vm_read_phys(physaddr_t pa, void *out, size_t len)
{
	const char *p = window(pa, len);
	struct vm_walk first, last;

	/* Even the window can have been taken away. */
	if (!p || !len || !vm_walk(vm_current(), (uintptr_t)p, &first)
	    || !vm_walk(vm_current(), (uintptr_t)p + len - 1, &last))
		return false;
	memcpy(out, p, len);
	return true;
}

bool
vm_read32(const pde_t *pgdir, uintptr_t va, uint32_t *out)
{
	struct vm_walk w;
	unsigned char bytes[4];
	int i;

	if (va % PGSIZE <= PGSIZE - 4)
		return vm_walk(pgdir, va, &w) && vm_read_phys(w.pa, out, 4);
	/* Byte by byte: the word straddles two pages. */
	for (i = 0; i < 4; i++)
		if (!vm_walk(pgdir, va + i, &w)
		    || !vm_read_phys(w.pa, &bytes[i], 1))
			return false;
	memcpy(out, bytes, 4);
	return true;
}

const char *
vm_region_name(uintptr_t va)
{
	uintptr_t below = KSTACKTOP - va;

	if (va < PGSIZE)
		return "page 0 is never mapped: a null pointer";
	if (va < UTOP)
		return "user memory";
	if (va < UPAGES)
		return "the window on envs, for reading only";
	if (va < UVPT)
		return "the window on pages, for reading only";
	if (va < ULIM)
		return "the page tables' own window, for reading only";
	if (va < MMIOLIM)
		return "the area of memory-mapped devices";
	if (va < KSTACKTOP)
		return (below - 1) % (KSTKSIZE + KSTKGAP) < KSTKSIZE
			? "a kernel stack"
			: "the guard gap below a kernel stack: it overflowed";
	if (va >= (uintptr_t)bootguard && va < (uintptr_t)bootstack)
		return "the guard page below the boot stack: it overflowed";
	if (va >= (uintptr_t)stext && va < (uintptr_t)etext)
		return "kernel text is read-only";
	if (va >= (uintptr_t)etext && va < (uintptr_t)erodata)
		return "the kernel's constants are read-only";
	return "physical memory, in the kernel's window";
}

/* Which bit refused it; the tables themselves allow nothing else. */
static const char *
refusal(const struct vm_walk *w, uint32_t err)
{
	if (err & FEC_RSVD)
		return "a reserved bit is set in an entry";
	if ((err & FEC_U) && !(w->rights & PTE_U))
		return "not for users";
	if ((err & FEC_WR) && !(w->rights & PTE_W))
		return "not writable";
	if (!(err & FEC_U) && (w->rights & PTE_U))
		return err & FEC_I ? "a user page: SMEP lets no kernel run it"
			: "a user page: SMAP lets no kernel touch it";
	return "the tables allow it: the TLB holds an older translation";
}

void
vm_explain(const pde_t *pgdir, uintptr_t va, uint32_t err, char *buf,
	   size_t size)
{
	const char *what = err & FEC_I ? "execution of" : err & FEC_WR
		? "write to" : "read of";
	struct vm_walk w;
	char found[128];

	vm_walk(pgdir, va, &w);
	if (!(w.pde & PTE_P))
		strlcpy(found, "PDE not present", sizeof(found));
	else if (w.lost)
		snprintf(found, sizeof(found),
			 "PDE present, but its table is at 0x%08x",
			 PTE_ADDR(w.pde));
	else if (!w.mapped)
		strlcpy(found, "PDE present, PTE not present", sizeof(found));
	else
		snprintf(found, sizeof(found), "PDE present%s, %s",
			 w.large ? " (4 MiB page)" : ", PTE present",
			 refusal(&w, err));
	snprintf(buf, size, "%s 0x%08x: %s: %s", what, va, found,
		 vm_region_name(va));
}
