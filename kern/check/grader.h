#ifndef PAGEWALK_KERN_GRADED_H
#define PAGEWALK_KERN_GRADED_H

#include <kern/check/check.h>

/*
 * What a grader that started QEMU wants: the item opt/pagewalk/grade holds a
 * key, and perhaps names of checks. Lines of results then begin with "@KEY ",
 * which a student's code prints by no accident.
 */

/* Look for it. Returns whether there is a grader. */
bool	graded_begin(void);

/* Is there one? */
bool	graded(void);

/* Does it want this check? Without a grader: yes. */
bool	graded_wants(const struct check *c);

/* Does it want some checks only? */
bool	graded_selective(void);

/* "@KEY " and a line; nothing without a grader. */
void	graded_line(const char *fmt, ...)
	__attribute__((format(printf, 1, 2)));

#endif
