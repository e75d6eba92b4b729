#ifndef PAGEWALK_INC_MMU_H
#define PAGEWALK_INC_MMU_H

/*
 * The processor's definitions: linear addresses, page tables, control
 * registers, flags, segment and gate descriptors, the task state segment.
 *
 * Source: Intel 64 and IA-32 Architectures Software Developer's Manual,
 * volume 3A ("SDM 3A"); each part names its section. Constants need only the
 * preprocessor, so that .S files can include this file.
 */

#ifndef __ASSEMBLER__
#include <inc/types.h>
#endif

/*
 * Paging (SDM 3A 4.3, 32-bit paging). A linear address has three parts:
 *
 *    31            22 21            12 11             0
 *   +----------------+----------------+----------------+
 *   | directory (10) |   table (10)   |  offset (12)   |
 *   +----------------+----------------+----------------+
 *    \---- PDX ----/  \---- PTX ----/  \--- PGOFF ---/
 *    \------------ PGNUM -----------/
 */
#define PTXSHIFT	12
#define PDXSHIFT	22
#define PGSHIFT		PTXSHIFT
#define PTSHIFT		PDXSHIFT

#define NPDENTRIES	1024
#define NPTENTRIES	1024

#define PGSIZE		(1 << PGSHIFT)		/* mapped by a table entry */
#define PTSIZE		(PGSIZE * NPTENTRIES)	/* by a directory entry */

#ifdef __ASSEMBLER__
#define MMU_U(x)	(x)
#else
#define MMU_U(x)	((uint32_t)(uintptr_t)(x))
#endif

#define PDX(la)		((MMU_U(la) >> PDXSHIFT) & 0x3FF)
#define PTX(la)		((MMU_U(la) >> PTXSHIFT) & 0x3FF)
#define PGNUM(la)	(MMU_U(la) >> PTXSHIFT)
#define PGOFF(la)	(MMU_U(la) & 0xFFF)
#define PGADDR(d, t, o)	\
	((void *)(uintptr_t)((d) << PDXSHIFT | (t) << PTXSHIFT | (o)))

/* Bits of directory and table entries (SDM 3A table 4-4 to 4-6). */
#define PTE_P		0x001	/* present */
#define PTE_W		0x002	/* writable */
#define PTE_U		0x004	/* user may access */
#define PTE_PWT		0x008	/* write-through */
#define PTE_PCD		0x010	/* cache disabled */
#define PTE_A		0x020	/* accessed, set by the processor */
#define PTE_D		0x040	/* dirty, set by the processor */
#define PTE_PS		0x080	/* directory entry: maps 4 MiB itself */
#define PTE_G		0x100	/* global: survives a CR3 load */
#define PTE_AVAIL	0xE00	/* ignored by the processor: for software */

/* Our use of the bits for software. */
#define PTE_SHARE	0x400	/* shared across fork and spawn */
#define PTE_COW		0x800	/* copied when written */

/*
 * An entry that is neither present nor 0 is that of a page that is not in
 * memory: its bits below 12, but PTE_P, are the page's permissions, and those
 * from 12 on say where it is: in a slot of the swap area; or, with PTE_FILE, in
 * the file of a program.
 */
#define PTE_FILE	0x080

/* The only bits that a user may request for a mapping. */
#define PTE_SYSCALL	(PTE_AVAIL | PTE_P | PTE_W | PTE_U)

#define PTE_FLAGS(pte)	(MMU_U(pte) & 0xFFF)
#define PTE_ADDR(pte)	(MMU_U(pte) & ~0xFFFU)

/* Error code of a page fault (SDM 3A 4.7). */
#define FEC_PR		0x01	/* set: protection; clear: not present */
#define FEC_WR		0x02	/* set: a write; clear: a read */
#define FEC_U		0x04	/* set: in user mode */
#define FEC_RSVD	0x08	/* a reserved bit was set in an entry */
#define FEC_I		0x10	/* an instruction fetch */

/* Control registers (SDM 3A 2.5). */
#define CR0_PE		0x00000001	/* protected mode */
#define CR0_MP		0x00000002	/* WAIT obeys TS */
#define CR0_EM		0x00000004	/* no x87 unit: trap its instructions */
#define CR0_TS		0x00000008	/* task switched: trap x87 once */
#define CR0_ET		0x00000010	/* 387 protocol */
#define CR0_NE		0x00000020	/* x87 errors raise an exception */
#define CR0_WP		0x00010000	/* read-only for the kernel, too */
#define CR0_AM		0x00040000	/* alignment checks allowed */
#define CR0_NW		0x20000000	/* not write-through */
#define CR0_CD		0x40000000	/* caches off */
#define CR0_PG		0x80000000	/* paging */

