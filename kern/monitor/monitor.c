/*
 * The kernel monitor: a table of commands, and the loop that reads and runs
 * them.
 *
 * Each command is one function in a cmd_*.c file. The loop checks the number
 * of arguments; the command checks their values (args.h).
 */

#include <inc/assert.h>
#include <inc/stdio.h>
#include <inc/string.h>
#include <kern/dev/console.h>
#include <kern/hooks.h>
#include <kern/monitor/monitor.h>
#include <kern/monitor/ready.h>
#include <kern/monitor/report.h>
#include <kern/program.h>

#define MAXARGS	16

static int mon_help(int argc, char **argv, struct Trapframe *tf);

static const struct Command commands[] = {
	{ "help", "[COMMAND]", "list commands, or explain one",
	  mon_help, 0, 1, 0 },
	{ "kerninfo", "", "kernel addresses and processor features",
	  mon_kerninfo, 0, 0, 0 },
	{ "backtrace", "", "print a stack backtrace",
	  mon_backtrace, 0, 0, 0 },
	{ "meminfo", "", "count frames by state and use",
	  mon_meminfo, 0, 0, NEEDS_FRAMES },
	{ "memmap", "", "physical memory, by firmware, CMOS and probing",
	  mon_memmap, 0, 0, 0 },
	{ "pgdir", "[ENV]", "mappings of the current directory, or ENV's",
	  mon_pgdir, 0, 1, 0 },
	{ "showmappings", "LO [HI]", "mappings of the pages from LO to HI",
	  mon_showmappings, 1, 2, 0 },
	{ "walk", "VA [ENV]", "translate an address, step by step",
	  mon_walk, 1, 2, 0 },
	{ "setperm", "VA FLAGS", "set a page's permissions (p, w, u, number)",
	  mon_setperm, 2, 2, 0 },
	{ "dump", "v|p ADDR [N]",
	  "print N bytes, virtual or physical (default 64)",
	  mon_dump, 2, 3, 0 },
	{ "cpus", "", "the processors that the firmware lists",
	  mon_cpus, 0, 0, 0 },
	{ "disks", "[DISK SECTOR]", "list the disks, or print a sector's bytes",
	  mon_disks, 0, 2, 0 },
	{ "swap", "[WHAT [VALUE]]",
	  "paging to disk; or policy, frames, seed, slots, pages, record, trace, reset",
	  mon_swap, 0, 2, 0 },
	{ "page", "PA|PPN", "a frame's state, count and mappings (PA: 0x...)",
	  mon_page, 1, 1, NEEDS_FRAMES },
	{ "audit", "[ENV]", "check the invariants F1 to M3",
	  mon_audit, 0, 1, NEEDS_FRAMES | NEEDS_MAP },
	{ "check", "[NAME]", "run one check, a group of checks, or all",
	  mon_check, 0, 1, NEEDS_CHECKS },
	{ "regs", "", "registers at the trap, or now",
	  mon_regs, 0, 0, 0 },
	{ "fault", "[KIND]", "cause a fault; without KIND, list the kinds",
	  mon_fault, 0, 1, NEEDS_TRAPS },
	{ "ls", "", "list user programs",
	  mon_ls, 0, 0, 0 },
	{ "run", "NAME", "run a user program, and everything runnable",
	  mon_run, 1, 1, NEEDS_DIRECTORY | NEEDS_ENVS | NEEDS_START },
	{ "envs", "", "list environments",
	  mon_envs, 0, 0, NEEDS_ENVS },
	{ "kill", "ID", "end an environment",
	  mon_kill, 1, 1, NEEDS_DIRECTORY | NEEDS_ENVS },
	{ "step", "", "execute one instruction (after a breakpoint)",
	  mon_step, 0, 0, 0 },
	{ "continue", "", "continue after a breakpoint",
	  mon_continue, 0, 0, 0 },
	{ "reboot", "", "restart the machine",
	  mon_reboot, 0, 0, 0 },
	{ "halt", "", "switch the machine off; ends QEMU",
	  mon_halt, 0, 0, 0 },
};

static const struct Command *
find_command(const char *name)
{
	const struct Command *c;

	for (c = commands; c < commands + ARRAY_SIZE(commands); c++)
		if (strcmp(c->name, name) == 0)
			return c;
	return NULL;
}

