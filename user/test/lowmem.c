/*
 * Verifies what happens when memory runs out at each allocation of a system
 * call, a fork, or a copy-on-write fault: the call fails and leaves all frames
 * free that were free, or the program that needs the copy ends.
 *
 * Nearly all memory belongs to a child that never runs. For each case, the
 * program forks a worker, which gets ready and waits; leaves n frames free; and
 * lets the worker try. n grows from 0 until the worker succeeds.
 */

#include <inc/lib.h>
#include "verify.h"

#define HEAP		((char *)0x40000000)
#define PAGE		((volatile uint32_t *)0x10000000)
#define ELSEWHERE	((void *)0x30000000)	/* in a table of its own */
#define RESERVE		64	/* frames that are free between the cases */
#define MOST		24	/* frames that any case may need */
#define UNTRIED		1

/* On the page that all share. */
struct shared {
	struct verify_tally tally;
	volatile int result;		/* of the worker, or UNTRIED */
	volatile envid_t helper;	/* the worker's child, if it needs one */
};
#define SHARED		((struct shared *)VERIFY_TALLY)

/* --- Memory ------------------------------------------------------------- */

static envid_t eater;
static uint32_t heap_pages;

/* Take all frames. */
static void
eat(void)
{
	int r;

	while ((r = sys_page_alloc(eater, HEAP + heap_pages * PGSIZE, RW))
	       == 0)
		heap_pages++;
	if (r != -E_NO_MEM)
		panic("page_alloc: %e", r);
}

static void
give_back(uint32_t n)
{
	while (n-- > 0)
		NEED(sys_page_unmap(eater, HEAP + --heap_pages * PGSIZE));
}

/* Copy all pages that are shared by copy-on-write: no later write faults. */
static void
own_all_pages(void)
{
	uintptr_t va;

	for (va = UTEXT; va < UTEXT + PTSIZE; va += PGSIZE)
		if (uvpt_has_page(va) && (uvpt[PGNUM(va)] & PTE_COW))
			NEED(sys_cow_page((void *)va));
	if (uvpt[PGNUM(USTACKTOP - 1)] & PTE_COW)
		NEED(sys_cow_page((void *)(USTACKTOP - PGSIZE)));
}

/* --- The cases: get ready, and try --------------------------------------- */

static void
nothing(void)
{
}

static int
alloc_page(void)
{
	return sys_page_alloc(0, ELSEWHERE, RW);
}

static int
map_page(void)
{
	return sys_page_map(0, (void *)UTEXT, 0, ELSEWHERE, RO);
}

static int
empty_child(void)
{
	envid_t child = sys_exofork();

	if (child == 0)
		exit();
	return child < 0 ? child : sys_env_destroy(child);
}

static void
new_child(void)
{
	envid_t id = NEED(sys_exofork());

	if (id == 0)
		exit();
	SHARED->helper = id;
}

static int
alloc_in_child(void)
{
	return sys_page_alloc(SHARED->helper, ELSEWHERE, RW);
}

/* Pages in three tables. */
static void *
range_page(int i)
{
	return (char *)ELSEWHERE + i * PTSIZE;
}

static void
new_child_and_range(void)
{
	int i;

	for (i = 0; i < 3; i++)
		NEED(sys_page_alloc(0, range_page(i), RW));
	new_child();
}

static int
share_range(void)
{
	int r = sys_cow_range(SHARED->helper, ELSEWHERE, range_page(3)), i;

	for (i = 0; i < 3; i++)
		if (rights_of(range_page(i)) != (r ? RW : RO | PTE_COW)
		    || sharers(range_page(i)) != (r ? 1 : 2))
			return -E_INVAL;
	return r;
}

static int
try_fork(envid_t (*way)(void))
{
	envid_t child = way();

	if (child == 0)
		exit();
	if (child > 0)
		wait(child);
	return child < 0 ? child : 0;
}

static int
by_fork(void)
{
	return try_fork(fork);
}

static int
by_pages(void)
{
	return try_fork(fork_by_pages);
}

static int
by_sfork(void)
{
	return try_fork(sfork);
}

/* Fork a helper that waits for a message, with its page at place. */
static void
fork_helper(envid_t (*way)(void), void *place)
{
	envid_t id = NEED(way());

	if (id == 0) {
		own_all_pages();
		ipc_recv(NULL, place, NULL);
		exit();
	}
	SHARED->helper = id;
	while (envs[ENVX(id)].env_status != ENV_NOT_RUNNABLE)
		sys_yield();
}

