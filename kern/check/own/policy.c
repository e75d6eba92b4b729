/*
 * Checks of policy.c and resident.c: which page leaves memory, by the exact
 * sequence of victims in small rings.
 */

#include <inc/string.h>
#include <inc/x86.h>
#include <kern/check/own/paged.h>
#include <kern/env.h>

#define MAX_REFERENCES	16
#define MAX_PAGES	6

/* Page number n of a reference string, from 1 on, in two tables. */
static uintptr_t
page_va(uint32_t n)
{
	return n % 2 ? PAGE_A + n * PGSIZE : PAGE_FAR + n * PGSIZE;
}

/* --- Reference strings --------------------------------------------------- */

/* Belady's string: with FIFO, more frames mean more faults. */
static const char belady[] = "123412512345";

/* One with a page that is used often. */
static const char busy_page[] = "12342521324251";

/* Victims in order, as digits; each fault after the first ones has one. */
static const struct {
	const char *policy, *string, *victims;
	uint32_t frames, faults;
} expected[] = {
	{ "fifo", belady, "123412", 3, 9 },
	{ "fifo", belady, "123451", 4, 10 },
	{ "clock", belady, "123412", 3, 9 },
	{ "clock", belady, "123451", 4, 10 },
	{ "aging", belady, "1234512", 3, 10 },
	{ "aging", belady, "3451", 4, 8 },
	{ "random", belady, "132521", 3, 9 },
	{ "random", belady, "2343", 4, 8 },
	{ "fifo", busy_page, "123452134", 3, 12 },
	{ "fifo", busy_page, "123", 4, 7 },
	{ "clock", busy_page, "13425132", 3, 11 },
	{ "clock", busy_page, "134513", 4, 10 },
	{ "aging", busy_page, "1345134", 3, 10 },
	{ "aging", busy_page, "134513", 4, 10 },
	{ "random", busy_page, "132135", 3, 9 },
	{ "random", busy_page, "2343", 4, 8 },
};

/* The victims of a run, in order, and its number of faults. */
struct run {
	char victims[MAX_REFERENCES + 1];
	uint32_t faults;
};

/* Make the pages, all on disk, each with its number as contents. */
static void
make_pages(void)
{
	uint32_t n;

	for (n = 1; n < MAX_PAGES; n++) {
		paged_new(me, page_va(n));
		paged_write(me, page_va(n), n);
		paged_out(me, page_va(n));
	}
	EXPECT_EQ(resident_count, 0);
}

static bool
in_memory(uint32_t n)
{
	return entry_of(me, page_va(n)) & PTE_P;
}

/* Read page n. Returns the page that has left memory for it, or 0. */
static uint32_t
refer_to(uint32_t n)
{
	bool before[MAX_PAGES];
	uint32_t i, gone = 0;

	for (i = 1; i < MAX_PAGES; i++)
		before[i] = in_memory(i);
	EXPECT_EQ(paged_read(me, page_va(n)), n);
	for (i = 1; i < MAX_PAGES; i++) {
		if (!before[i] || in_memory(i))
			continue;
		EXPECT_THAT(!gone, "one victim at a time", "%u and %u", gone,
			    i);
		gone = i;
	}
	EXPECT_THAT(!gone || !before[n], "a victim only at a fault",
		    "%u leaves, and %u is in memory", gone, n);
	return gone;
}

static void
run_string(const char *string, uint32_t frames, struct run *run)
{
	uint32_t gone, n = 0;

	paged_counts();
	swap_set_limit(frames);
	for (; *string; string++) {
		gone = refer_to(*string - '0');
		EXPECT_THAT(resident_count <= frames, "no more pages than"
			    " frames", "%u", resident_count);
		if (gone)
			run->victims[n++] = '0' + gone;
	}
	run->victims[n] = '\0';
	run->faults = paged_counts().faults;
	swap_set_limit(0);
}

