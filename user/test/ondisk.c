/*
 * Verifies what happens to pages that are on disk: each case moves its pages
 * there first, by using more memory than there is. Asks for the number of pages
 * to use: by default, twice the free frames.
 */

#include "big.h"

#define ARENA	((uint32_t *)0x20000000)
#define PAGE	((volatile uint32_t *)0x10000000)
#define OTHER	((volatile uint32_t *)0x10800000)
#define MANY	20	/* pages of a case */

static uint32_t arena_pages;

/* --- To disk -------------------------------------------------------------- */

static bool
on_disk(const volatile void *va)
{
	pte_t pte = uvpt[PGNUM(va)];

	return pte && !(pte & PTE_P);
}

/* Use the whole arena. What is not used meanwhile goes to disk. */
static void
press(void)
{
	uint32_t i, sum = 0;

	for (i = 0; i < arena_pages; i++)
		sum += *(volatile uint32_t *)&ARENA[i * WORDS];
	if (sum != arena_pages)
		panic("the arena has %u, not %u", sum, arena_pages);
}

/* Move the page at va to disk. Returns false if it stays. */
static bool
to_disk(const volatile void *va)
{
	int i;

	for (i = 0; i < 100 && !on_disk(va); i++)
		press();
	return on_disk(va);
}

#define TO_DISK(va)							\
	VERIFY_QUIET(to_disk(va), "the page at %p is on disk", va)

/* --- Children ------------------------------------------------------------- */

/* Create a child that runs body, and reports what it returns. */
static envid_t
child_of(envid_t (*way)(void), uint32_t (*body)(void))
{
	envid_t id = NEED(way());

	if (id)
		return id;
	ipc_send(thisenv->env_parent_id, body(), NULL, 0);
	exit();
}

/* Receive the report of a child, and wait for its end. */
static uint32_t
report_of(envid_t id)
{
	uint32_t report = ipc_recv(NULL, NULL, NULL);

	wait(id);
	return report;
}

/* --- One page ------------------------------------------------------------- */

static const int kinds[] = { RW, RO, RW | PTE_SHARE, RW | 0x200, RO | 0x600 };

static void
contents_and_rights(void)
{
	volatile uint32_t *page;
	uint32_t i;
	int rights;

	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		page = PAGE + i * WORDS;
		take_pages((void *)page, 1);
		page[i] = mix(i, 1);
		NEED(sys_page_map(0, (void *)page, 0, (void *)page, kinds[i]));
	}
	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		page = PAGE + i * WORDS;
		TO_DISK(page);
		rights = uvpt[PGNUM(page)] & PTE_SYSCALL;
		VERIFY((rights | PTE_P) == kinds[i], "rights %x are in the"
		       " entry of a page on disk", kinds[i]);
		VERIFY(page[i] == mix(i, 1) && page[i + 1] == 0,
		       "its contents come back");
		VERIFY(rights_of((void *)page) == kinds[i], "so do its rights");
	}
	drop_pages((void *)PAGE, ARRAY_SIZE(kinds));
}

/* A clean page, a page that is written again, and a page that was only read. */
static void
again_and_again(void)
{
	uint32_t i;

	take_pages((void *)PAGE, 1);
	for (i = 0; i < 4; i++) {
		TO_DISK(PAGE);
		VERIFY_QUIET(PAGE[5] == i / 2, "time %u: %u", i, PAGE[5]);
		if (i % 2)
			PAGE[5]++;
	}
	VERIFY(PAGE[5] == 2, "a page that was out four times has its changes");
	drop_pages((void *)PAGE, 1);
}

