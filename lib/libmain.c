/* Set-up before umain. */

#include <inc/cpuid.h>
#include <inc/lib.h>
#include <inc/x86.h>
#include <lib/syscall_entry.h>

/*
 * _start sets it: a course's own libmain declares thisenv with no value, and so
 * this pointer (inc/lib.h).
 */
const volatile struct Env **thisenv_at;

/* The build adds the program's name (user/build.mk). */
extern const char program_name[];
const char *binaryname = program_name;

void	libmain(int argc, char **argv) NORETURN;

static bool
has_sysenter(void)
{
	uint32_t max, signature, features;

	if (!has_cpuid())
		return false;
	cpuid(0, &max, NULL, NULL, NULL);
	if (max < 1)
		return false;
	cpuid(1, &signature, NULL, NULL, &features);
	return cpuid_has_sep(signature, features);
}

void
libmain(int argc, char **argv)
{
	if (has_sysenter()) {
		syscall_best = syscall_fast;
		syscall_short = syscall_short_fast;
	}
	thisenv = &envs[ENVX(sys_getenvid())];
	if (argc > 0)
		binaryname = argv[0];
	umain(argc, argv);
	exit();
}
