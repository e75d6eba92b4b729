/*
 * Prints a whole book in one system call. Others have their turns meanwhile:
 * `run worker`, then `run longtext`.
 */

#include <inc/lib.h>
#include <inc/string.h>

#define LINE	64
#define LINES	64

static char book[LINES * LINE];

/* How often anybody but us was chosen to run. */
static uint32_t
turns_of_others(void)
{
	const volatile struct Env *e;
	uint32_t n = 0;

	for (e = envs; e < envs + NENV; e++)
		if (e != thisenv)
			n += e->env_runs;
	return n;
}

void
umain(int argc, char **argv)
{
	uint32_t turns;
	int i;

	memset(book, '.', sizeof(book));
	for (i = 0; i < LINES; i++) {
		snprintf(&book[i * LINE], LINE, "%08x: page %d",
			 thisenv->env_id, i + 1);
		book[i * LINE + strlen(&book[i * LINE])] = ' ';
		book[(i + 1) * LINE - 1] = '\n';
	}
	turns = turns_of_others();
	sys_cputs(book, sizeof(book));
	turns = turns_of_others() - turns;
	/* One may be due to a tick that came while we printed. */
	cprintf("[%08x] the end; others had %s\n", thisenv->env_id,
		turns > 1 ? "their turns" : "hardly a turn");
}
