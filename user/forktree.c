/*
 * Each environment has a name of binary digits, prints it, and forks two
 * children, whose names have one digit more; those with three have none.
 */

#include <inc/lib.h>

#define DEPTH	3

static void	grow(const char *name);

static void
fork_child(const char *name, char digit)
{
	char longer[DEPTH + 1];
	envid_t child;

	if (strlen(name) == DEPTH)
		return;
	snprintf(longer, sizeof(longer), "%s%c", name, digit);
	if ((child = fork()) < 0)
		panic("fork: %e", child);
	if (child == 0) {
		grow(longer);
		exit();
	}
}

static void
grow(const char *name)
{
	cprintf("%04x: I am '%s'\n", thisenv->env_id, name);
	fork_child(name, '0');
	fork_child(name, '1');
}

void
umain(int argc, char **argv)
{
	grow("");
}
