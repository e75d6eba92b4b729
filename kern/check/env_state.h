#ifndef PAGEWALK_KERN_CHECK_ENV_STATE_H
#define PAGEWALK_KERN_CHECK_ENV_STATE_H

#include <inc/env.h>

/*
 * Which environments exist, which slots and ids come next, and which
 * environment is current. In a check no program runs: NMIs are reported at once.
 */
struct env_state {
	envid_t ids[NENV];
	struct Env *links[NENV];
	bool exists[NENV];
	struct Env *free, *current;
	uint32_t count;
	uint32_t cr3;
	uint32_t nmi;
	uint16_t fs, gs;
};

void	env_state_save(struct env_state *s);

/*
 * Forget the environments that have come since. Frees no memory: the caller has
 * put the frames back.
 */
void	env_state_restore(const struct env_state *s);

#endif
