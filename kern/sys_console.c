/*
 * System calls that use the console.
 *
 * The console is slow: a long text is printed in pieces, and other environments
 * run in between.
 */

#include <kern/dev/console.h>
#include <kern/dev/timer.h>
#include <kern/env.h>
#include <kern/hooks.h>
#include <kern/sched.h>
#include <kern/sys_console.h>
#include <kern/usermem.h>

/* Print the first piece of *t, and leave the rest there. */
static void
print_piece(struct user_text *t)
{
	char piece[CPUTS_PIECE];
	uint32_t n = MIN(t->len, (uint32_t)sizeof(piece)), i;

	copy_from_user(piece, t->start, n);
	for (i = 0; i < n; i++)
		cputchar(piece[i]);
	t->start += n;
	t->len -= n;
}

/* Print the next piece. Check the memory again: it may be unmapped by now. */
static void
continue_cputs(void)
{
	struct EnvPrivate *p = env_private(curenv);
	struct user_text *t = &p->unprinted;

	user_mem_assert(curenv, t->start, MIN(t->len, (uint32_t)CPUTS_PIECE),
			0);
	print_piece(t);
	if (!t->len)
		p->resume = NULL;
	sched_yield();
}

int32_t
sys_cputs(const char *s, uint32_t len)
{
	struct EnvPrivate *p = env_private(curenv);
	struct user_text t = { s, len };

	user_mem_assert(curenv, s, len, 0);
	print_piece(&t);
	/* In a check, print everything: yielding would abandon its stack. */
	while (t.len && hooks.checking)
		print_piece(&t);
	if (t.len) {
		p->unprinted = t;
		p->resume = continue_cputs;
		syscall_save();
		curenv->env_tf.tf_regs.reg_eax = 0;
		sched_yield();
	}
	return 0;
}

/*
 * An environment that polls for a key and yields, MANY_POLLS times in a row
 * while it is the only one to run, is idle. `polling` is the environment that has
 * just polled, until it yields; `polls` counts its polls.
 */
#define MANY_POLLS	16
static envid_t polling;
static unsigned polls;

int32_t
sys_cgetc(void)
{
	int c = cons_getc();

	if (c || polling)
		polls = 0;
	polling = c ? 0 : curenv->env_id;
	return c;
}

void
sys_console_yielding(void)
{
	if (polling != curenv->env_id) {
		polls = 0;
		return;
	}
	polling = 0;
	if (++polls > MANY_POLLS)
		idle();
}
