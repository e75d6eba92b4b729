/*
 * Checks of sys_ipc.c: messages, with and without a page, and who waits for
 * whom.
 */

#include <inc/error.h>
#include <inc/string.h>
#include <inc/x86.h>
#include <kern/check/own/calls.h>
#include <kern/check/own/user.h>
#include <kern/env.h>
#include <kern/queue.h>

#define NO_PAGE	UTOP

/* Let e wait for a message, with its page at dstva. */
static void
receive(struct Env *e, uintptr_t dstva)
{
	EXPECT_NEXT(NULL, e, SYS_ipc_recv, dstva);
	expect_waiting(e, WAIT_MESSAGE);
	EXPECT_EQ(e->env_ipc_dstva, dstva);
	EXPECT_EQ(e->env_tf.tf_regs.reg_edx, dstva);
}

/* Let e wait until `to` receives this. */
static void
send(struct Env *e, const struct Env *to, uint32_t value, uintptr_t srcva,
     uint32_t perm)
{
	EXPECT_NEXT(NULL, e, SYS_ipc_send, to->env_id, value, srcva, perm);
	expect_waiting(e, WAIT_RECEIVER);
	EXPECT_EQ(e->env_tf.tf_regs.reg_ecx, value);
}

static void
expect_message(const struct Env *e, const struct Env *from, uint32_t value,
	       uint32_t perm)
{
	EXPECT_EQ(e->env_ipc_value, value);
	EXPECT_EQ(e->env_ipc_from, from->env_id);
	EXPECT_EQ(e->env_ipc_perm, perm);
	EXPECT_EQ(e->env_ipc_recving, false);
}

/* The senders that wait for e, in order: a, b; NULL if there are fewer. */
static void
expect_senders(const struct Env *e, const struct Env *a, const struct Env *b)
{
	uint32_t queue = QUEUE_SENDERS + (e - envs), n = queue_first(queue);

	EXPECT_EQ(n, a ? (uint32_t)(a - envs) : queue);
	if (a)
		n = queue_after(n);
	EXPECT_EQ(n, b ? (uint32_t)(b - envs) : queue);
	if (b)
		EXPECT_EQ(queue_after(n), queue);
}

/* --- sys_ipc_recv ------------------------------------------------------ */

static void
recv_wants_an_aligned_address(void)
{
	static const uintptr_t wrong[] = {
		1, PAGE_A + 4, PAGE_A + 0x800, PAGE_A - 1, UTOP - 1,
	};
	static const uintptr_t none[] = {
		UTOP, UTOP + 1, ULIM, KERNBASE + 4, 0xFFFFFFFF,
	};
	size_t i;

	calls_begin();
	me->env_ipc_dstva = (void *)0x77;
	for (i = 0; i < ARRAY_SIZE(wrong); i++)
		EXPECT_REFUSED(-E_INVAL, me, SYS_ipc_recv, wrong[i]);
	/* Even with a sender that waits. */
	send(child, me, 1, NO_PAGE, 0);
	for (i = 0; i < ARRAY_SIZE(wrong); i++)
		EXPECT_REFUSED(-E_INVAL, me, SYS_ipc_recv, wrong[i]);
	env_free(child);
	for (i = 0; i < ARRAY_SIZE(none); i++) {
		receive(me, none[i]);
		EXPECT_EQ(ASK(other, SYS_ipc_try_send, me->env_id, i, NO_PAGE,
			      0), 0);
		expect_woken(me, 0);
	}
	receive(me, 0);
	receive(other, UTOP - PGSIZE);
	calls_end();
}

