/*
 * Checks of sys_mem.c: pages that programs map, share and unmap. The rights are
 * compared with a model that knows nothing of the kernel's.
 */

#include <inc/error.h>
#include <inc/string.h>
#include <inc/x86.h>
#include <kern/check/own/calls.h>
#include <kern/check/own/user.h>
#include <kern/env.h>
#include <kern/sys_mem.h>

/* The bits of a permission that programs choose. */
static const uint32_t chosen[] = { PTE_W, 0x200, PTE_SHARE, PTE_COW };
#define NCHOICES	16

/* Permission number i of those that programs may ask for. */
static uint32_t
choice(int i)
{
	uint32_t perm = PU;
	size_t k;

	for (k = 0; k < ARRAY_SIZE(chosen); k++)
		if (i >> k & 1)
			perm |= chosen[k];
	return perm;
}

static const uint32_t bad_vas[] = {
	UTOP, UTOP + PGSIZE, ULIM, KERNBASE, 0xFFFFF000, PAGE_A + 1,
	PAGE_A + 0x800, PAGE_A + PGSIZE - 1, UTOP - 1,
};

static const uint32_t bad_perms[] = {
	0, PTE_P, PTE_U, PTE_W, PTE_P | PTE_W, PTE_U | PTE_W,
	PUW | PTE_PWT, PUW | PTE_PCD, PUW | PTE_A, PUW | PTE_D, PUW | PTE_PS,
	PUW | PTE_G, PUW | 0x1000, PUW | 1U << 31,
};

static bool
is_clear(const struct PageInfo *pp)
{
	const uint32_t *word = page2kva(pp);
	int i;

	for (i = 0; i < PGSIZE / 4; i++)
		if (word[i])
			return false;
	return true;
}

/* Fill the frame that page_alloc returns next. */
static void
soil_next_frame(void)
{
	struct PageInfo *pp = page_alloc(0);

	memset(page2kva(pp), 0xA5, PGSIZE);
	page_free(pp);
}

/* --- Arguments ---------------------------------------------------------- */

static int32_t result_of_function;

/* Of sys_page_map; they all differ. */
#define FIVE_ARGUMENTS	child->env_id, PAGE_A, me->env_id, PAGE_FAR,	\
			PU | PTE_SHARE

static void
call_with_five(void *arg)
{
	(void)arg;
	result_of_function = sys_page_map(FIVE_ARGUMENTS);
}

static void
arguments_are_in_order(void)
{
	int32_t result;
	pte_t pte;

	calls_begin();
	map_new(child, PAGE_A, PUW);
	as_program(me, call_with_five, NULL);
	pte = entry_of(me, PAGE_FAR);
	page_remove(me->env_pgdir, (void *)PAGE_FAR);
	result = ASK(me, SYS_page_map, FIVE_ARGUMENTS);
	EXPECT_THAT(result == result_of_function,
		    "the result of sys_page_map(edx, ecx, ebx, edi, esi)",
		    "%s, by syscall()", check_error_name(result)
		    ? check_error_name(result) : "another one");
	EXPECT_EQ(entry_of(me, PAGE_FAR), pte);
	calls_end();
}

/* --- sys_page_alloc ---------------------------------------------------- */

static void
alloc_maps_a_cleared_page(void)
{
	const struct PageInfo *pp;
	uint32_t ids[3], i;
	struct Env *e;

	calls_begin();
	ids[0] = 0;
	ids[1] = me->env_id;
	ids[2] = child->env_id;
	for (i = 0; i < NCHOICES; i++) {
		e = i % 3 == 2 ? child : me;
		soil_next_frame();
		EXPECT_EQ(ASK(me, SYS_page_alloc, ids[i % 3],
			      PAGE_A + i * PGSIZE, choice(i)), 0);
		pp = pa2page(PTE_ADDR(entry_of(e, PAGE_A + i * PGSIZE)));
		EXPECT_EQ(PTE_FLAGS(entry_of(e, PAGE_A + i * PGSIZE)),
			  choice(i));
		EXPECT_EQ(pp->pp_ref, 1);
		EXPECT_THAT(is_clear(pp), "a cleared page", "other contents");
		EXPECT_EQ(entry_of(e == me ? child : me, PAGE_A + i * PGSIZE),
			  0);
	}
	/* The first and the last page that there are. */
	EXPECT_EQ(ASK(me, SYS_page_alloc, 0, 0, PUW), 0);
	EXPECT_EQ(ASK(me, SYS_page_alloc, 0, UTOP - PGSIZE, PUW), 0);
	EXPECT_EQ(PTE_FLAGS(entry_of(me, UTOP - PGSIZE)), PUW);
	calls_end();
}

