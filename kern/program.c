/* The user programs in the kernel image, by name. */

#include <inc/error.h>
#include <inc/stdio.h>
#include <inc/string.h>
#include <kern/env.h>
#include <kern/program.h>

const struct program *
program_find(const char *name)
{
	const struct program *p;

	for (p = programs; p->name; p++)
		if (strcmp(p->name, name) == 0)
			return p;
	return NULL;
}

/* By the slot of the environment: what it runs, and which use of it does. */
static struct {
	envid_t id;
	const struct program *program;
} running[NENV];

static const struct program *
program_of(const struct Env *e)
{
	return running[e - envs].id == e->env_id ? running[e - envs].program
		: NULL;
}

/* For user_symbols (kdebug.h). */
static const struct symtab *
current_symbols(void)
{
	const struct program *p = curenv ? program_of(curenv) : NULL;

	return p ? p->symbols : NULL;
}

const char *
program_name(const struct Env *e)
{
	return program_of(e) ? program_of(e)->name : "?";
}

int
program_start(const char *name)
{
	const struct program *p = program_find(name);
	struct Env *e;
	int error;

	if (!p) {
		cprintf("There is no program '%s'; 'ls' lists them.\n", name);
		return -E_NOT_FOUND;
	}
	error = env_create(p->start, p->end - p->start, ENV_TYPE_USER, &e);
	if (error)
		cprintf("%s cannot be started: %e\n", name, error);
	else {
		running[e - envs].id = e->env_id;
		running[e - envs].program = p;
		user_symbols = current_symbols;
	}
	return error;
}
