/* Calls the kernel as if it were a function of ours. */

#include <inc/lib.h>

void
umain(int argc, char **argv)
{
	void (*volatile function)(void) = (void (*)(void))0xF010000C;

	function();
}