static void
receiver_waits_with_its_registers(void)
{
	struct Trapframe tf;

	calls_begin();
	env_set_status(other, ENV_RUNNABLE);
	EXPECT_NEXT(other, me, SYS_ipc_recv, NO_PAGE);
	tf = call_frame(SYS_ipc_recv);
	EXPECT_REGISTERS("the registers of the call", &me->env_tf, &tf);
	expect_waiting(me, WAIT_MESSAGE);
	EXPECT(queue_empty(QUEUE_RUN), "an environment is queued");
	EXPECT_EQ(ASK(child, SYS_ipc_try_send, me->env_id, 5, NO_PAGE, 0), 0);
	tf.tf_regs.reg_eax = 0;
	EXPECT_REGISTERS("the registers of the call, eax 0", &me->env_tf, &tf);
	expect_woken(me, 0);
	calls_end();
}

/* --- sys_ipc_try_send --------------------------------------------------- */

static void
try_send_needs_a_receiver(void)
{
	calls_begin();
	/* The page is not looked at before. */
	EXPECT_REFUSED(-E_BAD_ENV, me, SYS_ipc_try_send, 0xFFFFFFFF, 1, 3, 0);
	EXPECT_REFUSED(-E_BAD_ENV, me, SYS_ipc_try_send,
		       other->env_id + (NENV << 3), 1, 3, 0);
	EXPECT_REFUSED(-E_IPC_NOT_RECV, me, SYS_ipc_try_send, other->env_id,
		       1, PAGE_A + 3, 0);
	EXPECT_REFUSED(-E_IPC_NOT_RECV, me, SYS_ipc_try_send, 0, 1, NO_PAGE,
		       0);
	/* Waiting for something else is not receiving. */
	send(child, me, 1, NO_PAGE, 0);
	EXPECT_REFUSED(-E_IPC_NOT_RECV, me, SYS_ipc_try_send, child->env_id,
		       1, NO_PAGE, 0);
	EXPECT_NEXT(NULL, other, SYS_env_wait, me->env_id);
	EXPECT_REFUSED(-E_IPC_NOT_RECV, me, SYS_ipc_try_send, other->env_id,
		       1, NO_PAGE, 0);
	calls_end();
}

static void
try_send_wakes_the_receiver(void)
{
	calls_begin();
	/* Of an earlier message, with a page. */
	other->env_ipc_perm = me->env_ipc_perm = PUW;
	/* Any environment may send; 0xFFFFFFFF as permission is ignored. */
	receive(other, PAGE_A);
	EXPECT_EQ(ASK(me, SYS_ipc_try_send, other->env_id, 0xDEADBEEF,
		      NO_PAGE, 0xFFFFFFFF), 0);
	expect_message(other, me, 0xDEADBEEF, 0);
	EXPECT_EQ(entry_of(other, PAGE_A), 0);
	EXPECT_EQ(queue_first(QUEUE_RUN), other - envs);
	expect_woken(other, 0);
	/* One message for each call. */
	EXPECT_REFUSED(-E_IPC_NOT_RECV, me, SYS_ipc_try_send, other->env_id,
		       2, NO_PAGE, 0);
	receive(me, PAGE_A);
	EXPECT_EQ(ASK(child, SYS_ipc_try_send, me->env_id, 0, 0xFFFFFFFF, 0),
		  0);
	expect_message(me, child, 0, 0);
	expect_woken(me, 0);
	calls_end();
}

static void
page_goes_with_the_message(void)
{
	struct PageInfo *pp, *old;

	calls_begin();
	pp = map_new(me, PAGE_A, PUW | 0x200);
	old = map_new(other, PAGE_B, PUW);
	receive(other, PAGE_B);
	EXPECT_EQ(ASK(me, SYS_ipc_try_send, other->env_id, 7, PAGE_A,
		      PU | PTE_SHARE), 0);
	expect_message(other, me, 7, PU | PTE_SHARE);
	EXPECT_EQ(entry_of(other, PAGE_B), page2pa(pp) | PU | PTE_SHARE);
	EXPECT_EQ(entry_of(me, PAGE_A), page2pa(pp) | PUW | 0x200);
	EXPECT_EQ(pp->pp_ref, 2);
	EXPECT(check_listed(old), "the replaced page is not free");
	expect_woken(other, 0);
	calls_end();
}

