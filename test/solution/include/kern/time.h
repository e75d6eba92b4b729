#ifndef PAGEWALK_SOLUTION_KERN_TIME_H
#define PAGEWALK_SOLUTION_KERN_TIME_H

/* The clock of a course's last lab: a pmap.c takes nothing from it. */

void	time_init(void);
void	time_tick(void);
unsigned time_msec(void);

#endif
