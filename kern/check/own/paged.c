/*
 * Pages that leave memory and come back, for checks.
 *
 * The kernel's own way out is used: a limit of one page, and a policy that
 * chooses the page that the check wants.
 */

#include <inc/string.h>
#include <inc/x86.h>
#include <kern/check/own/paged.h>
#include <kern/dev/console.h>
#include <kern/env.h>
#include <kern/gates.h>
#include <kern/hooks.h>

static struct swap_counts noted;
static uint32_t free_before;

/* A page of the environment `other`, which is not in the ring. */
#define UNNOTED		(UTOP - 4 * PTSIZE)

/* The mask registers of the two interrupt controllers. */
#define PIC1_MASK	0x21
#define PIC2_MASK	0xA1

static uint8_t mask1, mask2;
static bool held;

void
paged_hold(void)
{
	cli();
	mask1 = inb(PIC1_MASK);
	mask2 = inb(PIC2_MASK);
	held = true;
	outb(PIC1_MASK, 0xFF);
	outb(PIC2_MASK, 0xFF);
}

void
paged_let_go(void)
{
	if (!held)
		return;
	held = false;
	outb(PIC1_MASK, mask1);
	outb(PIC2_MASK, mask2);
}

void
paged_release(void)
{
	paged_let_go();
	sti();
}

void
paged_begin(void)
{
	if (resident_count || slots_free + slots_bad != slots_total)
		check_skip("programs have pages in memory or on disk");
	/* A limit that is never reached. */
	swap_set_limit(npages);
	swap_set_limit(0);
	calls_begin();
	policy_choose("clock");
	/* Policies pass over a page that the disk uses. */
	map_new(other, UNNOTED, PU)->pp_flags = PP_BUSY;
	/* A slot that has failed in the check stays bad. */
	free_before = slots_free + slots_bad;
	noted = swap_counts;
}

void
paged_end(void)
{
	paged_finish();
	swap_set_limit(0);
	paged_at(other, UNNOTED)->pp_flags = 0;
	calls_end();
	paged_finish();
	EXPECT_EQ(resident_count, 0);
	EXPECT_THAT(slots_free + slots_bad == free_before,
		    "as many free slots as before", "%u instead of %u",
		    slots_free + slots_bad, free_before);
}

struct swap_counts
paged_counts(void)
{
	struct swap_counts c = {
		.faults = swap_counts.faults - noted.faults,
		.page_ins = swap_counts.page_ins - noted.page_ins,
		.file_loads = swap_counts.file_loads - noted.file_loads,
		.returned = swap_counts.returned - noted.returned,
		.page_outs = swap_counts.page_outs - noted.page_outs,
		.dropped = swap_counts.dropped - noted.dropped,
		.read_errors = swap_counts.read_errors - noted.read_errors,
		.write_errors = swap_counts.write_errors - noted.write_errors,
	};

	noted = swap_counts;
	return c;
}

/* --- Pages --------------------------------------------------------------- */

struct PageInfo *
paged_new(struct Env *e, uintptr_t va)
{
	EXPECT_EQ(ASK(e, SYS_page_alloc, 0, va, PUW), 0);
	return paged_at(e, va);
}

struct PageInfo *
paged_at(const struct Env *e, uintptr_t va)
{
	pte_t pte = entry_of(e, va);

	EXPECT_THAT(pte & PTE_P, "a page in memory", "0x%08x is 0x%08x", va,
		    pte);
	return pa2page(PTE_ADDR(pte));
}

uint32_t
paged_slot(const struct Env *e, uintptr_t va)
{
	pte_t pte = entry_of(e, va);

	EXPECT_THAT(!(pte & (PTE_P | PTE_FILE)) && pte, "a page on disk",
		    "0x%08x is 0x%08x", va, pte);
	return PGNUM(pte);
}

/* --- Out ----------------------------------------------------------------- */

static ppn_t wanted;

static ppn_t
choose_wanted(void)
{
	ppn_t n = wanted;

	wanted = 0;
	return n;
}

static const struct policy by_check = { "check", choose_wanted, NULL };

void
paged_note(void)
{
	swap_note_page(other, UNNOTED);
}

void
paged_start_out(struct PageInfo *pp)
{
	const struct policy *was = policy;
	uint32_t limit = swap_limit, eflags = read_eflags();

	cli();
	policy = &by_check;
	wanted = pp - pages;
	swap_limit = 1;
	paged_note();
	policy = was;
	swap_limit = limit;
	write_eflags(eflags);
	EXPECT_THAT(!wanted, "the limit of one page is kept",
		    "no victim is asked for");
}

void
paged_finish(void)
{
	uint32_t eflags = read_eflags();

	cli();
	swapio_finish();
	write_eflags(eflags);
}

uint32_t
paged_out(struct Env *e, uintptr_t va)
{
	paged_start_out(paged_at(e, va));
	paged_finish();
	return paged_slot(e, va);
}

/* --- In ------------------------------------------------------------------ */

/* A fault with other registers each time: the program makes progress. */
static struct Trapframe
new_fault(void)
{
	static uint32_t instruction;

	return (struct Trapframe) {
		.tf_eip = UTEXT + ++instruction, .tf_esp = USTACKTOP,
		.tf_cs = GD_UT | 3, .tf_ds = GD_UD | 3, .tf_es = GD_UD | 3,
		.tf_ss = GD_UD | 3, .tf_eflags = FL_IF | FL_ONE,
		.tf_trapno = T_PGFLT, .tf_err = FEC_U,
	};
}

