/*
 * Makes a million system calls with random numbers and arguments, by both
 * entries in turn. Each result is known beforehand; the kernel must return it,
 * and stay alive. The same seed gives the same calls.
 *
 * Leaves out calls that would rightly end, stop or flood this program: destroying
 * itself, waiting, and printing. A bad pointer to sys_cputs ends it too: wild.c
 * tests these. Calls for memory get an environment that does not exist: the
 * programs that begin with verify_begin() test what they do.
 */

#include <inc/lib.h>
#include <lib/syscall_entry.h>
#include "random.h"

#define CALLS	1000000
#define ANY	(-0x7FFFFFFF)	/* any result is right */
#define NO_ENV	1		/* the id of no environment */

/* Return a number near the edge of some region, or any number. */
static uint32_t
wild(void)
{
	static const uint32_t edges[] = {
		0, PGSIZE, PTSIZE, UTEXT, USTACKTOP, UTOP, UENVS, UPAGES, UVPT,
		ULIM, KSTACKTOP - KSTKSIZE, KERNBASE, KERNBASE + EXTPHYSMEM,
		0x7FFFFFFF, 0x80000000, 0xFFFFF000,
	};
	uint32_t r = random();

	switch (r % 8) {
	case 0:
		return r >> 16 & 0xFF;
	case 1:
		return -(r >> 16 & 0xFF);
	case 2:
		return thisenv->env_id ^ 1U << (r >> 8 & 31);
	case 3:
	case 4:
		return edges[r >> 8 & 15] + (r >> 12 & 15) - 8;
	case 5:
		return (uint32_t)&random_state + (r >> 20);
	default:
		return random();
	}
}

static uint32_t
wild_number(void)
{
	uint32_t r = random();

	/* Mostly the numbers of calls, or close to them. */
	return r % 4 ? (r >> 8) % (NSYSCALLS + 4) : wild();
}

struct call {
	uint32_t number, a[5];
};

/* Return the result that c must have. Change arguments that we leave out. */
static int32_t
wanted_result(struct call *c, bool fast)
{
	/* It has five arguments, one more than SYSENTER can pass. */
	if (fast && c->number == SYS_page_map)
		return -E_INVAL;
	switch (c->number) {
	case SYS_cputs:
		c->a[1] = 0;		/* length 0, at any address */
		return 0;
	case SYS_cgetc:
		return ANY;
	case SYS_getenvid:
		return thisenv->env_id;
	case SYS_env_destroy:
		if (c->a[0] == 0 || c->a[0] == (uint32_t)thisenv->env_id)
			c->a[0] = NO_ENV;
		return -E_BAD_ENV;
	case SYS_page_alloc:
	case SYS_page_map:
	case SYS_page_unmap:
	case SYS_env_set_status:
	case SYS_env_set_trapframe:
	case SYS_env_set_pgfault_upcall:
	case SYS_ipc_try_send:
	case SYS_ipc_send:
	case SYS_cow_range:
		c->a[0] = NO_ENV;
		return -E_BAD_ENV;
	case SYS_yield:
		return 0;
	case SYS_env_wait:
		c->a[0] = NO_ENV;	/* has ended */
		return 0;
	case SYS_ipc_recv:
		c->a[0] = MIN(c->a[0], UTOP - 1) | 1;
		return -E_INVAL;
	case SYS_exofork:
	case SYS_sleep:
		c->number = SYS_time_msec;
		return ANY;
	case SYS_time_msec:
		return ANY;
	default:
		return -E_INVAL;
	}
}

static int32_t
ask(const struct call *c, bool fast)
{
	if (fast)
		return syscall_best(c->number, c->a[0], c->a[1], c->a[2],
				    c->a[3]);
	return syscall_int(c->number, c->a[0], c->a[1], c->a[2], c->a[3],
			   c->a[4]);
}

/* Make a random call; true if it was refused. */
static bool
try(int n)
{
	struct call c;
	int32_t want, found;
	size_t i;

	c.number = wild_number();
	for (i = 0; i < ARRAY_SIZE(c.a); i++)
		c.a[i] = wild();
	want = wanted_result(&c, n % 2 && syscall_best == syscall_fast);
	found = ask(&c, n % 2);
	if (found != want && want != ANY)
		panic("call %d, number %08x (%08x, %08x, %08x, %08x, %08x):"
		      " %d, not %d", n, c.number, c.a[0], c.a[1], c.a[2],
		      c.a[3], c.a[4], found, want);
	return want < 0 && want != ANY;
}

void
umain(int argc, char **argv)
{
	uint32_t seed = 0;
	int n, refused = 0;

	while (parse_u32(readline("seed: "), &seed) < 0 || !seed)
		cprintf("Please enter a number other than 0.\n");
	random_state = seed;
	for (n = 0; n < CALLS; n++)
		refused += try(n);
	cprintf("fuzz: seed %u: %d calls, %d refused, all results right\n",
		seed, n, refused);
}
