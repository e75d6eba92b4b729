/*
 * The monitor's command `swap`: paging to disk, its policy, slots and pages.
 *
 * Follows no number of the records without a check: the monitor must survive a
 * broken kernel.
 */

#include <inc/stdio.h>
#include <inc/string.h>
#include <kern/monitor/args.h>
#include <kern/monitor/mappings.h>
#include <kern/monitor/monitor.h>
#include <kern/pmap.h>
#include <kern/policy.h>
#include <kern/program.h>
#include <kern/reftrace.h>
#include <kern/swap.h>
#include <kern/swapio.h>

/* --- The state ----------------------------------------------------------- */

static void
print_count(const char *what, uint32_t n)
{
	cprintf("  %-38s %8u\n", what, n);
}

static void
print_area(void)
{
	const struct ide_disk *d = swap_area.disk;

	cprintf("swap area: disk %d (%s %s), from sector %u, %uK,"
		" generation %u\n", d - ide_disks,
		d->channel ? "secondary" : "primary",
		d->unit ? "slave" : "master", swap_area.first,
		swap_area.slots * (PGSIZE / 1024), swap_area.generation);
	cprintf("  %-38s %8u, %u free, %u bad\n", "slots", slots_total,
		slots_free, slots_bad);
}

/* Print which page left memory last, and what its choice took. */
static void
print_victim(void)
{
	const struct swap_victim *v = &swap_last_victim;

	if (!v->frame)
		return;
	cprintf("  %-38s %08x  frame 0x%x, ", "last victim",
		where_va(v->where), v->frame);
	if (v->slot)
		cprintf("%s slot %u", v->written ? "written to" : "in", v->slot);
	else
		cprintf("in the program's file");
	cprintf("; %u looks\n", v->looks);
}

static void
print_memory(void)
{
	struct swap_state s;

	swap_state(&s);
	cprintf("  %-38s %8u, ", "pages that may leave memory",
		resident_count);
	if (swap_limit)
		cprintf("at most %u\n", swap_limit);
	else
		cprintf("no limit\n");
	cprintf("  %-38s %8s\n", "policy", policy->name);
	print_victim();
	cprintf("  %-38s %8u frames, below %u pages leave\n", "reserve",
		s.high, s.low);
	if (s.turn)
		cprintf("  %-38s %08x\n", "pages are kept for", s.turn);
	cprintf("  %-38s %8u reads, %u writes\n", "transfers under way",
		swapio_reads, swapio_writes);
}

static void
print_counts(void)
{
	const struct swap_counts *c = &swap_counts;

	cprintf("since start-up or 'swap reset':\n");
	print_count("faults on pages not in memory", c->faults);
	print_count("pages that came into memory",
		    c->page_ins + c->file_loads + c->returned);
	print_count("  read from the disk", c->page_ins);
	print_count("  read from programs' files", c->file_loads);
	print_count("  still here, on their way to the disk", c->returned);
	print_count("pages that left memory", c->page_outs + c->dropped);
	print_count("  written to the disk", c->page_outs);
	print_count("  dropped: the same contents are there", c->dropped);
	print_count("looks at a page's A bit", policy_looks);
	print_count("errors of reads", c->read_errors);
	print_count("errors of writes", c->write_errors);
}

/* --- Slots --------------------------------------------------------------- */

#define MAX_RUNS	40

/* Where the contents of a slot are; NULL if it is free. */
static const char *
slot_state(uint32_t n)
{
	const struct slot *s = slot_at(n);
	uint32_t flags;

	if (s->count >= SLOT_FREE)
		return NULL;
	if (s->count == SLOT_BAD)
		return "lost: it failed";
	if (!s->frame)
		return "on disk";
	flags = s->frame < npages ? pages[s->frame].pp_flags : 0;
	if (flags & PP_FILLING)
		return "on disk, being read";
	if (flags & PP_BUSY)
		return "in memory, being written";
	return "on disk, and read into memory";
}

static void
print_run(uint32_t first, uint32_t last)
{
	uint32_t count = slot_at(first)->count;
	char numbers[24];

	if (first == last)
		snprintf(numbers, sizeof(numbers), "%u", first);
	else
		snprintf(numbers, sizeof(numbers), "%u-%u", first, last);
	cprintf("%-17s  %7u  %s\n", numbers, count == SLOT_BAD ? 0 : count,
		slot_state(first));
}

/* The last slot of the run of slots in the same state as this one. */
static uint32_t
end_of_run(uint32_t n)
{
	const char *state = slot_state(n);
	uint16_t count = slot_at(n)->count;

	while (n < slots_total && slot_state(n + 1) == state
	       && slot_at(n + 1)->count == count)
		n++;
	return n;
}

static void
list_slots(void)
{
	uint32_t n, last, runs = 0, left = 0;

	cprintf("%u of %u slots are in use.\n", slots_total - slots_free,
		slots_total);
	for (n = 1; n <= slots_total; n = last + 1) {
		last = n;
		if (!slot_state(n))
			continue;
		last = end_of_run(n);
		if (runs == 0)
			cprintf("slots              entries  the contents"
				" are\n");
		if (runs++ < MAX_RUNS)
			print_run(n, last);
		else
			left += last - n + 1;
	}
	if (left)
		cprintf("... and %u more\n", left);
}