static void
calls_on_a_page(void)
{
	take_pages((void *)PAGE, 2);
	PAGE[0] = 1;
	TO_DISK(PAGE);
	VERIFY(sys_cow_page((void *)PAGE) == -E_INVAL,
	       "cow_page refuses a page that is not copy-on-write");
	TO_DISK(PAGE);
	NEED(sys_page_map(0, (void *)PAGE, 0, (void *)OTHER, RO));
	VERIFY(OTHER[0] == 1, "page_map shares a page on disk");
	TO_DISK(OTHER);
	VERIFY(on_disk(PAGE), "both mappings leave together");
	VERIFY(sys_page_map(0, (void *)OTHER, 0, (void *)PAGE, RW) == -E_INVAL,
	       "page_map gives no right that a page on disk lacks");
	PAGE[0] = 2;
	VERIFY(OTHER[0] == 2 && frame_at((void *)PAGE)
	       == frame_at((void *)OTHER), "and come back together");
	VERIFY(sharers((void *)PAGE) == 2, "with their count");
	TO_DISK(PAGE);
	NEED(sys_page_unmap(0, (void *)OTHER));
	VERIFY(uvpt[PGNUM(OTHER)] == 0 && PAGE[0] == 2,
	       "page_unmap of one leaves the other");
	TO_DISK(PAGE);
	NEED(sys_page_alloc(0, (void *)PAGE, RW));
	VERIFY(PAGE[0] == 0, "page_alloc over a page on disk is a new page");
	PAGE[0] = 3;
	PAGE[WORDS] = 4;
	TO_DISK(PAGE);
	TO_DISK(PAGE + WORDS);
	NEED(sys_page_map(0, (void *)PAGE, 0, (void *)(PAGE + WORDS), RW));
	VERIFY(PAGE[WORDS] == 3, "page_map of one over another");
	drop_pages((void *)PAGE, 2);
}

/* --- Fork ----------------------------------------------------------------- */

static uint32_t bss[MANY * WORDS];
static uint32_t data[MANY] = { 1, 2, 3 };

static void
fill(uint32_t key)
{
	uint32_t i;

	for (i = 0; i < MANY; i++) {
		PAGE[i * WORDS + i] = mix(i, key);
		bss[i * WORDS + i] = mix(i, key + 1);
		data[i] = mix(i, key + 2);
	}
}

static uint32_t
wrong(uint32_t key)
{
	uint32_t i, n = 0;

	for (i = 0; i < MANY; i++)
		n += (PAGE[i * WORDS + i] != mix(i, key))
			+ (bss[i * WORDS + i] != mix(i, key + 1))
			+ (data[i] != mix(i, key + 2));
	return n;
}

static uint32_t
read_only(void)
{
	uint32_t n = wrong(10);

	press();
	return n + wrong(10);
}

static uint32_t
write_and_read(void)
{
	uint32_t n = wrong(10);

	fill(20);
	press();
	return n + wrong(20);
}

static envid_t (*the_way)(void);

static uint32_t
three_generations(void)
{
	uint32_t n = wrong(10);
	envid_t id;

	press();
	id = child_of(the_way, write_and_read);
	press();
	n += wrong(10) + report_of(id);
	fill(30);
	press();
	return n + wrong(30);
}

static void
forks(envid_t (*way)(void), const char *name)
{
	uint32_t n;
	envid_t id;

	the_way = way;
	take_pages((void *)PAGE, MANY);
	fill(10);
	TO_DISK(PAGE);
	id = child_of(way, read_only);
	VERIFY(report_of(id) == 0, "%s: the child reads the parent's data",
	       name);
	TO_DISK(PAGE);
	id = child_of(way, write_and_read);
	n = report_of(id);
	VERIFY(n == 0 && wrong(10) == 0, "%s: the child writes first", name);
	TO_DISK(PAGE);
	id = child_of(way, write_and_read);
	fill(40);
	press();
	n = report_of(id);
	VERIFY(n == 0 && wrong(40) == 0, "%s: the parent writes first", name);
	fill(10);
	TO_DISK(PAGE);
	id = child_of(way, three_generations);
	press();
	n = wrong(10) + report_of(id);
	VERIFY(n == 0 && wrong(10) == 0, "%s: three generations", name);
	drop_pages((void *)PAGE, MANY);
}

/* --- Shared memory -------------------------------------------------------- */

/* Take turns: each side finds what the other has written, and writes. */
static uint32_t
take_turns(void)
{
	uint32_t i, n = 0;

	for (i = 1; i < 6; i += 2) {
		ipc_recv(NULL, NULL, NULL);
		n += PAGE[1] != i;
		PAGE[1] = i + 1;
		press();
		ipc_send(thisenv->env_parent_id, 0, NULL, 0);
	}
	return n;
}

