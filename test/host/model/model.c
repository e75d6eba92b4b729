/* The model. model.h has the contracts; kern/sys_*.h those of the calls. */

#include <inc/error.h>
#include <inc/stdarg.h>
#include <inc/stdio.h>
#include <inc/string.h>
#include <inc/syscall.h>

#include "cpu.h"
#include "model.h"
#include "test/host/fuzz/host.h"

struct model model;
char model_said[SAID_MAX];

const uint32_t place_va[PLACES] = {
	0x00000000, 0x00001000, 0x003FF000, 0x00400000,
	0x007FF000, 0x00800000, 0x00801000, 0x00810000,
	0x00BFF000, 0x00C00000, 0x00C3F000, 0xA0000000,
	0xEE800000, 0xEEBFD000, 0xEEBFE000, 0xEEBFF000,
};
const uint8_t place_region[PLACES] = {
	0, 0, 0, 1, 1, 2, 2, 2, 2, 3, 3, 4, 5, 5, 5, 5
};
const struct program_shape program_shape = {
	.text = 0x00810000, .data = 0x00800000, .entry = 0x00810010,
	.fill = 0x90,
};

#define NO_PAGE		((struct mapping) { -1, 0, false, 0 })
#define MOST_REFS	65535U

static void
line(const char *fmt, ...)
{
	size_t n = strlen(model_said);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(model_said + n, SAID_MAX - n, fmt, ap);
	va_end(ap);
}

static struct task *
me(void)
{
	return &model.task[model.running];
}

int
place_at(uint32_t va)
{
	int i;

	for (i = 0; i < PLACES; i++)
		if (place_va[i] == (va & ~0xFFFU))
			return i;
	return -1;
}

/* --- Lists ---------------------------------------------------------------- */

static void
add_at(struct list *l, int i, int slot)
{
	int k;

	for (k = l->n++; k > i; k--)
		l->slot[k] = l->slot[k - 1];
	l->slot[i] = slot;
}

static void
add(struct list *l, int slot)
{
	add_at(l, l->n, slot);
}

static int
take_at(struct list *l, int i)
{
	int slot = l->slot[i];

	for (l->n--; i < l->n; i++)
		l->slot[i] = l->slot[i + 1];
	return slot;
}

static void
leave(struct list *l, int slot)
{
	int i;

	for (i = 0; i < l->n; i++)
		if (l->slot[i] == slot)
			take_at(l, i--);
}

/* --- Pages ---------------------------------------------------------------- */

uint32_t
model_refs(int page)
{
	uint32_t n = model.page[page].holds;
	int s, p;

	for (s = 0; s < SLOTS; s++)
		for (p = 0; p < PLACES; p++)
			n += model.task[s].map[p].page == page;
	return n;
}

static int
new_page(void)
{
	int i = 0;

	while (model.page[i].used)
		i++;
	clear(&model.page[i], sizeof(model.page[i]));
	model.page[i].used = true;
	model.free--;
	return i;
}

int
model_copy_page(int page)
{
	int new = new_page();

	memcpy(model.page[new].bytes, model.page[page].bytes, PGSIZE);
	return new;
}

/* True if n frames are more than there are. */
static bool
lacks(uint32_t n)
{
	return model.paging ? n && model.no_frames : model.free < n;
}

void
model_drop(int page)
{
	if (page < 0 || model_refs(page))
		return;
	model.page[page].used = false;
	model.free++;
}

static void
unmap(struct task *t, int place)
{
	int page = t->map[place].page;

	t->map[place] = NO_PAGE;
	model_drop(page);
}

/* The frames that a mapping there needs: one for a table, or none. */
static uint32_t
table_needed(const struct task *t, int place)
{
	return !t->table[place_region[place]];
}

static int
map(struct task *t, int place, int page, uint32_t perm)
{
	struct mapping *m = &t->map[place];

	if (m->page != page && model_refs(page) == MOST_REFS)
		return -E_NO_MEM;
	if (lacks(table_needed(t, place)))
		return -E_NO_MEM;
	model.free -= table_needed(t, place);
	t->table[place_region[place]] = true;
	if (m->page != page)
		unmap(t, place);
	*m = (struct mapping) { page, perm, t->watches_dirty, 0 };
	return 0;
}

/* --- Status --------------------------------------------------------------- */

static void	destroy(struct task *t);