#define CR4_VME		0x00000001
#define CR4_PVI		0x00000002
#define CR4_TSD		0x00000004
#define CR4_DE		0x00000008
#define CR4_PSE		0x00000010	/* 4 MiB pages */
#define CR4_PAE		0x00000020
#define CR4_MCE		0x00000040
#define CR4_PGE		0x00000080	/* global pages */
#define CR4_PCE		0x00000100
#define CR4_OSFXSR	0x00000200	/* FXSAVE, SSE */
#define CR4_OSXMMEXCPT	0x00000400	/* SSE errors raise an exception */
#define CR4_SMEP	0x00100000	/* kernel cannot execute user pages */
#define CR4_SMAP	0x00200000	/* kernel cannot access user pages */

/* Model-specific registers (SDM 4). */
#define MSR_APIC_BASE		0x01B
#define MSR_SYSENTER_CS		0x174
#define MSR_SYSENTER_ESP	0x175
#define MSR_SYSENTER_EIP	0x176

/* DR7: no breakpoint; the first one, on execution (SDM 3B 17.2.4). */
#define DR7_NONE	0x400
#define DR7_LOCAL_0	0x001

/* EFLAGS (SDM 1 3.4.3). */
#define FL_CF		0x00000001
#define FL_ONE		0x00000002	/* always set */
#define FL_PF		0x00000004
#define FL_AF		0x00000010
#define FL_ZF		0x00000040
#define FL_SF		0x00000080
#define FL_TF		0x00000100	/* single step */
#define FL_IF		0x00000200	/* interrupts on */
#define FL_DF		0x00000400	/* string operations go downwards */
#define FL_OF		0x00000800
#define FL_IOPL_MASK	0x00003000	/* who may use I/O ports */
#define FL_IOPL_0	0x00000000
#define FL_IOPL_1	0x00001000
#define FL_IOPL_2	0x00002000
#define FL_IOPL_3	0x00003000
#define FL_NT		0x00004000	/* nested task */
#define FL_RF		0x00010000
#define FL_VM		0x00020000
#define FL_AC		0x00040000	/* alignment check; SMAP override */
#define FL_VIF		0x00080000
#define FL_VIP		0x00100000
#define FL_ID		0x00200000	/* can be flipped if CPUID exists */

/* Types of segments and of system descriptors (SDM 3A 3.4.5.1, 3.5). */
#define STA_X		0x8	/* code */
#define STA_E		0x4	/* data: grows downwards */
#define STA_C		0x4	/* code: conforming */
#define STA_W		0x2	/* data: writable */
#define STA_R		0x2	/* code: readable */
#define STA_A		0x1	/* accessed, set by the processor */
#define STS_T16A	0x1	/* 16-bit task state segment, available */
#define STS_LDT		0x2	/* local descriptor table */
#define STS_T16B	0x3	/* 16-bit task state segment, busy */
#define STS_CG16	0x4	/* 16-bit call gate */
#define STS_TG		0x5	/* task gate */
#define STS_IG16	0x6	/* 16-bit interrupt gate */
#define STS_TG16	0x7	/* 16-bit trap gate */
#define STS_T32A	0x9	/* 32-bit task state segment, available */
#define STS_T32B	0xB	/* 32-bit task state segment, busy */
#define STS_CG32	0xC	/* 32-bit call gate */
#define STS_IG32	0xE	/* 32-bit interrupt gate: clears IF */
#define STS_TG32	0xF	/* 32-bit trap gate: leaves IF */

#ifdef __ASSEMBLER__

/*
 * Segment descriptors as data: the null descriptor, and a 32-bit segment of
 * privilege level 0 whose limit counts pages.
 */
#define SEG_NULL	.long 0, 0
#define SEG(type, base, lim)						\
	.long ((lim) >> 12 & 0xFFFF) | ((base) & 0xFFFF) << 16,		\
	      ((base) >> 16 & 0xFF) | (type) << 8 | 0x00C09000		\
	      | ((lim) >> 28 & 0xF) << 16 | ((base) >> 24 & 0xFF) << 24

#else

typedef uint32_t pte_t;
typedef uint32_t pde_t;

/* Segment descriptor (SDM 3A 3.4.5). */
struct Segdesc {
	uint16_t sd_lim_15_0;
	uint16_t sd_base_15_0;
	uint8_t sd_base_23_16;
	unsigned sd_type : 4;
	unsigned sd_s : 1;		/* 0 system, 1 code or data */
	unsigned sd_dpl : 2;
	unsigned sd_p : 1;
	unsigned sd_lim_19_16 : 4;
	unsigned sd_avl : 1;
	unsigned sd_rsv1 : 1;
	unsigned sd_db : 1;		/* 1: 32-bit */
	unsigned sd_g : 1;		/* 1: limit counts pages */
	uint8_t sd_base_31_24;
} __attribute__((packed));
_Static_assert(sizeof(struct Segdesc) == 8, "a segment descriptor is 8 bytes");

