#ifndef PAGEWALK_KERN_CHECK_OWN_AUDIT_SWAP_H
#define PAGEWALK_KERN_CHECK_OWN_AUDIT_SWAP_H

/*
 * Audit the swap area: between the two calls, audit_absent is called for each
 * entry of a program that is neither present nor 0.
 */
void	audit_swap_begin(void);
void	audit_swap_end(void);

#endif