/* --- The ring of pages ---------------------------------------------------- */

#define PAGES_SHOWN	24

/* Format where the contents of frame n are, besides, into buf. */
static const char *
home_text(ppn_t n, char buf[16])
{
	const struct resident *r = resident_at(n);

	if (r->home_is_file)
		return "file";
	if (!r->home)
		return "-";
	snprintf(buf, 16, "slot %u", r->home);
	return buf;
}

static void
print_page(ppn_t n)
{
	const struct resident *r = resident_at(n);
	const struct PageInfo *pp = &pages[n];
	struct mappings m = pp->pp_ref == 1
		? find_mapping(page2pa(pp), r->where)
		: find_mappings(page2pa(pp));
	char home[16];

	cprintf("0x%05x  %08x  %c %c  %3u  %-11s  ", n, m.va,
		m.bits & PTE_A ? 'A' : '-', (m.bits & PTE_D)
		|| (pp->pp_flags & PP_DIRTY) ? 'D' : '-', r->age,
		home_text(n, home));
	if (m.env)
		cprintf("%08x %s", m.env->env_id, program_name(m.env));
	else
		cprintf("no mapping");
	if (m.count > 1)
		cprintf(", %u more", m.count - 1);
	cprintf("%s%s\n", pp->pp_flags & PP_BUSY ? "; being written" : "",
		swap_keeps(n) ? "; kept" : "");
}

/* Print the first pages of the ring, from the hand on. */
static void
list_pages(uint32_t most)
{
	ppn_t n = resident_hand;
	uint32_t i;

	cprintf("%u pages may leave memory.\n", resident_count);
	if (!resident_count)
		return;
	cprintf("frame    address   A D  age  home         environment\n");
	for (i = 0; i < MIN(resident_count, most); i++) {
		if (n >= npages || !(pages[n].pp_flags & PP_PAGED)) {
			cprintf("0x%05x  is not in the ring\n", n);
			return;
		}
		print_page(n);
		n = resident_at(n)->next;
	}
	if (i < resident_count)
		cprintf("... and %u more\n", resident_count - i);
}

/* --- Settings ------------------------------------------------------------- */

static int
choose_policy(const char *name)
{
	const struct policy *p;

	if (name && policy_choose(name))
		return MON_DONE;
	if (name)
		cprintf("There is no policy '%s'.\n", name);
	cprintf("Policies:");
	for (p = policies; p->name; p++)
		cprintf(" %s%s", p->name, p == policy ? " (in use)" : "");
	cprintf("\n");
	return MON_DONE;
}

static int
set_limit(const char *text)
{
	uint32_t n;

	if (!text || !arg_number(text, &n))
		return MON_USAGE;
	swap_set_limit(n);
	return MON_DONE;
}

static int
show_pages(const char *text)
{
	uint32_t n = PAGES_SHOWN;

	if (text && !arg_number(text, &n))
		return MON_USAGE;
	list_pages(n);
	return MON_DONE;
}

static int
show_slots(const char *text)
{
	if (text)
		return MON_USAGE;
	list_slots();
	return MON_DONE;
}

static int
reset_counts(const char *text)
{
	if (text)
		return MON_USAGE;
	reftrace_reset_counts();
	policy_looks = 0;
	return MON_DONE;
}

/* --- Reference strings ---------------------------------------------------- */

/* swap record N: record at most N thousand uses of pages; 0: stop. */
static int
record(const char *text)
{
	uint32_t n;

	if (!text || !arg_number(text, &n) || n > 8192)
		return MON_USAGE;
	if (reftrace_start(n * 1024 * 8) < 0)
		cprintf("There is not so much memory in one piece.\n");
	return MON_DONE;
}

static int
print_trace(const char *text)
{
	if (text)
		return MON_USAGE;
	reftrace_print();
	return MON_DONE;
}

/* swap seed N: where the random policy starts. */
static int
set_seed(const char *text)
{
	uint32_t n;

	if (!text || !arg_number(text, &n) || !n)
		return MON_USAGE;
	policy_seed = n;
	return MON_DONE;
}

/* The words that may follow `swap`. The argument of run may be NULL. */
static const struct {
	const char *name;
	int (*run)(const char *argument);
} topics[] = {
	{ "policy", choose_policy },
	{ "frames", set_limit },
	{ "slots", show_slots },
	{ "pages", show_pages },
	{ "reset", reset_counts },
	{ "record", record },
	{ "trace", print_trace },
	{ "seed", set_seed },
};

int
mon_swap(int argc, char **argv, struct Trapframe *tf)
{
	size_t i;

	(void)tf;
	if (!swap_on) {
		cprintf("There is no swap area.\n");
		return MON_DONE;
	}
	if (argc == 1) {
		print_area();
		print_memory();
		print_counts();
		return MON_DONE;
	}
	for (i = 0; i < ARRAY_SIZE(topics); i++)
		if (strcmp(topics[i].name, argv[1]) == 0)
			return topics[i].run(argc == 3 ? argv[2] : NULL);
	return MON_USAGE;
}
