#ifndef PAGEWALK_KERN_AUDIT_H
#define PAGEWALK_KERN_AUDIT_H

#include <inc/types.h>

/*
 * As audit() in kern/check.h, but print nothing; put what comes after `skip`
 * findings into buf, if buf is not NULL. Returns how many there are.
 */
int	audit_quietly(int skip, char *buf, size_t size);

#endif
