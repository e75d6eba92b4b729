/*
 * Environments that use memory at random, for tests of paging to disk: they
 * allocate, write, verify, move, share and unmap pages, and have children who do
 * the same with copies. Asks for a seed, the environments, the pages of each, and
 * the steps of each.
 */

#include "big.h"
#include "random.h"

#define DATA		((uint32_t *)0x10000000)
#define MAX_PAGES	4000
#define MAX_DEPTH	2	/* generations that have children */

/* What page i contains: 0: it is not mapped; else the key of its words. */
static uint32_t keys[MAX_PAGES];
static uint32_t npages, wrong;

static uint32_t *
page_at(uint32_t i)
{
	return &DATA[i * WORDS];
}

/* Three words of a page depend on its key. */
static void
write_page(uint32_t i, uint32_t key)
{
	uint32_t *p = page_at(i);

	keys[i] = key;
	p[0] = key;
	p[key % WORDS] = mix(key, 1);
	p[WORDS - 1] = mix(key, 2);
}

static void
verify_page(uint32_t i)
{
	const uint32_t *p = page_at(i);
	uint32_t key = keys[i], at = key % WORDS;

	if ((at && p[0] != key)
	    || (at != WORDS - 1 && p[at] != mix(key, 1))
	    || p[WORDS - 1] != mix(key, 2)) {
		wrong++;
		cprintf("[%08x] page %u: %08x %08x %08x, not those of %08x\n",
			sys_getenvid(), i, p[0], p[at], p[WORDS - 1], key);
	}
}

static uint32_t
new_key(void)
{
	return random() | 1;
}

static void
verify_all(void)
{
	uint32_t i;

	for (i = 0; i < npages; i++)
		if (keys[i])
			verify_page(i);
}

/* Move page i to j: then j is i's frame, and i is not mapped. */
static void
move_page(uint32_t i, uint32_t j)
{
	if (i == j)
		return;
	/* Now it is ours to write, whoever shares it. */
	write_page(i, keys[i]);
	NEED(sys_page_map(0, page_at(i), 0, page_at(j), RW));
	keys[j] = keys[i];
	if (random() % 2)	/* write by the other mapping */
		write_page(i, new_key());
	keys[j] = keys[i];
	NEED(sys_page_unmap(0, page_at(i)));
	keys[i] = 0;
}

static void	steps(uint32_t n, uint32_t depth);

/* A child with copies of everything, which may be ended at any time. */
static void
have_child(uint32_t depth)
{
	static envid_t (*const ways[])(void) = { fork, fork_by_pages };
	uint32_t end = random() % 3;
	envid_t id = ways[random() % 2]();

	if (id == -E_NO_MEM || id == -E_NO_FREE_ENV)
		return;
	if (NEED(id) == 0) {
		random_state += thisenv->env_id;
		/* One that may be ended in its fork would leave a child. */
		steps(random() % 100, end == 1 ? MAX_DEPTH : depth + 1);
		verify_all();
		if (wrong)
			panic("%u pages are wrong", wrong);
		exit();
	}
	switch (end) {
	case 0:
		wait(id);
		break;
	case 1:
		sys_sleep(random() % 30);
		sys_env_destroy(id);
		break;
	}
}

static void
step(uint32_t depth)
{
	uint32_t i = random() % npages, what = random() % 100;

	if (!keys[i] || what < 3) {
		NEED(sys_page_alloc(0, page_at(i), RW));
		write_page(i, new_key());
	} else if (what < 50)
		verify_page(i);
	else if (what < 80)
		write_page(i, new_key());
	else if (what < 85) {
		NEED(sys_page_unmap(0, page_at(i)));
		keys[i] = 0;
	} else if (what < 93)
		move_page(i, random() % npages);
	else if (what < 97)
		sys_yield();
	else if (what == 97)
		sys_sleep(random() % 5);
	else if (depth < MAX_DEPTH && random() % 16 == 0)
		have_child(depth);
}

static void
steps(uint32_t n, uint32_t depth)
{
	while (n--)
		step(depth);
}

void
umain(int argc, char **argv)
{
	uint32_t seed, n, nsteps, i, report;
	envid_t from;

	USED(argc);
	USED(argv);
	verify_begin();
	seed = ask("seed: ", 1);
	n = ask("environments: ", 4);
	npages = MIN(ask("pages of each: ", free_frames()), (uint32_t)MAX_PAGES);
	nsteps = ask("steps of each: ", 10000);
	for (i = 0; i < n; i++)
		if (NEED(fork()) == 0) {
			random_state = mix(seed, i) | 1;
			steps(nsteps, 0);
			verify_all();
			ipc_send(thisenv->env_parent_id, wrong, NULL, 0);
			exit();
		}
	for (i = 0; i < n; i++) {
		report = ipc_recv(&from, NULL, NULL);
		VERIFY(report == 0, "%08x: %u pages were wrong", from, report);
		wait(from);
	}
	verify_end();
}
