/*
 * Loads a segment of a local table, of which there is none: if there were one,
 * where we could write, it would be ours to fill with ways into the kernel.
 */

#include <inc/lib.h>
#include <inc/x86.h>

#define LOCAL	4	/* in a selector: of the local table */

void
umain(int argc, char **argv)
{
	load_ds(8 | LOCAL | 3);
}
