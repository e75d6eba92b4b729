/*
 * Verifies messages between environments: values, pages, errors, the order of
 * senders that wait, and the end of a sender or receiver that waits.
 */

#include <inc/lib.h>
#include "verify.h"

#define PAGE	((volatile uint32_t *)0x10000000)
#define PAGE2	((volatile uint32_t *)0x10001000)
#define NO_PAGE	((void *)UTOP)
#define SENDERS	5
#define ROUNDS	20

static envid_t
parent(void)
{
	return thisenv->env_parent_id;
}

/* Yield until that environment waits; end if it has so many turns without. */
#define TURNS	1000

static void
await_wait(envid_t id)
{
	int i;

	for (i = 0; i < TURNS; i++) {
		if (envs[ENVX(id)].env_status == ENV_NOT_RUNNABLE)
			return;
		sys_yield();
	}
	VERIFY(false, "ipc_send and ipc_recv wait, they do not spin");
	exit();
}

/* --- Values ------------------------------------------------------------- */

static const uint32_t values[] = { 0, 1, 0x7FFFFFFF, 0x80000000, -1, 42 };

static void
send_values(void)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(values); i++)
		ipc_send(parent(), values[i], NULL, 0);
}

static void
any_value(void)
{
	envid_t child = verify_child(fork, send_values), from;
	size_t i;
	int perm;

	for (i = 0; i < ARRAY_SIZE(values); i++) {
		uint32_t value = ipc_recv(&from, NULL, &perm);

		VERIFY(value == values[i] && from == child && perm == 0,
		       "value %08x arrives", values[i]);
	}
	wait(child);
}

/* --- Order -------------------------------------------------------------- */

static void
send_many(void)
{
	int i;

	for (i = 0; i < ROUNDS; i++)
		ipc_send(parent(), i, NULL, 0);
}

/* Each sender has sent `round` messages before any sends the next. */
static void
fair_order(void)
{
	envid_t senders[SENDERS], from;
	int i, round;

	for (i = 0; i < SENDERS; i++) {
		senders[i] = verify_child(fork, send_many);
		await_wait(senders[i]);
	}
	for (round = 0; round < ROUNDS; round++)
		for (i = 0; i < SENDERS; i++) {
			int value = ipc_recv(&from, NULL, NULL);

			VERIFY_QUIET(value == round && from == senders[i],
				     "round %d: %d of %08x, not of %08x",
				     round, value, from, senders[i]);
			/* All have time to send once more. */
			sys_yield();
		}
	for (i = 0; i < SENDERS; i++)
		wait(senders[i]);
	VERIFY(true, "%d senders wait in the order in which they came",
	       SENDERS);
}

static void
echo_many(void)
{
	uint32_t n;

	do {
		n = ipc_recv(NULL, NULL, NULL);
		if (n % 3 == 0)
			sys_yield();
		ipc_send(parent(), n + 1, NULL, 0);
	} while (n);
}

static void
no_lost_wake_up(void)
{
	envid_t child = verify_child(fork, echo_many);
	uint32_t n;

	for (n = 2000; n + 1; n--) {
		if (n % 7 == 0)
			sys_yield();
		ipc_send(child, n, NULL, 0);
		VERIFY_QUIET(ipc_recv(NULL, NULL, NULL) == (int32_t)n + 1,
			     "echo of %u", n);
	}
	wait(child);
	VERIFY(true, "2001 messages there and back");
}

static void
poll_until_sent(void)
{
	int r;

	while ((r = sys_ipc_try_send(parent(), 5, NO_PAGE, 0))
	       == -E_IPC_NOT_RECV)
		sys_yield();
	VERIFY(r == 0, "ipc_try_send succeeds once the receiver waits");
}

static void
trying(void)
{
	envid_t child = verify_child(fork, poll_until_sent);

	VERIFY(ipc_recv(NULL, NULL, NULL) == 5, "its message arrives");
	wait(child);
}

/* --- Pages -------------------------------------------------------------- */