/* The running program may read [at, at + len), or ends. */
static bool
may_read(uint32_t at, uint32_t len)
{
	uint32_t i, err;

	for (i = 0; i < len; i++) {
		if (at + i < UTOP && model_access(at + i, false, &err))
			continue;
		line("[%08x] user_mem_check assertion failure for va %08x\n",
		     me()->id, at + i);
		destroy(me());
		return false;
	}
	return true;
}

/* The bytes that cputs prints before others run. */
#define PIECE	128U

static void
print_piece(void)
{
	struct task *t = me();
	uint32_t n = MIN(t->text_len, PIECE), err;

	for (t->text_len -= n; n; n--)
		model.printed = checksum(model.printed, *model_access(
			t->text++, false, &err));
}

/* Go on with a text. */
static void
go_on_printing(void)
{
	if (!may_read(me()->text, MIN(me()->text_len, PIECE)))
		return;
	print_piece();
	model_schedule();
}

/* Run the first that is ready. */
static void
switch_to_next(void)
{
	int i;

	model.idle = model.resuming = false;
	if (model.paging && !model.ready.n
	    && (model.asleep.n || model.disk.n)) {
		model.running = -1;
		model.idle = true;
		return;
	}
	if (!model.ready.n && model.asleep.n) {
		/* The processor is idle until the first wakes. */
		model.ticks = model.task[model.asleep.slot[0]].wake;
		model_tick();
		return;
	}
	if (!model.ready.n) {
		line("No runnable environments in the system!\n");
		model.running = -1;
		return;
	}
	i = take_at(&model.ready, 0);
	model.running = model.loaded = i;
	model.task[i].status = ENV_RUNNING;
	model.task[i].runs++;
	if (model.paging)
		model.resuming = me()->text_len || me()->again.call;
	else if (me()->text_len)
		go_on_printing();
}

void
model_schedule(void)
{
	if (model.running >= 0 && me()->status == ENV_RUNNING) {
		me()->status = ENV_RUNNABLE;
		add(&model.ready, model.running);
	}
	switch_to_next();
}

static void
wait(enum waiting what)
{
	me()->status = ENV_NOT_RUNNABLE;
	me()->waiting = what;
	model_schedule();
}

/* A task that waits does so no more. */
static void
stop_waiting(struct task *t)
{
	int s, slot = t - model.task;

	leave(&model.asleep, slot);
	leave(&model.disk, slot);
	for (s = 0; s < SLOTS; s++) {
		leave(&model.task[s].senders, slot);
		leave(&model.task[s].enders, slot);
	}
	t->waiting = FOR_NOTHING;
	t->recving = false;
}

static void
try_again(struct task *t)
{
	stop_waiting(t);
	t->status = ENV_RUNNABLE;
	add(&model.ready, t - model.task);
}

static void
wake(struct task *t, int32_t result)
{
	t->tf.tf_regs.reg_eax = result;
	try_again(t);
}

/* Those who wait for a page in this slot, or for a frame, try again. */
static void
wake_pagers(uint32_t slot)
{
	struct list l = model.disk;
	struct task *t;
	int i;

	for (i = 0; i < l.n; i++) {
		t = &model.task[l.slot[i]];
		if (t->waiting == FOR_FRAME || t->of == slot)
			try_again(t);
	}
}

/* Wake those whose time has come. */
static void
wake_sleepers(void)
{
	while (model.asleep.n
	       && model.task[model.asleep.slot[0]].wake <= model.ticks)
		wake(&model.task[model.asleep.slot[0]], 0);
}

void
model_tick(void)
{
	if (model.running >= 0 && me()->status == ENV_RUNNING)
		model.ticks++;
	wake_sleepers();
	wake_pagers(0);
	model_schedule();
}

/* --- Environments --------------------------------------------------------- */

/* The frames in use by this task alone, except those of pages. */
static uint32_t
own_frames(const struct task *t)
{
	uint32_t n = 1 + t->has_fpu;
	int i;

	for (i = 0; i < REGIONS; i++)
		n += t->table[i];
	return n;
}

static void
end(struct task *t)
{
	int i, slot = t - model.task;

	line("[%08x] free env %08x\n",
	     model.loaded >= 0 ? model.task[model.loaded].id : 0, t->id);
	model.free += own_frames(t);
	for (i = 0; i < PLACES; i++)
		unmap(t, i);
	stop_waiting(t);
	leave(&model.ready, slot);
	while (t->senders.n)
		wake(&model.task[t->senders.slot[0]], -E_BAD_ENV);
	while (t->enders.n)
		wake(&model.task[t->enders.slot[0]], 0);
	t->status = ENV_FREE;
	add(&model.unused, slot);
}

