#ifndef PAGEWALK_KERN_CHECK_CPU_STATE_H
#define PAGEWALK_KERN_CHECK_CPU_STATE_H

#include <inc/types.h>

/* Save the processor's registers that a check must not change. */
void	check_cpu_save(void);

/* Save EFLAGS when the check has returned, inside the guard. */
void	check_cpu_note_flags(void);

/*
 * Restore the registers that differ from those at check_cpu_save. Returns true
 * if one does, or if EFLAGS did at check_cpu_note_flags; buf gets a
 * description.
 */
bool	check_cpu_restore(char *buf, size_t size);

#endif
