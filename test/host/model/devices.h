#ifndef PAGEWALK_TEST_MODEL_DEVICES_H
#define PAGEWALK_TEST_MODEL_DEVICES_H

#include <inc/types.h>

/* Reset the hooks, which belong to the monitor. */
void	devices_reset(void);

/* False on a machine whose timer never ticks. */
extern bool timer_present;

/* Called when the processor halts until an interrupt. */
extern void (*devices_idle)(void);

/* Called by the monitor, which a breakpoint has entered. */
extern void (*devices_breakpoint)(void);

#endif