static void
unwanted_page_is_not_mapped(void)
{
	static const uintptr_t none[] = { UTOP, ULIM, 0xFFFFFFFF };
	struct PageInfo *pp;
	size_t i;

	calls_begin();
	pp = map_new(me, PAGE_A, PUW);
	for (i = 0; i < ARRAY_SIZE(none); i++) {
		receive(other, none[i]);
		other->env_ipc_perm = PUW;
		EXPECT_EQ(ASK(me, SYS_ipc_try_send, other->env_id, 8, PAGE_A,
			      PUW), 0);
		expect_message(other, me, 8, 0);
		EXPECT_EQ(pp->pp_ref, 1);
		expect_woken(other, 0);
	}
	calls_end();
}

static void
page_must_be_allowed(void)
{
	static const struct {
		uintptr_t va;
		uint32_t perm;
	} wrong[] = {
		{ PAGE_A + 1, PU }, { PAGE_A + 0x800, PU }, { UTOP - 1, PU },
		{ PAGE_A, 0 }, { PAGE_A, PTE_P }, { PAGE_A, PTE_U },
		{ PAGE_A, PTE_W }, { PAGE_A, PU | PTE_A },
		{ PAGE_A, PU | PTE_D }, { PAGE_A, PU | PTE_PS },
		{ PAGE_A, PU | PTE_G }, { PAGE_A, PU | PTE_PCD },
		{ PAGE_A, PU | 0x1000 }, { PAGE_A, PUW },
		{ PAGE_A, PUW | PTE_COW }, { PAGE_B, PU }, { PAGE_FAR, PU },
	};
	uintptr_t wanted;
	size_t i, k;

	calls_begin();
	map_new(me, PAGE_A, PU);
	/* Even if the receiver does not want it. */
	for (k = 0; k < 2; k++) {
		wanted = k ? NO_PAGE : PAGE_C;
		receive(other, wanted);
		for (i = 0; i < ARRAY_SIZE(wrong); i++)
			EXPECT_REFUSED(-E_INVAL, me, SYS_ipc_try_send,
				       other->env_id, 1, wrong[i].va,
				       wrong[i].perm);
		EXPECT_EQ(ASK(me, SYS_ipc_try_send, other->env_id, 1, PAGE_A,
			      PU), 0);
		expect_woken(other, 0);
	}
	/* sys_ipc_send looks at it before it waits, and when it need not. */
	for (i = 0; i < ARRAY_SIZE(wrong); i++)
		EXPECT_REFUSED(-E_INVAL, me, SYS_ipc_send, other->env_id, 1,
			       wrong[i].va, wrong[i].perm);
	receive(other, PAGE_C);
	for (i = 0; i < ARRAY_SIZE(wrong); i++)
		EXPECT_REFUSED(-E_INVAL, me, SYS_ipc_send, other->env_id, 1,
			       wrong[i].va, wrong[i].perm);
	calls_end();
}

static void
message_without_memory(void)
{
	struct PageInfo *pp;

	calls_begin();
	pp = map_new(me, PAGE_A, PUW);
	receive(other, PAGE_C);
	EXPECT_FRAMES(1, me, SYS_ipc_try_send, other->env_id, 3, PAGE_A, PU);
	expect_message(other, me, 3, PU);
	expect_woken(other, 0);
	receive(other, PAGE_FAR);
	EXPECT_FRAMES(1, me, SYS_ipc_send, other->env_id, 4, PAGE_A, PU);
	expect_woken(other, 0);
	receive(other, PAGE_B);
	pp->pp_ref = UINT16_MAX;
	EXPECT_REFUSED(-E_NO_MEM, me, SYS_ipc_try_send, other->env_id, 3,
		       PAGE_A, PU);
	EXPECT_REFUSED(-E_NO_MEM, me, SYS_ipc_send, other->env_id, 3, PAGE_A,
		       PU);
	pp->pp_ref = 3;
	calls_end();
}

