/* Compare the kernel's state with the model's. */

#include <inc/string.h>
#include <kern/dev/timer.h>
#include <kern/env.h>
#include <kern/pmap.h>
#include <kern/queue.h>

#include "compare.h"
#include "cpu.h"
#include "model.h"
#include "paging.h"
#include "test/host/fuzz/host.h"
#include "test/host/fuzz/machine.h"

static const char *call;

#define SAME(rule, id, expected, found) do {				\
	if ((uint32_t)(expected) != (uint32_t)(found))			\
		differs(rule, id, expected, found);			\
} while (0)

static NOINLINE void
differs(const char *rule, uint32_t id, uint32_t expected, uint32_t found)
{
	char text_of[48];

	text(text_of, sizeof(text_of), "0x%x (%d)", expected, expected);
	fail(call, rule, text_of, "0x%x (%d), in %08x", found, found, id);
}

/* --- Frames --------------------------------------------------------------- */

static uint32_t frames;			/* free or used */
static bool kernel_own[RAM_FRAMES];	/* used by the kernel itself */

/* The frames that have an owner. */
static uint8_t owned[RAM_FRAMES];

/* The references of each of the model's pages. */
static uint32_t refs[PAGES];

static UNCHECKED void
count_references(void)
{
	int i, p;

	for (i = 0; i < PAGES; i++)
		refs[i] = model.page[i].holds;
	for (i = 0; i < SLOTS; i++)
		for (p = 0; p < PLACES; p++)
			if (model.task[i].map[p].page >= 0)
				refs[model.task[i].map[p].page]++;
}

/* A frame has one owner, is in use, and has so many references. */
static UNCHECKED void
own(uint32_t frame, uint32_t count, const char *what, uint32_t id)
{
	if (frame >= npages || owned[frame] || kernel_own[frame])
		fail(call, "each frame has one use", "a frame of its own",
		     "frame 0x%x, again, as %s in %08x", frame, what, id);
	owned[frame] = 1;
	if (pages[frame].pp_state != PG_USED)
		fail(call, "what is mapped is in use", "PG_USED",
		     "frame 0x%x, %s in %08x, has state %u", frame, what, id,
		     pages[frame].pp_state);
	if (pages[frame].pp_ref != count)
		differs("a frame's references are counted", frame, count,
			pages[frame].pp_ref);
}

static UNCHECKED void
compare_free_list(void)
{
	const struct PageInfo *pp;
	uint32_t n = 0, used = 0, lost = 0, i;

	for (pp = page_free_list; pp && n <= frames; pp = pp->pp_link, n++)
		if (pp < pages || pp >= pages + npages || pp->pp_ref
		    || pp->pp_state != PG_FREE)
			fail(call, "the free list has free frames only",
			     "free, no references", "%p", (const void *)pp);
	for (i = 0; i < npages; i++) {
		used += pages[i].pp_state == PG_USED;
		lost += pages[i].pp_state == PG_USED && !owned[i]
			&& !kernel_own[i];
	}
	if (!model.paging)
		SAME("so many frames are free", 0, model.free, n);
	else
		SAME("a frame in use has an owner", 0, model.kept, lost);
	SAME("a frame is on the free list or in use", 0, frames, n + used);
}

/* The frames that the disk uses, and nothing maps. */
static UNCHECKED void
own_transfers(void)
{
	uint32_t n;

	for (n = 0; n < npages; n++)
		if ((pages[n].pp_flags & PP_BUSY)
		    && !(pages[n].pp_flags & PP_PAGED))
			own(n, 0, "a transfer", 0);
}

void
compare_begin(void)
{
	uint32_t i;

	frames = 0;
	for (i = 0; i < npages; i++) {
		kernel_own[i] = pages[i].pp_state == PG_USED;
		frames += pages[i].pp_state != PG_RESERVED;
	}
}

/* --- Address spaces ------------------------------------------------------- */