static void
expect_victims(const char *name)
{
	struct run run;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(expected); i++) {
		if (strcmp(expected[i].policy, name) != 0)
			continue;
		paged_begin();
		make_pages();
		EXPECT(policy_choose(name), "there is no such policy");
		policy_seed = 1;
		run_string(expected[i].string, expected[i].frames, &run);
		EXPECT_THAT(strcmp(run.victims, expected[i].victims) == 0,
			    "the victims of this policy",
			    "%s instead of %s, for %s with %u frames",
			    run.victims, expected[i].victims,
			    expected[i].string, expected[i].frames);
		EXPECT_EQ(run.faults, expected[i].faults);
		paged_end();
	}
}

static void
fifo_takes_the_oldest(void)
{
	expect_victims("fifo");
}

static void
clock_gives_a_second_chance(void)
{
	expect_victims("clock");
}

static void
aging_takes_the_least_used(void)
{
	expect_victims("aging");
}

static void
random_repeats_with_its_seed(void)
{
	expect_victims("random");
}

static void
used_page_survives(void)
{
	uint32_t i;

	paged_begin();
	make_pages();
	for (i = 1; i <= 3; i++)
		paged_read(me, page_va(i));
	/* One round of the hand: no page has A set any more. */
	swap_set_limit(3);
	EXPECT_EQ(refer_to(4), 1);
	EXPECT_EQ(refer_to(2), 0);
	/* 2 would be next. */
	EXPECT_EQ(refer_to(5), 3);
	EXPECT_EQ(refer_to(2), 0);
	/* 4 and 5 have been used, but 2 again, since the hand passed it. */
	EXPECT_EQ(refer_to(1), 4);
	paged_end();
}

/* --- The A bit ----------------------------------------------------------- */

static ppn_t excluded;
static bool exclude_all;

static bool
is_allowed(ppn_t n)
{
	return !exclude_all && n != excluded;
}

/* Let the clock choose, from all pages. */
static ppn_t
clock_choice(void)
{
	bool (*was)(ppn_t) = policy_allowed;
	ppn_t n;

	excluded = 0;
	policy_allowed = is_allowed;
	n = policies->victim();
	policy_allowed = was;
	return n;
}

/* Read, and look whether the page was used; twice, without a CR3 load. */
static void
use_twice(void *arg)
{
	ppn_t n = *(ppn_t *)arg;
	int i;

	for (i = 0; i < 3; i++) {
		(void)peek(PAGE_A);
		EXPECT_THAT(policy_used(n), "the page has been used",
			    "unused, after %d looks", i);
		EXPECT_EQ(entry_of(me, PAGE_A) & PTE_A, 0);
		EXPECT(!policy_used(n), "used, although A was cleared");
	}
	/* The hand of the clock passes the page, and comes to it again. */
	(void)peek(PAGE_A);
	EXPECT_EQ(clock_choice(), n);
	EXPECT_EQ(entry_of(me, PAGE_A) & PTE_A, 0);
	(void)peek(PAGE_A);
	EXPECT_EQ(entry_of(me, PAGE_A) & PTE_A, PTE_A);
}

static void
use_is_seen_each_time(void)
{
	ppn_t n;

	paged_begin();
	n = paged_new(me, PAGE_A) - pages;
	as_program(me, use_twice, &n);
	/* Through several mappings. */
	EXPECT_EQ(ASK(me, SYS_page_map, 0, PAGE_A, child->env_id, PAGE_FAR,
		      PU), 0);
	EXPECT_EQ(ASK(me, SYS_page_map, 0, PAGE_A, 0, PAGE_B, PU), 0);
	as_program(me, use_twice, &n);
	paged_read(child, PAGE_FAR);
	paged_read(me, PAGE_B);
	EXPECT(policy_used(n), "unused, after a use through another mapping");
	EXPECT_EQ(entry_of(child, PAGE_FAR) & PTE_A, 0);
	EXPECT_EQ(entry_of(me, PAGE_B) & PTE_A, 0);
	EXPECT(!policy_used(n), "used, although all A bits were cleared");
	paged_read(child, PAGE_FAR);
	EXPECT(policy_used(n), "unused, after a use by another environment");
	paged_end();
}

