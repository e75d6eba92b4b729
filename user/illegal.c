/* Executes an instruction that no processor has. */

#include <inc/lib.h>
#include <inc/x86.h>

void
umain(int argc, char **argv)
{
	undefined_instruction();
}
