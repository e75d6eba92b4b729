/* Monitor commands about virtual memory: mappings and page-table entries. */

#include <inc/stdio.h>
#include <inc/string.h>
#include <inc/x86.h>
#include <kern/monitor/args.h>
#include <kern/monitor/mappings.h>
#include <kern/monitor/monitor.h>
#include <kern/pmap.h>
#include <kern/swap.h>
#include <kern/vmwalk.h>

#define NPAGES_4G	(1U << 20)

static void
print_range(const struct vm_range *r)
{
	char rights[16];

	/* Print last addresses, not ends: the last page ends at 4 GiB. */
	cprintf("%08x-%08x -> %08x-%08x  %s  %s%s%s%s\n", r->va,
		r->va + r->npages * PGSIZE - 1, r->pa,
		r->pa + r->npages * PGSIZE - 1,
		vm_rights_text(r->flags, rights),
		r->flags & PTE_PS ? "4M" : "4K",
		r->flags & PTE_G ? " global" : "",
		r->flags & PTE_PCD ? " uncached" : "",
		r->flags & PTE_PWT ? " write-through" : "");
}

int
mon_pgdir(int argc, char **argv, struct Trapframe *tf)
{
	const pde_t *pgdir = arg_directory(argc == 2 ? argv[1] : NULL);
	struct vm_range r;
	uint32_t page = 0;

	(void)tf;
	if (!pgdir)
		return MON_DONE;
	cprintf("directory at physical %08x\n", PADDR(pgdir));
	cprintf("virtual           -> physical           k/u    page\n");
	while (vm_next_range(pgdir, &page, PGNUM(UVPT), &r))
		print_range(&r);
	/* At UVPT, the directory maps each page table as a page. */
	if (pgdir[PDX(UVPT)] & PTE_P)
		cprintf("%08x-%08x    the page tables themselves (UVPT; see"
			" 'showmappings')\n", UVPT, UVPT + PTSIZE - 1);
	page = PGNUM(UVPT + PTSIZE);
	while (vm_next_range(pgdir, &page, NPAGES_4G, &r))
		print_range(&r);
	return MON_DONE;
}

/*
 * Return the end of the run that begins at `page`, none of whose pages up to
 * limit is mapped: all are alike, and their entries follow each other.
 */
static uint32_t
end_of_gap(uint32_t page, uint32_t limit, struct vm_walk *first)
{
	struct vm_walk w;
	uint32_t n = page;

	vm_walk(vm_current(), page << PGSHIFT, first);
	w = *first;
	do {
		/* Without a table, all pages of the directory entry are alike. */
		n = w.ptep ? n + 1 : ROUNDDOWN(n, NPTENTRIES) + NPTENTRIES;
		if (n >= limit)
			return limit;
		vm_walk(vm_current(), n << PGSHIFT, &w);
	} while (vm_absent(&w) == vm_absent(first) && (!vm_absent(first)
		 || w.pte == first->pte + (n - page) * PGSIZE));
	return n;
}

/* Print where the pages from `page` up to limit are, if they are anywhere. */
static void
print_gap(uint32_t page, uint32_t limit)
{
	struct vm_walk first;
	uint32_t last;
	char where[40];

	for (; page < limit; page = last + 1) {
		last = end_of_gap(page, limit, &first) - 1;
		if (!vm_absent(&first))
			strlcpy(where, "not mapped", sizeof(where));
		else if (entry_has_slot(first.pte) && last > page)
			snprintf(where, sizeof(where), "on disk, slots %u-%u",
				 PGNUM(first.pte), PGNUM(first.pte) + last
				 - page);
		else
			vm_absent_text(first.pte, where);
		cprintf("%08x-%08x %s\n", page << PGSHIFT,
			(last + 1) * PGSIZE - 1, where);
	}
}

int
mon_showmappings(int argc, char **argv, struct Trapframe *tf)
{
	uint32_t low, high, page, limit;
	struct vm_range r;

	(void)tf;
	if (!arg_number(argv[1], &low))
		return MON_USAGE;
	high = low;
	if (argc == 3 && !arg_number(argv[2], &high))
		return MON_USAGE;
	if (high < low) {
		cprintf("HI (0x%08x) is below LO (0x%08x).\n", high, low);
		return MON_USAGE;
	}
	page = PGNUM(low);
	limit = PGNUM(high) + 1;
	while (page < limit) {
		uint32_t from = page, start;

		if (!vm_next_range(vm_current(), &page, limit, &r))
			r = (struct vm_range) { .npages = 0 };
		start = r.npages ? PGNUM(r.va) : limit;
		if (start > from)
			print_gap(from, start);
		if (r.npages)
			print_range(&r);
	}
	return MON_DONE;
}

/* Print an entry of a directory or table: its value, and the bits' names. */
static void
print_entry(const char *what, uint32_t index, uint32_t entry, bool absent)
{
	static const char *const bits[] = {
		"P", "W", "U", "PWT", "PCD", "A", "D", NULL, "G",
		NULL, "SHARE", "COW",
	};

	cprintf("  %s[%u] = %08x ", what, index, entry);
	mon_print_bits(entry, bits, ARRAY_SIZE(bits));
	if ((entry & PTE_PS) && !absent)
		cprintf("%s", what[1] == 'D' ? " PS" : " PAT");
	if (!(entry & PTE_P))
		cprintf(" not present%s", entry && !absent
			? ", reserved for a swapped page" : "");
	cprintf("\n");
}

