#ifndef PAGEWALK_KERN_CHECK_AUDIT_RULES_H
#define PAGEWALK_KERN_CHECK_AUDIT_RULES_H

/* Declarations that the audit's files share: audit.c, own/audit_env.c. */

#include <kern/vmwalk.h>

enum rule { F1, F2, F3, M1, M2, M3, MAP, Q1, Q2, S1, NRULES };

/* Begin an audit that prints; return its number of violations so far. */
void	audit_begin(void);
int	audit_total(void);

/* Report a violation. */
void	complain(enum rule rule, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* Count the reference of an entry, if it is present, to its frame. */
void	audit_count(uint32_t entry);

/* Check the permissions of a range. */
void	audit_range(const struct vm_range *r);

/* Check what users see above UTOP through pgdir: envs, pages, pgdir itself. */
void	audit_windows(const pde_t *pgdir);

/* own/audit_swap.c: count an entry that is not present. */
void	audit_absent(pte_t entry, uintptr_t va);

/* own/audit_env.c: check all environments, and count their references. */
void	audit_envs(void);

#endif