static void
send_pages(void)
{
	NEED(sys_page_alloc(0, (void *)PAGE, RW));
	*PAGE = 11;
	ipc_send(parent(), 1, (void *)PAGE, RW);
	ipc_send(parent(), 2, (void *)PAGE, RO | PTE_SHARE);
	ipc_send(parent(), 3, (void *)PAGE, RW);
	ipc_send(parent(), 4, NULL, RW);
	ipc_recv(NULL, NULL, NULL);
	VERIFY(*PAGE == 12, "a writable page is shared both ways");
}

static void
with_pages(void)
{
	envid_t child = verify_child(fork, send_pages);
	int perm;

	VERIFY(ipc_recv(NULL, (void *)PAGE2, &perm) == 1 && perm == RW
	       && rights_of((void *)PAGE2) == RW && *PAGE2 == 11
	       && sharers((void *)PAGE2) == 2, "a page arrives");
	*PAGE2 = 12;
	VERIFY(ipc_recv(NULL, (void *)PAGE2, &perm) == 2
	       && perm == (RO | PTE_SHARE)
	       && rights_of((void *)PAGE2) == (RO | PTE_SHARE),
	       "with the permissions that the sender gives");
	VERIFY(ipc_recv(NULL, NULL, &perm) == 3 && perm == 0,
	       "a receiver that wants no page gets none");
	VERIFY(ipc_recv(NULL, (void *)PAGE2, &perm) == 4 && perm == 0
	       && *PAGE2 == 12, "a message without a page leaves ours");
	ipc_send(child, 0, NULL, 0);
	wait(child);
	VERIFY(sharers((void *)PAGE2) == 1, "the sender's end leaves the page");
	NEED(sys_page_unmap(0, (void *)PAGE2));
}

static void
send_shared_copy(void)
{
	ipc_send(parent(), 1, (void *)PAGE, RO);
	ipc_recv(NULL, NULL, NULL);
	*PAGE = 14;
}

static void
copy_on_write_page(void)
{
	envid_t child;

	NEED(sys_page_alloc(0, (void *)PAGE, RW));
	*PAGE = 13;
	child = verify_child(fork, send_shared_copy);
	VERIFY(ipc_recv(NULL, (void *)PAGE2, NULL) == 1 && *PAGE2 == 13
	       && sharers((void *)PAGE2) == 3, "a copy-on-write page is sent");
	ipc_send(child, 0, NULL, 0);
	wait(child);
	VERIFY(*PAGE2 == 13 && *PAGE == 13, "a later write reaches only the"
	       " sender");
	NEED(sys_page_unmap(0, (void *)PAGE));
	NEED(sys_page_unmap(0, (void *)PAGE2));
}

/* --- Errors ------------------------------------------------------------- */

static void
do_nothing(void)
{
}

static void
errors(void)
{
	envid_t child = verify_child(fork, do_nothing), from = 7;
	envid_t me = thisenv->env_id;
	int perm = 7;

	wait(child);
	VERIFY(sys_ipc_send(child, 0, NO_PAGE, 0) == -E_BAD_ENV
	       && sys_ipc_try_send(child, 0, NO_PAGE, 0) == -E_BAD_ENV,
	       "an environment that has ended gets no message");
	VERIFY(sys_ipc_send(0, 0, NO_PAGE, 0) == -E_INVAL
	       && sys_ipc_send(me, 0, NO_PAGE, 0) == -E_INVAL,
	       "to wait for oneself is refused");
	VERIFY(sys_ipc_try_send(me, 0, NO_PAGE, 0) == -E_IPC_NOT_RECV,
	       "nobody receives while it sends");
	VERIFY(sys_ipc_recv((void *)1) == -E_INVAL
	       && sys_ipc_recv((void *)(UTOP - 1)) == -E_INVAL
	       && !thisenv->env_ipc_recving,
	       "a place for a page is aligned");
	VERIFY(ipc_recv(&from, (void *)1, &perm) == -E_INVAL && from == 0
	       && perm == 0, "with an error comes no sender and no page");
}

static void
receive_one(void)
{
	VERIFY(ipc_recv(NULL, (void *)PAGE2, NULL) == 21,
	       "after all wrong ones, the right message arrives");
}

