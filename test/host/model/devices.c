/*
 * The simulated devices, and the kernel's files around the tested ones: the
 * timer, its interrupt controller, the monitor, reports.
 */

#include <inc/stdio.h>
#include <kern/dev/console.h>
#include <kern/dev/pic.h>
#include <kern/dev/timer.h>
#include <kern/hooks.h>
#include <kern/kdebug.h>
#include <kern/nmi.h>
#include <kern/program.h>
#include <kern/sys_console.h>
#include <kern/trapframe.h>
#include <kern/vmwalk.h>

#include "cpu.h"
#include "devices.h"

/* --- The timer: calls.c makes its interrupts ------------------------------ */

uint32_t timer_ticks;
bool timer_present;
void (*devices_idle)(void);

void
timer_ticked(void)
{
	timer_ticks++;
}

bool
timer_works(void)
{
	return timer_present;
}

void
idle(void)
{
	devices_idle();
}

bool
pic_spurious(int irq)
{
	(void)irq;
	return false;
}

void
pic_done(int irq)
{
	(void)irq;
}

/* --- The monitor ---------------------------------------------------------- */

void (*devices_breakpoint)(void);

static void
debugger(struct Trapframe *tf, const pde_t *pgdir)
{
	(void)pgdir;
	if (!tf)
		cpu_leave(IN_MONITOR);
	devices_breakpoint();
}

void
devices_reset(void)
{
	hooks = (struct hooks) { .debugger = debugger };
}

/* There are none. */
uint32_t nmi_state = NMI_AT_ONCE;

/* --- Reports: the console keeps the lines that matter (console.c) --------- */

void
cons_fresh_line(void)
{
}

/* Programs print character by character. */
uint32_t cpu_printed;

void
cputchar(int c)
{
	cpu_printed = checksum(cpu_printed, c);
}

int
cons_getc(void)
{
	return 0;
}

int
debuginfo_eip(uintptr_t eip, struct Eipdebuginfo *info)
{
	(void)eip, (void)info;
	return -1;
}

void
vm_explain(const pde_t *pgdir, uintptr_t va, uint32_t err, char *buf,
	   size_t size)
{
	(void)pgdir, (void)va, (void)err, (void)size;
	buf[0] = '\0';
}

pde_t *
vm_current(void)
{
	return NULL;
}

const char *
program_name(const struct Env *e)
{
	(void)e;
	return "?";
}

void
print_trapframe(struct Trapframe *tf)
{
	(void)tf;
}
