/*
 * An independent walk of the page tables, for fault reports, the monitor and
 * checks.
 *
 * It reads tables through the kernel's window, and only where the window
 * reaches: an entry may hold any value.
 */

#include <inc/stdio.h>
#include <inc/string.h>
#include <inc/x86.h>
#include <kern/sections.h>
#include <kern/kaddr.h>
#include <kern/slot.h>
#include <kern/vmwalk.h>

/* Physical memory [pa, pa + len) as seen in the window, or NULL. */
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

/* The rights and flags that all pages of a range share. */
static uint32_t
range_flags(const struct vm_walk *w)
{
	pte_t last = w->large ? w->pde : w->pte;

	return w->rights | (last & (PTE_PWT | PTE_PCD | PTE_G))
		| (w->large ? PTE_PS : 0);
}

/* The number of pages, from this one on, that its walk describes. */
static uint32_t
pages_alike(const struct vm_walk *w, uint32_t page)
{
	const uint32_t compared = ~(uint32_t)(PTE_A | PTE_D | PTE_AVAIL);
	uint32_t left = NPTENTRIES - page % NPTENTRIES, n = 1;

	/* A missing or large directory entry stands for 1024 equal pages. */
	if (w->large || !w->ptep)
		return left;
	if (w->mapped)
		while (n < left && !((w->ptep[n] ^ (w->pte + n * PGSIZE))
				     & compared))
			n++;
	else
		while (n < left && !(w->ptep[n] & PTE_P))
			n++;
	return n;
}

static bool
continues(const struct vm_range *r, const struct vm_walk *w)
{
	return w->mapped && range_flags(w) == r->flags
		&& w->pa == r->pa + r->npages * PGSIZE;
}

void
vm_must_run(const pde_t *pgdir)
{
	struct vm_walk w;
	const struct {
		const char *name;
		uintptr_t va;
		uint32_t rights;
	} needed[] = {
		{ "text", (uintptr_t)stext, PTE_P },
		{ "text", (uintptr_t)etext - 1, PTE_P },
		{ "constants", (uintptr_t)erodata - 1, PTE_P },
		{ "data", (uintptr_t)edata - 1, PTE_P | PTE_W },
		{ "data", (uintptr_t)end - 1, PTE_P | PTE_W },
		{ "stack", (uintptr_t)&w, PTE_P | PTE_W },
		{ "directory", (uintptr_t)pgdir, PTE_P | PTE_W },
	}, *n;

	for (n = needed; n < needed + ARRAY_SIZE(needed); n++) {
		if (!vm_walk(pgdir, n->va, &w))
			panic("the kernel cannot run in this directory: %s at"
			      " 0x%08x is not mapped", n->name, n->va);
		/* Another stack than the first one is outside the window. */
		if (n->va >= KERNBASE && w.pa != n->va - KERNBASE)
			panic("the kernel cannot run in this directory: %s at"
			      " 0x%08x is mapped to 0x%08x", n->name, n->va,
			      w.pa);
		if (n->rights & ~w.rights)
			panic("the kernel cannot run in this directory: %s at"
			      " 0x%08x is read-only", n->name, n->va);
	}
}

bool
vm_next_range(const pde_t *pgdir, uint32_t *page, uint32_t limit,
	      struct vm_range *r)
{
	struct vm_walk w;
	uint32_t n;

	r->npages = 0;
	for (; *page < limit; *page += n) {
		vm_walk(pgdir, *page << PGSHIFT, &w);
		if (r->npages && !continues(r, &w))
			return true;
		n = MIN(pages_alike(&w, *page), limit - *page);
		if (!w.mapped)
			continue;
		if (!r->npages)
			*r = (struct vm_range) {
				w.va, 0, w.pa, range_flags(&w)
			};
		r->npages += n;
	}
	return r->npages != 0;
}

