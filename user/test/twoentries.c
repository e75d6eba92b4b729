/*
 * Makes the same system calls by both entries: each has one right result, and
 * leaves our segments unchanged. Without SYSENTER, both entries are the gate.
 */

#include <inc/lib.h>
#include <inc/x86.h>
#include <lib/syscall_entry.h>

/* Longer than a piece of the kernel's printing, and no multiple of one. */
static const char text[] =
	"Numbers, one below the other, up to the number that is the last:\n"
	"  one\n  two\n  three\n  four\n  five\n  six\n  seven\n  eight\n"
	"  nine\n  ten\n  eleven\n  twelve\n  thirteen\n  fourteen\n"
	"  fifteen\n  sixteen\n  seventeen\n  eighteen\n  nineteen\n"
	"  twenty\nand that was the end of it\n";

static void
expect_segments(uint32_t number)
{
	uint16_t used[6];

	read_segments(used);
	if (used[0] != (GD_UT | 3) || used[1] != (GD_UD | 3)
	    || used[2] != (GD_UD | 3) || used[3] != (GD_UD | 3))
		panic("call %d: CS %x, SS %x, DS %x, ES %x", number, used[0],
		      used[1], used[2], used[3]);
}

static void
ask(uint32_t number, uint32_t a1, uint32_t a2, int32_t result)
{
	int32_t by_int = syscall_int(number, a1, a2, 0, 0, 0);
	int32_t by_best = syscall_best(number, a1, a2, 0, 0);

	if (by_int != result || by_best != result)
		panic("call %d (%08x, %08x): %d by int, %d by the other entry,"
		      " not %d", number, a1, a2, by_int, by_best, result);
	expect_segments(number);
}

void
umain(int argc, char **argv)
{
	envid_t id = thisenv->env_id;
	uint32_t number;

	ask(SYS_cputs, (uint32_t)text, sizeof(text) - 1, 0);
	ask(SYS_cputs, 0, 0, 0);
	ask(SYS_getenvid, 0, 0, id);
	ask(SYS_env_destroy, id + NENV, id, -E_BAD_ENV);
	ask(SYS_env_destroy, 1, 0, -E_BAD_ENV);
	ask(SYS_yield, id, id, 0);
	for (number = NSYSCALLS; number; number *= 2)
		ask(number, 0, 0, -E_INVAL);
	for (number = 1; number <= 2 * NSYSCALLS; number++)
		ask(-number, 0, 0, -E_INVAL);
	cprintf("both entries give the same results\n");
}