/*
 * One that waits for a message is in no queue: its old links, to the run queue,
 * must not be followed when its wait ends.
 */
static void
receivers_wait_in_no_queue(void)
{
	calls_begin();
	env_set_status(me, ENV_RUNNABLE);
	receive(me, NO_PAGE);
	env_set_status(other, ENV_RUNNABLE);
	EXPECT_EQ(ASK(child, SYS_ipc_try_send, me->env_id, 1, NO_PAGE, 0), 0);
	EXPECT_EQ(queue_first(QUEUE_RUN), other - envs);
	EXPECT_EQ(queue_after(other - envs), me - envs);
	expect_woken(me, 0);
	env_free(me);
	EXPECT_EQ(queue_first(QUEUE_RUN), other - envs);
	env_set_status(other, ENV_NOT_RUNNABLE);
	calls_end();
}

/* --- sys_ipc_send ------------------------------------------------------- */

static void
send_refuses_in_order(void)
{
	calls_begin();
	EXPECT_REFUSED(-E_BAD_ENV, me, SYS_ipc_send, 0xFFFFFFFF, 1, 3, 0);
	EXPECT_REFUSED(-E_BAD_ENV, me, SYS_ipc_send,
		       other->env_id + (NENV << 3), 1, NO_PAGE, 0);
	EXPECT_REFUSED(-E_INVAL, me, SYS_ipc_send, 0, 1, NO_PAGE, 0);
	EXPECT_REFUSED(-E_INVAL, me, SYS_ipc_send, me->env_id, 1, NO_PAGE, 0);
	/* To one that receives, it returns at once. */
	receive(other, NO_PAGE);
	EXPECT_EQ(ASK(me, SYS_ipc_send, other->env_id, 9, NO_PAGE, 0), 0);
	expect_message(other, me, 9, 0);
	expect_woken(other, 0);
	calls_end();
}

static void
first_sender_is_served_first(void)
{
	struct Trapframe tf;

	calls_begin();
	send(child, me, 11, NO_PAGE, 0);
	tf = call_frame(0);
	send(other, me, 22, NO_PAGE, 0);
	expect_senders(me, child, other);
	EXPECT_EQ(ASK(me, SYS_ipc_recv, NO_PAGE), 0);
	expect_message(me, child, 11, 0);
	EXPECT_REGISTERS("the registers of the sender's call, eax 0",
			 &child->env_tf, &tf);
	expect_woken(child, 0);
	expect_senders(me, other, NULL);
	/* The last comes last, though it was first before. */
	send(child, me, 33, NO_PAGE, 0);
	EXPECT_EQ(ASK(me, SYS_ipc_recv, NO_PAGE), 0);
	expect_message(me, other, 22, 0);
	expect_woken(other, 0);
	EXPECT_EQ(ASK(me, SYS_ipc_recv, NO_PAGE), 0);
	expect_message(me, child, 33, 0);
	expect_woken(child, 0);
	expect_senders(me, NULL, NULL);
	receive(me, NO_PAGE);
	calls_end();
}

static void
senders_page_is_the_one_at_that_time(void)
{
	struct PageInfo *late;

	calls_begin();
	map_new(child, PAGE_A, PU);
	send(child, me, 1, PAGE_A, PU);
	EXPECT_EQ(ASK(me, SYS_page_alloc, child->env_id, PAGE_A, PUW), 0);
	late = pa2page(PTE_ADDR(entry_of(child, PAGE_A)));
	EXPECT_EQ(late->pp_ref, 1);
	EXPECT_EQ(ASK(me, SYS_ipc_recv, PAGE_B), 0);
	expect_message(me, child, 1, PU);
	EXPECT_EQ(entry_of(me, PAGE_B), page2pa(late) | PU);
	EXPECT_EQ(late->pp_ref, 2);
	expect_woken(child, 0);
	/* The receiver does not want it. */
	send(child, me, 2, PAGE_A, PUW);
	EXPECT_EQ(ASK(me, SYS_ipc_recv, NO_PAGE), 0);
	expect_message(me, child, 2, 0);
	EXPECT_EQ(late->pp_ref, 2);
	calls_end();
}

