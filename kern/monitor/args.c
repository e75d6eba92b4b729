/* Reading the arguments of commands: numbers, environments, directories. */

#include <inc/stdio.h>
#include <inc/string.h>
#include <kern/env.h>
#include <kern/monitor/args.h>
#include <kern/monitor/mappings.h>
#include <kern/monitor/ready.h>
#include <kern/vmwalk.h>

bool
arg_number(const char *text, uint32_t *value)
{
	if (parse_u32(text, value) == 0)
		return true;
	cprintf("'%s' is not a 32-bit number (examples: 10, 0x1f).\n", text);
	return false;
}

/* Read an environment's id: hexadecimal, as it is printed, or with 0x. */
static bool
arg_id(const char *text, uint32_t *id)
{
	bool prefixed = text[0] == '0' && (text[1] | 0x20) == 'x';
	char digits[40];
	int n;

	n = snprintf(digits, sizeof(digits), "0x%s", text + 2 * prefixed);
	if (n < (int)sizeof(digits) && parse_u32(digits, id) == 0)
		return true;
	cprintf("'%s' is not an environment's id, a hexadecimal number"
		" (examples: 00001000, 0x1000).\n", text);
	return false;
}

struct Env *
arg_env(const char *text)
{
	struct Env *e;
	uint32_t id;

	if (!arg_id(text, &id) || !mon_ready(NEEDS_ENVS))
		return NULL;
	/* envid2env would return the current environment for 0. */
	if (id && envid2env(id, &e, false) == 0)
		return e;
	cprintf("There is no environment %08x; 'envs' lists them.\n", id);
	return NULL;
}

const pde_t *
arg_directory(const char *text)
{
	const pde_t *pgdir;
	struct Env *e;

	if (!text)
		return vm_current();
	e = arg_env(text);
	if (!e)
		return NULL;
	pgdir = env_directory(e);
	if (!pgdir)
		cprintf("%08x has no page directory: env_pgdir is %p.\n",
			e->env_id, e->env_pgdir);
	return pgdir;
}
