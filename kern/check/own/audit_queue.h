#ifndef PAGEWALK_KERN_CHECK_OWN_AUDIT_QUEUE_H
#define PAGEWALK_KERN_CHECK_OWN_AUDIT_QUEUE_H

/* Audit the queues of environments, and what each one waits for. */
void	audit_queues(void);

#endif
