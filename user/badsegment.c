/* Loads the TSS's selector as a data segment. */

#include <inc/lib.h>
#include <user/instructions.h>

void
umain(int argc, char **argv)
{
	load_ds(GD_TSS0);
}
