#ifndef PAGEWALK_KERN_NMI_H
#define PAGEWALK_KERN_NMI_H

/*
 * Non-maskable interrupts. One that interrupts a program enters the monitor, and
 * `continue` goes on. One that interrupts the kernel's work for a program cannot
 * be reported there: the work is half done, and esp may not be a stack
 * (env_pop_tf). So it is remembered, and reported at the program's next timer
 * interrupt. A second one before that is reported at once: the kernel may hang.
 * In the monitor, beside a program that it has stopped, it is the same.
 *
 * Limits: the processor pushes 12 bytes. If esp is at the start of an env_tf, as
 * for one instruction of env_pop_tf, they go over the end of the slot before.
 */
#define NMI_AT_ONCE	0	/* no program runs: report it */
#define NMI_WAITS	1	/* one does: remember it, in the kernel */
#define NMI_PENDING	2	/* one is remembered */

#ifndef __ASSEMBLER__
#include <inc/types.h>

/* The state of these; trapentry.S reads and changes it, too. */
extern uint32_t nmi_state;

/* From now on programs run, or stop in the monitor; from now on none does. */
static inline void
nmi_begin(void)
{
	if (nmi_state == NMI_AT_ONCE)
		nmi_state = NMI_WAITS;
}

/* One was reported; the program may continue. */
static inline void
nmi_reported(void)
{
	if (nmi_state == NMI_PENDING)
		nmi_state = NMI_WAITS;
}

static inline void
nmi_end(void)
{
	nmi_state = NMI_AT_ONCE;
}
#endif

#endif
