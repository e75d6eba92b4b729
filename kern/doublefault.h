#ifndef PAGEWALK_KERN_DOUBLEFAULT_H
#define PAGEWALK_KERN_DOUBLEFAULT_H

/*
 * Report a double fault: where its task begins. Does not return.
 * => runs on df_stack, with entry_pgdir.
 */
void	double_fault(void);

#endif