/* Both calls check the page: nothing there, not aligned, wrong permissions. */
static void
wrong_pages(void)
{
	static const int bad[] = { 0, PTE_P, PTE_U, RO | PTE_PCD, RO | PTE_PS,
				   RO | 0x1000 };
	envid_t child = verify_child(fork, receive_one);
	size_t i;
	void *page = (void *)PAGE;

	await_wait(child);
	NEED(sys_page_alloc(0, page, RO));
	for (i = 0; i < ARRAY_SIZE(bad); i++)
		VERIFY(sys_ipc_try_send(child, 0, page, bad[i]) == -E_INVAL
		       && sys_ipc_send(child, 0, page, bad[i]) == -E_INVAL,
		       "permissions %04x are refused", bad[i]);
	VERIFY(sys_ipc_try_send(child, 0, page, RW) == -E_INVAL
	       && sys_ipc_send(child, 0, page, RW) == -E_INVAL,
	       "a read-only page is not sent as writable");
	VERIFY(sys_ipc_try_send(child, 0, (char *)page + 1, RO) == -E_INVAL
	       && sys_ipc_send(child, 0, (char *)page + 1, RO) == -E_INVAL,
	       "an address that is not aligned is refused");
	NEED(sys_page_unmap(0, page));
	VERIFY(sys_ipc_try_send(child, 0, page, RO) == -E_INVAL
	       && sys_ipc_send(child, 0, page, RO) == -E_INVAL,
	       "a page that is not there is refused");
	VERIFY(envs[ENVX(child)].env_ipc_recving, "the receiver still waits");
	ipc_send(child, 21, NULL, 0);
	wait(child);
}

/* --- Ends --------------------------------------------------------------- */

static void
send_seven(void)
{
	ipc_send(parent(), 7, NULL, 0);
}

static void
send_eight(void)
{
	ipc_send(parent(), 8, NULL, 0);
}

static void
sender_ends(void)
{
	envid_t first = verify_child(fork, send_seven), second;

	await_wait(first);
	second = verify_child(fork, send_eight);
	await_wait(second);
	NEED(sys_env_destroy(first));
	VERIFY(ipc_recv(NULL, NULL, NULL) == 8,
	       "a sender that has ended is skipped");
	wait(second);
}

static volatile envid_t brother;

static void
send_to_brother(void)
{
	VERIFY(sys_ipc_send(brother, 0, NO_PAGE, 0) == -E_BAD_ENV,
	       "a sender learns that its receiver has ended");
}

static void
wait_for_go(void)
{
	ipc_recv(NULL, (void *)0x1000, NULL);
	for (;;)
		sys_yield();
}

static void
receiver_ends(void)
{
	envid_t first, second;

	brother = verify_child(fork, wait_for_go);
	await_wait(brother);
	ipc_send(brother, 0, NULL, 0);
	first = verify_child(fork, send_to_brother);
	second = verify_child(fork, send_to_brother);
	await_wait(first);
	await_wait(second);
	NEED(sys_env_destroy(brother));
	wait(first);
	wait(second);
}

static void
interrupted(void)
{
	envid_t from = -1;
	int perm = -1;

	VERIFY(ipc_recv(&from, NULL, &perm) == -E_UNSPECIFIED && from == 0
	       && perm == 0, "a wait that the parent ends is no message");
	VERIFY(!thisenv->env_ipc_recving, "it does not receive after that");
}

static void
parent_ends_a_wait(void)
{
	envid_t child = verify_child(fork, interrupted);

	await_wait(child);
	NEED(sys_env_set_status(child, ENV_RUNNABLE));
	VERIFY(sys_ipc_try_send(child, 0, NO_PAGE, 0) == -E_IPC_NOT_RECV,
	       "nor before it has run");
	wait(child);
}

static void
finding(void)
{
	VERIFY(ipc_find_env(ENV_TYPE_USER) != 0
	       && ipc_find_env((enum EnvType)1) == 0,
	       "ipc_find_env finds those that there are");
}

void
umain(int argc, char **argv)
{
	verify_begin();
	any_value();
	fair_order();
	no_lost_wake_up();
	trying();
	with_pages();
	copy_on_write_page();
	errors();
	wrong_pages();
	sender_ends();
	receiver_ends();
	parent_ends_a_wait();
	finding();
	verify_end();
}