static void
see_the_new_page(void *arg)
{
	(void)arg;
	poke(PAGE_A, 0x55);
	EXPECT_EQ(peek(PAGE_A), 0x55);
	EXPECT_EQ(sys_page_alloc(0, PAGE_A, PU), 0);
	EXPECT_EQ(peek(PAGE_A), 0);
	EXPECT_THAT(poke_faults(PAGE_A), "a page without PTE_W", "a write"
		    " succeeds");
}

static void
alloc_replaces_a_page(void)
{
	struct PageInfo *pp;

	calls_begin();
	pp = map_new(child, PAGE_A, PUW);
	EXPECT_EQ(page_insert(child->env_pgdir, pp, (void *)PAGE_B, PU), 0);
	EXPECT_EQ(ASK(me, SYS_page_alloc, child->env_id, PAGE_A, PUW), 0);
	EXPECT_EQ(pp->pp_ref, 1);
	EXPECT_EQ(entry_of(child, PAGE_B), page2pa(pp) | PU);
	EXPECT_EQ(ASK(me, SYS_page_alloc, child->env_id, PAGE_B, PUW), 0);
	EXPECT(check_listed(pp), "the old page is not free");
	map_new(me, PAGE_A, PUW);
	as_program(me, see_the_new_page, NULL);
	calls_end();
}

static void
alloc_refuses_in_order(void)
{
	uint32_t ids[NBAD_IDS], i;
	struct PageInfo *list;

	calls_begin();
	map_new(me, PAGE_A, PUW);
	bad_ids(ids);
	list = take_free_list();
	for (i = 0; i < NBAD_IDS; i++)
		EXPECT_REFUSED(-E_BAD_ENV, me, SYS_page_alloc, ids[i], UTOP,
			       0);
	EXPECT_REFUSED(-E_BAD_ENV, child, SYS_page_alloc, me->env_id, PAGE_A,
		       PUW);
	for (i = 0; i < ARRAY_SIZE(bad_vas); i++)
		EXPECT_REFUSED(-E_INVAL, me, SYS_page_alloc, 0, bad_vas[i],
			       PUW);
	for (i = 0; i < ARRAY_SIZE(bad_perms); i++)
		EXPECT_REFUSED(-E_INVAL, me, SYS_page_alloc, child->env_id,
			       PAGE_A, bad_perms[i]);
	EXPECT_REFUSED(-E_NO_MEM, me, SYS_page_alloc, 0, PAGE_A, PUW);
	give_free_list(list);
	calls_end();
}

static void
alloc_without_memory(void)
{
	calls_begin();
	EXPECT_FRAMES(2, me, SYS_page_alloc, child->env_id, PAGE_A, PUW);
	EXPECT_FRAMES(1, me, SYS_page_alloc, child->env_id, PAGE_B, PUW);
	calls_end();
}

static void
alloc_keeps_the_old_page(void)
{
	struct PageInfo *pp, *list;

	calls_begin();
	pp = map_new(me, PAGE_C, PUW);
	list = take_free_list();
	EXPECT_REFUSED(-E_NO_MEM, me, SYS_page_alloc, 0, PAGE_C, PU);
	give_free_list(list);
	EXPECT_EQ(entry_of(me, PAGE_C), page2pa(pp) | PUW);
	calls_end();
}

/* --- sys_page_map ------------------------------------------------------ */

/* The model: what may be mapped, with these rights of the source. */
static bool
may_map(uint32_t has, uint32_t wants)
{
	const uint32_t must = 0x005, may = 0xE07;

	if ((wants & must) != must || (wants | may) != may)
		return false;
	return !(wants & 2) || (has & 2);
}