static void
turns(envid_t (*way)(void), const char *name)
{
	envid_t id = child_of(way, take_turns);
	uint32_t i, n = 0;

	for (i = 0; i < 6; i += 2) {
		TO_DISK(PAGE);
		n += PAGE[1] != i;
		PAGE[1] = i + 1;
		press();
		ipc_send(id, 0, NULL, 0);
		ipc_recv(NULL, NULL, NULL);
	}
	VERIFY(n == 0 && report_of(id) == 0, "both write to a page of %s",
	       name);
}

static void
shared(void)
{
	NEED(sys_page_alloc(0, (void *)PAGE, RW | PTE_SHARE));
	turns(fork, "fork's, with PTE_SHARE");
	PAGE[1] = 0;
	turns(fork_by_pages, "fork_by_pages', with PTE_SHARE");
	drop_pages((void *)PAGE, 1);
}

/* In an environment of its own: a program that has sforked forks by pages. */
static uint32_t
sforked(void)
{
	NEED(sys_page_alloc(0, (void *)PAGE, RW));
	turns(sfork, "sfork's");
	PAGE[1] = 0;
	TO_DISK(PAGE);
	PAGE[1] = 7;
	return PAGE[1] - 7;
}

/* --- Messages ------------------------------------------------------------- */

static uint32_t
send_pages(void)
{
	envid_t parent = thisenv->env_parent_id;
	uint32_t i;

	for (i = 0; i < 4; i++) {
		NEED(sys_page_alloc(0, (void *)PAGE, RW));
		PAGE[0] = 100 + i;
		TO_DISK(PAGE);
		ipc_send(parent, i, (void *)PAGE, i % 2 ? RO : RW);
	}
	return 0;
}

static void
messages(void)
{
	uint32_t i, n = 0;
	envid_t id, from;
	int perm;

	NEED(sys_page_alloc(0, (void *)OTHER, RW));
	id = child_of(fork, send_pages);
	for (i = 0; i < 4; i++) {
		/* The sender waits, and its page goes to disk again. */
		press();
		TO_DISK(OTHER);
		n += ipc_recv(&from, (void *)OTHER, &perm) != (int32_t)i
			|| from != id || perm != (i % 2 ? RO : RW)
			|| OTHER[0] != 100 + i;
	}
	n += report_of(id);
	VERIFY(n == 0, "messages: pages on disk, sent over pages on disk");
	TO_DISK(OTHER);
	VERIFY(OTHER[0] == 103, "messages: the last page stays");
	drop_pages((void *)OTHER, 1);
}

/* --- Arguments of calls --------------------------------------------------- */

/* A line of dots, which begins before a page's end. */
#define TEXT	((char *)PAGE + PGSIZE - 100)

static void
long_text(uint32_t len)
{
	uint32_t i;

	memset(TEXT, '.', len);
	TEXT[len - 1] = '\n';
	for (i = 0; i < 4; i++)
		TO_DISK((char *)PAGE + i * PGSIZE);
	sys_cputs(TEXT, len);
}

static envid_t
hand_made(void (*start)(void), uint32_t *stack)
{
	struct Trapframe *tf = (struct Trapframe *)(TEXT + 60);
	envid_t id = NEED(fork());

	if (id == 0)
		for (;;)
			sys_yield();
	memset(tf, 0, sizeof(*tf));
	tf->tf_eip = (uintptr_t)start;
	tf->tf_esp = (uintptr_t)stack;
	TO_DISK(PAGE);
	TO_DISK(PAGE + WORDS);
	NEED(sys_env_set_trapframe(id, tf));
	return id;
}

static void
say_and_exit(void)
{
	/* Not thisenv: fork may not have set it. */
	ipc_send(envs[ENVX(sys_getenvid())].env_parent_id, 77, NULL, 0);
	exit();
}

static void
arguments(void)
{
	envid_t id;

	take_pages((void *)PAGE, 4);
	long_text(150);
	long_text(300);
	long_text(3 * PGSIZE);
	id = hand_made(say_and_exit, &bss[WORDS]);
	VERIFY(report_of(id) == 77, "a trap frame over two pages on disk");
	drop_pages((void *)PAGE, 4);
}

/* --- Handlers ------------------------------------------------------------- */

static volatile uint32_t handled;

static void
give_page(struct UTrapframe *utf)
{
	handled++;
	NEED(sys_page_alloc(0, ROUNDDOWN((void *)utf->utf_fault_va, PGSIZE),
			    RW));
}

