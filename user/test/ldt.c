/*
 * Loads a selector of the local descriptor table, which must not exist: if it
 * were in memory that we can write, we could put call gates into it.
 */

#include <inc/lib.h>
#include <user/instructions.h>

#define LOCAL	4	/* bit of a selector: use the local table */

void
umain(int argc, char **argv)
{
	load_ds(8 | LOCAL | 3);
}
