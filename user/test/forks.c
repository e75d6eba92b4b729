/*
 * Verifies what a forked environment shares with its parent, and what not: by
 * fork, which uses system calls for copy-on-write, and by fork_by_pages, which
 * maps and copies page by page. Both must behave alike.
 */

#include <inc/lib.h>
#include <inc/x86.h>
#include "verify.h"

#define PAGE	((volatile uint32_t *)0x10000000)
#define PAGE2	((volatile uint32_t *)0x10001000)
#define WILD	((volatile uint32_t *)0x20000000)

static envid_t (*way)(void);
static const char *how;
static volatile uint32_t global;

static void
new_page(volatile uint32_t *va, uint32_t value)
{
	NEED(sys_page_alloc(0, (void *)va, RW));
	*va = value;
}

static void
drop(volatile uint32_t *va)
{
	NEED(sys_page_unmap(0, (void *)va));
}

static void
await_go(void)
{
	NEED(ipc_recv(NULL, NULL, NULL));
}

static void
let_go(envid_t child)
{
	ipc_send(child, 0, NULL, 0);
	wait(child);
}

/* --- The stack ---------------------------------------------------------- */

static void
yield_forever(void)
{
	for (;;)
		sys_yield();
}

/*
 * The parent writes to its stack while it forks. A page that it can write must
 * not be the child's.
 */
static void
stack_of_parent(void)
{
	char *stack = (char *)USTACKTOP - PGSIZE;
	envid_t child = verify_child(way, yield_forever);
	int r = sys_page_map(child, stack, 0, UTEMP, RO);

	VERIFY(r == 0 && (frame_at(UTEMP) != frame_at(stack)
			  || !(rights_of(stack) & PTE_W)),
	       "%s: the child's stack is no page that the parent can write",
	       how);
	if (r == 0)
		NEED(sys_page_unmap(0, UTEMP));
	sys_env_destroy(child);
}

/* --- Order of writes ---------------------------------------------------- */

static void
read_old_write_own(void)
{
	await_go();
	VERIFY(*PAGE == 1, "%s: the child sees no later write of its parent",
	       how);
	*PAGE = 3;
	VERIFY(*PAGE == 3 && sharers((void *)PAGE) == 1,
	       "%s: the child has a page of its own", how);
}

static void
parent_first(void)
{
	envid_t child;
	uint32_t frame;

	new_page(PAGE, 1);
	frame = frame_at((void *)PAGE);
	child = verify_child(way, read_old_write_own);
	VERIFY(sharers((void *)PAGE) == 2 && frame == frame_at((void *)PAGE),
	       "%s: the page is shared", how);
	VERIFY((rights_of((void *)PAGE) & (PTE_W | PTE_COW)) == PTE_COW,
	       "%s: it is copy-on-write, not writable", how);
	*PAGE = 2;
	VERIFY(frame_at((void *)PAGE) != frame
	       && rights_of((void *)PAGE) == RW,
	       "%s: the parent has a copy with its old rights", how);
	let_go(child);
	VERIFY(*PAGE == 2, "%s: the parent keeps what it wrote", how);
	drop(PAGE);
}

static void
write_page(void)
{
	*PAGE = 3;
}

static void
child_first(void)
{
	uint32_t frame;

	new_page(PAGE, 1);
	wait(verify_child(way, write_page));
	VERIFY(*PAGE == 1, "%s: the parent sees no write of its child", how);
	VERIFY(sharers((void *)PAGE) == 1, "%s: it is the last sharer", how);
	frame = frame_at((void *)PAGE);
	*PAGE = 2;
	VERIFY(*PAGE == 2 && rights_of((void *)PAGE) == RW,
	       "%s: the last sharer can write again", how);
	if (way == fork)
		VERIFY(frame_at((void *)PAGE) == frame,
		       "%s: without a copy", how);
	drop(PAGE);
}

static void
grandchild(void)
{
	VERIFY(*PAGE == 2 && sharers((void *)PAGE) == 2,
	       "%s: the grandchild shares its parent's copy", how);
	*PAGE = 3;
}