/* Their use since the last aging counts more than all before. */
static void
last_use_counts_most(void)
{
	ppn_t a, b;

	paged_begin();
	a = paged_new(me, PAGE_A) - pages;
	b = paged_new(me, PAGE_B) - pages;
	EXPECT(policy_choose("aging"), "there is no such policy");
	resident_at(b)->age = 0xFF;
	paged_read(me, PAGE_A);
	EXPECT_EQ(policy->victim(), b);
	EXPECT_EQ(policy->victim(), b);
	paged_read(me, PAGE_B);
	EXPECT_EQ(policy->victim(), a);
	paged_end();
}

/* Choosing a policy starts a new period of aging: a run can be repeated. */
static void
period_starts_with_the_choice(void)
{
	ppn_t n;
	int i;

	paged_begin();
	n = paged_new(me, PAGE_A) - pages;
	swap_set_limit(16);
	EXPECT_EQ(policy_period(), 2);
	for (i = 0; i < 3; i++) {
		EXPECT(policy_choose("aging"), "there is no such policy");
		paged_read(me, PAGE_A);
		policy->fault();
		EXPECT_EQ(resident_at(n)->age, 0);
	}
	policy->fault();
	EXPECT_EQ(resident_at(n)->age, 0x80);
	swap_set_limit(0);
	paged_end();
}

/* --- Which pages are considered ------------------------------------------ */

static void
choose_without(const char *name, ppn_t first)
{
	bool (*was)(ppn_t) = policy_allowed;
	ppn_t none, one;
	int i;

	EXPECT(policy_choose(name), "there is no such policy");
	policy_allowed = is_allowed;
	exclude_all = true;
	none = policy->victim();
	exclude_all = false;
	excluded = first;
	for (i = 0; i < 8; i++) {
		one = policy->victim();
		if (!one || one == first)
			break;
	}
	policy_allowed = was;
	EXPECT_THAT(none == 0, "no victim, because none may leave",
		    "frame %u, by %s", none, name);
	EXPECT_THAT(one && one != first, "another page, because the first may"
		    " not leave", "frame %u, by %s", one, name);
}

static void
only_allowed_pages_leave(void)
{
	const struct policy *p;
	ppn_t n[3];
	int i;

	paged_begin();
	for (p = policies; p->name; p++) {
		EXPECT(policy_choose(p->name), "a policy cannot be chosen");
		EXPECT_EQ(policy, p);
		EXPECT_EQ(policy->victim(), 0);
	}
	for (i = 0; i < 3; i++)
		n[i] = paged_new(me, PAGE_A + i * PGSIZE) - pages;
	for (p = policies; p->name; p++)
		for (i = 0; i < 3; i++)
			choose_without(p->name, n[i]);
	EXPECT(!policy_choose("lru"), "an unknown policy is chosen");
	EXPECT(!policy_choose(""), "a policy without a name is chosen");
	EXPECT(policy == &p[-1], "an unknown name changes the policy");
	paged_end();
}

/* --- The ring ------------------------------------------------------------ */

/* The ring must have these n pages, from the hand on. */
static void
expect_ring(const ppn_t *order, uint32_t n)
{
	ppn_t at = resident_hand;
	uint32_t i;

	EXPECT_EQ(resident_count, n);
	for (i = 0; i < n; i++) {
		EXPECT_THAT(at == order[i], "the ring in its order",
			    "frame %u instead of %u, as number %u", at,
			    order[i], i);
		EXPECT_EQ(resident_at(resident_at(at)->next)->prev, at);
		EXPECT(pages[at].pp_flags & PP_PAGED, "no flag in the ring");
		at = resident_at(at)->next;
	}
	EXPECT_EQ(at, resident_hand);
}