/* End a task; another runs if it was the last that ran. */
static void
destroy(struct task *t)
{
	bool last = t - model.task == model.loaded;

	end(t);
	if (!last)
		return;
	model.loaded = -1;
	if (model.created == 1)
		line("Destroyed the only environment - nothing more to do!\n");
	model_schedule();
}

/* A task in the slot that is used next, with no memory yet. */
static struct task *
new_task(envid_t parent)
{
	int i, slot = model.unused.slot[model.unused.n - 1];
	struct task *t = &model.task[slot];
	uint32_t next = ((uint32_t)t->id & ~0xFFFU) + 0x1000;
	/* Ids are positive: after the last, the first comes again. */
	envid_t id = (next < 0x80000000 ? next : 0x1000) | slot;

	model.unused.n--;
	model.free--;
	*t = (struct task) { .id = id, .parent = parent };
	t->status = ENV_NOT_RUNNABLE;
	for (i = 0; i < PLACES; i++)
		t->map[i] = NO_PAGE;
	t->tf = (struct Trapframe) {
		.tf_ds = 0x23, .tf_es = 0x23, .tf_ss = 0x23, .tf_cs = 0x1B,
		.tf_esp = USTACKTOP, .tf_eflags = FL_IF,
	};
	line("[%08x] new env %08x\n", parent, id);
	model.created++;
	return t;
}

/* Find an environment. `mine`: the caller, or one of its children. */
static struct task *
look_up(uint32_t id, bool mine)
{
	int i;

	if (!id)
		return me();
	for (i = 0; i < SLOTS; i++) {
		if (model.task[i].status == ENV_FREE
		    || model.task[i].id != (envid_t)id)
			continue;
		if (mine && i != model.running
		    && model.task[i].parent != me()->id)
			return NULL;
		return &model.task[i];
	}
	return NULL;
}

/* --- System calls --------------------------------------------------------- */

static void
done(int32_t result)
{
	me()->tf.tf_regs.reg_eax = result;
}

static bool
good_va(uint32_t va)
{
	return va < UTOP && !(va & 0xFFF);
}

static bool
good_perm(uint32_t perm)
{
	return (perm & 5) == 5 && !(perm & ~0xE07U);
}

static int32_t
page_alloc_(uint32_t id, uint32_t va, uint32_t perm)
{
	struct task *t = look_up(id, true);
	int place = place_at(va);

	if (!t)
		return -E_BAD_ENV;
	if (!good_va(va) || !good_perm(perm))
		return -E_INVAL;
	if (lacks(1 + table_needed(t, place)))
		return -E_NO_MEM;
	return map(t, place, new_page(), perm);
}

/* The page to send or map from there, or -1: none, or fewer rights. */
static int
page_to_give(const struct task *t, uint32_t va, uint32_t perm)
{
	const struct mapping *m;

	if (!good_va(va) || !good_perm(perm))
		return -1;
	m = &t->map[place_at(va)];
	return (perm & PTE_W) && !(m->perm & PTE_W) ? -1 : m->page;
}

static int32_t
page_map_(uint32_t src, uint32_t srcva, uint32_t dst, uint32_t dstva,
	  uint32_t perm)
{
	struct task *from = look_up(src, true), *to = look_up(dst, true);
	int page;

	if (!from || !to)
		return -E_BAD_ENV;
	page = page_to_give(from, srcva, perm);
	if (page < 0 || !good_va(dstva))
		return -E_INVAL;
	/* It clears D, to see whether it writes. */
	if (from == to && srcva == dstva)
		to->watches_dirty = true;
	return map(to, place_at(dstva), page, perm);
}

static int32_t
page_unmap_(uint32_t id, uint32_t va)
{
	struct task *t = look_up(id, true);

	if (!t)
		return -E_BAD_ENV;
	if (!good_va(va))
		return -E_INVAL;
	unmap(t, place_at(va));
	return 0;
}

static bool
writable_and_private(const struct mapping *m)
{
	return (m->perm & PTE_W) && !(m->perm & PTE_SHARE);
}