static void
child_with_child(void)
{
	VERIFY(sharers((void *)PAGE) == 2, "%s: the child shares", how);
	*PAGE = 2;
	wait(verify_child(way, grandchild));
	VERIFY(*PAGE == 2, "%s: three generations: the second", how);
}

static void
sharing_child(void)
{
	envid_t child = verify_child(way, await_go);

	VERIFY(sharers((void *)PAGE) == 3,
	       "%s: three generations share one frame", how);
	let_go(child);
}

static void
generations(void)
{
	new_page(PAGE, 1);
	wait(verify_child(way, child_with_child));
	VERIFY(*PAGE == 1, "%s: three generations: the first", how);
	wait(verify_child(way, sharing_child));
	drop(PAGE);
}

/* --- Kinds of pages ----------------------------------------------------- */

static void
write_one_alias(void)
{
	*PAGE2 = 5;
	VERIFY(*PAGE2 == 5, "%s: the child writes at one of two addresses",
	       how);
}

/* A page at two addresses: a write at one must not reach the other side. */
static void
two_addresses(void)
{
	new_page(PAGE, 1);
	NEED(sys_page_map(0, (void *)PAGE, 0, (void *)PAGE2, RW));
	*PAGE2 = 2;
	VERIFY(*PAGE == 2, "%s: one page at two addresses", how);
	wait(verify_child(way, write_one_alias));
	VERIFY(*PAGE == 2 && *PAGE2 == 2,
	       "%s: a child's write reaches neither", how);
	*PAGE = 3;
	VERIFY(*PAGE == 3 && sharers((void *)PAGE) == 1,
	       "%s: a write after that makes them two", how);
	drop(PAGE);
	drop(PAGE2);
}

static void
stack_page(void)
{
	volatile uint32_t on_stack = 1;
	envid_t child;

	global = 1;
	child = NEED(way());
	if (child == 0) {
		await_go();
		VERIFY(on_stack == 1 && global == 1,
		       "%s: the child's stack and data are those at the fork",
		       how);
		on_stack = global = 3;
		exit();
	}
	on_stack = global = 2;
	let_go(child);
	VERIFY(on_stack == 2 && global == 2,
	       "%s: the parent's stack and data are its own", how);
}

static void
write_shared(void)
{
	*PAGE = 7;
}

static void
shared_page(void)
{
	NEED(sys_page_alloc(0, (void *)PAGE, RW | PTE_SHARE));
	wait(verify_child(way, write_shared));
	VERIFY(*PAGE == 7 && rights_of((void *)PAGE) == (RW | PTE_SHARE),
	       "%s: a PTE_SHARE page stays shared and writable", how);
	drop(PAGE);
}

/* All combinations of a page's rights. PTE_P and PTE_U are required. */
static const int all_rights[] = {
	RO, RW, RO | 0x200, RW | 0x200, RO | PTE_SHARE, RW | PTE_SHARE,
	RO | PTE_COW, RW | PTE_SHARE | 0x200,
};

static void
rights_in_child(void)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(all_rights); i++) {
		int rights = all_rights[i];

		if ((rights & PTE_W) && !(rights & PTE_SHARE))
			rights = (rights & ~PTE_W) | PTE_COW;
		VERIFY_QUIET(rights_of((char *)PAGE + i * PGSIZE) == rights,
			     "%s: rights %03x in the child", how, rights);
	}
}

