/*
 * Checks of the audit: it must find each corruption of the queues, and of the
 * counts of shared frames, under the right letter.
 */

#include <inc/string.h>
#include <kern/check/audit.h>
#include <kern/check/own/calls.h>
#include <kern/check/own/user.h>
#include <kern/dev/timer.h>
#include <kern/env.h>
#include <kern/queue.h>

static uint32_t
slot(const struct Env *e)
{
	return e - envs;
}

/* The audit must find something under this letter. */
static void
expect_found(const char *letter, const char *what)
{
	char text[160] = "";
	bool found = audit_finds_more(text, sizeof(text));

	EXPECT_THAT(found && strncmp(text, letter, 2) == 0,
		    "the audit finds the fault", "\"%s\" instead of %s, after"
		    " %s", text, letter, what);
}

static void
expect_nothing(const char *when)
{
	char text[160];

	if (audit_finds_more(text, sizeof(text)))
		check_fail(__FILE__, __LINE__, "the audit finds nothing",
			   "%s, %s", text, when);
}

/* One of each kind: `me` sends, child waits for an end, other sleeps. */
static struct Env *receiver;

static void
begin(void)
{
	uint32_t ticks = timer_ticks;

	calls_begin();
	receiver = new_env(0);
	audit_known();
	EXPECT_NEXT(NULL, me, SYS_ipc_send, child->env_id, 1, UTOP, 0);
	EXPECT_NEXT(NULL, child, SYS_env_wait, other->env_id);
	timer_ticks = 1000;
	EXPECT_NEXT(NULL, other, SYS_sleep, 10);
	timer_ticks = ticks;
	EXPECT_NEXT(NULL, receiver, SYS_ipc_recv, UTOP);
	expect_nothing("with environments that wait");
}

static void
finish(void)
{
	expect_nothing("at the end");
	env_free(receiver);
	calls_end();
	expect_nothing("without them");
}

static void
audit_finds_who_is_in_the_wrong_queue(void)
{
	struct Env *all[4];
	size_t i;

	begin();
	all[0] = me;
	all[1] = child;
	all[2] = other;
	all[3] = receiver;
	for (i = 0; i < 3; i++) {
		uint32_t next = queue_after(slot(all[i]));

		queue_remove(slot(all[i]));
		expect_found("Q1", "one has left its queue");
		queue_insert(QUEUE_RUN, slot(all[i]));
		expect_found("Q1", "one that waits is in the run queue");
		queue_remove(slot(all[i]));
		queue_insert(next, slot(all[i]));
		expect_nothing("with the queues as before");
	}
	queue_insert(QUEUE_SLEEP, slot(receiver));
	expect_found("Q1", "a receiver is among the sleepers");
	queue_remove(slot(receiver));
	queue_insert(QUEUE_RUN, slot(env_free_list));
	expect_found("Q1", "a free slot is queued");
	queue_remove(slot(env_free_list));
	finish();
}

static void
audit_finds_broken_links(void)
{
	struct queue_link *link;
	uint32_t was;

	begin();
	link = &queue_links[QUEUE_SLEEP];
	was = link->prev;
	link->prev = QUEUE_SLEEP;
	expect_found("Q1", "a broken link back");
	link->prev = was;
	was = link->next;
	link->next = QUEUE_RUN;
	expect_found("Q1", "a link to another queue");
	link->next = NQUEUE_LINKS + 5;
	expect_found("Q1", "a wild link");
	link->next = was;
	link = &queue_links[slot(other)];
	link->next = slot(other);
	expect_found("Q1", "a circle without the head");
	link->next = QUEUE_SLEEP;
	/* Two in the queue of sleepers, the later one first. */
	was = waits[slot(me)].tick;
	queue_remove(slot(me));
	waits[slot(me)].reason = WAIT_TIME;
	waits[slot(me)].tick = waits[slot(other)].tick + 1;
	queue_insert(QUEUE_SLEEP, slot(me));
	expect_nothing("with two that sleep");
	waits[slot(me)].tick -= 2;
	expect_found("Q1", "sleepers in the wrong order");
	queue_remove(slot(me));
	waits[slot(me)].reason = WAIT_RECEIVER;
	waits[slot(me)].tick = was;
	queue_insert(QUEUE_SENDERS + slot(child), slot(me));
	finish();
}

static void
audit_finds_wrong_waits(void)
{
	struct wait *w;
	envid_t of;

	begin();
	receiver->env_ipc_recving = false;
	expect_found("Q2", "env_ipc_recving is clear");
	receiver->env_ipc_recving = true;
	other->env_ipc_recving = true;
	expect_found("Q2", "env_ipc_recving is set");
	other->env_ipc_recving = false;
	w = &waits[slot(receiver)];
	w->reason = WAIT_NONE;
	expect_found("Q2", "a receiver without a reason");
	w->reason = WAIT_MESSAGE;
	receiver->env_status = ENV_DYING;
	expect_found("Q2", "one with another status waits");
	receiver->env_status = ENV_RUNNING;
	waits[slot(receiver)].reason = WAIT_NONE;
	receiver->env_ipc_recving = false;
	expect_found("Q2", "one runs that is not current");
	receiver->env_ipc_recving = true;
	waits[slot(receiver)].reason = WAIT_MESSAGE;
	receiver->env_status = ENV_NOT_RUNNABLE;
	w = &waits[slot(me)];
	of = w->of;
	w->of += 0x1000;
	expect_found("Q2", "one waits for a stale id");
	w->of = of;
	finish();
}

static void
audit_counts_shared_frames(void)
{
	struct PageInfo *pp;
	pte_t pte;

	calls_begin();
	audit_known();
	pp = map_new(me, PAGE_A, PUW);
	EXPECT_EQ(ASK(me, SYS_cow_range, child->env_id, 0, UTOP), 0);
	EXPECT_EQ(ASK(me, SYS_page_map, 0, PAGE_A, child->env_id, PAGE_FAR,
		      PU), 0);
	EXPECT_EQ(pp->pp_ref, 3);
	expect_nothing("with a shared frame");
	pp->pp_ref = 2;
	expect_found("F2", "a count that is one too low");
	pp->pp_ref = 4;
	expect_found("F2", "a count that is one too high");
	pp->pp_ref = 3;
	pte = entry_of(child, PAGE_FAR);
	set_entry_of(child, PAGE_FAR, 0);
	expect_found("F2", "a mapping that was lost");
	set_entry_of(child, PAGE_FAR, pte);
	expect_nothing("at the end");
	calls_end();
}

const struct check own_audit_checks[] = {
	LONG_OWN(CALLS, audit_finds_who_is_in_the_wrong_queue, "audit",
		 "Q1: audit finds an environment in the wrong queue"),
	LONG_OWN(CALLS, audit_finds_broken_links, "audit",
		 "Q1: audit finds broken links, and sleepers that are not"
		 " sorted"),
	LONG_OWN(CALLS, audit_finds_wrong_waits, "audit",
		 "Q2: audit finds an environment that waits wrongly"),
	LONG_OWN(CALLS, audit_counts_shared_frames, "audit",
		 "F2: audit counts the mappings of a frame in all"
		 " environments"),
	CHECK_TABLE_END
};
