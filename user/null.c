/* Calls a function through a null pointer. */

#include <inc/lib.h>

void
umain(int argc, char **argv)
{
	void (*volatile function)(void) = NULL;

	function();
}