static void
try_all_rights(void *page)
{
	const struct PageInfo *pp = page;
	uint32_t has, wants, i;
	int32_t is, should;

	for (i = 0; i < NCHOICES; i++) {
		has = choice(i);
		set_entry_of(me, PAGE_A, page2pa(pp) | has);
		for (wants = 0; wants < 0x2000; wants++) {
			should = may_map(has, wants) ? 0 : -E_INVAL;
			is = sys_page_map(0, PAGE_A, child->env_id, PAGE_B,
					  wants);
			EXPECT_THAT(is == should, "what the table of rights"
				    " says", "%d instead of %d, source 0x%x,"
				    " asked for 0x%x", is, should, has, wants);
			if (!is)
				EXPECT_EQ(entry_of(child, PAGE_B),
					  page2pa(pp) | wants);
		}
	}
	EXPECT_EQ(pp->pp_ref, 2);
}

static void
map_grants_what_the_source_has(void)
{
	struct PageInfo *pp;

	calls_begin();
	pp = map_new(me, PAGE_A, PUW);
	map_new(child, PAGE_C, PUW);
	as_program(me, try_all_rights, pp);
	calls_end();
}

static void
map_counts_exactly(void)
{
	struct PageInfo *pp, *old;

	calls_begin();
	pp = map_new(me, PAGE_A, PUW);
	old = map_new(child, PAGE_B, PUW);
	EXPECT_EQ(ASK(me, SYS_page_map, 0, PAGE_A, child->env_id, PAGE_B, PU),
		  0);
	EXPECT_EQ(pp->pp_ref, 2);
	EXPECT(check_listed(old), "the replaced page is not free");
	EXPECT_EQ(entry_of(child, PAGE_B), page2pa(pp) | PU);
	EXPECT_EQ(entry_of(me, PAGE_A), page2pa(pp) | PUW);
	/* From the child, and at two addresses of one environment. */
	EXPECT_EQ(ASK(me, SYS_page_map, child->env_id, PAGE_B, me->env_id,
		      PAGE_FAR, PU), 0);
	EXPECT_EQ(ASK(me, SYS_page_map, child->env_id, PAGE_B, child->env_id,
		      PAGE_C, PU), 0);
	EXPECT_EQ(pp->pp_ref, 4);
	EXPECT_EQ(ASK(me, SYS_page_unmap, 0, PAGE_A), 0);
	EXPECT_EQ(pp->pp_ref, 3);
	EXPECT_EQ(entry_of(me, PAGE_FAR), page2pa(pp) | PU);
	env_free(child);
	EXPECT_EQ(pp->pp_ref, 1);
	calls_end();
}

static void
use_and_map_again(void *arg)
{
	(void)arg;
	poke(PAGE_A, 1);
	EXPECT_EQ(entry_of(me, PAGE_A) & (PTE_A | PTE_D), PTE_A | PTE_D);
	EXPECT_EQ(sys_page_map(0, PAGE_A, 0, PAGE_A, PUW), 0);
	EXPECT_EQ(entry_of(me, PAGE_A) & (PTE_A | PTE_D), 0);
	/* If the translation was not flushed, the processor sets no bit. */
	poke(PAGE_A, 2);
	EXPECT_EQ(entry_of(me, PAGE_A) & (PTE_A | PTE_D), PTE_A | PTE_D);
	EXPECT_EQ(sys_page_map(0, PAGE_A, 0, PAGE_A, PU), 0);
	EXPECT_THAT(poke_faults(PAGE_A), "a page without PTE_W", "a write"
		    " succeeds");
	EXPECT_EQ(peek(PAGE_A), 2);
}

static void
map_onto_itself_clears_a_and_d(void)
{
	struct PageInfo *pp;

	calls_begin();
	pp = map_new(me, PAGE_A, PUW);
	as_program(me, use_and_map_again, NULL);
	EXPECT_EQ(pp->pp_ref, 1);
	calls_end();
}

