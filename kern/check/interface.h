#ifndef PAGEWALK_KERN_CHECK_INTERFACE_H
#define PAGEWALK_KERN_CHECK_INTERFACE_H

/*
 * The interface that checks use, and how a foreign kernel's differs. With
 * FOREIGN=1 the memory management is a course's pmap.c, and the folder own/ is
 * left out.
 */

#include <kern/pmap.h>

#ifndef FOREIGN
#define FOREIGN 0
#endif

struct check;
struct guard_report;
struct Eipdebuginfo;

/* Places in which foreign_remember saves variables. */
enum { FOREIGN_CHECK, FOREIGN_LIST };

/* The sizes for foreign_boot_alloc. */
enum {
	BOOT_ALLOC_NOTHING,
	BOOT_ALLOC_NOTHING_AGAIN,
	BOOT_ALLOC_BYTE,
	BOOT_ALLOC_PAGE_AND_BYTE,
	BOOT_ALLOC_NOTHING_LAST,
	BOOT_ALLOC_SIZES
};

#if FOREIGN

/* In a course's pmap.c these are static, and some may be missing. */
#define MISSING(symbol)	(!&(symbol))
extern struct PageInfo *page_free_list __attribute__((weak));
extern size_t npages_basemem __attribute__((weak));
void	*boot_alloc(uint32_t n) __attribute__((weak));
void	boot_map_region(pde_t *pgdir, uintptr_t va, size_t size,
			physaddr_t pa, int perm) __attribute__((weak));

/* --- test/solution/init.c ---------------------------------------------- */

/*
 * Set *place to the place in the file under test that caused r, rather than one
 * in a header or the library. Leaves it alone if there is none.
 */
void	foreign_place(const struct guard_report *r, struct Eipdebuginfo *place);

/* Return a function's name as the file has it. */
const char *foreign_name(const char *function);

/* True if mem_init got far enough for this check. */
bool	foreign_can_run(const struct check *c);

/* Return boot_alloc(0) after page_init; 0 if it cannot be called. */
uintptr_t foreign_boot_end(void);

/*
 * Return what boot_alloc returned when it was called with these sizes, in this
 * order, before page_init. Fails the check if that call did not return.
 */
char	*foreign_boot_alloc(int size);

/*
 * Save the file's variables in a place, and restore all of them except
 * page_free_list.
 */
void	foreign_remember(int place);
void	foreign_recall(int place);

/*
 * Watch the page at va, which *entry maps to pp: foreign_expect_flush fails if
 * the file has flushed other pages, and not this one. See flushes.c.
 */
void	foreign_watch(uintptr_t va, const pte_t *entry,
		      const struct PageInfo *pp);
void	foreign_expect_flush(void);

/*
 * Fail if the last flush of the page came before *entry had its present value,
 * and if the page's frame had lost its reference by then.
 */
void	foreign_expect_written_first(void);
void	foreign_expect_dropped_last(void);

/* True if the file's text wants pp_link NULL in an allocated frame. */
extern const bool foreign_text_clears_link;

/* True if the free list was empty when mem_init returned. */
extern bool foreign_frames_used_up;

/* True if the file made pages and kern_pgdir; else they are substitutes. */
bool	foreign_made_tables(void);

/* The CR3 that mem_init left. */
#define first_cr3()	rcr3()

#define swap_present()	false

#else

#include <kern/check/own/right_map.h>
#include <kern/page.h>
#include <kern/physmem.h>
#include <kern/swap.h>

#define first_cr3()	right_map_first_cr3()

#define MISSING(symbol)	false

static inline bool
swap_present(void)
{
	return swap_on;
}

static inline void
foreign_place(const struct guard_report *r, struct Eipdebuginfo *place)
{
	(void)r, (void)place;
}

static inline const char *
foreign_name(const char *function)
{
	return function;
}

static inline bool
foreign_can_run(const struct check *c)
{
	(void)c;
	return true;
}

static inline uintptr_t
foreign_boot_end(void)
{
	return (uintptr_t)boot_alloc(0);
}

static inline char *
foreign_boot_alloc(int size)
{
	(void)size;
	return boot_alloc(0);
}

static inline void
foreign_remember(int place)
{
	(void)place;
}

static inline void
foreign_recall(int place)
{
	(void)place;
}

static inline void
foreign_watch(uintptr_t va, const pte_t *entry, const struct PageInfo *pp)
{
	(void)va, (void)entry, (void)pp;
}

static inline void
foreign_expect_flush(void)
{
}

#define foreign_frames_used_up	false

static inline bool
foreign_made_tables(void)
{
	return true;
}
#endif

/*
 * For checks of entries that are not present, with any bits: with a swap area
 * such an entry would name a slot. (own/slots.c checks those.)
 */
#define NEED_NO_SWAP()							\
	do {								\
		if (swap_present())					\
			check_skip("there is a swap area");		\
	} while (0)

#endif
