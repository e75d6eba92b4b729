/* Operations on frames: page.c, and difficult conditions for it. */

#include "host.h"
#include "ops.h"

/* Arguments and result of the call. */
static struct PageInfo *arg_pp, *ret_pp;
static int arg_flags;

static ppn_t
number(const struct PageInfo *pp)
{
	return pp - pages;
}

static bool
in_pages(const struct PageInfo *pp)
{
	return (uintptr_t)pp - (uintptr_t)pages < npages * sizeof(*pp);
}

static void
call_page_alloc(void)
{
	ret_pp = page_alloc(arg_flags);
}

/* page.c must detect the write to the free frame that it would allocate. */
static void
poison_was_seen(void)
{
	ppn_t n = number(arg_pp);

	model_take(n, USE_USER);
	model_mark_contents(n);
	finish("page_alloc", DONE);
}

bool
op_page_alloc(const struct record *r)
{
	struct PageInfo *head = page_free_list;
	ppn_t n;

	arg_flags = r->how & 1 ? ALLOC_ZERO : 0;
	arg_pp = head;
	say("f%u = page_alloc(%s);", model.names + 1,
	    arg_flags ? "ALLOC_ZERO" : "0");
	run("page_alloc", call_page_alloc,
	    head && model.scribbled[number(head)]);
	if (head && model.scribbled[number(head)]) {
		poison_was_seen();
		return true;
	}
	if (!model.nfree != !ret_pp)
		fail("page_alloc", "returns a frame if one is free, else NULL",
		     model.nfree ? "a frame" : "NULL", "%p", (void *)ret_pp);
	if (!ret_pp) {
		finish("page_alloc", NOTHING);
		return true;
	}
	n = number(ret_pp);
	if (!in_pages(ret_pp) || model.state[n] != PG_FREE || model.hidden[n])
		fail("page_alloc", "returns a frame that was free",
		     "a free frame", "frame 0x%x", n);
	if (arg_flags && other_than(ram + (size_t)n * PGSIZE, 0, PGSIZE / 4)
	    != PGSIZE / 4)
		fail("page_alloc", "ALLOC_ZERO clears all of the frame",
		     "zeroes", "offset 0x%zx of frame 0x%x is not",
		     other_than(ram + (size_t)n * PGSIZE, 0, PGSIZE / 4) * 4,
		     n);
	model_take(n, USE_USER);
	model_mark_contents(n);
	finish("page_alloc", DONE);
	return true;
}

static void
call_page_free(void)
{
	page_free(arg_pp);
}

/* Pointers that are not elements of pages. */
static struct PageInfo *
no_frame(unsigned which)
{
	uintptr_t first = (uintptr_t)pages, size = sizeof(*pages);
	const uintptr_t at[] = {
		first + npages * size, first - size, 0, first + size * 100000
	};

	return (struct PageInfo *)at[which % ARRAY_SIZE(at)];
}

bool
op_page_free(const struct record *r)
{
	struct PageInfo *pp = r->frame >= 0xFC ? no_frame(r->how) : r_frame(r);
	ppn_t n;
	bool ok;

	if (!pp && r->frame < 0xE8)
		return false;
	n = number(pp);
	ok = in_pages(pp) && model.state[n] == PG_USED && !model.ref[n];
	if (ok)
		model_check_contents(n, "page_free");
	arg_pp = pp;
	say("page_free(%s);", frame_name(pp));
	run("page_free", call_page_free, !ok);
	if (ok)
		model_free(n);
	finish("page_free", ok ? DONE : PANICKED);
	return true;
}

static void
call_page_decref(void)
{
	page_decref(arg_pp);
}

bool
op_page_decref(const struct record *r)
{
	struct PageInfo *pp = r_frame(r);
	ppn_t n;
	bool ok;

	if (!pp)
		return false;
	n = number(pp);
	/* Do not drop a reference that a mapping counts. */
	if (model.ref[n] && (!model.holds[n] || model.use[n] != USE_USER))
		return false;
	ok = model.ref[n];
	if (ok)
		model_check_contents(n, "page_decref");
	arg_pp = pp;
	say("page_decref(%s);", frame_name(pp));
	run("page_decref", call_page_decref, !ok);
	if (ok) {
		model.holds[n]--;
		model_drop(n);
	}
	finish("page_decref", ok ? DONE : PANICKED);
	return true;
}

/* --- Addresses --------------------------------------------------------- */

static physaddr_t arg_pa;
static void *ret_kva;
static struct PageInfo *ret_frame;

static void
call_kaddr(void)
{
	ret_kva = KADDR(arg_pa);
}

static void
call_pa2page(void)
{
	ret_frame = pa2page(arg_pa);
}

static void
call_paddr_below(void)
{
	arg_pa = PADDR((void *)(WINDOW - 1));
}

