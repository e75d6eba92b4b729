/*
 * Several environments that fill and verify memory of their own, each in an
 * order of its own. Asks for their number, and for the pages of all of them
 * together: by default, four times the free frames.
 */

#include "big.h"

#define DATA	((uint32_t *)0x10000000)
#define ROUNDS	3

static const uint32_t strides[] = { 1, 3, 17, 101 };

/* The number of page i in the order of environment `who`. */
static uint32_t
nth_page(uint32_t who, uint32_t i, uint32_t n)
{
	uint32_t stride = strides[who % ARRAY_SIZE(strides)];

	while (n % stride == 0 && stride > 1)
		stride += 2;
	return i * stride % n;
}

/* Three words of each page are written. */
static uint32_t *
word(uint32_t page, uint32_t which)
{
	uint32_t at = which == 0 ? 0 : which == 1 ? page % WORDS : WORDS - 1;

	return &DATA[page * WORDS + at];
}

/* Verify what round - 1 has written, and write what `round` does. */
static uint32_t
pass(uint32_t who, uint32_t round, uint32_t n)
{
	uint32_t i, page, which, wrong = 0, key = who * ROUNDS + round;

	for (i = 0; i < n; i++) {
		page = nth_page(who, i, n);
		for (which = 0; round > 0 && which < 3; which++)
			wrong += *word(page, which) != mix(page, key - 1);
		for (which = 0; which < 3; which++)
			*word(page, which) = mix(page, key);
		if (page % 64 == 0)
			sys_yield();
	}
	return wrong;
}

/* Report each round, and wait for the next: all have their memory by then. */
static void NORETURN
member(uint32_t who, uint32_t n)
{
	uint32_t round, wrong = 0;

	take_pages(DATA, n);
	for (round = 0; round < ROUNDS; round++) {
		wrong += pass(who, round, n);
		ipc_send(thisenv->env_parent_id, wrong, NULL, 0);
		ipc_recv(NULL, NULL, NULL);
	}
	exit();
}

/* Wait for the reports of a round, and let all begin the next, or end. */
static void
lead(const envid_t *members, uint32_t n, uint32_t round)
{
	uint32_t i, wrong = 0;
	envid_t from;

	for (i = 0; i < n; i++)
		wrong += ipc_recv(&from, NULL, NULL);
	VERIFY(wrong == 0, "round %u: %u words were wrong", round, wrong);
	for (i = 0; i < n; i++)
		ipc_send(members[i], 0, NULL, 0);
}

void
umain(int argc, char **argv)
{
	static envid_t members[NENV];
	uint32_t n, all, i;

	USED(argc);
	USED(argv);
	verify_begin();
	n = ask("environments: ", 4);
	all = ask("pages: ", 4 * free_frames());
	for (i = 0; i < n; i++) {
		members[i] = NEED(fork());
		if (members[i] == 0)
			member(i, all / n);
	}
	for (i = 0; i < ROUNDS; i++)
		lead(members, n, i);
	for (i = 0; i < n; i++)
		wait(members[i]);
	verify_end();
}