static void
sender_that_cannot_deliver_gets_the_error(void)
{
	struct PageInfo *list;

	calls_begin();
	map_new(child, PAGE_A, PUW);
	map_new(other, PAGE_A, PUW);
	map_new(me, PAGE_A, PU);
	/* Its page is gone, or has become read-only: the next one is taken. */
	send(child, me, 1, PAGE_A, PU);
	send(other, me, 2, NO_PAGE, 0);
	page_remove(child->env_pgdir, (void *)PAGE_A);
	EXPECT_EQ(ASK(me, SYS_ipc_recv, PAGE_FAR), 0);
	expect_message(me, other, 2, 0);
	EXPECT_EQ(queue_first(QUEUE_RUN), child - envs);
	expect_woken(child, -E_INVAL);
	expect_woken(other, 0);
	send(other, me, 3, PAGE_A, PUW);
	set_entry_of(other, PAGE_A, entry_of(other, PAGE_A) & ~PTE_W);
	EXPECT_NEXT(other, me, SYS_ipc_recv, PAGE_FAR);
	expect_waiting(me, WAIT_MESSAGE);
	EXPECT_EQ(other->env_tf.tf_regs.reg_eax, -E_INVAL);
	EXPECT_EQ(ASK(other, SYS_ipc_try_send, me->env_id, 4, NO_PAGE, 0), 0);
	expect_woken(me, 0);
	/* No memory for the receiver's page table. */
	send(other, me, 5, PAGE_A, PU);
	list = take_free_list();
	EXPECT_NEXT(other, me, SYS_ipc_recv, PAGE_FAR);
	give_free_list(list);
	EXPECT_EQ(other->env_tf.tf_regs.reg_eax, -E_NO_MEM);
	expect_waiting(me, WAIT_MESSAGE);
	expect_senders(me, NULL, NULL);
	calls_end();
}

static void
ends_of_senders_and_receivers(void)
{
	struct Env *third;

	calls_begin();
	third = new_env(0);
	send(child, me, 1, NO_PAGE, 0);
	send(other, me, 2, NO_PAGE, 0);
	send(third, me, 3, NO_PAGE, 0);
	/* A sender ends. */
	env_free(other);
	expect_senders(me, child, third);
	env_free(child);
	expect_senders(me, third, NULL);
	other = new_env(0);
	send(other, me, 4, NO_PAGE, 0);
	/* The receiver ends. */
	env_free(me);
	EXPECT_EQ(queue_first(QUEUE_RUN), third - envs);
	expect_woken(third, -E_BAD_ENV);
	expect_woken(other, -E_BAD_ENV);
	me = new_env(0);
	expect_senders(me, NULL, NULL);
	/* One that receives ends. */
	receive(me, PAGE_A);
	env_free(me);
	me = new_env(0);
	EXPECT_REFUSED(-E_IPC_NOT_RECV, other, SYS_ipc_try_send, me->env_id,
		       1, NO_PAGE, 0);
	env_free(third);
	calls_end();
}