/* Convert addresses and back; outside RAM, the conversion must panic. */
bool
op_convert(const struct record *r)
{
	ppn_t n = r->size & 1 ? npages - 1 + r->size_n % 3
		: (r->pa_n * 256U + r->size_n) % (2 * npages);
	bool ok = n < npages;

	arg_pa = n * PGSIZE + r->how;
	say("KADDR(0x%08x);", arg_pa);
	run("KADDR", call_kaddr, !ok);
	say("pa2page(0x%08x);", arg_pa);
	run("pa2page", call_pa2page, !ok);
	if (ok && (ret_kva != ram + arg_pa || PADDR(ret_kva) != arg_pa
		   || ret_frame != &pages[n] || page2pa(ret_frame) != n * PGSIZE
		   || page2kva(ret_frame) != ram + n * PGSIZE))
		fail("KADDR", "converting back gives the same", "the same",
		     "%p and %p for 0x%08x", ret_kva, (void *)ret_frame,
		     arg_pa);
	say("PADDR(<below the window>);");
	run("PADDR", call_paddr_below, true);
	finish("KADDR", NOTHING);
	return true;
}

/*
 * --- Changing the kernel's state directly ---------------------------------
 */

/* Set the number of explicit holds. */
static bool
hold(const struct record *r, unsigned holds)
{
	struct PageInfo *pp = r_frame(r);
	ppn_t n;

	if (!pp || model.use[n = number(pp)] != USE_USER)
		return false;
	holds = MIN(holds, (unsigned)UINT16_MAX
		    - (model.ref[n] - model.holds[n]));
	model.ref[n] += holds - model.holds[n];
	model.holds[n] = holds;
	pp->pp_ref = model.ref[n];
	say("%s->pp_ref = %u;\n", frame_name(pp), pp->pp_ref);
	return true;
}

bool
op_hold(const struct record *r)
{
	struct PageInfo *pp = r_frame(r);

	return pp && hold(r, model.holds[number(pp)] + 1);
}

bool
op_hold_many(const struct record *r)
{
	/* Leave room for two references, one, or none. */
	return hold(r, UINT16_MAX - r->how % 3);
}

bool
op_release(const struct record *r)
{
	return hold(r, 0);
}

/* Hide free frames until only k are left on the list. */
bool
op_limit_free(const struct record *r)
{
	struct PageInfo **link, *pp;
	unsigned k = r->how & 0x80 ? ~0U : r->how % 6;

	for (link = &page_free_list; *link; link = &(*link)->pp_link)
		;
	*link = model.hidden_list;
	for (link = &page_free_list; *link && k; link = &(*link)->pp_link)
		k--;
	model.hidden_list = *link;
	*link = NULL;

	model.nfree = 0;
	for (pp = page_free_list; pp; pp = pp->pp_link) {
		model.hidden[number(pp)] = false;
		model.nfree++;
	}
	for (pp = model.hidden_list; pp; pp = pp->pp_link)
		model.hidden[number(pp)] = true;
	say(r->how & 0x80 ? "limit_free(all);\n" : "limit_free(%u);\n",
	    r->how % 6);
	finish("limit_free", DONE);
	return true;
}

/* Damage, or repair, one word of a poisoned free frame. */
static void
write_to_free(ppn_t n, uint32_t offset, uint32_t word)
{
	uint32_t *at = machine_word(n * PGSIZE + offset);

	allow(at, 4);
	*at = word;
	forbid(at, 4);
}

static uint32_t scribbled_at[RAM_FRAMES];

bool
op_scribble(const struct record *r)
{
	struct PageInfo *pp = page_free_list;
	unsigned k = r->how % 4;
	ppn_t n;

	for (; pp && k; k--)
		pp = pp->pp_link;
	if (!pp || !bears_poison[n = number(pp)] || model.scribbled[n])
		return false;
	scribbled_at[n] = r->pa % 3 == 0 ? 0 : r->pa % 3 == 1 ? PGSIZE - 4
		: (r->pa_n * 16);
	/* This sixteenth of the frame has no poison. */
	if (scribbled_at[n] / (PGSIZE / 16) == n % 16)
		return false;
	model.scribbled[n] = true;
	write_to_free(n, scribbled_at[n], r->size);
	say("*(uint32_t *)(page2kva(%s) + 0x%x) = 0x%x;\n", frame_name(pp),
	    scribbled_at[n], r->size);
	return true;
}

void
mend_poison(void)
{
	struct PageInfo *pp;
	ppn_t n;

	if (!POISON)
		return;
	for (pp = page_free_list; pp; pp = pp->pp_link)
		if (model.scribbled[n = number(pp)]) {
			write_to_free(n, scribbled_at[n], POISON_WORD);
			model.scribbled[n] = false;
			say("*(uint32_t *)(page2kva(%s) + 0x%x)"
			    " = POISON_WORD;\n", frame_name(pp),
			    scribbled_at[n]);
		}
}

static struct PageInfo *forgotten[4];
static size_t nforgotten;

static void
call_page_forget_poison(void)
{
	page_forget_poison(forgotten, nforgotten);
}

/* Forget the poison of the list's first frames. */
bool
op_forget_poison(const struct record *r)
{
	struct PageInfo *pp = page_free_list;
	size_t i;

	nforgotten = r->how % (ARRAY_SIZE(forgotten) + 1);
	for (i = 0; pp && i < nforgotten; i++, pp = pp->pp_link)
		forgotten[i] = pp;
	nforgotten = i;
	say("page_forget_poison(<the first %zu free>, %zu);", i, i);
	run("page_forget_poison", call_page_forget_poison, false);
	while (i--) {
		bears_poison[number(forgotten[i])] = false;
		model.scribbled[number(forgotten[i])] = false;
	}
	finish("page_forget_poison", NOTHING);
	return true;
}
