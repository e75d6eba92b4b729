/* Panics: says where, and stops in the monitor. */

#include <inc/lib.h>

void
umain(int argc, char **argv)
{
	(void)argc, (void)argv;
	panic("on purpose, with %d argument", 1);
}