static void
rights_of_copies(void)
{
	size_t i;
	char *va;

	for (i = 0; i < ARRAY_SIZE(all_rights); i++)
		NEED(sys_page_alloc(0, (char *)PAGE + i * PGSIZE,
				    all_rights[i]));
	wait(verify_child(way, rights_in_child));
	for (i = 0; i < ARRAY_SIZE(all_rights); i++) {
		va = (char *)PAGE + i * PGSIZE;
		if (all_rights[i] & (PTE_W | PTE_COW)) {
			*va = 1;
			VERIFY_QUIET(rights_of(va) == ((all_rights[i]
				& ~PTE_COW) | PTE_W),
				"%s: rights %03x after a write", how,
				all_rights[i]);
		} else {
			VERIFY_QUIET(rights_of(va) == all_rights[i],
				     "%s: rights %03x of the parent", how,
				     all_rights[i]);
		}
		NEED(sys_page_unmap(0, va));
	}
	VERIFY(true, "%s: the rights of a copy are those of the source", how);
}

/*
 * Pages are looked for by many entries at a time: this one is the last of its
 * sixteen in its table, and the table the last of its sixteen in the directory.
 */
#define LONELY	((volatile uint32_t *)PGADDR(0xCF, 0x7F, 0))

static void
read_lonely(void)
{
	VERIFY(uvpt_has_page((uintptr_t)LONELY) && *LONELY == 77,
	       "%s: a page far from all others is there", how);
}

static void
lonely_page(void)
{
	new_page(LONELY, 77);
	wait(verify_child(way, read_lonely));
	drop(LONELY);
}

/* --- Pages that the kernel replaces ------------------------------------- */

static void
replace_by_zeroes(void)
{
	NEED(sys_page_alloc(0, (void *)PAGE, RW));
	VERIFY(*PAGE == 0, "%s: page_alloc replaces a shared page", how);
}

static void
replace_by_message(void)
{
	VERIFY(ipc_recv(NULL, (void *)PAGE, NULL) == 9 && *PAGE == 8,
	       "%s: a message's page replaces a shared page", how);
}

static void
replaced_by_kernel(void)
{
	envid_t child;

	new_page(PAGE, 1);
	wait(verify_child(way, replace_by_zeroes));
	VERIFY(*PAGE == 1, "%s: the parent's page is as it was", how);
	child = verify_child(way, replace_by_message);
	new_page(PAGE2, 8);
	ipc_send(child, 9, (void *)PAGE2, RO);
	wait(child);
	VERIFY(*PAGE == 1 && sharers((void *)PAGE) == 1
	       && sharers((void *)PAGE2) == 1,
	       "%s: it is so after a message, too", how);
	drop(PAGE);
	drop(PAGE2);
}

/* --- Handlers ----------------------------------------------------------- */

static volatile uint32_t faults, fault_va, fault_err;

static void
map_and_count(struct UTrapframe *utf)
{
	faults++;			/* may be copy-on-write itself */
	fault_va = utf->utf_fault_va;
	fault_err = utf->utf_err;
	NEED(sys_page_alloc(0, (void *)ROUNDDOWN(utf->utf_fault_va, PGSIZE),
			    RW));
}

static void
fault_once(const char *who)
{
	faults = 0;
	*WILD = 4;
	VERIFY(faults == 1 && fault_va == (uintptr_t)WILD && *WILD == 4
	       && fault_err == (FEC_U | FEC_WR),
	       "%s: %s's fault reaches the program's handler", how, who);
	drop(WILD);
}

static void
fault_in_child(void)
{
	global = 4;
	fault_once("the child");
	VERIFY(sharers((void *)(UXSTACKTOP - PGSIZE)) == 1,
	       "%s: the child has an exception stack of its own", how);
	/* A read-only page is not fork's to make writable. */
	*PAGE = 1;
	VERIFY(fault_err == (FEC_U | FEC_WR | FEC_PR),
	       "%s: a write to a read-only page, too", how);
}

static void
own_handler(void)
{
	NEED(sys_page_alloc(0, (void *)PAGE, RO));
	set_pgfault_handler(map_and_count);
	wait(verify_child(way, fault_in_child));
	fault_once("the parent");
	/* And once more, installed after the fork. */
	set_pgfault_handler(NULL);
	set_pgfault_handler(map_and_count);
	fault_once("the parent with a later handler");
	VERIFY(*PAGE == 0 && rights_of((void *)PAGE) == RO,
	       "%s: the parent's read-only page is as it was", how);
	drop(PAGE);
	set_pgfault_handler(NULL);
}

