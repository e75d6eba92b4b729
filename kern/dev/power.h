#ifndef PAGEWALK_KERN_POWER_H
#define PAGEWALK_KERN_POWER_H

#include <inc/types.h>

/* Switch the machine off. If that is impossible, print so and halt. */
void	power_off(void) NORETURN;

/* Restart the machine. */
void	reset(void) NORETURN;

#endif
