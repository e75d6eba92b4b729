/* Monitor commands that test the kernel. */

#include <inc/stdio.h>
#include <kern/monitor/monitor.h>

#if CHECK

#include <kern/check/audit.h>
#include <kern/check/check.h>
#include <kern/hooks.h>
#include <kern/monitor/args.h>

int
mon_check(int argc, char **argv, struct Trapframe *tf)
{
	(void)tf;
	if (!check_run(argc == 2 ? argv[1] : NULL))
		cprintf("No check or group is called '%s'.\n", argv[1]);
	else if (milestone_reached("map_kernel"))
		audit();		/* prints only violations */
	return MON_DONE;
}

int
mon_audit(int argc, char **argv, struct Trapframe *tf)
{
	struct Env *e = NULL;
	int violations;

	(void)tf;
	if (argc == 2 && !(e = arg_env(argv[1])))
		return MON_DONE;
	violations = e ? audit_env(e) : audit();
	if (violations)
		cprintf("audit: %d violation%s\n", violations,
			violations == 1 ? "" : "s");
	else
		cprintf("audit: all invariants hold\n");
	return MON_DONE;
}

#else

static int
without_checks(void)
{
	cprintf("This kernel was built without checks (CHECK=0).\n");
	return MON_DONE;
}

int
mon_check(int argc, char **argv, struct Trapframe *tf)
{
	(void)argc, (void)argv, (void)tf;
	return without_checks();
}

int
mon_audit(int argc, char **argv, struct Trapframe *tf)
{
	(void)argc, (void)argv, (void)tf;
	return without_checks();
}

#endif
