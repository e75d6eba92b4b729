#ifndef PAGEWALK_KERN_PMAP_H
#define PAGEWALK_KERN_PMAP_H

/*
 * Physical frames and page tables: what the rest of the kernel may use.
 *
 * Addresses change their kind here and nowhere else: PADDR, KADDR, page2pa,
 * pa2page, page2kva check what they are given and name their caller.
 */

#include <inc/assert.h>
#include <inc/memlayout.h>

extern char bootstack[], bootstacktop[];

extern struct PageInfo *pages;	/* one a frame, npages of them */
extern size_t npages;		/* frames from physical address 0 up */
extern pde_t *kern_pgdir;	/* the kernel's own page directory */

/*
 * Where code finds physical address 0: at the window's start. Only the host's
 * random test (test/host/fuzz) says otherwise: there RAM is an array, and no
 * process can have one at KERNBASE. Addresses that go into tables are
 * KERNBASE's in both.
 */
#ifndef WINDOW
#define WINDOW	KERNBASE
#endif

/* Physical address of a kernel virtual address in the window. */
#define PADDR(kva)	_paddr(__FILE__, __LINE__, (const void *)(kva))

static inline physaddr_t
_paddr(const char *file, int line, const void *kva)
{
	if (unlikely((uintptr_t)kva < WINDOW))
		_panic(file, line, "PADDR: 0x%08lx is not in the kernel's"
		       " window", (unsigned long)(uintptr_t)kva);
	return (physaddr_t)((uintptr_t)kva - WINDOW);
}

/* Kernel virtual address of a physical address of RAM that we use. */
#define KADDR(pa)	_kaddr(__FILE__, __LINE__, pa)

static inline void *
_kaddr(const char *file, int line, physaddr_t pa)
{
	if (unlikely(PGNUM(pa) >= npages))
		_panic(file, line, "KADDR: physical 0x%08x is beyond the last"
		       " frame", pa);
	return (void *)(uintptr_t)(pa + WINDOW);
}

enum {
	ALLOC_ZERO = 1 << 0,	/* page_alloc: clear the frame */
};

/*
 * Find out what memory there is, set up the frames, build the kernel's page
 * directory after the diagram in inc/memlayout.h, and load it.
 */
void	mem_init(void);

/*
 * Fill `pages` and the free list from the usable ranges: every whole usable
 * frame of the window is free, but for frame 0, the I/O hole, and what the
 * kernel image and boot_alloc take. Lower frames are given first.
 * => boot_alloc must not be used afterwards.
 */
void	page_init(void);

/*
 * Take a frame off the free list. With ALLOC_ZERO it is cleared, else its
 * contents are anything. Its count is 0: who maps or holds it counts.
 * Returns NULL if there is none.
 */
struct PageInfo *page_alloc(int alloc_flags);

/*
 * Give a frame back.
 * => it came from page_alloc, its count is 0, nothing maps it.
 * Panics, and says which, if the frame is free already, reserved, still
 * referenced, or no frame at all.
 */
void	page_free(struct PageInfo *pp);

/*
 * Drop one reference, and the frame with the last.
 * Panics if there is none.
 */
void	page_decref(struct PageInfo *pp);

/*
 * The entry that maps va in pgdir, as a kernel pointer.
 *
 * Without create: NULL if there is no page table for va. Nothing changes.
 * With create: a missing table is made, cleared and counted once; NULL only
 * if there is no frame for it, and then nothing has changed. Rights are the
 * entry's business: the directory's entry allows everything that is allowed
 * at va at all (no user rights at or above ULIM).
 *
 * In a 4 MiB mapping the entry is the directory's own, with PTE_PS set; with
 * create, the mapping is first split into a table with the same translations
 * and rights, and the entry is the one in that table.
 * (SDM 3A 4.3)
 */
pte_t	*pgdir_walk(pde_t *pgdir, const void *va, int create);

/*
 * Map the frame pp at va with rights perm (PTE_P is added). What was mapped
 * there is removed; mapping the same frame again only changes the rights.
 * The mapping counts one reference.
 * The offset of va in its page is ignored.
 * => pp came from page_alloc; va is in no region of boot_map_region. What can
 *    be seen of the contrary panics, and nothing has changed then.
 * Returns 0, or -E_NO_MEM if a page table was needed and there is no frame,
 * or if pp is mapped as often as can be counted; nothing has changed then.
 */
int	page_insert(pde_t *pgdir, struct PageInfo *pp, void *va, int perm);

/*
 * The frame mapped at va, or NULL if none is (or the entry maps no RAM of
 * ours). *pte_store, if pte_store is not NULL, is set to the entry as
 * pgdir_walk finds it; it is left alone if NULL is returned.
 */
struct PageInfo *page_lookup(pde_t *pgdir, void *va, pte_t **pte_store);

/*
 * Unmap the frame at va, if one is: entry cleared, TLB told, reference
 * dropped. Tables stay, even empty.
 * => va is in no region of boot_map_region (a 4 MiB mapping, or a frame
 *    without a reference, panics before anything is changed).
 */
void	page_remove(pde_t *pgdir, void *va);

/* Make the processor forget its cached translation of va. */
void	tlb_invalidate(pde_t *pgdir, void *va);

/*
 * Map size bytes of device memory at physical pa, uncached, into the MMIO
 * area, and return where. Any pa and size; whole pages are mapped. Mappings
 * stay. Returns NULL, with nothing changed, if the area is full, if memory
 * for a table is, or if size is 0 or runs past 4 GiB.
 */
void	*mmio_map_region(physaddr_t pa, size_t size);

/* Physical address of a frame. */
static inline physaddr_t
page2pa(const struct PageInfo *pp)
{
	/* As (pp - pages) * PGSIZE, in one multiplication. */
	return ((uintptr_t)pp - (uintptr_t)pages) * (PGSIZE / sizeof(*pp));
}

/* The frame that a physical address lies in. */
static inline struct PageInfo *
pa2page(physaddr_t pa)
{
	if (unlikely(PGNUM(pa) >= npages))
		panic("pa2page: physical 0x%08x is beyond the last frame", pa);
	return &pages[PGNUM(pa)];
}

/* Where the kernel can read and write a frame. */
static inline void *
page2kva(const struct PageInfo *pp)
{
	return KADDR(page2pa(pp));
}

#endif