static void
usage(const struct Command *c)
{
	cprintf("usage: %s%s%s\n", c->name, *c->arguments ? " " : "",
		c->arguments);
}

static int
mon_help(int argc, char **argv, struct Trapframe *tf)
{
	const struct Command *c;

	(void)tf;
	if (argc == 2) {
		c = find_command(argv[1]);
		if (!c) {
			cprintf("There is no command '%s'.\n", argv[1]);
			return MON_DONE;
		}
		usage(c);
		cprintf("  %s\n", c->help);
		return MON_DONE;
	}
	for (c = commands; c < commands + ARRAY_SIZE(commands); c++)
		cprintf("%-13s %-14s %s\n", c->name, c->arguments, c->help);
	return MON_DONE;
}

/* Split line into words, in place. Returns their number, or -1: too many. */
static int
split_words(char *line, char **argv)
{
	int argc = 0;

	for (;;) {
		while (*line == ' ' || *line == '\t')
			*line++ = '\0';
		if (!*line)
			break;
		if (argc == MAXARGS)
			return -1;
		argv[argc++] = line;
		while (*line && *line != ' ' && *line != '\t')
			line++;
	}
	argv[argc] = NULL;
	return argc;
}

static int
run_command(char *line, struct Trapframe *tf)
{
	char *argv[MAXARGS + 1];
	const struct Command *c;
	int argc, result;

	argc = split_words(line, argv);
	if (argc == 0)
		return MON_DONE;
	if (argc < 0) {
		cprintf("Too many arguments (at most %d).\n", MAXARGS - 1);
		return MON_DONE;
	}
	c = find_command(argv[0]);
	if (!c) {
		cprintf("Unknown command '%s'; 'help' lists them.\n", argv[0]);
		return MON_DONE;
	}
	if (argc - 1 < c->min_args || argc - 1 > c->max_args) {
		cprintf("%s: too %s arguments\n", c->name,
			argc - 1 < c->min_args ? "few" : "many");
		usage(c);
		return MON_DONE;
	}
	if (!mon_ready(c->needs))
		return MON_DONE;
	result = c->run(argc, argv, tf);
	if (result == MON_USAGE)
		usage(c);
	return result;
}

/* The nth completion: a command, or a program after `run`; NULL at the end. */
static const char *
completion(bool of_programs, size_t n)
{
	if (of_programs)
		return programs[n].name;
	return n < ARRAY_SIZE(commands) ? commands[n].name : NULL;
}

static void
list_completions(bool of_programs, const char *start)
{
	const char *name;
	size_t n;

	cprintf("\n");
	for (n = 0; (name = completion(of_programs, n)); n++)
		if (strncmp(name, start, strlen(start)) == 0)
			cprintf("%s  ", name);
	cprintf("\n");
}

/*
 * Complete a command, or a program after `run`. If several fit and nothing can
 * be added, list them.
 */
static int
complete(const char *line, char *out, size_t size)
{
	bool run = strncmp(line, "run ", 4) == 0;
	const char *start = run ? line + 4 : line, *name, *first = NULL;
	size_t n = strlen(start), common = 0, i, k;
	int matches = 0;

	if (*strfind(start, ' '))
		return 0;
	for (k = 0; (name = completion(run, k)); k++) {
		if (strncmp(name, start, n) != 0)
			continue;
		if (!matches++) {
			first = name;
			common = strlen(name);
		}
		for (i = n; i < common && name[i] == first[i]; i++)
			/* same so far */;
		common = MIN(common, i);
	}
	if (!matches)
		return 0;
	if (matches > 1 && common == n) {
		list_completions(run, start);
		return -1;
	}
	return snprintf(out, size, "%.*s%s", (int)(common - n), first + n,
			matches == 1 ? " " : "");
}

void
monitor(struct Trapframe *tf)
{
	char *line;

	cons_fresh_line();
	/* After each step, the monitor continues rather than starts. */
	if (!(tf && tf->tf_trapno == T_DEBUG && mon_stepping)) {
		cprintf("Welcome to the JOS kernel monitor!\n");
		cprintf("Type 'help' for a list of commands.\n");
	}
	mon_stepping = false;
	readline_complete = complete;
	for (;;) {
		line = readline("K> ");
		if (line && run_command(line, tf) == MON_LEAVE)
			return;
	}
}

void
monitor_init(void)
{
	hooks.failed = report_panic;
	hooks.debugger = report_trap;
}
