/* Calls memory that it has not, far after its last function. */

#include <inc/lib.h>

void
umain(int argc, char **argv)
{
	void (*volatile function)(void) = (void (*)(void))0x20000000;

	function();
}
