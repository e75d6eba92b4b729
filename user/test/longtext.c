/*
 * Prints a long text in one system call. Other environments run meanwhile: try
 * `run worker`, then `run longtext`.
 */

#include <inc/lib.h>
#include <inc/string.h>

#define LINE	64
#define LINES	64

static char text[LINES * LINE];

/* Return how often other environments have been chosen to run. */
static uint32_t
runs_of_others(void)
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
	uint32_t runs;
	int i;

	memset(text, '.', sizeof(text));
	for (i = 0; i < LINES; i++) {
		snprintf(&text[i * LINE], LINE, "%08x: page %d",
			 thisenv->env_id, i + 1);
		text[i * LINE + strlen(&text[i * LINE])] = ' ';
		text[(i + 1) * LINE - 1] = '\n';
	}
	runs = runs_of_others();
	sys_cputs(text, sizeof(text));
	runs = runs_of_others() - runs;
	/* One run may be due to a timer tick. */
	cprintf("[%08x] the end; other environments %s meanwhile\n",
		thisenv->env_id, runs > 1 ? "ran" : "hardly ran");
}
