/*
 * Verifies that children get the pages that are on disk, by each way to fork:
 * with more pages than may be in memory, after `swap frames 16`.
 */

#include <inc/lib.h>
#include "verify.h"

#define PAGES	40
#define AT	((volatile uint32_t (*)[PGSIZE / 4])0x10000000)

static void
read_all(void)
{
	uint32_t i, wrong = 0;

	for (i = 0; i < PAGES; i++)
		wrong += AT[i][0] != i;
	VERIFY(wrong == 0, "a child has all pages");
}

static void
fork_and_read(envid_t (*way)(void), const char *name)
{
	envid_t child = verify_child(way, read_all);

	wait(child);
	VERIFY(envs[ENVX(child)].env_id != child
	       || envs[ENVX(child)].env_status == ENV_FREE, "%s", name);
	read_all();
}

void
umain(int argc, char **argv)
{
	uint32_t i;

	(void)argc, (void)argv;
	verify_begin();
	for (i = 0; i < PAGES; i++) {
		NEED(sys_page_alloc(0, (void *)AT[i], RW));
		AT[i][0] = i;
	}
	fork_and_read(fork, "fork");
	fork_and_read(fork_by_pages, "fork_by_pages");
	fork_and_read(sfork, "sfork");
	fork_and_read(fork, "fork after sfork");
	fork_and_read(fork_by_pages, "fork_by_pages after sfork");
	VERIFY(VERIFY_TALLY->passed == 3 * 5, "no child has ended early");
	verify_end();
}