/*
 * Code and data segments as C values: the null descriptor; one whose limit
 * counts pages, so that the low 12 bits of lim are lost; one whose limit, up to
 * 1 MiB, counts bytes.
 */
#define SEG_NULL	((struct Segdesc) { 0 })
#define SEG(type, base, lim, dpl)					\
	SEG_OF_(type, base, (uint32_t)(lim) >> 12, dpl, 1)
#define SEG16(type, base, lim, dpl)	SEG_OF_(type, base, lim, dpl, 0)
#define SEG_OF_(type, base, lim, dpl, pages) ((struct Segdesc) {	\
	.sd_lim_15_0 = (lim) & 0xFFFF,					\
	.sd_lim_19_16 = (uint32_t)(lim) >> 16 & 0xF,			\
	.sd_base_15_0 = (uint32_t)(base) & 0xFFFF,			\
	.sd_base_23_16 = (uint32_t)(base) >> 16 & 0xFF,			\
	.sd_base_31_24 = (uint32_t)(base) >> 24,			\
	.sd_type = (type), .sd_s = 1, .sd_dpl = (dpl), .sd_p = 1,	\
	.sd_db = 1, .sd_g = (pages) })

/* A flat 4 GiB segment. */
#define SEG_FLAT(type, dpl)	SEG(type, 0, 0xFFFFFFFF, dpl)

/* A 32-bit task state segment at linear address base. */
#define SEG_TSS(base, size) ((struct Segdesc) {				\
	.sd_lim_15_0 = (size) - 1,					\
	.sd_base_15_0 = (base) & 0xFFFF,				\
	.sd_base_23_16 = (base) >> 16 & 0xFF,				\
	.sd_base_31_24 = (base) >> 24,					\
	.sd_type = STS_T32A, .sd_p = 1 })

/* Gate descriptor (SDM 3A 6.11). */
struct Gatedesc {
	uint16_t gd_off_15_0;
	uint16_t gd_sel;
	uint8_t gd_rsv;
	unsigned gd_type : 4;
	unsigned gd_s : 1;
	unsigned gd_dpl : 2;
	unsigned gd_p : 1;
	uint16_t gd_off_31_16;
} __attribute__((packed));
_Static_assert(sizeof(struct Gatedesc) == 8, "a gate descriptor is 8 bytes");

#define GATE(type, sel, off, dpl) ((struct Gatedesc) {			\
	.gd_off_15_0 = (uint32_t)(off) & 0xFFFF,			\
	.gd_off_31_16 = (uint32_t)(off) >> 16,				\
	.gd_sel = (sel), .gd_type = (type), .gd_dpl = (dpl), .gd_p = 1 })

/* Store an interrupt gate (istrap 0), a trap gate (1), or a call gate. */
#define SETGATE(gate, istrap, sel, off, dpl)				\
	((void)((gate) = GATE((istrap) ? STS_TG32 : STS_IG32, sel, off, dpl)))
#define SETCALLGATE(gate, sel, off, dpl)				\
	((void)((gate) = GATE(STS_CG32, sel, off, dpl)))

/* Operand of LGDT and LIDT. */
struct Pseudodesc {
	uint16_t pd_lim;
	uint32_t pd_base;
} __attribute__((packed));

/* 32-bit task state segment (SDM 3A 7.2.1). */
struct Taskstate {
	uint32_t ts_link;	/* selector of the previous task */
	uint32_t ts_esp0;
	uint32_t ts_ss0;
	uint32_t ts_esp1;
	uint32_t ts_ss1;
	uint32_t ts_esp2;
	uint32_t ts_ss2;
	uint32_t ts_cr3;
	uint32_t ts_eip;
	uint32_t ts_eflags;
	uint32_t ts_eax;
	uint32_t ts_ecx;
	uint32_t ts_edx;
	uint32_t ts_ebx;
	uint32_t ts_esp;
	uint32_t ts_ebp;
	uint32_t ts_esi;
	uint32_t ts_edi;
	uint32_t ts_es;
	uint32_t ts_cs;
	uint32_t ts_ss;
	uint32_t ts_ds;
	uint32_t ts_fs;
	uint32_t ts_gs;
	uint32_t ts_ldt;
	uint16_t ts_t;		/* bit 0: debug trap on switch */
	uint16_t ts_iomb;	/* offset of the I/O permission map */
};
_Static_assert(sizeof(struct Taskstate) == 104, "the 32-bit TSS is 104 bytes");

#endif /* !__ASSEMBLER__ */
#endif
