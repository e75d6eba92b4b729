/*
 * Which parts of the kernel work yet?
 *
 * A student's kernel often panics during start-up, in the function that is
 * being written, and that panic ends in the monitor. Commands ask here before
 * they use a table that does not exist yet.
 *
 * The answers come from the data itself where possible. `pages` is the
 * exception: memory from boot_alloc is not cleared, so only the step after
 * page_init shows that it is filled in.
 */

#include <inc/stdio.h>
#include <inc/x86.h>
#include <kern/env.h>
#include <kern/gates.h>
#include <kern/hooks.h>
#include <kern/monitor/ready.h>
#include <kern/pmap.h>

static bool
have_traps(void)
{
	struct Pseudodesc pd;

	sidt(&pd);
	return pd.pd_base == (uintptr_t)idt;
}

static bool
have_checks(void)
{
	return hooks.trapped != NULL && have_traps();
}

static bool
have_frames(void)
{
	return pages && milestone_reached("page_init");
}

static bool
have_map(void)
{
	return kern_pgdir && milestone_reached("map_kernel");
}

static bool
have_directory(void)
{
	return window_mapped == KERNWINSIZE;
}

bool
envs_ready(void)
{
	return envs && (env_free_list || env_count);
}

static bool
have_start(void)
{
	return milestone_reached("installed");
}

bool
mon_ready(unsigned needs)
{
	static const struct {
		unsigned part;
		bool (*works)(void);
		const char *missing;
	} parts[] = {
		{ NEEDS_TRAPS, have_traps, "Faults cannot be reported yet:"
		  " trap_init has not finished." },
		{ NEEDS_CHECKS, have_checks, "Checks cannot run yet: i386_init"
		  " has not started them." },
		{ NEEDS_FRAMES, have_frames, "There are no frames yet:"
		  " page_init has not finished." },
		{ NEEDS_MAP, have_map, "There is no kernel map yet: mem_init"
		  " has not made it." },
		{ NEEDS_DIRECTORY, have_directory, "The kernel's page directory"
		  " is not in use: mem_init has not loaded it, or it is"
		  " damaged." },
		{ NEEDS_ENVS, envs_ready, "There are no environments yet:"
		  " env_init has not finished." },
		{ NEEDS_START, have_start, "Programs cannot run yet: start-up"
		  " has not finished." },
	}, *p;

	for (p = parts; p < parts + ARRAY_SIZE(parts); p++)
		if ((needs & p->part) && !p->works()) {
			cprintf("%s\n", p->missing);
			return false;
		}
	return true;
}
