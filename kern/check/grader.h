#ifndef PAGEWALK_KERN_CHECK_GRADER_H
#define PAGEWALK_KERN_CHECK_GRADER_H

#include <kern/check/check.h>

/*
 * The protocol between a grader on the host and the kernel. QEMU's item
 * opt/pagewalk/grade holds a key, and perhaps names of checks: those to run, or
 * with a minus checks and groups to leave out, because they have ended the
 * machine. Each line of results begins with "@KEY ", which a student's code
 * does not print by accident.
 */

/* Look for the item. Returns true if there is a grader. */
bool	grader_begin(void);

/* True if grader_begin has found a grader. */
bool	grader_present(void);

/* True if the grader asked for this check, or if there is no grader. */
bool	grader_wants(const struct check *c);

/* True if the grader asked for some checks only. */
bool	grader_is_selective(void);

/* Print "@KEY " and a line, if there is a grader. */
void	grader_line(const char *fmt, ...)
	__attribute__((format(printf, 1, 2)));

#endif