static void
compare_page(int page, uint32_t id)
{
	struct page *p = &model.page[page];
	size_t at;

	if (!p->used)
		fail(call, "the model is right", "a page", "none");
	at = differ(p->bytes, ram + (size_t)p->frame * PGSIZE, PGSIZE / 4, 0);
	if (at < PGSIZE / 4)
		fail(call, "a page keeps what was written",
		     "the bytes that were written", "offset 0x%zx of frame 0x%x"
		     ", in %08x: 0x%08x instead of 0x%08x", at * 4, p->frame,
		     id, ((uint32_t *)(ram + (size_t)p->frame * PGSIZE))[at],
		     ((uint32_t *)p->bytes)[at]);
}

/* With paging, paging.c knows where the page is. */
static void
compare_rights(struct mapping *m, uint32_t pte, uint32_t id, uint32_t va)
{
	uint32_t rights = pte & 0xFFF, expected;
	bool present = pte & PTE_P;

	if (!present)
		rights = (rights & ~PTE_FILE) | PTE_P;
	m->perm = (m->perm & ~m->unsure) | (rights & m->unsure);
	m->unsure = 0;
	expected = m->perm;
	/* A goes with the page, and so does D, unless it is kept. */
	if (!(rights & PTE_A))
		expected &= ~PTE_A;
	if (!(rights & PTE_D) && !m->keeps_dirty)
		expected &= ~PTE_D;
	if (rights != expected)
		fail(call, "each environment has its mappings",
		     "the model's rights",
		     "0x%08x instead of 0x%03x, at va 0x%08x in %08x", pte,
		     m->perm, va, id);
}

static UNCHECKED void
compare_entry(struct mapping *m, uint32_t pte, uint32_t id, uint32_t va)
{
	struct page *p = &model.page[m->page];
	uint32_t expected;

	if (model.paging) {
		compare_rights(m, pte, id, va);
		return;
	}
	if (!p->frame && (pte & PTE_P)) {
		p->frame = pte >> 12;
		own(p->frame, refs[m->page], "a page", id);
		compare_page(m->page, id);
	}
	m->perm = (m->perm & ~m->unsure) | (pte & m->unsure);
	m->unsure = 0;
	expected = p->frame << 12 | m->perm;
	if (pte != expected)
		fail(call, "each environment has its mappings",
		     "the model's entry",
		     "0x%08x instead of 0x%08x, at va 0x%08x in %08x", pte,
		     expected, va, id);
}

static UNCHECKED void
compare_table(struct task *t, int region, const uint32_t *table)
{
	uint32_t mapped = 0;
	int i;

	for (i = 0; i < PLACES; i++) {
		if (place_region[i] != region || t->map[i].page < 0)
			continue;
		mapped++;
		compare_entry(&t->map[i], table[PTX(place_va[i])], t->id,
			      place_va[i]);
	}
	SAME("nothing else is mapped", t->id, mapped,
	     count_nonzero(table, NPTENTRIES));
}

static UNCHECKED void
compare_directory(struct task *t, const uint32_t *dir)
{
	uint32_t frame = (uint32_t)((const char *)dir - ram) >> 12;
	bool seen[REGIONS] = { false };
	uint32_t pde, tables = 0, i;
	int r;

	own(frame, 1, "a directory", t->id);
	for (i = 0; i < PLACES; i++) {
		r = place_region[i];
		if (seen[r])
			continue;
		seen[r] = true;
		pde = dir[place_va[i] >> 22];
		if (!t->table[r] && !pde)
			continue;
		if (!t->table[r] || (pde & 0xFFF & ~PTE_A) != 7)
			fail(call, "each environment has its tables",
			     t->table[r] ? "a table" : "none",
			     "0x%08x for va 0x%08x in %08x", pde, place_va[i],
			     t->id);
		tables++;
		own(pde >> 12, 1, "a table", t->id);
		compare_table(t, r, machine_word(pde & 0xFFFFF000U));
	}
	SAME("it has no other tables", t->id, tables,
	     count_nonzero(dir, UTOP >> 22));
	i = differ(dir + (UTOP >> 22), kern_pgdir + (UTOP >> 22),
		   (UVPT >> 22) - (UTOP >> 22), PTE_A);
	i += differ(dir + (UVPT >> 22) + 1, kern_pgdir + (UVPT >> 22) + 1,
		    NPDENTRIES - (UVPT >> 22) - 1, PTE_A);
	SAME("the kernel's part is the same in all",
	     t->id, NPDENTRIES - (UTOP >> 22) - 1, i);
	SAME("UVPT is the directory itself", t->id, frame << 12 | 5,
	     dir[UVPT >> 22] & ~PTE_A);
}

