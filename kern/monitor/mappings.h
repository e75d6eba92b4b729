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

/* The user mappings, in all environments, of a frame. */
struct mappings {
	uint32_t count;
	uint32_t bits;			/* set in some of the entries */
	const struct Env *env;		/* one of them; NULL if there is none */
	uintptr_t va;
};

/*
 * Find the mappings of the frame at pa. If it is known to have one only, at
 * `likely` (kern/resident.h) as a rule, look there first.
 */
struct mappings find_mappings(physaddr_t pa);
struct mappings find_mapping(physaddr_t pa, uint32_t likely);

/* An environment's user pages. */
struct page_counts {
	uint32_t shared;	/* in a frame that others refer to, too */
	uint32_t private;
	uint32_t on_disk;
	uint32_t in_file;	/* the program's; not loaded */
};

void	count_pages(const struct Env *e, struct page_counts *counts);

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