uint32_t
vm_count_tables(const pde_t *pgdir)
{
	uint32_t i, n = 0;

	for (i = 0; i < NPDENTRIES; i++)
		n += (pgdir[i] & (PTE_P | PTE_PS)) == PTE_P && i != PDX(UVPT);
	return n;
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

	/* The window itself may be unmapped. */
	if (!p || !len || !vm_walk(vm_current(), (uintptr_t)p, &first)
	    || (PGOFF(p) + len > PGSIZE
		&& !vm_walk(vm_current(), (uintptr_t)p + len - 1, &last)))
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

bool
vm_absent(const struct vm_walk *w)
{
	return w->ptep && w->va < UTOP && entry_is_absent(w->pte);
}

const char *
vm_absent_text(pte_t pte, char buf[40])
{
	if ((pte & PTE_FILE) && PGNUM(pte) == PGNUM(~0U))
		strlcpy(buf, "zeroes, not allocated", 40);	/* filepage.h */
	else if (pte & PTE_FILE)
		strlcpy(buf, "in the program's file, not loaded", 40);
	else
		snprintf(buf, 40, "on disk, slot %u", PGNUM(pte));
	return buf;
}

/* The regions of the address space, as in inc/memlayout.h, but upwards. */
static const struct region {
	const char *start;	/* the region ends where the next one starts */
	const char *name;
} regions[] = {
	{ 0, "page 0 is never mapped: a null pointer" },
	{ (char *)PGSIZE, "user memory" },
	{ (char *)UENVS, "envs, read-only for users" },
	{ (char *)UPAGES, "pages, read-only for users" },
	{ (char *)UVPT, "the page tables, read-only for users (UVPT)" },
	{ (char *)MMIOBASE, "memory-mapped devices" },
	{ (char *)MMIOLIM, "a kernel stack" },		/* or a gap below it */
	{ (char *)KERNBASE, "physical memory, in the kernel's window" },
	/* In it, the kernel image, in the order of kernel.ld. */
	{ stext, "kernel text is read-only" },
	{ etext, "the kernel's constants are read-only" },
	{ erodata, "physical memory, in the kernel's window" },
	{ bootguard, "the guard page below the boot stack: it overflowed" },
	{ bootstack, "physical memory, in the kernel's window" },
	{ df_guard, "the guard page below the double fault's stack" },
	{ (char *)df_stack, "physical memory, in the kernel's window" },
};

/* True if va is in the gap below a kernel stack. */
static bool
in_stack_gap(uintptr_t va)
{
	return va >= MMIOLIM && va < KSTACKTOP
		&& (KSTACKTOP - 1 - va) % (KSTKSIZE + KSTKGAP) >= KSTKSIZE;
}

const char *
vm_region_name(uintptr_t va)
{
	const struct region *r = regions + ARRAY_SIZE(regions) - 1;

	if (in_stack_gap(va))
		return "the guard gap below a kernel stack: it overflowed";
	while (va < (uintptr_t)r->start)
		r--;
	return r->name;
}

/* The reason why a mapped page refused an access with error code err. */
static const char *
refusal(const struct vm_walk *w, uint32_t err)
{
	if (err & FEC_RSVD)
		return "a reserved bit is set in an entry";
	if ((err & FEC_U) && !(w->rights & PTE_U))
		return "not for users";
	if ((err & FEC_WR) && !(w->rights & PTE_W)) {
		if ((err & FEC_U) && (w->pte & PTE_COW))
			return "copy-on-write: the program's handler would copy"
				" it; it has none";
		return "not writable";
	}
	if (!(err & FEC_U) && (w->rights & PTE_U))
		return err & FEC_I ? "a user page: SMEP forbids kernel execution"
			: "a user page: SMAP forbids kernel access";
	return "the tables allow it: the TLB has an older translation";
}

void
vm_explain(const pde_t *pgdir, uintptr_t va, uint32_t err, char *buf,
	   size_t size)
{
	const char *what = err & FEC_I ? "execution of" : err & FEC_WR
		? "write to" : "read of";
	struct vm_walk w;
	char found[128], where[40];

	vm_walk(pgdir, va, &w);
	if (!(w.pde & PTE_P))
		strlcpy(found, "PDE not present", sizeof(found));
	else if (w.lost)
		snprintf(found, sizeof(found),
			 "PDE present, but its table is at 0x%08x",
			 PTE_ADDR(w.pde));
	else if (vm_absent(&w))
		snprintf(found, sizeof(found), "PDE present, PTE not present:"
			 " %s", vm_absent_text(w.pte, where));
	else if (!w.mapped)
		strlcpy(found, "PDE present, PTE not present", sizeof(found));
	else
		snprintf(found, sizeof(found), "PDE present%s, %s",
			 w.large ? " (4 MiB page)" : ", PTE present",
			 refusal(&w, err));
	snprintf(buf, size, "%s 0x%08x: %s: %s", what, va, found,
		 vm_region_name(va));
}
