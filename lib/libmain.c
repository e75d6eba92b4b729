/* What comes before umain, and after it. */

#include <inc/lib.h>
#include <inc/x86.h>
#include <lib/syscall.h>

const volatile struct Env *thisenv;

/* The linker is told the program's name (user/build.mk). */
extern const char program_name[];
const char *binaryname = program_name;

void	libmain(int argc, char **argv) NORETURN;

/* CPUID exists if EFLAGS.ID can be flipped; it tells of SYSENTER. */
static bool
has_sysenter(void)
{
	uint32_t before = read_eflags(), after, signature, features;

	write_eflags(before ^ FL_ID);
	after = read_eflags();
	write_eflags(before);
	if (!((before ^ after) & FL_ID))
		return false;
	cpuid(1, &signature, NULL, NULL, &features);
	/* The first of family 6 say so and do not have it. */
	return (features >> 11 & 1)
		&& !((signature >> 8 & 0xF) == 6 && (signature & 0xFF) < 0x33);
}

void
libmain(int argc, char **argv)
{
	if (has_sysenter())
		syscall_way = syscall_fast;
	thisenv = &envs[ENVX(sys_getenvid())];
	if (argc > 0)
		binaryname = argv[0];
	umain(argc, argv);
	exit();
}

void
exit(void)
{
	sys_env_destroy(0);
	for (;;)
		/* it does not come back */;
}
