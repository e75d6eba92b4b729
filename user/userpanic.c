/* Panics: prints the message and place, and stops in the monitor. */

#include <inc/lib.h>

void
umain(int argc, char **argv)
{
	panic("on purpose, with %d argument", 1);
}
