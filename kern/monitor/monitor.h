#ifndef PAGEWALK_KERN_MONITOR_H
#define PAGEWALK_KERN_MONITOR_H

#include <inc/memlayout.h>
#include <inc/trap.h>

/* Set the hooks that enter the monitor (kern/hooks.h). */
void	monitor_init(void);

/*
 * Read commands and run them. tf is the trap that led here, or NULL. Returns
 * only on `continue` and `step`, after a breakpoint.
 */
void	monitor(struct Trapframe *tf);

/* Results of a command function. */
enum {
	MON_DONE = 0,
	MON_LEAVE = -1,		/* leave the monitor */
	MON_USAGE = 1,		/* an argument is wrong: print the usage */
};

/* A command: argv[0] is its name. */
typedef int (*mon_function)(int argc, char **argv, struct Trapframe *tf);

struct Command {
	const char *name;
	const char *arguments;	/* for the usage line */
	const char *help;
	mon_function run;
	int min_args, max_args;	/* not counting the name */
	unsigned needs;		/* parts of the kernel (ready.h) */
};

/* cmd_kernel.c */
int	mon_kerninfo(int argc, char **argv, struct Trapframe *tf);
int	mon_backtrace(int argc, char **argv, struct Trapframe *tf);
int	mon_regs(int argc, char **argv, struct Trapframe *tf);
int	mon_reboot(int argc, char **argv, struct Trapframe *tf);
int	mon_halt(int argc, char **argv, struct Trapframe *tf);

/* Print the names of the bits that are set in value; n names, some NULL. */
void	mon_print_bits(uint32_t value, const char *const names[], int n);

/* cmd_check.c */
int	mon_check(int argc, char **argv, struct Trapframe *tf);
int	mon_audit(int argc, char **argv, struct Trapframe *tf);

/* cmd_fault.c */
int	mon_fault(int argc, char **argv, struct Trapframe *tf);
int	mon_step(int argc, char **argv, struct Trapframe *tf);

/* `step` has left the monitor, which the single step will enter again. */
extern bool mon_stepping;

int	mon_continue(int argc, char **argv, struct Trapframe *tf);

/* cmd_env.c */
int	mon_ls(int argc, char **argv, struct Trapframe *tf);
int	mon_run(int argc, char **argv, struct Trapframe *tf);
int	mon_envs(int argc, char **argv, struct Trapframe *tf);
int	mon_kill(int argc, char **argv, struct Trapframe *tf);

/* cmd_cpus.c */
int	mon_cpus(int argc, char **argv, struct Trapframe *tf);

/* cmd_disks.c */
int	mon_disks(int argc, char **argv, struct Trapframe *tf);

/* cmd_swap.c */
int	mon_swap(int argc, char **argv, struct Trapframe *tf);

/* cmd_frames.c */
int	mon_meminfo(int argc, char **argv, struct Trapframe *tf);
int	mon_memmap(int argc, char **argv, struct Trapframe *tf);
int	mon_page(int argc, char **argv, struct Trapframe *tf);
int	mon_dump(int argc, char **argv, struct Trapframe *tf);

/* cmd_tables.c */
int	mon_pgdir(int argc, char **argv, struct Trapframe *tf);
int	mon_showmappings(int argc, char **argv, struct Trapframe *tf);
int	mon_walk(int argc, char **argv, struct Trapframe *tf);
int	mon_setperm(int argc, char **argv, struct Trapframe *tf);

#endif
