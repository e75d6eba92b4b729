#ifndef PAGEWALK_INC_TRAP_H
#define PAGEWALK_INC_TRAP_H

/* Vector numbers, and the frame that a trap pushes. */

/* Processor exceptions (SDM 3A table 6-1). 9 and 15 are reserved. */
#define T_DIVIDE	0
#define T_DEBUG		1
#define T_NMI		2
#define T_BRKPT		3
#define T_OFLOW		4
#define T_BOUND		5
#define T_ILLOP		6
#define T_DEVICE	7
#define T_DBLFLT	8
#define T_COPROC	9
#define T_TSS		10
#define T_SEGNP		11
#define T_STACK		12
#define T_GPFLT		13
#define T_PGFLT		14
#define T_RES		15
#define T_FPERR		16
#define T_ALIGN		17
#define T_MCHK		18
#define T_SIMDERR	19

#define NEXCEPTIONS	20

/* Chosen by us. */
#define IRQ_OFFSET	32	/* device interrupts begin here */

/* Device interrupts of a PC, counted from IRQ_OFFSET. */
#define IRQ_TIMER	0
#define IRQ_KBD		1
#define IRQ_SERIAL	4
#define IRQ_SPURIOUS	7	/* sent if a request ends too early */
#define IRQ_IDE		14
#define IRQ_ERROR	19	/* of the local APIC */

#define T_SYSCALL	48
#define T_DEFAULT	500	/* any other */

/* Offsets in struct Trapframe, for assembly. */
#define TF_EDI		0
#define TF_EBP		8
#define TF_EBX		16
#define TF_ES		32
#define TF_DS		36
#define TF_EIP		48
#define TF_CS		52
#define TF_EFLAGS	56
#define TF_ESP		60
#define TF_SS		64

#ifndef __ASSEMBLER__
#include <inc/types.h>

/* The registers as PUSHA stores them, lowest address first. */
struct PushRegs {
	uint32_t reg_edi;
	uint32_t reg_esi;
	uint32_t reg_ebp;
	uint32_t reg_oesp;	/* esp before PUSHA; POPA ignores it */
	uint32_t reg_ebx;
	uint32_t reg_edx;
	uint32_t reg_ecx;
	uint32_t reg_eax;
};

/*
 * The state of the interrupted code. kern/trapentry.S pushes the first half,
 * and tf_err for vectors without an error code; the processor pushes the rest.
 * tf_esp and tf_ss exist only if the trap came from user mode.
 */
struct Trapframe {
	struct PushRegs tf_regs;
	uint16_t tf_es;
	uint16_t tf_padding1;
	uint16_t tf_ds;
	uint16_t tf_padding2;
	uint32_t tf_trapno;
	uint32_t tf_err;
	uintptr_t tf_eip;
	uint16_t tf_cs;
	uint16_t tf_padding3;
	uint32_t tf_eflags;
	uintptr_t tf_esp;
	uint16_t tf_ss;
	uint16_t tf_padding4;
};
_Static_assert(__SIZEOF_POINTER__ != 4 || sizeof(struct Trapframe) == 68,
	       "trapentry.S pushes 17 words");

#define TF_OFFSET(name, member)						\
	_Static_assert(__SIZEOF_POINTER__ != 4				\
		       || (name) == offsetof(struct Trapframe, member),	\
		       #name " is the offset of " #member)
TF_OFFSET(TF_EDI, tf_regs.reg_edi);
TF_OFFSET(TF_EBP, tf_regs.reg_ebp);
TF_OFFSET(TF_EBX, tf_regs.reg_ebx);
TF_OFFSET(TF_ES, tf_es);
TF_OFFSET(TF_DS, tf_ds);
TF_OFFSET(TF_EIP, tf_eip);
TF_OFFSET(TF_CS, tf_cs);
TF_OFFSET(TF_EFLAGS, tf_eflags);
TF_OFFSET(TF_ESP, tf_esp);
TF_OFFSET(TF_SS, tf_ss);
#undef TF_OFFSET

/*
 * The state at a page fault, for a user's handler. The kernel pushes it onto the
 * exception stack, and lib/pgfault_entry.S returns to it.
 */
struct UTrapframe {
	uint32_t utf_fault_va;		/* the address accessed */
	uint32_t utf_err;		/* the processor's error code, FEC_* */
	struct PushRegs utf_regs;
	uintptr_t utf_eip;
	uint32_t utf_eflags;
	uintptr_t utf_esp;
};
_Static_assert(__SIZEOF_POINTER__ != 4 || sizeof(struct UTrapframe) == 52,
	       "pgfault_entry.S knows the offsets");

#endif
#endif