/* --- Environments --------------------------------------------------------- */

static void
compare_registers(const struct task *t, const struct Trapframe *tf)
{
	const struct PushRegs *a = &t->tf.tf_regs, *b = &tf->tf_regs;

	/* A call that has not returned has no result. */
	if (!t->waiting)
		SAME("the result is in eax", t->id, a->reg_eax, b->reg_eax);
	SAME("ebx is kept", t->id, a->reg_ebx, b->reg_ebx);
	SAME("ecx is kept", t->id, a->reg_ecx, b->reg_ecx);
	SAME("edx is kept", t->id, a->reg_edx, b->reg_edx);
	SAME("esi is kept", t->id, a->reg_esi, b->reg_esi);
	SAME("edi is kept", t->id, a->reg_edi, b->reg_edi);
	SAME("ebp is kept", t->id, a->reg_ebp, b->reg_ebp);
	SAME("esp is right", t->id, t->tf.tf_esp, tf->tf_esp);
	SAME("eip is right", t->id, t->tf.tf_eip, tf->tf_eip);
	SAME("eflags is right", t->id, t->tf.tf_eflags, tf->tf_eflags);
	SAME("cs is right", t->id, t->tf.tf_cs, tf->tf_cs);
	SAME("ss is right", t->id, t->tf.tf_ss, tf->tf_ss);
	SAME("ds is right", t->id, t->tf.tf_ds, tf->tf_ds);
	SAME("es is right", t->id, t->tf.tf_es, tf->tf_es);
}

static void
compare_wait(const struct task *t, const struct wait *w)
{
	SAME("it waits for this", t->id, t->waiting, w->reason);
	if (t->waiting == FOR_RECEIVER || t->waiting >= FOR_END)
		SAME("it waits for this one", t->id, t->of, w->of);
	if (t->waiting == FOR_TIME)
		SAME("it wakes at this tick", t->id, t->wake, w->tick);
	if (t->waiting != FOR_RECEIVER)
		return;
	SAME("its message's value", t->id, t->send_value, w->value);
	SAME("its message's page", t->id, t->send_va, w->srcva);
	SAME("its message's permissions", t->id, t->send_perm, w->perm);
}

static void
compare_message(const struct task *t, const struct Env *e)
{
	SAME("it is receiving", t->id, t->recving, e->env_ipc_recving);
	if (t->recving)
		SAME("where it wants a page", t->id, t->dstva,
		     (uintptr_t)e->env_ipc_dstva);
	SAME("the value that it got", t->id, t->value, e->env_ipc_value);
	SAME("who sent to it", t->id, t->from, e->env_ipc_from);
	SAME("the permissions that it got", t->id, t->perm, e->env_ipc_perm);
}

