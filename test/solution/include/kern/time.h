#ifndef PAGEWALK_SOLUTION_KERN_TIME_H
#define PAGEWALK_SOLUTION_KERN_TIME_H

/* The clock of a course's last lab. A pmap.c uses nothing of it. */

void	time_init(void);
void	time_tick(void);
unsigned time_msec(void);

#endif
