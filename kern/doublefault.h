#ifndef PAGEWALK_KERN_DOUBLEFAULT_H
#define PAGEWALK_KERN_DOUBLEFAULT_H

/*
 * Report a double fault. The double-fault task begins here. Does not return.
 * => runs on df_stack, with entry_pgdir.
 */
void	double_fault(void);

#endif