static void
new_pages_are_looked_at_last(void)
{
	ppn_t n[5];
	int i;

	paged_begin();
	for (i = 0; i < 4; i++)
		n[i] = paged_new(me, PAGE_A + i * PGSIZE) - pages;
	expect_ring(n, 4);
	/* The hand has passed one: the next is put behind it. */
	resident_hand = n[1];
	n[4] = paged_new(me, PAGE_FAR) - pages;
	expect_ring((ppn_t[]) { n[1], n[2], n[3], n[0], n[4] }, 5);
	/* The page at the hand leaves; one elsewhere; all. */
	EXPECT_EQ(ASK(me, SYS_page_unmap, 0, PAGE_A + PGSIZE), 0);
	expect_ring((ppn_t[]) { n[2], n[3], n[0], n[4] }, 4);
	EXPECT_EQ(ASK(me, SYS_page_unmap, 0, PAGE_A), 0);
	expect_ring((ppn_t[]) { n[2], n[3], n[4] }, 3);
	EXPECT_EQ(pages[n[0]].pp_flags, 0);
	EXPECT_EQ(pages[n[0]].pp_state, PG_FREE);
	env_free(me);
	expect_ring(NULL, 0);
	EXPECT_EQ(resident_hand, 0);
	paged_end();
}

/* Two mappings are one page, which stays as long as one is left. */
static void
ring_has_a_page_once(void)
{
	ppn_t n;

	paged_begin();
	n = paged_new(me, PAGE_A) - pages;
	EXPECT_EQ(ASK(me, SYS_page_map, 0, PAGE_A, child->env_id, PAGE_B,
		      PUW), 0);
	swap_note_page(child, PAGE_B);
	expect_ring(&n, 1);
	EXPECT_EQ(ASK(me, SYS_page_unmap, 0, PAGE_A), 0);
	expect_ring(&n, 1);
	EXPECT_EQ(ASK(child, SYS_page_unmap, 0, PAGE_B), 0);
	expect_ring(NULL, 0);
	paged_end();
}

const struct check own_policy_checks[] = {
	LONG_OWN(SWAP, fifo_takes_the_oldest, "fifo_victim",
		 "FIFO: the oldest page leaves; Belady's string has 9 faults"
		 " with three frames, and 10 with four"),
	LONG_OWN(SWAP, clock_gives_a_second_chance, "clock_victim",
		 "clock: the first page without A leaves, and A is cleared on"
		 " the way"),
	LONG_OWN(SWAP, aging_takes_the_least_used, "aging_victim",
		 "aging: the page with the smallest history leaves"),
	LONG_OWN(SWAP, last_use_counts_most, "aging_victim",
		 "aging: the use since the last aging counts most"),
	LONG_OWN(SWAP, period_starts_with_the_choice, "policy_choose",
		 "aging: its period starts when it is chosen"),
	LONG_OWN(SWAP, random_repeats_with_its_seed, "random_victim",
		 "random: the same seed has the same victims"),
	LONG_OWN(SWAP, used_page_survives, "clock_victim",
		 "clock: a page used since the hand passed it survives"),
	LONG_OWN(SWAP, use_is_seen_each_time, "policy_used",
		 "T1: A is cleared in all mappings, and the next use sets it"
		 " again"),
	LONG_OWN(SWAP, only_allowed_pages_leave, "policy_choose",
		 "each policy passes over pages that may not leave"),
	LONG_OWN(SWAP, new_pages_are_looked_at_last, "resident_add",
		 "the ring: a new page goes in behind the hand"),
	LONG_OWN(SWAP, ring_has_a_page_once, "resident_lost_mapping",
		 "the ring: a page is in it once, until its last mapping"
		 " goes"),
	CHECK_TABLE_END
};
