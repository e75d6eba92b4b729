#ifndef PAGEWALK_KERN_MISUSE_H
#define PAGEWALK_KERN_MISUSE_H

#include <inc/memlayout.h>

/*
 * What a caller of page.c or pmap.c did wrong, in words. None returns, but the
 * compiler is not to know: see the head of page.c.
 */
void	page_free_misused(struct PageInfo *pp);
void	page_decref_misused(struct PageInfo *pp);
void	page_insert_misused(struct PageInfo *pp, void *va);
void	page_remove_misused(void *va);

#endif
