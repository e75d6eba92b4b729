#ifndef PAGEWALK_KERN_CHECK_OWN_RIGHT_MAP_H
#define PAGEWALK_KERN_CHECK_OWN_RIGHT_MAP_H

#include <inc/types.h>

/*
 * For a graded kernel, before its map is made: clear all entries of kern_pgdir
 * except that for UVPT. If a wrong entry made the directory a table of itself,
 * mem_init would overwrite the directory, and then the boot stack.
 */
void	right_map_begin(void);

/*
 * For a graded kernel whose map has failed its checks: replace what kern_pgdir
 * holds by the map of inc/memlayout.h, made by hand, so that mem_init's mistake
 * costs nothing but mem_init's points. Returns false, with nothing changed, if
 * the machine has no 4 MiB pages or kern_pgdir is no page.
 */
bool	right_map_make(void);

/*
 * mem_init is about to return: note what it left in CR3, and load kern_pgdir.
 * The stack at KSTACKTOP comes next, and exists nowhere else.
 */
void	right_map_load(void);

/* The CR3 that mem_init left; what CR3 is now if mem_init has not returned. */
uint32_t right_map_first_cr3(void);

#endif