static void
map_refuses_in_order(void)
{
	uint32_t ids[NBAD_IDS], i;
	struct PageInfo *list;

	calls_begin();
	map_new(me, PAGE_A, PUW);
	map_new(other, PAGE_A, PUW);
	set_entry_of(me, PAGE_C, 0xABCDE000 | PTE_W);	/* not present */
	bad_ids(ids);
	list = take_free_list();
	for (i = 0; i < NBAD_IDS; i++) {
		EXPECT_REFUSED(-E_BAD_ENV, me, SYS_page_map, ids[i], UTOP, 0,
			       UTOP, 0);
		EXPECT_REFUSED(-E_BAD_ENV, me, SYS_page_map, 0, UTOP, ids[i],
			       UTOP, 0);
	}
	for (i = 0; i < ARRAY_SIZE(bad_vas); i++) {
		EXPECT_REFUSED(-E_INVAL, me, SYS_page_map, 0, bad_vas[i],
			       child->env_id, PAGE_A, PU);
		EXPECT_REFUSED(-E_INVAL, me, SYS_page_map, 0, PAGE_A,
			       child->env_id, bad_vas[i], PU);
	}
	for (i = 0; i < ARRAY_SIZE(bad_perms); i++)
		EXPECT_REFUSED(-E_INVAL, me, SYS_page_map, 0, PAGE_A, 0,
			       PAGE_B, bad_perms[i]);
	/* Nothing there: no entry, no table, an entry that is not present. */
	EXPECT_REFUSED(-E_INVAL, me, SYS_page_map, 0, PAGE_B, 0, PAGE_A, PU);
	EXPECT_REFUSED(-E_INVAL, me, SYS_page_map, 0, PAGE_FAR, 0, PAGE_A, PU);
	EXPECT_REFUSED(-E_INVAL, me, SYS_page_map, 0, PAGE_C, 0, PAGE_A, PU);
	set_entry_of(me, PAGE_A, entry_of(me, PAGE_A) & ~PTE_W);
	EXPECT_REFUSED(-E_INVAL, me, SYS_page_map, 0, PAGE_A, child->env_id,
		       PAGE_FAR, PUW);
	EXPECT_REFUSED(-E_NO_MEM, me, SYS_page_map, 0, PAGE_A, child->env_id,
		       PAGE_FAR, PU);
	give_free_list(list);
	set_entry_of(me, PAGE_C, 0);
	calls_end();
}

static void
map_without_memory(void)
{
	struct PageInfo *pp, *old;

	calls_begin();
	pp = map_new(me, PAGE_A, PUW);
	EXPECT_FRAMES(1, me, SYS_page_map, 0, PAGE_A, child->env_id, PAGE_B,
		      PU);
	EXPECT_FRAMES(0, me, SYS_page_map, 0, PAGE_A, child->env_id, PAGE_C,
		      PU);
	old = map_new(me, PAGE_C, PUW);
	/* A count that cannot grow. */
	pp->pp_ref = UINT16_MAX;
	EXPECT_REFUSED(-E_NO_MEM, me, SYS_page_map, 0, PAGE_A, 0, PAGE_B, PU);
	EXPECT_REFUSED(-E_NO_MEM, me, SYS_page_map, 0, PAGE_A, 0, PAGE_C, PU);
	EXPECT_REFUSED(-E_NO_MEM, me, SYS_page_map, 0, PAGE_A, 0, PAGE_FAR,
		       PU);
	EXPECT_EQ(ASK(me, SYS_page_map, 0, PAGE_A, 0, PAGE_A, PU), 0);
	EXPECT_EQ(pp->pp_ref, UINT16_MAX);
	EXPECT_EQ(old->pp_ref, 1);
	pp->pp_ref = 3;
	calls_end();
}

/* --- sys_page_unmap ---------------------------------------------------- */

static void
see_nothing(void *arg)
{
	(void)arg;
	poke(PAGE_A, 1);
	EXPECT_EQ(sys_page_unmap(0, PAGE_A), 0);
	EXPECT_THAT(poke_faults(PAGE_A), "no page", "a write succeeds");
}