static void
wait_can_be_ended_by_the_parent(void)
{
	calls_begin();
	/* Of a sender: nothing is sent. */
	send(child, me, 1, NO_PAGE, 0);
	EXPECT_EQ(ASK(me, SYS_env_set_status, child->env_id, ENV_RUNNABLE), 0);
	expect_woken(child, -E_UNSPECIFIED);
	expect_senders(me, NULL, NULL);
	/* Of a receiver. */
	receive(child, PAGE_A);
	EXPECT_REFUSED(0, me, SYS_env_set_status, child->env_id,
		       ENV_NOT_RUNNABLE);
	expect_waiting(child, WAIT_MESSAGE);
	EXPECT_EQ(ASK(me, SYS_env_set_status, child->env_id, ENV_RUNNABLE), 0);
	expect_woken(child, -E_UNSPECIFIED);
	EXPECT_REFUSED(-E_IPC_NOT_RECV, me, SYS_ipc_try_send, child->env_id,
		       1, NO_PAGE, 0);
	/* Of one that waits for an end. */
	EXPECT_NEXT(NULL, child, SYS_env_wait, other->env_id);
	EXPECT_REFUSED(0, me, SYS_env_set_status, child->env_id,
		       ENV_NOT_RUNNABLE);
	EXPECT_EQ(ASK(me, SYS_env_set_status, child->env_id, ENV_RUNNABLE), 0);
	expect_woken(child, -E_UNSPECIFIED);
	env_free(other);
	EXPECT_EQ(child->env_status, ENV_NOT_RUNNABLE);
	calls_end();
}

const struct check own_messages_checks[] = {
	LONG_OWN(CALLS, recv_wants_an_aligned_address, "sys_ipc_recv",
		 "sys_ipc_recv: below UTOP, dstva must be page-aligned; else"
		 " it changes nothing"),
	LONG_OWN(CALLS, receiver_waits_with_its_registers, "sys_ipc_recv",
		 "sys_ipc_recv waits, and later returns 0 with all other"
		 " registers"),
	LONG_OWN(CALLS, receivers_wait_in_no_queue, "wait_end",
		 "wait_end: one that waited for a message was in no queue"),
	LONG_OWN(CALLS, try_send_needs_a_receiver, "sys_ipc_try_send",
		 "sys_ipc_try_send: -E_BAD_ENV, then -E_IPC_NOT_RECV, before"
		 " it looks at the page"),
	LONG_OWN(CALLS, try_send_wakes_the_receiver, "sys_ipc_try_send",
		 "sys_ipc_try_send: value, sender and permissions 0 without a"
		 " page"),
	LONG_OWN(CALLS, page_goes_with_the_message, "sys_ipc_try_send",
		 "F2: a page that is sent is mapped, and counted, if the"
		 " receiver wants it"),
	LONG_OWN(CALLS, unwanted_page_is_not_mapped,
		 "sys_ipc_try_send",
		 "sys_ipc_try_send: a receiver with dstva at or above UTOP"
		 " gets no page, and permissions 0"),
	LONG_OWN(CALLS, page_must_be_allowed, "sys_ipc_try_send",
		 "sys_ipc_try_send and sys_ipc_send: -E_INVAL for a page that"
		 " sys_page_map would not map"),
	LONG_OWN(CALLS, message_without_memory, "sys_ipc_try_send",
		 "E1: a message that cannot be delivered for lack of memory"
		 " changes nothing"),
	LONG_OWN(CALLS, send_refuses_in_order, "sys_ipc_send",
		 "sys_ipc_send: -E_BAD_ENV, -E_INVAL for itself; at once to"
		 " one that receives"),
	LONG_OWN(CALLS, first_sender_is_served_first, "sys_ipc_send",
		 "sys_ipc_send: senders wait in the order in which they came"),
	LONG_OWN(CALLS, senders_page_is_the_one_at_that_time, "sys_ipc_send",
		 "sys_ipc_send: the page is the one at srcva when the message"
		 " is received"),
	LONG_OWN(CALLS, sender_that_cannot_deliver_gets_the_error,
		 "sys_ipc_recv",
		 "sys_ipc_recv: a sender that cannot deliver gets the error,"
		 " and the next one is taken"),
	LONG_OWN(CALLS, ends_of_senders_and_receivers, "wait_forget",
		 "wait_forget: a sender that ends is not waited for; its"
		 " receiver's end gives -E_BAD_ENV"),
	LONG_OWN(CALLS, wait_can_be_ended_by_the_parent,
		 "sys_env_set_status",
		 "sys_env_set_status ends a wait: the call returns"
		 " -E_UNSPECIFIED"),
	CHECK_TABLE_END
};