/* Can the pages in [start, end) be mapped in `to`, too? */
static int32_t
may_share(const struct task *from, const struct task *to, uint32_t start,
	  uint32_t end)
{
	uint32_t needed = 0, regions = 0;
	int32_t error = 0;
	int p, q, times;

	for (p = 0; p < PLACES; p++) {
		if (from->map[p].page < 0 || place_va[p] < start
		    || place_va[p] >= end)
			continue;
		if (to->map[p].page >= 0)
			return -E_INVAL;
		if (!to->table[place_region[p]]
		    && !(regions & 1U << place_region[p]))
			needed++;
		regions |= 1U << place_region[p];
		for (times = 0, q = 0; q < PLACES; q++)
			times += from->map[q].page == from->map[p].page
				&& place_va[q] >= start && place_va[q] < end;
		if (model_refs(from->map[p].page) + times > MOST_REFS)
			error = -E_NO_MEM;
	}
	return lacks(needed) ? -E_NO_MEM : error;
}

static int32_t
cow_range_(uint32_t dst, uint32_t start, uint32_t end)
{
	struct task *from = me(), *to = look_up(dst, true);
	struct mapping *m;
	int32_t error;
	int p;

	if (!to)
		return -E_BAD_ENV;
	if (to == from || start > end || end > UTOP || start % PGSIZE
	    || end % PGSIZE)
		return -E_INVAL;
	error = may_share(from, to, start, end);
	for (p = 0; p < PLACES && !error; p++) {
		m = &from->map[p];
		if (m->page < 0 || place_va[p] < start || place_va[p] >= end)
			continue;
		if (model.paging && model.not_loaded[p]) {
			/* Each loads it for itself. */
			map(to, p, model_copy_page(m->page),
			    m->perm & PTE_SYSCALL);
			to->map[p].unsure = PTE_A | PTE_D;
			to->map[p].keeps_dirty = false;
			continue;
		}
		if (writable_and_private(m)) {
			/* PTE_D tells the kernel that both were set. */
			if (m->perm & PTE_COW)
				model.page[m->page].dirty = true;
			m->keeps_dirty = false;
			m->perm = (m->perm & ~PTE_W) | PTE_COW;
			m->unsure = PTE_A | PTE_D;
		}
		map(to, p, m->page, m->perm & PTE_SYSCALL);
		/* Nobody has used the page there: the bits say little. */
		to->map[p].keeps_dirty = false;
		to->map[p].unsure = PTE_A | PTE_D;
	}
	return error;
}

static int32_t
cow_page_(uint32_t va)
{
	int place = place_at(va), new;
	struct mapping *m;
	uint32_t perm;

	if (va >= UTOP || place < 0)
		return -E_INVAL;
	m = &me()->map[place];
	if (m->page < 0 || !(m->perm & PTE_COW))
		return -E_INVAL;
	perm = (m->perm & PTE_SYSCALL & ~PTE_COW) | PTE_W;
	if (model_refs(m->page) > 1) {
		if (lacks(1))
			return -E_NO_MEM;
		new = model_copy_page(m->page);
		return map(me(), place, new, perm);
	}
	if (m->perm & PTE_D)
		model.page[m->page].dirty = true;
	m->perm = perm;
	m->unsure = 0;
	return 0;
}

static int32_t
exofork_(void)
{
	struct task *t;

	if (!model.unused.n)
		return -E_NO_FREE_ENV;
	if (lacks(1U + me()->has_fpu))
		return -E_NO_MEM;
	t = new_task(me()->id);
	t->tf = me()->tf;
	t->tf.tf_regs.reg_eax = 0;
	t->fs = me()->fs;
	t->watches_dirty = me()->watches_dirty;
	t->has_fpu = me()->has_fpu;
	model.free -= t->has_fpu;
	t->fpu = me()->fpu;
	return t->id;
}

static void
env_set_status_(uint32_t id, uint32_t status)
{
	struct task *t = look_up(id, true);

	if (!t || (status != ENV_RUNNABLE && status != ENV_NOT_RUNNABLE)) {
		done(t ? -E_INVAL : -E_BAD_ENV);
		return;
	}
	done(0);
	if (t == me()) {
		if (status == ENV_NOT_RUNNABLE)
			wait(FOR_NOTHING);
	} else if (status == ENV_NOT_RUNNABLE) {
		leave(&model.ready, t - model.task);
		/* It has not begun: it begins when it is runnable. */
		if (t->waiting >= FOR_PAGE)
			stop_waiting(t);
		t->status = status;
	} else if (t->waiting >= FOR_PAGE) {
		/* It is, as far as users know. */
	} else if (t->waiting)
		wake(t, -E_UNSPECIFIED);
	else if (t->status != ENV_RUNNABLE) {
		t->status = ENV_RUNNABLE;
		add(&model.ready, t - model.task);
	}
}