void
paged_in(struct Env *e, uintptr_t va)
{
	struct Trapframe tf = new_fault(), was = tf;
	uint32_t eflags = read_eflags(), cr3 = rcr3();
	struct Env *before = curenv;
	bool handled;

	cli();
	curenv = e;
	lcr3(PADDR(e->env_pgdir));
	handled = swap_fault(&tf, va);
	curenv = before;
	lcr3(cr3);
	write_eflags(eflags);
	EXPECT_THAT(handled, "a page that is not in memory",
		    "another fault at 0x%08x", va);
	EXPECT_THAT(memcmp(&tf, &was, sizeof(tf)) == 0,
		    "the instruction is tried again", "other registers");
}

static void
fault_for_real(void *arg)
{
	struct Trapframe tf = new_fault();

	cli();
	hooks.checking = false;
	swap_fault(&tf, *(uintptr_t *)arg);
}

void
paged_wait(struct Env *e, uintptr_t va)
{
	struct Env *bystander = new_env(0), *before = curenv;
	uint32_t eflags = read_eflags(), cr3 = rcr3();
	struct guard_report r;

	cli();
	/* It faults at once: it has no program. No tick comes before that. */
	bystander->env_tf.tf_eflags = FL_ONE;
	env_set_status(bystander, ENV_RUNNABLE);
	env_set_status(e, ENV_RUNNING);
	curenv = e;
	lcr3(PADDR(e->env_pgdir));
	trap_set_stack(ROUNDDOWN(read_esp() - 512, 16));
	guarded(fault_for_real, &va, &r);
	trap_set_stack(KSTACKTOP);
	curenv = before;
	lcr3(cr3);
	env_free(bystander);
	write_eflags(eflags);
	EXPECT_THAT(r.how == GUARD_TRAP && (r.err & FEC_U),
		    "it waits, and another environment runs", "another end");
	EXPECT_EQ(e->env_status, ENV_NOT_RUNNABLE);
}

struct start {
	const struct program *program;
	struct Env *e;
};

static void
start_for_real(void *arg)
{
	struct start *s = arg;
	const struct program *p = s->program;

	cli();
	cons_muted = true;
	hooks.checking = false;
	env_create(p->start, p->end - p->start, ENV_TYPE_USER, &s->e);
	hooks.checking = true;
	cons_muted = false;
}

struct Env *
paged_program(const void **binary)
{
	struct start start = { .program = any_program() };
	struct guard_report r;

	guarded(start_for_real, &start, &r);
	EXPECT_THAT(r.how == GUARD_OK && start.e, "an environment", "none");
	env_set_status(start.e, ENV_NOT_RUNNABLE);
	*binary = start.program->start;
	return start.e;
}

struct access {
	struct Env *e;
	uintptr_t va;
	uint8_t value;
	bool write;
};

static void
try_access(void *arg)
{
	struct access *a = arg;

	if (a->write)
		poke(a->va, a->value);
	else
		a->value = peek(a->va);
}

static void
do_access(void *arg)
{
	struct access *a = arg;
	struct guard_report r;

	guarded(try_access, a, &r);
	if (r.how == GUARD_OK)
		return;
	EXPECT_THAT(r.how == GUARD_TRAP && r.trapno == T_PGFLT
		    && r.va == a->va && !(r.err & FEC_PR),
		    "access, or a fault on a page that is not present",
		    "another end");
	paged_in(a->e, a->va);
	try_access(a);
}

uint8_t
paged_read(struct Env *e, uintptr_t va)
{
	struct access a = { .e = e, .va = va };

	as_program(e, do_access, &a);
	return a.value;
}

void
paged_write(struct Env *e, uintptr_t va, uint8_t value)
{
	struct access a = { .e = e, .va = va, .value = value, .write = true };

	as_program(e, do_access, &a);
}

/* --- The disk ------------------------------------------------------------ */

/* Aligned: it must lie in one page. */
static uint8_t sector[IDE_SECTOR] __attribute__((aligned(IDE_SECTOR)));

static void
disk_transfer(uint32_t slot, bool write)
{
	struct ide_request r = {
		.disk = swap_area.disk,
		.sector = swap_area.first + slot * SLOT_SECTORS, .count = 1,
		.write = write, .data = sector, .pa = PADDR(sector),
	};

	EXPECT_EQ(ide_transfer(&r), 0);
}

uint8_t
disk_byte(uint32_t slot)
{
	disk_transfer(slot, false);
	return sector[0];
}

void
disk_set_byte(uint32_t slot, uint8_t value)
{
	disk_transfer(slot, false);
	sector[0] = value;
	disk_transfer(slot, true);
}

void
disk_fails(bool fails)
{
	static uint32_t sectors;

	if (!sectors)
		sectors = swap_area.disk->sectors;
	/* Requests for sectors that the disk does not have fail. */
	swap_area.disk->sectors = fails ? 0 : sectors;
}

void
paged_give_slots(void)
{
	uint32_t n;

	for (n = 1; n <= slots_total; n++)
		if (slot_at(n)->frame == 1 && slot_at(n)->count == 1) {
			slot_put(n);
			slot_release(n);
		}
}

void
paged_mend(uint32_t slot)
{
	EXPECT_EQ(slot_at(slot)->count, SLOT_BAD);
	*slot_at(slot) = (struct slot) { .count = 0, .frame = 0 };
	slots_bad--;
	slot_release(slot);
}
