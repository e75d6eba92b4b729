/*
 * A page directory and two frames for checks of page tables.
 *
 * Tables are read and frames are put back by hand, so that a broken function
 * fails its own checks only.
 */

#include <inc/string.h>
#include <inc/x86.h>
#include <kern/check/scratch_dir.h>
#include <kern/check/expect.h>
#include <kern/check/interface.h>
#include <kern/check/state.h>
#include <kern/vmwalk.h>

pde_t *dir;
struct PageInfo *frame_a, *frame_b;
struct PageInfo *dir_frame;

void
dir_begin(void)
{
	dir_frame = check_frame();
	frame_a = check_frame();
	frame_b = check_frame();
	dir = page2kva(dir_frame);
	memset(dir, 0, PGSIZE);
}

struct PageInfo *
dir_table(const void *va)
{
	pde_t pde = dir[(uintptr_t)va >> 22];

	if ((pde & (PTE_P | PTE_PS)) != PTE_P || (pde >> 12) >= npages)
		return NULL;
	return &pages[pde >> 12];
}

/* Return the first index from i on of an entry of dir that is not 0. */
static uint32_t
next_entry(uint32_t i)
{
	return i + words_alike(&dir[i], 0, NPDENTRIES - i);
}

void
dir_end(void)
{
	uint32_t i;

	EXPECT_THAT(!dir_frame->pp_ref, "pp_ref 0 in the directory's frame,"
		    " which nothing maps", "%u", dir_frame->pp_ref);
	for (i = next_entry(0); i < NPDENTRIES; i = next_entry(i + 1))
		check_held(dir_table((void *)(i << 22)));
	check_held(frame_a);
	check_held(frame_b);
	check_held(dir_frame);
}

pte_t
dir_entry(const void *va)
{
	struct vm_walk w;

	vm_walk(dir, (uintptr_t)va, &w);
	return w.ptep ? *w.ptep & ~(PTE_A | PTE_D) : 0;
}

/* For the rules: what a mapping of pp with rights perm looks like. */
pte_t
mapping(struct PageInfo *pp, uint32_t perm)
{
	return page2pa(pp) | perm | PTE_P;
}

/* Only the entries for these addresses (or NULL) are set in dir. */
void
expect_no_other_tables(const void *va1, const void *va2)
{
	uint32_t i;

	for (i = next_entry(0); i < NPDENTRIES; i = next_entry(i + 1))
		EXPECT_THAT((va1 && i == (uintptr_t)va1 >> 22)
			    || (va2 && i == (uintptr_t)va2 >> 22),
			    "the other entries of the directory stay 0",
			    "entry 0x%x (for va 0x%08x) is 0x%08x", i,
			    i << 22, dir[i]);
}

/* Return the mark of entry i: not present, and unlike any other. */
static uint32_t
mark(uint32_t i)
{
	return i << PGSHIFT | PTE_AVAIL | PTE_W;
}

/* Mark all entries of dir and of va's table, which is there, that are 0. */
void
mark_others(const void *va)
{
	pte_t *table = page2kva(dir_table(va));
	uint32_t i;

	for (i = 0; i < NPTENTRIES; i++) {
		if (!dir[i])
			dir[i] = mark(i);
		if (!table[i])
			table[i] = mark(i);
	}
}

/*
 * All but va's table in dir, and all but n entries from va's on in that table,
 * are as mark_others left them.
 */
void
expect_marks(const void *va, uint32_t n)
{
	const pte_t *table = page2kva(dir_table(va));
	uint32_t i, first = (uintptr_t)va >> 12 & 0x3FF;

	for (i = 0; i < NPTENTRIES; i++) {
		EXPECT_THAT(i == (uintptr_t)va >> 22 || dir[i] == mark(i),
			    "no other entry of the directory changed",
			    "entry 0x%x is 0x%08x, and was 0x%08x", i, dir[i],
			    mark(i));
		EXPECT_THAT(i - first < n || table[i] == mark(i),
			    "no other entry of the table changed",
			    "entry 0x%x is 0x%08x, and was 0x%08x; the page's"
			    " is 0x%x", i, table[i], mark(i), first);
	}
}

/* Make a table for va; the rest of the check needs one. */
struct PageInfo *
make_table(const void *va)
{
	pte_t *pte = pgdir_walk(dir, va, 1);
	struct PageInfo *table;

	EXPECT_THAT(pte, "an entry: there are free frames", "NULL");
	EXPECT_THAT(dir[(uintptr_t)va >> 22] & PTE_P,
		    "a present entry in the directory", "0x%08x",
		    dir[(uintptr_t)va >> 22]);
	table = dir_table(va);
	EXPECT_THAT(table, "the physical address of a frame in the directory's"
		    " entry", "0x%08x", dir[(uintptr_t)va >> 22]);
	return table;
}

pte_t *
table_by_hand(const void *va)
{
	struct PageInfo *table = dir_table(va);

	if (!table) {
		table = check_frame();
		table->pp_ref = 1;
		memset(page2kva(table), 0, PGSIZE);
		dir[(uintptr_t)va >> 22] = mapping(table, PTE_W | PTE_U);
	}
	return page2kva(table);
}

/* Map pp at va by hand, as page_insert would. */
void
map_by_hand(struct PageInfo *pp, const void *va, uint32_t perm)
{
	table_by_hand(va)[(uintptr_t)va >> 12 & 0x3FF] = mapping(pp, perm);
	pp->pp_ref++;
}

void
map_large_by_hand(uintptr_t va, physaddr_t pa, uint32_t flags)
{
	dir[va >> 22] = pa | flags | PTE_P | PTE_PS;
}
