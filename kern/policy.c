/*
 * Page-replacement policies. The pages are in a ring in the order of loading; a
 * new page goes in behind the hand.
 *
 * Clearing A without flushing the TLB would be wrong: the processor sets A only
 * when it fills its TLB, so a page in steady use would look unused. (SDM 3A
 * 4.10.4.2 calls the flush optional; what it costs is the truth of A.)
 */

#include <inc/string.h>
#include <kern/mappers.h>
#include <kern/pmap.h>
#include <kern/policy.h>

uint32_t policy_seed = 1;
uint32_t policy_looks;
uint32_t policy_frames;
bool (*policy_allowed)(ppn_t n);

/* --- The A bit ----------------------------------------------------------- */

/* Clear A of an entry. Sets *arg if it was set. */
static void
take_accessed(pte_t *pte, uint32_t where, void *arg)
{
	bool *used = arg;

	if (!(*pte & PTE_A))
		return;
	*used = true;
	*pte &= ~PTE_A;
	tlb_flush_user_page(where_va(where));
}

bool
policy_used(ppn_t n)
{
	bool used = false;

	policy_looks++;
	mappers_of_frame(n, take_accessed, &used);
	if (unlikely(resident_traced))
		used |= resident_take_seen(n);
	return used;
}

/*
 * Pass the hand over pages that were used through their only mapping, at most
 * `looks` of them. Clears their A bits. Returns the looks that are left. 12
 * instructions a page: a sweep passes all pages.
 */
static uint32_t
pass_used(uint32_t looks)
{
	const struct resident *all = residents, *r;
	const struct PageInfo *frames = pages;
	uint32_t left = looks;
	ppn_t n = resident_hand;

	/* A trace has taken the A bits away. */
	for (; left && !resident_traced; left--) {
		r = &all[n];
		if (frames[n].pp_ref != 1 || !(*r->pte & PTE_A))
			break;
		*r->pte &= ~PTE_A;
		n = r->next;
	}
	policy_looks += looks - left;
	resident_hand = n;
	/* One flush for all: see above. */
	if (left < looks)
		lcr3(rcr3());
	return left;
}

/* --- The policies ---------------------------------------------------------- */

/* Return the next page after n. */
static inline ppn_t
after(ppn_t n)
{
	return resident_at(n)->next;
}

/* First in, first out: the oldest that may leave. */
static ppn_t
fifo_victim(void)
{
	ppn_t n = resident_hand;
	uint32_t i;

	for (i = 0; i < resident_count; i++, n = after(n))
		if (policy_allowed(n))
			return n;
	return 0;
}

/*
 * Second chance: a page that was used since the hand passed it is passed again.
 * After one round no page has A set, unless none may leave.
 */
static ppn_t
clock_victim(void)
{
	uint32_t looks = 2 * resident_count;
	ppn_t n;

	while (looks && (looks = pass_used(looks))) {
		looks--;
		n = resident_hand;
		if (!policy_used(n) && policy_allowed(n))
			return n;
		resident_hand = after(n);
	}
	return 0;
}

/*
 * Aging: each page has a history of 8 bits, the latest on top, of whether it was
 * used in the time between two agings. The page with the smallest number leaves;
 * its use since the last aging counts most.
 */
#define AGE_TOP		(1 << 7)
#define AGINGS		8	/* in the time in which all pages are replaced */

static uint32_t faults_since_aging;

uint32_t
policy_period(void)
{
	return MAX((policy_frames ? policy_frames : resident_count) / AGINGS,
		   1U);
}

static void
age_all(void)
{
	ppn_t n = resident_hand;
	struct resident *r;
	uint32_t i;

	for (i = 0; i < resident_count; i++, n = r->next) {
		r = resident_at(n);
		r->age = r->age >> 1 | (policy_used(n) ? AGE_TOP : 0);
	}
}

void
policy_start_period(void)
{
	faults_since_aging = 0;
}

static void
aging_fault(void)
{
	if (++faults_since_aging < policy_period())
		return;
	faults_since_aging = 0;
	age_all();
}

/* Set *arg if A of an entry is set. */
static void
look_accessed(pte_t *pte, uint32_t where, void *arg)
{
	(void)where;
	*(bool *)arg |= (*pte & PTE_A) != 0;
}

static bool
is_used(ppn_t n)
{
	bool used = false;

	mappers_of_frame(n, look_accessed, &used);
	return used || resident_at(n)->seen;
}

static ppn_t
aging_victim(void)
{
	ppn_t n = resident_hand, best = 0;
	uint32_t i, age, least = UINT32_MAX;

	for (i = 0; i < resident_count && least; i++, n = after(n)) {
		if (resident_at(n)->age >= least || !policy_allowed(n))
			continue;
		age = resident_at(n)->age | (is_used(n) ? AGE_TOP << 1 : 0);
		if (age < least) {
			least = age;
			best = n;
		}
	}
	return best;
}

static ppn_t
random_victim(void)
{
	uint32_t i, x = policy_seed;
	ppn_t n = resident_hand;

	if (!resident_count)
		return 0;
	x ^= x << 13;
	x ^= x >> 17;
	x ^= x << 5;
	policy_seed = x;
	for (i = x % resident_count; i > 0; i--)
		n = after(n);
	for (i = 0; i < resident_count; i++, n = after(n))
		if (policy_allowed(n))
			return n;
	return 0;
}

const struct policy policies[] = {
	{ "clock", clock_victim, NULL },
	{ "fifo", fifo_victim, NULL },
	{ "aging", aging_victim, aging_fault },
	{ "random", random_victim, NULL },
	{ NULL, NULL, NULL }
};

const struct policy *policy = policies;

bool
policy_choose(const char *name)
{
	const struct policy *p;

	for (p = policies; p->name; p++)
		if (strcmp(p->name, name) == 0) {
			policy = p;
			policy_start_period();
			return true;
		}
	return false;
}