/* Share PAGE with a helper. */
static void
share_page_by(envid_t (*way)(void))
{
	NEED(sys_page_alloc(0, (void *)PAGE, RW));
	fork_helper(way, NULL);
}

static void
share_page(void)
{
	share_page_by(fork);
}

static void
share_page_by_pages(void)
{
	share_page_by(fork_by_pages);
}

static int
write_page(void)
{
	SHARED->result = -E_NO_MEM;	/* if this is the end */
	*PAGE = 1;
	return 0;
}

/* A receiver that has no table for the page of a message. */
static void
waiting_receiver(void)
{
	fork_helper(fork, ELSEWHERE);
}

static int
send_page(void)
{
	return sys_ipc_send(SHARED->helper, 0, (void *)UTEXT, RO);
}

static int
try_to_send_page(void)
{
	return sys_ipc_try_send(SHARED->helper, 0, (void *)UTEXT, RO);
}

static const struct trial {
	const char *name;
	void (*prepare)(void);
	int (*try)(void);
	uint32_t needs;			/* frames, at least */
} trials[] = {
	{ "page_alloc", nothing, alloc_page, 2 },
	{ "page_alloc in a child", new_child, alloc_in_child, 2 },
	{ "page_map", nothing, map_page, 1 },
	{ "exofork", nothing, empty_child, 1 },
	{ "cow_range", new_child_and_range, share_range, 3 },
	{ "fork", nothing, by_fork, 4 },
	{ "fork by pages", nothing, by_pages, 4 },
	{ "sfork", nothing, by_sfork, 5 },
	{ "copy-on-write fault", share_page, write_page, 1 },
	{ "copy-on-write fault by pages", share_page_by_pages, write_page, 1 },
	{ "ipc_send", waiting_receiver, send_page, 1 },
	{ "ipc_try_send", waiting_receiver, try_to_send_page, 1 },
};

/* --- Trying them -------------------------------------------------------- */

/* The worker: prepare, wait until memory is scarce, try, and exit. */
static void NORETURN
work(const struct trial *t, envid_t parent)
{
	t->prepare();
	own_all_pages();
	ipc_send(parent, 0, NULL, 0);
	ipc_recv(NULL, NULL, NULL);
	SHARED->result = t->try();
	if (SHARED->helper > 0)
		sys_env_destroy(SHARED->helper);
	exit();
}

/* Run a worker with n free frames. Returns its result. */
static int
try_with(const struct trial *t, uint32_t n)
{
	uint32_t before = free_frames(), taken = heap_pages;
	envid_t parent = thisenv->env_id, worker, helper;

	SHARED->result = UNTRIED;
	SHARED->helper = 0;
	worker = NEED(fork());
	if (worker == 0)
		work(t, parent);
	ipc_recv(NULL, NULL, NULL);
	own_all_pages();
	eat();
	give_back(n);
	VERIFY_QUIET(free_frames() == n, "%s: %u frames are free", t->name, n);
	ipc_send(worker, 0, NULL, 0);
	wait(worker);
	/* If the worker did not come so far: its helper has us to go on. */
	helper = SHARED->helper;
	if (helper > 0 && envs[ENVX(helper)].env_id == helper
	    && envs[ENVX(helper)].env_status != ENV_FREE) {
		ipc_send(helper, 0, NULL, 0);
		wait(helper);
	}
	give_back(heap_pages - taken);
	VERIFY_QUIET(free_frames() == before,
		     "%s with %u frames: %u free frames, not %u", t->name, n,
		     free_frames(), before);
	return SHARED->result;
}

static void
sweep(const struct trial *t)
{
	uint32_t n;
	int r;

	for (n = 0; n < MOST && (r = try_with(t, n)) != 0; n++)
		/* UNTRIED: the worker has ended for lack of memory. */
		VERIFY_QUIET(r == -E_NO_MEM || r == UNTRIED,
			     "%s with %u frames gives %e", t->name, n, r);
	VERIFY(n < MOST && n >= t->needs,
	       "%s fails with fewer than %u frames, and loses none", t->name,
	       n);
}

void
umain(int argc, char **argv)
{
	size_t i;

	verify_begin();
	set_pgfault_handler(NULL);	/* the exception stack, for all forks */
	eater = NEED(sys_exofork());
	if (eater == 0)
		exit();
	eat();
	give_back(RESERVE);
	for (i = 0; i < ARRAY_SIZE(trials); i++)
		sweep(&trials[i]);
	NEED(sys_env_destroy(eater));
	verify_end();
}
