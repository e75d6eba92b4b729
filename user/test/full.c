/*
 * Memory and swap area are full: who asks for more is refused, and the others
 * verify their data, as before. Asks for the pages of each of the others.
 */

#include "big.h"

#define DATA	((uint32_t *)0x10000000)
#define MORE	((uint32_t *)0x20000000)
#define STOP	((volatile uint32_t *)0xD0000000)
#define OTHERS	3

static uint32_t pages_each;

/* --- The others ----------------------------------------------------------- */

/* Verify our pages, and change them, until we are to stop. */
static void NORETURN
live(uint32_t who)
{
	uint32_t i, round = 0, wrong = 0, key = who * 1000000;

	take_pages(DATA, pages_each);
	for (i = 0; i < pages_each; i++)
		DATA[i * WORDS + who] = mix(i, key);
	ipc_send(thisenv->env_parent_id, 0, NULL, 0);
	do {
		for (i = 0; i < pages_each; i++) {
			wrong += DATA[i * WORDS + who] != mix(i, key + round);
			DATA[i * WORDS + who] = mix(i, key + round + 1);
		}
		round++;
		sys_yield();
	} while (!*STOP);
	ipc_send(thisenv->env_parent_id, wrong ? 0 : round, NULL, 0);
	exit();
}

/* --- Those who ask -------------------------------------------------------- */

/* Ask for pages. Verify what we have got. */
static int
hog_pages(void)
{
	uint32_t i, n = 0;
	int r;

	while ((r = sys_page_alloc(0, &MORE[n * WORDS], RW)) == 0) {
		MORE[n * WORDS] = mix(n, 7);
		n++;
	}
	for (i = 0; i < n; i++)
		if (MORE[i * WORDS] != mix(i, 7))
			return 1;
	return n < 100 ? 2 : r;
}

/* Have all memory but n frames. Returns the number of pages. */
static uint32_t
leave_frames(uint32_t n)
{
	uint32_t i;

	for (i = 0; sys_page_alloc(0, &MORE[i * WORDS], RW) == 0; i++)
		MORE[i * WORDS] = i;
	drop_pages(MORE, n);
	return i;
}

/* Ask for page tables: map a page at many places. */
static int
hog_tables(void)
{
	uint32_t va, n = 0;
	int r;

	leave_frames(40);
	NEED(sys_page_alloc(0, MORE, RW));
	for (va = 0x30000000;
	     (r = sys_page_map(0, MORE, 0, (void *)va, RW)) == 0; va += PTSIZE)
		if ((*(uint32_t *)va)++ != n++)
			return 1;
	return r;
}

/* Ask for environments, all of which end with us. */
static int
hog_environments(void)
{
	static envid_t ids[NENV];
	uint32_t n = 0, i;
	envid_t r;

	leave_frames(40);
	while ((r = sys_exofork()) > 0)
		ids[n++] = r;
	for (i = 0; i < n; i++)
		NEED(sys_env_destroy(ids[i]));
	return r;
}

/* Ask for copies of pages that a child of ours shares. */
static int
hog_copies(void)
{
	uint32_t i, n = leave_frames(60);
	envid_t id = fork();

	if (id < 0)
		return id;
	if (id == 0) {
		for (i = 60; i < n; i++)
			MORE[i * WORDS] = 1;
		cprintf("there was memory for all copies\n");
		exit();
	}
	wait(id);
	for (i = 60; i < n; i++)
		if (MORE[i * WORDS] != i)
			return 1;
	return -E_NO_MEM;
}

/* --- All ------------------------------------------------------------------ */

static void
ask_for(int (*hog)(void), const char *what)
{
	envid_t id = NEED(fork());
	int r;

	if (id == 0) {
		r = hog();
		ipc_send(thisenv->env_parent_id, r, NULL, 0);
		exit();
	}
	r = ipc_recv(NULL, NULL, NULL);
	wait(id);
	VERIFY(r == -E_NO_MEM, "%s: %e", what, r);
}

void
umain(int argc, char **argv)
{
	envid_t others[OTHERS];
	uint32_t i, rounds;

	USED(argc);
	USED(argv);
	verify_begin();
	pages_each = ask("pages: ", 50);
	NEED(sys_page_alloc(0, (void *)STOP, RW | PTE_SHARE));
	for (i = 0; i < OTHERS; i++) {
		others[i] = NEED(fork());
		if (others[i] == 0)
			live(i + 1);
	}
	for (i = 0; i < OTHERS; i++)
		ipc_recv(NULL, NULL, NULL);
	ask_for(hog_pages, "pages");
	ask_for(hog_tables, "page tables");
	ask_for(hog_environments, "environments");
	ask_for(hog_copies, "copies");
	*STOP = 1;
	for (i = 0; i < OTHERS; i++) {
		rounds = ipc_recv(NULL, NULL, NULL);
		VERIFY(rounds > 0, "another environment lived");
	}
	for (i = 0; i < OTHERS; i++)
		wait(others[i]);
	verify_end();
}