static void
unmap_drops_one_mapping(void)
{
	struct PageInfo *pp;

	calls_begin();
	pp = map_new(me, PAGE_A, PUW);
	EXPECT_EQ(page_insert(child->env_pgdir, pp, (void *)PAGE_A, PUW), 0);
	as_program(me, see_nothing, NULL);
	EXPECT_EQ(pp->pp_ref, 1);
	EXPECT_EQ(entry_of(child, PAGE_A), page2pa(pp) | PUW);
	EXPECT_EQ(ASK(me, SYS_page_unmap, child->env_id, PAGE_A), 0);
	EXPECT(check_listed(pp), "the page is not free");
	/* Nothing is mapped there, or there is not even a table. */
	EXPECT_REFUSED(0, me, SYS_page_unmap, child->env_id, PAGE_A);
	EXPECT_REFUSED(0, me, SYS_page_unmap, child->env_id, PAGE_FAR);
	EXPECT_REFUSED(0, me, SYS_page_unmap, child->env_id, UTOP - PGSIZE);
	calls_end();
}

static void
unmap_refuses_in_order(void)
{
	uint32_t ids[NBAD_IDS], i;

	calls_begin();
	map_new(me, PAGE_A, PUW);
	map_new(other, PAGE_A, PUW);
	bad_ids(ids);
	for (i = 0; i < NBAD_IDS; i++) {
		EXPECT_REFUSED(-E_BAD_ENV, me, SYS_page_unmap, ids[i], UTOP);
		EXPECT_REFUSED(-E_BAD_ENV, me, SYS_page_unmap, ids[i],
			       PAGE_A);
	}
	for (i = 0; i < ARRAY_SIZE(bad_vas); i++)
		EXPECT_REFUSED(-E_INVAL, me, SYS_page_unmap, 0, bad_vas[i]);
	calls_end();
}

const struct check own_memory_calls_checks[] = {
	LONG_OWN(CALLS, arguments_are_in_order, "syscall_arguments",
		 "syscall: the arguments 1 to 5 are in edx, ecx, ebx, edi,"
		 " esi"),
	LONG_OWN(CALLS, alloc_maps_a_cleared_page, "sys_page_alloc",
		 "sys_page_alloc maps a cleared page with exactly these"
		 " permissions"),
	LONG_OWN(CALLS, alloc_replaces_a_page, "sys_page_alloc",
		 "sys_page_alloc first unmaps what is mapped there"),
	LONG_OWN(CALLS, alloc_refuses_in_order, "sys_page_alloc",
		 "sys_page_alloc: -E_BAD_ENV, then -E_INVAL, then -E_NO_MEM"),
	LONG_OWN(CALLS, alloc_without_memory, "sys_page_alloc",
		 "E1: sys_page_alloc changes nothing if memory runs out at"
		 " any point"),
	LONG_OWN(CALLS, alloc_keeps_the_old_page, "sys_page_alloc",
		 "E1: sys_page_alloc without memory leaves the old page"),
	LONG_OWN(CALLS, map_counts_exactly, "sys_page_map",
		 "F2: sys_page_map counts each mapping, and frees a page that"
		 " it replaces"),
	LONG_OWN(CALLS, map_grants_what_the_source_has, "sys_page_map",
		 "sys_page_map: PTE_W only of a writable page, for all pairs"
		 " of permissions"),
	LONG_OWN(CALLS, map_onto_itself_clears_a_and_d, "sys_page_map",
		 "sys_page_map of a page onto itself clears PTE_A and PTE_D"),
	LONG_OWN(CALLS, map_refuses_in_order, "sys_page_map",
		 "sys_page_map: -E_BAD_ENV, then -E_INVAL, then -E_NO_MEM"),
	LONG_OWN(CALLS, map_without_memory, "sys_page_map",
		 "E1: sys_page_map changes nothing without memory, or if the"
		 " count is at its maximum"),
	LONG_OWN(CALLS, unmap_drops_one_mapping, "sys_page_unmap",
		 "sys_page_unmap drops one mapping; where there is none, it"
		 " returns 0"),
	LONG_OWN(CALLS, unmap_refuses_in_order, "sys_page_unmap",
		 "sys_page_unmap: -E_BAD_ENV, then -E_INVAL"),
	CHECK_TABLE_END
};