#define MAY_SET	(FL_CF | FL_PF | FL_AF | FL_ZF | FL_SF | FL_TF | FL_DF \
		 | FL_OF | FL_RF | FL_AC | FL_ID)

static void
env_set_trapframe_(uint32_t id, uint32_t at)
{
	struct task *t = look_up(id, true);
	struct Trapframe tf;
	uint32_t i, err;

	if (!t) {
		done(-E_BAD_ENV);
		return;
	}
	if (!may_read(at, sizeof(tf)))
		return;
	for (i = 0; i < sizeof(tf); i++)
		((uint8_t *)&tf)[i] = *model_access(at + i, false, &err);
	done(0);
	tf.tf_cs = 0x1B;
	tf.tf_ds = tf.tf_es = tf.tf_ss = 0x23;
	tf.tf_eflags = (tf.tf_eflags & MAY_SET) | FL_IF | FL_ONE;
	t->tf = tf;
	/* What it has not finished is forgotten. */
	t->text_len = 0;
	t->again = (struct unfinished) { .call = false };
	if (t == me())
		t->runs++;
}

static int32_t
env_set_pgfault_upcall_(uint32_t id, uint32_t upcall)
{
	struct task *t = look_up(id, true);

	if (!t)
		return -E_BAD_ENV;
	t->upcall = upcall;
	return 0;
}

static void
env_destroy_(uint32_t id)
{
	struct task *t = look_up(id, true);

	done(t ? 0 : -E_BAD_ENV);
	if (!t)
		return;
	if (t == me())
		line("[%08x] exiting gracefully\n", t->id);
	else
		line("[%08x] destroying %08x\n", me()->id, t->id);
	destroy(t);
}

static void
env_wait_(uint32_t id)
{
	struct task *t = look_up(id, false);

	done(t == me() ? -E_INVAL : 0);
	if (!t || t == me())
		return;
	me()->of = id;
	add(&t->enders, model.running);
	wait(FOR_END);
}

static void
cputs_(uint32_t at, uint32_t len)
{
	if (!may_read(at, len))
		return;
	done(0);
	me()->text = at;
	me()->text_len = len;
	print_piece();
	if (me()->text_len)
		model_schedule();
}

/* --- Messages ------------------------------------------------------------- */

static int32_t
deliver(struct task *from, struct task *to, uint32_t value, uint32_t va,
	uint32_t perm)
{
	int page = -1;

	if (va < UTOP) {
		page = page_to_give(from, va, perm);
		if (page < 0)
			return -E_INVAL;
	}
	if (to->dstva >= UTOP)
		page = -1;
	if (page >= 0 && map(to, place_at(to->dstva), page, perm) < 0)
		return -E_NO_MEM;
	to->value = value;
	to->from = from->id;
	to->perm = page >= 0 ? (int)perm : 0;
	return 0;
}

/* The same for a sender that waits: with paging, whether there was a frame. */
static int32_t
deliver_later(struct task *from)
{
	model.no_frames = model.unsent[from - model.task];
	return deliver(from, me(), from->send_value, from->send_va,
		       from->send_perm);
}

static void
ipc_send_(uint32_t id, uint32_t value, uint32_t va, uint32_t perm, bool waits)
{
	struct task *t = look_up(id, false);
	int32_t error;

	if (!t) {
		done(-E_BAD_ENV);
	} else if (t->recving) {
		error = deliver(me(), t, value, va, perm);
		done(error);
		if (!error)
			wake(t, 0);
	} else if (!waits) {
		done(-E_IPC_NOT_RECV);
	} else if (t == me()
		   || (va < UTOP && page_to_give(me(), va, perm) < 0)) {
		done(-E_INVAL);
	} else {
		me()->of = id;
		me()->send_value = value;
		me()->send_va = va;
		me()->send_perm = perm;
		add(&t->senders, model.running);
		wait(FOR_RECEIVER);
	}
}

static void
ipc_recv_(uint32_t dstva)
{
	struct task *from;
	int32_t error;

	if (dstva < UTOP && dstva % PGSIZE) {
		done(-E_INVAL);
		return;
	}
	me()->dstva = dstva;
	while (me()->senders.n) {
		from = &model.task[me()->senders.slot[0]];
		error = deliver_later(from);
		wake(from, error);
		if (!error) {
			done(0);
			return;
		}
	}
	me()->recving = true;
	wait(FOR_MESSAGE);
}