static void
compare_state(const struct task *t, const struct Env *e, bool in_user)
{
	SAME("its id", t->id, t->id, e->env_id);
	SAME("its status", t->id, t->status, e->env_status);
	if (t->status == ENV_FREE) {
		SAME("a free slot has no directory", t->id, 0,
		     e->env_pgdir != NULL);
		SAME("a free slot has no registers", t->id, 0,
		     e->env_tf.tf_eip | e->env_tf.tf_regs.reg_eax);
		return;
	}
	if (t->status == ENV_RUNNING && in_user) {
		compare_registers(t, &cpu.regs);
		SAME("its directory is loaded", t->id, PADDR(e->env_pgdir),
		     cpu.cr3);
		SAME("its FS is loaded", t->id, t->fs, cpu.fs_gs.fs);
	} else
		compare_registers(t, &e->env_tf);
	SAME("its parent", t->id, t->parent, e->env_parent_id);
	SAME("how often it ran", t->id, t->runs, e->env_runs);
	SAME("its upcall", t->id, t->upcall,
	     (uintptr_t)e->env_pgfault_upcall);
	compare_message(t, e);
	compare_wait(t, &waits[e - envs]);
}

static void
compare_memory(struct task *t, const struct Env *e)
{
	const struct EnvPrivate *p = env_private(e);

	compare_directory(t, e->env_pgdir);
	SAME("x87 registers have a frame", t->id, t->has_fpu,
	     p->fpu.frame != NULL);
	if (t->has_fpu)
		own(p->fpu.frame - pages, 1, "x87 registers", t->id);
}

static UNCHECKED void
compare_list(const char *rule, const struct list *l, uint32_t queue)
{
	uint32_t n = queue_links[queue].next, prev = queue;
	int i;

	for (i = 0; i < l->n; i++) {
		SAME(rule, queue, l->slot[i], n);
		SAME("the links of a queue agree", queue, prev,
		     queue_links[n].prev);
		prev = n;
		n = queue_links[n].next;
	}
	SAME(rule, queue, queue, n);
	SAME("the links of a queue agree", queue, prev,
	     queue_links[queue].prev);
}

static void
compare_said(void)
{
	char *a = model_said, *b = cpu_said, text_of[SAID_MAX];
	size_t i = 0;

	while (a[i] == b[i] && a[i])
		i++;
	if (a[i] != b[i]) {
		text(text_of, sizeof(text_of), "%s", a);
		fail(call, "the kernel says this", text_of, "%s", b);
	}
	model_said[0] = cpu_said[0] = '\0';
}

/* --- All ------------------------------------------------------------------ */

void
compare(const char *after, bool in_user)
{
	uint32_t loaded = model.loaded < 0 ? 0xFF : model.loaded, found;
	uint32_t ticks = model.ticks;
	int i;

	call = after;
	found = curenv ? curenv - envs : 0xFF;
	SAME("this environment runs", found, loaded, found);
	SAME("a program runs, or the monitor", found,
	     model.running >= 0 && !model.resuming, in_user);
	SAME("so many ticks", 0, ticks, timer_ticks);
	SAME("the characters printed are the programs'", 0, model.printed,
	     cpu_printed);
	for (i = 0; i < SLOTS; i++)
		compare_state(&model.task[i], &envs[i], in_user);
	clear(owned, npages);
	if (model.paging) {
		paging_compare(after);
		own_transfers();
	}
	count_references();
	for (i = 0; i < PAGES; i++) {
		if (!model.page[i].used || !model.page[i].frame)
			continue;
		/* A page on its way to disk is a transfer's. */
		if (!model.paging || (model.page[i].at & PTE_P))
			own(model.page[i].frame, refs[i], "a page", 0);
		compare_page(i, 0);
	}
	for (i = 0; i < SLOTS; i++)
		if (model.task[i].status != ENV_FREE)
			compare_memory(&model.task[i], &envs[i]);
	compare_list("the run queue", &model.ready, QUEUE_RUN);
	compare_list("those who sleep", &model.asleep, QUEUE_SLEEP);
	compare_list("those who wait for the disk", &model.disk, QUEUE_DISK);
	for (i = 0; i < SLOTS; i++) {
		compare_list("those who wait to send to it",
			     &model.task[i].senders, QUEUE_SENDERS + i);
		compare_list("those who wait for its end",
			     &model.task[i].enders, QUEUE_END + i);
	}
	compare_free_list();
	compare_said();
	cpu_check_tlb(after);
}