/* Print where the page of a walk is, and with which rights it will return. */
static void
print_absent(const struct vm_walk *w)
{
	char where[40], rights[16];
	ppn_t frame = entry_has_slot(w->pte) ? slot_at(PGNUM(w->pte))->frame
		: 0;

	cprintf("  %s, rights %s\n", vm_absent_text(w->pte, where),
		vm_rights_text((w->pde & w->pte & (PTE_W | PTE_U)) | PTE_P,
			       rights));
	if (frame)
		cprintf("  in transfer: frame %u (0x%x)\n", frame, frame);
}

int
mon_walk(int argc, char **argv, struct Trapframe *tf)
{
	const pde_t *pgdir;
	struct vm_walk w;
	char rights[16], shared[40];
	uint32_t va;

	(void)tf;
	if (!arg_number(argv[1], &va))
		return MON_USAGE;
	pgdir = arg_directory(argc == 3 ? argv[2] : NULL);
	if (!pgdir)
		return MON_DONE;
	vm_walk(pgdir, va, &w);
	cprintf("0x%08x: directory entry %u, table entry %u, offset 0x%03x\n",
		va, PDX(va), PTX(va), PGOFF(va));
	cprintf("  %s = %08x\n", pgdir == vm_current() ? "CR3"
		: "directory", PADDR(pgdir));
	print_entry("PDE", PDX(va), w.pde, false);
	if (w.lost)
		cprintf("  the table at %08x is outside the window\n",
			PTE_ADDR(w.pde));
	if (w.ptep)
		print_entry("PTE", PTX(va), w.pte, vm_absent(&w));
	if (vm_absent(&w)) {
		print_absent(&w);
		return MON_DONE;
	}
	if (!w.mapped) {
		cprintf("  not mapped: %s\n", vm_region_name(va));
		return MON_DONE;
	}
	cprintf("  physical %08x in a %s page, rights %s\n", w.pa,
		w.large ? "4 MiB" : "4 KiB", vm_rights_text(w.rights, rights));
	share_text(&w, shared, sizeof(shared));
	if (shared[0])
		cprintf("  %s\n", shared);
	return MON_DONE;
}

/* Read letters of p, w, u, or a number with these bits; "-" means none. */
static bool
parse_rights(const char *text, uint32_t *rights)
{
	const char *p;

	*rights = 0;
	if (*text >= '0' && *text <= '9') {
		if (!arg_number(text, rights))
			return false;
		if (!(*rights & ~(PTE_P | PTE_W | PTE_U)))
			return true;
		cprintf("Only P (1), W (2) and U (4) can be set.\n");
		return false;
	}
	for (p = text; *p; p++) {
		switch (*p | 0x20) {
		case 'p':	*rights |= PTE_P; break;
		case 'w':	*rights |= PTE_W; break;
		case 'u':	*rights |= PTE_U; break;
		default:
			if (*p == '-')
				break;
			cprintf("Unknown permission '%c' (use p, w, u).\n", *p);
			return false;
		}
	}
	return true;
}

int
mon_setperm(int argc, char **argv, struct Trapframe *tf)
{
	uint32_t va, rights, *entry;
	struct vm_walk w;
	char before[16], after[16];
	bool large;

	(void)argc, (void)tf;
	if (!arg_number(argv[1], &va) || !parse_rights(argv[2], &rights))
		return MON_USAGE;
	vm_walk(vm_current(), va, &w);
	/* The entry of an absent large page keeps PTE_PS. */
	large = (w.pde & PTE_PS) != 0;
	entry = (uint32_t *)(large ? w.pdep : w.ptep);
	if (!entry || !*entry) {
		cprintf("0x%08x is not mapped.\n", va);
		return MON_DONE;
	}
	if (va >= UVPT && va < UVPT + PTSIZE) {
		cprintf("0x%08x is a page table, seen through UVPT: set the"
			" permissions of a page.\n", va);
		return MON_DONE;
	}
	if (va < UTOP && swap_on && (!w.mapped || !(rights & PTE_P))) {
		cprintf("0x%08x: with a swap area, an entry that is not present"
			" says where its page is: P stays.\n", va);
		return MON_DONE;
	}
	vm_rights_text(w.rights, before);
	*entry = (*entry & ~(PTE_P | PTE_W | PTE_U)) | rights;
	/* Not by tlb_invalidate, which may be unfinished. */
	invlpg((void *)va);
	vm_walk(vm_current(), va, &w);
	cprintf("0x%08x: was %s, is %s%s\n", va, before,
		vm_rights_text(w.rights, after),
		large ? " (all of a 4 MiB page)" : "");
	if (rights & ~w.rights & ~w.pde)
		cprintf("  the directory entry allows no more\n");
	return MON_DONE;
}