static volatile envid_t forked_in_handler;

static void
fork_and_map(struct UTrapframe *utf)
{
	volatile uint32_t on_exception_stack = 1;

	forked_in_handler = NEED(way());
	on_exception_stack += forked_in_handler ? 1 : 2;
	NEED(sys_page_alloc(0, (void *)ROUNDDOWN(utf->utf_fault_va, PGSIZE),
			    RW));
	*(volatile uint32_t *)utf->utf_fault_va = on_exception_stack;
}

/* Both return from the handler, each on its own exception stack. */
static void
fork_in_handler(void)
{
	uint32_t found;

	set_pgfault_handler(fork_and_map);
	found = *WILD;
	if (forked_in_handler == 0) {
		VERIFY(found == 3, "%s: the child returns from the handler"
		       " that forked it", how);
		exit();
	}
	wait(forked_in_handler);
	VERIFY(found == 2, "%s: so does the parent", how);
	VERIFY(!uvpt_has_page((uintptr_t)PFTEMP)
	       && !uvpt_has_page((uintptr_t)PFTEMP - PGSIZE),
	       "%s: the library's scratch pages are unmapped", how);
	drop(WILD);
	set_pgfault_handler(NULL);
}

/* The handler makes its own stack's caller, its data and itself shared. */
static void
share_own_feet(struct UTrapframe *utf)
{
	envid_t child = NEED(way());

	if (child == 0)
		exit();
	global++;			/* a copy-on-write fault in here */
	wait(child);
	NEED(sys_page_alloc(0, (void *)ROUNDDOWN(utf->utf_fault_va, PGSIZE),
			    RW));
}

static void
under_its_feet(void)
{
	volatile uint32_t on_stack = 5;

	global = 1;
	set_pgfault_handler(share_own_feet);
	*WILD = on_stack;
	on_stack = 6;
	VERIFY(global == 2 && *WILD == 5 && on_stack == 6,
	       "%s: a handler whose data become copy-on-write goes on", how);
	drop(WILD);
	set_pgfault_handler(NULL);
}

/* Without a handler, the kernel ends a program that has forked, as any other. */
static void
wild_write(void)
{
	store32(0, 1);
	VERIFY(false, "%s: a wild write was possible", how);
}

/* --- Messages ----------------------------------------------------------- */

static void
send_to_parent(void)
{
	ipc_send(thisenv->env_parent_id, 6, NULL, 0);
}

static void
expect_no_message(void)
{
	envid_t parent = thisenv->env_parent_id;

	VERIFY(!thisenv->env_ipc_recving, "%s: a new child receives nothing",
	       how);
	VERIFY(sys_ipc_try_send(parent, 0, (void *)UTOP, 0)
	       == -E_IPC_NOT_RECV, "%s: its parent does not, either", how);
}

static void
fork_during_a_message(void)
{
	envid_t sender = verify_child(way, send_to_parent), from;

	/* Until it waits: a sender that waits is not runnable. */
	while (envs[ENVX(sender)].env_status != ENV_NOT_RUNNABLE)
		sys_yield();
	wait(verify_child(way, expect_no_message));
	VERIFY(ipc_recv(&from, NULL, NULL) == 6 && from == sender,
	       "%s: a message that waited during a fork arrives", how);
	wait(sender);
}

static void
try_way(envid_t (*function)(void), const char *name)
{
	way = function;
	how = name;
	stack_of_parent();
	parent_first();
	child_first();
	generations();
	two_addresses();
	stack_page();
	shared_page();
	rights_of_copies();
	lonely_page();
	replaced_by_kernel();
	own_handler();
	fork_in_handler();
	under_its_feet();
	wait(verify_child(way, wild_write));
	fork_during_a_message();
}

void
umain(int argc, char **argv)
{
	verify_begin();
	try_way(fork, "fork");
	try_way(fork_by_pages, "by pages");
	verify_end();
}
