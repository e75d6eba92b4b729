#ifndef PAGEWALK_KERN_MONITOR_MAPPINGS_H
#define PAGEWALK_KERN_MONITOR_MAPPINGS_H

/*
 * Environments and the frames that they map. Found by walking all tables; a
 * frame's reference count may be wrong.
 */

#include <inc/env.h>
#include <kern/vmwalk.h>

/*
 * Return the first environment after e, in the order of envs, or NULL if there
 * is none. With e NULL, the first of all.
 */
const struct Env *next_env(const struct Env *e);

/* Return e's page directory, or NULL if that is not in the kernel's window. */
const pde_t *env_directory(const struct Env *e);

/* The user mappings of all environments that lead to the frame at pa. */
uint32_t count_mappings(physaddr_t pa);

/*
 * Count e's user pages whose frame has other mappings, by its reference count,
 * and those that only e maps.
 */
void	count_pages(const struct Env *e, uint32_t *shared, uint32_t *private);

/*
 * Print each mapping of the frame at pa: the kernel's, then those of every
 * environment, except in the part that all have in common.
 */
void	print_mappings(physaddr_t pa);

/*
 * Describe into buf how the user page of a walk is shared: "copy-on-write, shared
 * by 3". Empty if it is not.
 */
void	share_text(const struct vm_walk *w, char *buf, size_t size);

#endif