static uint32_t
press_only(void)
{
	press();
	press();
	return 0;
}

/* While we wait, a child presses: stacks, code and data are on disk. */
static void
handlers(void)
{
	volatile uint32_t on_stack = 5;
	envid_t id;

	set_pgfault_handler(give_page);
	TO_DISK((void *)(UXSTACKTOP - PGSIZE));
	PAGE[3] = 1;
	VERIFY(handled == 1 && PAGE[3] == 1, "the exception stack was on disk");
	drop_pages((void *)PAGE, 1);
	id = child_of(fork, press_only);
	report_of(id);
	PAGE[3] = 2;
	VERIFY(handled == 2 && PAGE[3] == 2 && on_stack == 5,
	       "everything was on disk");
	TO_DISK(PAGE);
	VERIFY(PAGE[3] == 2 && handled == 2,
	       "the handler does not see the fault of a page on disk");
	drop_pages((void *)PAGE, 1);
	set_pgfault_handler(NULL);
}

/* --- exofork by hand ------------------------------------------------------ */

extern char end[];

static void
copy_page(envid_t child, void *va)
{
	NEED(sys_page_alloc(child, va, RW));
	NEED(sys_page_map(child, va, 0, UTEMP, RW));
	memcpy(UTEMP, va, PGSIZE);
	NEED(sys_page_unmap(0, UTEMP));
}

static envid_t
dumb_fork(void)
{
	envid_t child = sys_exofork();
	uintptr_t va;

	if (child == 0) {
		thisenv = &envs[ENVX(sys_getenvid())];
		return 0;
	}
	for (va = UTEXT; va < (uintptr_t)end; va += PGSIZE)
		copy_page(child, (void *)va);
	for (va = (uintptr_t)PAGE; uvpt_has_page(va); va += PGSIZE)
		copy_page(child, (void *)va);
	copy_page(child, (void *)(USTACKTOP - PGSIZE));
	NEED(sys_env_set_status(child, ENV_RUNNABLE));
	return child;
}

static uint32_t
write_without_arena(void)
{
	uint32_t n = wrong(10);

	fill(20);
	return n + wrong(20);
}

static void
by_hand(void)
{
	envid_t id;

	take_pages((void *)PAGE, MANY);
	fill(10);
	TO_DISK(PAGE);
	id = child_of(dumb_fork, write_without_arena);
	VERIFY(report_of(id) == 0 && wrong(10) == 0,
	       "by exofork, page by page");
	drop_pages((void *)PAGE, MANY);
}

/* --- Ends ----------------------------------------------------------------- */

/* Write to all pages, and end while they are on their way to disk. */
static uint32_t
write_arena(void)
{
	uint32_t i;

	for (i = 0; i < arena_pages; i++)
		ARENA[i * WORDS + 1] = i;
	return 0;
}

static uint32_t
press_for_ever(void)
{
	while (write_arena() == 0)
		continue;
	return 1;
}

static void
ends(void)
{
	envid_t id;
	int i;

	for (i = 0; i < 3; i++) {
		id = child_of(fork, write_arena);
		report_of(id);
	}
	for (i = 0; i < 5; i++) {
		id = child_of(fork, press_for_ever);
		sys_sleep(30 + i);
		NEED(sys_env_destroy(id));
		wait(id);
	}
	press();
	VERIFY(ARENA[WORDS + 1] == 0, "ends: children's pages were their own");
}

void
umain(int argc, char **argv)
{
	uint32_t i;
	envid_t id;

	USED(argc);
	USED(argv);
	verify_begin();
	arena_pages = ask("pages: ", 2 * free_frames());
	take_pages(ARENA, arena_pages);
	for (i = 0; i < arena_pages; i++)
		ARENA[i * WORDS] = 1;
	contents_and_rights();
	again_and_again();
	calls_on_a_page();
	forks(fork, "fork");
	forks(fork_by_pages, "fork_by_pages");
	shared();
	id = child_of(fork, sforked);
	VERIFY(report_of(id) == 0, "sfork, in a child");
	messages();
	arguments();
	handlers();
	by_hand();
	ends();
	drop_pages(ARENA, arena_pages);
	verify_end();
}
