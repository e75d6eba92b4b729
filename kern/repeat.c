/*
 * System calls that are made again, because they met a page that is not in
 * memory, or no free frame. They have changed nothing (E1), so they can start
 * from the beginning.
 */

#include <inc/mmu.h>
#include <kern/env.h>
#include <kern/repeat.h>
#include <kern/sched.h>

uint32_t syscall_number;
void (*repeat_call)(void);

/* What sysenter.S has pushed, at the top of the kernel's stack. */
struct fast_frame {
	uint32_t edx, ecx, ebx, edi, eip, esp;
};

void
syscall_save_all(void)
{
	const struct fast_frame *f = (struct fast_frame *)KSTACKTOP - 1;

	/* The rest of a call, not a call: its registers are saved. */
	if (env_private(curenv)->resume)
		return;
	if (syscall_frame) {
		curenv->env_tf = *syscall_frame;
		return;
	}
	curenv->env_tf = (struct Trapframe) {
		.tf_regs = {
			.reg_eax = syscall_number, .reg_edx = f->edx,
			.reg_ecx = f->ecx, .reg_ebx = f->ebx,
			.reg_edi = f->edi, .reg_ebp = f->esp,
		},
		.tf_eip = f->eip, .tf_esp = f->esp,
		.tf_eflags = FL_IF | FL_ONE, .tf_cs = GD_UT | 3,
		.tf_ds = GD_UD | 3, .tf_es = GD_UD | 3, .tf_ss = GD_UD | 3,
	};
}

void
syscall_repeat(void)
{
	struct EnvPrivate *p = env_private(curenv);

	/* The rest of a call is repeated alone. */
	if (!p->resume)
		p->resume = repeat_call;
	sched_next();
}