static void
sleep_(uint32_t msec)
{
	int i = 0;

	if (!model.timer) {
		done(-E_NOT_SUPP);
		return;
	}
	me()->wake = model.ticks + ((uint64_t)msec + 9) / 10 + 1;
	while (i < model.asleep.n
	       && model.task[model.asleep.slot[i]].wake <= me()->wake)
		i++;
	add_at(&model.asleep, i, model.running);
	wait(FOR_TIME);
}

/* --- All calls ------------------------------------------------------------ */

/* Calls that return at once. */
static int32_t
simple_call(int number, const uint32_t a[5])
{
	switch (number) {
	case SYS_page_alloc:
		return page_alloc_(a[0], a[1], a[2]);
	case SYS_page_map:
		return page_map_(a[0], a[1], a[2], a[3], a[4]);
	case SYS_page_unmap:
		return page_unmap_(a[0], a[1]);
	case SYS_cow_range:
		return cow_range_(a[0], a[1], a[2]);
	case SYS_cow_page:
		return cow_page_(a[0]);
	case SYS_exofork:
		return exofork_();
	case SYS_env_set_pgfault_upcall:
		return env_set_pgfault_upcall_(a[0], a[1]);
	case SYS_time_msec:
		return (uint32_t)model.ticks * 10;
	default:
		return me()->id;
	}
}

void
model_call(int number, const uint32_t a[5])
{
	switch (number) {
	case SYS_env_destroy:
		env_destroy_(a[0]);
		break;
	case SYS_env_set_status:
		env_set_status_(a[0], a[1]);
		break;
	case SYS_env_set_trapframe:
		env_set_trapframe_(a[0], a[1]);
		break;
	case SYS_cputs:
		cputs_(a[0], a[1]);
		break;
	case SYS_env_wait:
		env_wait_(a[0]);
		break;
	case SYS_yield:
		done(0);
		model_schedule();
		break;
	case SYS_ipc_try_send:
	case SYS_ipc_send:
		ipc_send_(a[0], a[1], a[2], a[3], number == SYS_ipc_send);
		break;
	case SYS_ipc_recv:
		ipc_recv_(a[0]);
		break;
	case SYS_sleep:
		sleep_(a[0]);
		break;
	default:
		done(simple_call(number, a));
	}
}

/* --- Faults --------------------------------------------------------------- */

uint8_t *
model_access(uint32_t va, bool write, uint32_t *err)
{
	int place = place_at(va);
	struct mapping *m;

	*err = 4 | (write ? 2 : 0);
	if (place < 0 || me()->map[place].page < 0)
		return NULL;
	m = &me()->map[place];
	*err |= 1;
	if (write && !(m->perm & PTE_W))
		return NULL;
	return &model.page[m->page].bytes[va & 0xFFF];
}

#define XSTACK	(UXSTACKTOP - PGSIZE)

/* Explain why no frame can be pushed at `top`, and end the program. */
static void
refuse_upcall(uint32_t va, uint32_t top)
{
	const struct mapping *m = &me()->map[place_at(XSTACK)];
	const char *why = "is full: its handler faults, too";

	if (top >= XSTACK)
		why = m->page < 0 ? "is not mapped"
			: m->perm & PTE_COW ? "is copy-on-write"
			: "is read-only";
	line("[%08x] user_mem_check assertion failure for va %08x\n",
	     me()->id, top);
	line("[%08x] page fault at va %08x, ip %08x cannot be handled: the"
	     " exception stack %s\n", me()->id, va,
	     (uint32_t)me()->tf.tf_eip, why);
	destroy(me());
}

