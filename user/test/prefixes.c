/*
 * PUSHF with each of six prefixes and each pair of them (prefixes.S), to be
 * single-stepped after the breakpoint: none may show that. Prints "all PUSHF
 * show no step".
 */

#include <inc/lib.h>
#include <inc/x86.h>

/* All flags that the PUSHF instructions have stored. */
uint32_t	flags_of_all(void);

/* Not by cprintf, which takes hundreds of steps. */
static const char seen[] = "a PUSHF shows the step\n";
static const char unseen[] = "all PUSHF show no step\n";

void
umain(int argc, char **argv)
{
	breakpoint();
	if (flags_of_all() & FL_TF)
		sys_cputs(seen, sizeof(seen) - 1);
	else
		sys_cputs(unseen, sizeof(unseen) - 1);
}
