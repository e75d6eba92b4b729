#ifndef PAGEWALK_TEST_FOREIGN_H
#define PAGEWALK_TEST_FOREIGN_H

/*
 * Included before the first line of the file under test. It wraps the
 * instructions that could stop the machine without a message, so that init.c
 * checks their operands first, and those that flush translations (flushes.c).
 */

/* Names that a course's headers do not have: the file may define them. */
#define clac			ours_clac
#define clts			ours_clts
#define cli			ours_cli
#define count_down		ours_count_down
#define divide			ours_divide
#define fninit			ours_fninit
#define fnsave			ours_fnsave
#define fnstsw			ours_fnstsw
#define frstor			ours_frstor
#define fxrstor			ours_fxrstor
#define fxsave			ours_fxsave
#define hlt			ours_hlt
#define load32			ours_load32
#define load_kernel_segments	ours_load_kernel_segments
#define movsl			ours_movsl
#define parse_u32		ours_parse_u32
#define rdmsr			ours_rdmsr
#define read_fs_gs		ours_read_fs_gs
#define read_segments		ours_read_segments
#define stac			ours_stac
#define sti			ours_sti
#define stosl			ours_stosl
#define store32			ours_store32
#define undefined_instruction	ours_undefined_instruction
#define wait_for_interrupt	ours_wait_for_interrupt
#define wbinvd			ours_wbinvd
#define words_alike		ours_words_alike
#define write_fs_gs		ours_write_fs_gs
#define wrmsr			ours_wrmsr
#define boot_alloc		ours_boot_alloc
#define boot_map_region		ours_boot_map_region
#define mmio_next		ours_mmio_next
#define page_forget_poison	ours_page_forget_poison
#define page_free_list		ours_page_free_list
#define window_mapped		ours_window_mapped
#define PG_FREE			ours_PG_FREE
#define PG_RESERVED		ours_PG_RESERVED
#define PG_USED			ours_PG_USED
#include <inc/x86.h>
#include <inc/mmu.h>
#include <inc/memlayout.h>
#include <inc/error.h>
#include <inc/string.h>
#include <inc/assert.h>
#include <kern/pmap.h>
#include <kern/kclock.h>
#undef clac
#undef clts
#undef cli
#undef count_down
#undef divide
#undef fninit
#undef fnsave
#undef fnstsw
#undef frstor
#undef fxrstor
#undef fxsave
#undef hlt
#undef load32
#undef load_kernel_segments
#undef movsl
#undef parse_u32
#undef rdmsr
#undef read_fs_gs
#undef read_segments
#undef stac
#undef sti
#undef stosl
#undef store32
#undef undefined_instruction
#undef wait_for_interrupt
#undef wbinvd
#undef words_alike
#undef write_fs_gs
#undef wrmsr
#undef boot_alloc
#undef boot_map_region
#undef mmio_next
#undef page_forget_poison
#undef page_free_list
#undef window_mapped
#undef PG_FREE
#undef PG_RESERVED
#undef PG_USED

/* Skip a course's own copies of these headers beside the file: ours suffice. */
#define JOS_KERN_PMAP_H
#define JOS_KERN_KCLOCK_H

/* The declarations that only a course's headers have. */
extern char bootstack[], bootstacktop[];

/*
 * Round to multiples of any number; ours take powers of two. Each argument is
 * evaluated once.
 */
#undef ROUNDDOWN
#undef ROUNDUP
#define ROUNDDOWN(a, n) __extension__ ({				\
	__typeof__((a) + 0) down_a_ = (a);				\
	uint32_t down_n_ = (n);						\
	(__typeof__(down_a_))((uint32_t)down_a_				\
			      - (uint32_t)down_a_ % down_n_);		\
})
#define ROUNDUP(a, n) __extension__ ({					\
	__typeof__((a) + 0) up_a_ = (a);				\
	uint32_t up_n_ = (n);						\
	(__typeof__(up_a_))ROUNDDOWN((uint32_t)up_a_ + up_n_ - 1, up_n_); \
})

/* Until 2012, courses mapped devices at their physical address. */
#define IOMEM_PADDR	0xFE000000
#define IOMEMBASE	0xFE000000

/* Until 2013, struct PageInfo was struct Page: compile.py sets this. */
#ifdef STRUCT_PAGE
#define Page		PageInfo
#endif

void	foreign_lcr0(const char *file, int line, uint32_t val);
void	foreign_lcr3(const char *file, int line, uint32_t val);
void	foreign_lcr4(const char *file, int line, uint32_t val);
void	foreign_invlpg(const void *addr);

#define lcr0(val)	foreign_lcr0(__FILE__, __LINE__, val)
#define lcr3(val)	foreign_lcr3(__FILE__, __LINE__, val)
#define lcr4(val)	foreign_lcr4(__FILE__, __LINE__, val)
#define invlpg(addr)	foreign_invlpg((const void *)(addr))
#define tlbflush()	lcr3(rcr3())

#endif