void
model_fault(uint32_t va, uint32_t err)
{
	struct Trapframe *tf = &me()->tf;
	struct mapping *m = &me()->map[place_at(XSTACK)];
	uint32_t top = UXSTACKTOP;
	struct UTrapframe utf;

	if (!me()->upcall) {
		line("[%08x] user fault va %08x ip %08x\n", me()->id, va,
		     (uint32_t)tf->tf_eip);
		destroy(me());
		return;
	}
	if (tf->tf_esp > USTACKTOP && tf->tf_esp < UXSTACKTOP)
		top = tf->tf_esp - 4;
	top -= sizeof(utf);
	if (top < XSTACK || m->page < 0 || !(m->perm & PTE_W)) {
		refuse_upcall(va, top);
		return;
	}
	/* What is between its members stays. */
	memcpy(&utf, &model.page[m->page].bytes[top - XSTACK], sizeof(utf));
	utf.utf_fault_va = va;
	utf.utf_err = err;
	utf.utf_regs = tf->tf_regs;
	utf.utf_eip = tf->tf_eip;
	utf.utf_eflags = tf->tf_eflags;
	utf.utf_esp = tf->tf_esp;
	memcpy(&model.page[m->page].bytes[top - XSTACK], &utf, sizeof(utf));
	model.page[m->page].dirty = true;
	m->perm |= PTE_D;
	tf->tf_esp = top;
	tf->tf_eip = me()->upcall;
	tf->tf_eflags &= ~(FL_TF | FL_DF | FL_NT | FL_RF | FL_AC);
}

void
model_fpu_trap(void)
{
	if (me()->has_fpu)
		return;
	if (!lacks(1)) {
		me()->has_fpu = true;
		model.free--;
		return;
	}
	destroy(me());
}

/* --- The monitor ---------------------------------------------------------- */

/* The frames of a program: directory, 2 tables, 3 pages, and the stack's. */
#define PROGRAM_FRAMES	7

static void
load(struct task *t, uint32_t va, uint32_t perm, uint8_t first)
{
	int page = new_page();

	map(t, place_at(va), page, perm);
	model.page[page].bytes[0] = first;
}

/* It begins, and ends again; its id is not used twice. */
static void
start_in_vain(void)
{
	end(new_task(0));
	model.created--;
}

static void
start(void)
{
	struct task *t = new_task(0);
	const struct program_shape *s = &program_shape;

	load(t, s->text, 5, s->fill);
	load(t, s->data, 7, s->fill);
	load(t, s->data + PGSIZE, 7, 0);
	load(t, USTACKTOP - PGSIZE, 7, 0);
	t->tf.tf_eip = s->entry;
	t->status = ENV_RUNNABLE;
	add(&model.ready, t - model.task);
}

void
model_start(void)
{
	if (!model.unused.n || !model.free)
		return;
	if (model.free < PROGRAM_FRAMES)
		start_in_vain();
	else
		start();
}

void
model_started(enum start how)
{
	model.no_frames = false;
	if (how == STARTED)
		start();
	else if (how == ENDED)
		start_in_vain();
}

void
model_kill(int slot)
{
	if (model.task[slot].status != ENV_FREE)
		destroy(&model.task[slot]);
}

void
model_continue(void)
{
	me()->runs++;
}

/* --- With paging ---------------------------------------------------------- */

void
model_waits(enum waiting what, uint32_t of)
{
	if (what) {
		me()->status = ENV_NOT_RUNNABLE;
		me()->waiting = what;
		me()->of = of;
		add(&model.disk, model.running);
	}
	model_schedule();
}

void
model_receiver_waits(void)
{
	struct task *from;
	int32_t error;

	while (me()->senders.n && model.left[me()->senders.slot[0]]) {
		from = &model.task[me()->senders.slot[0]];
		error = deliver_later(from);
		if (!error)
			fail("sys_ipc_recv", "waits before it has a message",
			     "an error for the sender", "a message");
		wake(from, error);
	}
}

void
model_without_page(void)
{
	destroy(me());
}

void
model_resumes(void)
{
	struct unfinished again = me()->again;

	model.resuming = false;
	if (again.call) {
		me()->again = (struct unfinished) { .call = false };
		model_call(again.number, again.a);
	} else
		go_on_printing();
}

void
model_transfer_ends(bool write, uint32_t slot)
{
	wake_pagers(write ? 0 : slot);
}

void
model_idle_tick(void)
{
	model.ticks++;
	wake_sleepers();
	wake_pagers(0);
	switch_to_next();
}

void
model_reset(int slots, uint32_t free, uint64_t ticks, bool timer)
{
	int s, p;

	clear(&model, sizeof(model));
	for (s = 0; s < SLOTS; s++)
		for (p = 0; p < PLACES; p++)
			model.task[s].map[p] = NO_PAGE;
	while (slots--)
		add(&model.unused, slots);
	model.running = model.loaded = -1;
	model.free = free;
	model.ticks = ticks;
	model.timer = timer;
}
