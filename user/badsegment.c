/* Loads the task's segment as data, which it is not. */

#include <inc/lib.h>
#include <inc/x86.h>

void
umain(int argc, char **argv)
{
	load_ds(GD_TSS0);
}
