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

/* For user_symbols (kdebug.h). */
static const struct symtab *
current_symbols(void)
{
	const struct program *p = curenv ? env_private(curenv)->program : NULL;

	return p ? p->symbols : NULL;
}

const char *
program_name(const struct Env *e)
{
	const struct program *p = env_private(e)->program;

	return p ? p->name : "?";
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
	if (!program_built(p)) {
		cprintf("%s did not compile or link: 'make' shows why.\n",
			name);
		return -E_NOT_EXEC;
	}
	error = env_create(p->start, p->end - p->start, ENV_TYPE_USER, &e);
	if (error)
		cprintf("%s cannot be started: %e\n", name, error);
	else {
		env_private(e)->program = p;
		user_symbols = current_symbols;
	}
	return error;
}
