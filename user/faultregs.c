/*
 * Faults with known values in all registers and all arithmetic flags set. The
 * handler must find them in its UTrapframe, and they must be back afterwards.
 */

#include <inc/lib.h>

/* As the end of struct UTrapframe. */
struct state {
	struct PushRegs regs;
	uint32_t eip, eflags, esp;
};

#define ALL_FLAGS	(FL_CF | FL_PF | FL_AF | FL_ZF | FL_SF | FL_OF)

void	faultregs_fault(struct state *before);
extern struct state faultregs_after;

static struct state before = {
	.regs = { .reg_edi = 0x11111111, .reg_esi = 0x22222222,
		  .reg_ebp = 0x33333333, .reg_ebx = 0x44444444,
		  .reg_edx = 0x55555555, .reg_ecx = 0x66666666,
		  .reg_eax = 0x77777777 },
	.eflags = ALL_FLAGS | FL_ONE | FL_IF,
};

static int mismatches;

static void
compare(const char *name, uint32_t wanted, uint32_t found)
{
	if (found != wanted) {
		cprintf("%s: %08x, not %08x\n", name, found, wanted);
		mismatches++;
	}
}

/* Print whether s is as before. */
static void
judge(const char *where, const struct state *s)
{
	mismatches = 0;
	compare("edi", before.regs.reg_edi, s->regs.reg_edi);
	compare("esi", before.regs.reg_esi, s->regs.reg_esi);
	compare("ebp", before.regs.reg_ebp, s->regs.reg_ebp);
	compare("ebx", before.regs.reg_ebx, s->regs.reg_ebx);
	compare("edx", before.regs.reg_edx, s->regs.reg_edx);
	compare("ecx", before.regs.reg_ecx, s->regs.reg_ecx);
	compare("eax", before.regs.reg_eax, s->regs.reg_eax);
	compare("eip", before.eip, s->eip);
	/* The processor may set RF in the flags that a fault pushes. */
	compare("eflags", before.eflags, s->eflags & ~FL_RF);
	compare("esp", before.esp, s->esp);
	cprintf("Registers %s %s\n", where, mismatches ? "MISMATCH" : "OK");
}

static void
handle(struct UTrapframe *utf)
{
	int r;

	if (utf->utf_fault_va != (uintptr_t)UTEMP)
		panic("fault at %08x, not at UTEMP", utf->utf_fault_va);
	judge("in UTrapframe", (struct state *)&utf->utf_regs);
	if ((r = sys_page_alloc(0, UTEMP, PTE_P | PTE_U | PTE_W)) < 0)
		panic("page_alloc: %e", r);
}

void
umain(int argc, char **argv)
{
	set_pgfault_handler(handle);
	faultregs_fault(&before);
	judge("after page-fault", &faultregs_after);
}
