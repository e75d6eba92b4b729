/*
 * Checks of environments: slots and ids, address spaces, freed memory, invalid
 * pointers. They create and destroy environments without running them; programs
 * under user/ show the rest. own/elf.c checks loading, own/sched.c scheduling.
 */

#include <inc/error.h>
#include <inc/string.h>
#include <inc/x86.h>
#include <kern/check/own/user.h>
#include <kern/check/tables.h>
#include <kern/env.h>
#include <kern/sched.h>
#include <kern/usermem.h>
#include <kern/vmwalk.h>

/* The environment of the running check. */
static struct Env *env;

static void
begin(void)
{
	const struct program *p = any_program();
	int error;

	error = env_create(p->start, p->end - p->start,
			   ENV_TYPE_USER, &env);
	EXPECT_THAT(error == 0, "an environment", "%d", error);
}

/* Create one without a program. */
static struct Env *
empty(envid_t parent)
{
	struct Env *e;
	int error = env_alloc(&e, parent);

	EXPECT_THAT(error == 0, "an environment", "%d", error);
	return e;
}

/* The same, for checks that leave the freeing to the harness. */
static struct Env *
held(envid_t parent)
{
	struct Env *e = empty(parent);

	check_held(pa2page(PADDR(e->env_pgdir)));
	return e;
}

/* --- Ids --------------------------------------------------------------- */

static void
ids_are_found_and_no_others(void)
{
	struct Env *found;

	env = empty(0);
	EXPECT_EQ(envid2env(env->env_id, &found, false), 0);
	EXPECT_EQ(found, env);
	EXPECT_EQ(envid2env(env->env_id + NENV * 4, &found, false), -E_BAD_ENV);
	EXPECT_EQ(found, NULL);
	EXPECT_EQ(envid2env(-1, &found, false), -E_BAD_ENV);
	EXPECT_EQ(envid2env(env->env_id | NENV, &found, false), -E_BAD_ENV);
	env_free(env);
}

static void
zero_is_the_current_environment(void)
{
	struct Env *found = NULL;

	env = empty(0);
	curenv = NULL;
	EXPECT_EQ(envid2env(0, &found, false), -E_BAD_ENV);
	EXPECT_EQ(found, NULL);
	curenv = env;
	EXPECT_EQ(envid2env(0, &found, false), 0);
	EXPECT_EQ(found, env);
	EXPECT_EQ(envid2env(0, &found, true), 0);
	EXPECT_EQ(found, env);
	env_free(env);
}

/* Check what checkperm says about the current environment and e. */
static void
expect_permission(struct Env *e, bool wanted, const char *relation)
{
	struct Env *found = e;
	int error = envid2env(e->env_id, &found, true);

	EXPECT_THAT(error == (wanted ? 0 : -E_BAD_ENV)
		    && found == (wanted ? e : NULL),
		    wanted ? "allowed" : "-E_BAD_ENV, with *store NULL",
		    "%d, *store %p, of %s", error, (void *)found, relation);
	EXPECT_EQ(envid2env(e->env_id, &found, false), 0);
	EXPECT_EQ(found, e);
}

static void
only_children_are_ours(void)
{
	struct Env *child, *grandchild, *stranger;

	env = empty(0);
	child = empty(env->env_id);
	grandchild = empty(child->env_id);
	stranger = empty(0);
	curenv = env;
	expect_permission(env, true, "itself");
	expect_permission(child, true, "its child");
	expect_permission(grandchild, false, "its child's child");
	expect_permission(stranger, false, "the kernel's child");
	curenv = child;
	expect_permission(env, false, "its parent");
	curenv = NULL;
	expect_permission(child, false, "an environment's child, without a"
			  " current environment");
	expect_permission(stranger, false,
			  "the kernel's child, without a current environment");
	env_free(env);
	env_free(child);
	env_free(grandchild);
	env_free(stranger);
}

/* Check the ids of `times` uses of a slot whose last id was `last`. */
static void
expect_ids_after(envid_t last, int times)
{
	struct Env *slot = env_free_list;

	EXPECT_THAT(slot, "a free slot", "none");
	slot->env_id = last | (slot - envs);
	while (times--) {
		last = slot->env_id;
		env = empty(0);
		EXPECT_EQ(env, slot);
		EXPECT_THAT(env->env_id >= 0x1000 && env->env_id != last
			    && &envs[ENVX(env->env_id)] == slot,
			    "another id of that slot, from 0x1000 on",
			    "%08x after %08x, for slot %d", env->env_id, last,
			    (int)(slot - envs));
		env_free(env);
	}
}

static void
ids_stay_positive(void)
{
	expect_ids_after(0x7FFFD000, 5);
}

static void
ids_begin_at_1000(void)
{
	expect_ids_after(0x7FFFF000, 1);
	EXPECT_EQ(env_free_list->env_id, 0x1000 | (env_free_list - envs));
	env_free_list->env_id = 0;
	env = empty(0);
	EXPECT_EQ(env->env_id, 0x1000 | (env - envs));
	env_free(env);
}

static void
ids_are_not_used_again(void)
{
	struct Env *found;
	envid_t first;
	int i;

	env = empty(0);
	first = env->env_id;
	for (i = 0; i < 10; i++) {
		env_free(env);
		EXPECT_EQ(envid2env(first, &found, false), -E_BAD_ENV);
		env = empty(0);
		EXPECT_EQ(ENVX(env->env_id), ENVX(first));
		EXPECT_THAT(env->env_id > first, "a greater id", "%08x after"
			    " %08x", env->env_id, first);
	}
	env_free(env);
}

/* --- Slots ------------------------------------------------------------- */

/* True if a slot has been used since the kernel started. */
static bool
slots_were_used(void)
{
	const struct Env *e;

	for (e = envs; e < envs + NENV; e++)
		if (e->env_id)
			return true;
	return false;
}

static void
free_slots_are_listed(void)
{
	static bool listed[NENV];
	const struct Env *e, *next = envs;
	bool in_order = !slots_were_used();
	int n;

	memset(listed, 0, sizeof(listed));
	for (e = env_free_list, n = 0; e; e = e->env_link, n++) {
		EXPECT_THAT(e >= envs && e < envs + NENV, "a slot of envs",
			    "%p, as number %d of the list", (const void *)e, n);
		EXPECT_THAT(!listed[e - envs], "each slot once",
			    "slot %d again, as number %d of the list",
			    (int)(e - envs), n);
		EXPECT_THAT(!in_order || e == next++, "slot after slot",
			    "slot %d as number %d of the list",
			    (int)(e - envs), n);
		listed[e - envs] = true;
	}
	for (e = envs; e < envs + NENV; e++)
		EXPECT_THAT(listed[e - envs] == (e->env_status == ENV_FREE),
			    "all free slots, and no others",
			    "slot %d %s", (int)(e - envs), listed[e - envs]
			    ? "in use and on the list"
			    : "free and not on the list");
}

static void
slots_run_out_and_come_back(void)
{
	static bool ours[NENV];
	int n = 0, nfree = 0, error;
	struct Env *e;

	memset(ours, 0, sizeof(ours));
	for (e = envs; e < envs + NENV; e++)
		nfree += e->env_status == ENV_FREE;
	while ((error = env_alloc(&e, 0)) == 0) {
		EXPECT_THAT(!ours[e - envs], "each slot once",
			    "slot %d again", (int)(e - envs));
		ours[e - envs] = true;
		n++;
	}
	for (e = envs; e < envs + NENV; e++)
		if (ours[e - envs])
			env_free(e);
	/* On a small machine, memory may run out first. */
	EXPECT_THAT(error == (n == nfree ? -E_NO_FREE_ENV : -E_NO_MEM),
		    "-E_NO_FREE_ENV after the last slot", "%d after %d", error,
		    n);
	free_slots_are_listed();
}

/* What must be unchanged after a failure: the slot and *store. */
static void
expect_nothing_made(const struct Env *slot, envid_t id, struct Env *store)
{
	EXPECT_EQ(store, NULL);
	EXPECT_EQ(env_free_list, slot);
	EXPECT_EQ(slot->env_id, id);
	EXPECT_EQ(slot->env_status, ENV_FREE);
}

static void
alloc_fails_cleanly(void)
{
	struct Env *slot = env_free_list, *next = slot->env_link, *e = NULL;
	envid_t id = slot->env_id;
	struct PageInfo *frames;
	int error;

	frames = take_free_list();
	error = env_alloc(&e, 0);
	give_free_list(frames);
	EXPECT_EQ(error, -E_NO_MEM);
	expect_nothing_made(slot, id, e);
	EXPECT_EQ(slot->env_link, next);
	env_free_list = NULL;
	error = env_alloc(&e, 0);
	env_free_list = slot;
	EXPECT_EQ(error, -E_NO_FREE_ENV);
	expect_nothing_made(slot, id, e);
	EXPECT_EQ(held(0), slot);
	EXPECT_EQ(env_free_list, next);
}

/* Fill the next slot with values that its last user may have left. */
static void
soil_the_next_slot(void)
{
	struct Env *slot = env_free_list, *link = slot->env_link;
	envid_t id = slot->env_id;

	memset(slot, 0xA5, sizeof(*slot));
	slot->env_link = link;
	slot->env_id = id;
	slot->env_status = ENV_FREE;
}

static void
registers_begin_clean(void)
{
	static const struct PushRegs none;

	soil_the_next_slot();
	env = held(0);
	EXPECT_EQ(memcmp(&env->env_tf.tf_regs, &none, sizeof(none)), 0);
	EXPECT_EQ(env->env_tf.tf_eflags, FL_IF);
	EXPECT_EQ(env->env_tf.tf_esp, USTACKTOP);
	EXPECT_EQ(env->env_tf.tf_cs, GD_UT | 3);
	EXPECT_EQ(env->env_tf.tf_ds, GD_UD | 3);
	EXPECT_EQ(env->env_tf.tf_es, GD_UD | 3);
	EXPECT_EQ(env->env_tf.tf_ss, GD_UD | 3);
	EXPECT_EQ(env->env_tf.tf_trapno, 0);
	EXPECT_EQ(env->env_tf.tf_err, 0);
}

static void
slots_begin_clean(void)
{
	soil_the_next_slot();
	env = held(0x12345678);
	EXPECT_EQ(env->env_parent_id, 0x12345678);
	EXPECT_EQ(env->env_status, ENV_NOT_RUNNABLE);
	EXPECT_EQ(env->env_runs, 0);
	EXPECT_EQ(env->env_link, NULL);
	EXPECT_EQ(env->env_type, ENV_TYPE_USER);
	EXPECT_EQ(env->env_cpunum, 0);
	EXPECT_EQ(env->env_pgfault_upcall, NULL);
	EXPECT_EQ(env->env_ipc_recving, false);
	EXPECT_EQ(env->env_ipc_dstva, NULL);
	EXPECT_EQ(env->env_ipc_value, 0);
	EXPECT_EQ(env->env_ipc_from, 0);
	EXPECT_EQ(env->env_ipc_perm, 0);
}

/* --- Address spaces ---------------------------------------------------- */

static void
kernel_tables_are_shared(void)
{
	uint32_t i;

	env = held(0);
	for (i = PDX(UTOP); i < NPDENTRIES; i++)
		EXPECT_THAT(i == PDX(UVPT)
			    || ((env->env_pgdir[i] ^ kern_pgdir[i])
				& ~(PTE_A | PTE_D)) == 0,
			    "the kernel's own entry",
			    "0x%08x instead of 0x%08x in entry 0x%x",
			    env->env_pgdir[i], kern_pgdir[i], i);
	EXPECT_EQ(env->env_pgdir[PDX(UVPT)],
		  PADDR(env->env_pgdir) | PTE_P | PTE_U);
}

static void
user_memory_is_empty(void)
{
	uint32_t i;

	/* A temporary kernel mapping there does not belong to the user. */
	kern_pgdir[PDX(UTEMP)] = PTE_A;
	env = held(0);
	kern_pgdir[PDX(UTEMP)] = 0;
	EXPECT_EQ(pa2page(PADDR(env->env_pgdir))->pp_ref, 1);
	for (i = 0; i < PDX(UTOP); i++)
		EXPECT_THAT(!env->env_pgdir[i], "no pages yet",
			    "0x%08x in entry 0x%x", env->env_pgdir[i], i);
}


/* --- Ending ------------------------------------------------------------ */

static void
insert_new(uintptr_t va)
{
	struct PageInfo *pp = page_alloc(0);

	EXPECT_THAT(pp && page_insert(env->env_pgdir, pp, (void *)va,
				      PTE_U | PTE_W) == 0,
		    "memory for a page", "none for 0x%08x", va);
}

static void
free_gives_all_back(void)
{
	uint32_t before = count_free();
	struct PageInfo *shared;
	struct Env *other;

	env = empty(0);
	other = empty(0);
	/*
	 * The first and last pages of tables, of user memory and of the address
	 * space.
	 */
	insert_new(0);
	insert_new(PTSIZE - PGSIZE);
	insert_new(PTSIZE);
	insert_new(UTOP - PTSIZE);
	insert_new(UTOP - PGSIZE);
	shared = page_alloc(0);
	EXPECT_EQ(page_insert(env->env_pgdir, shared, UTEMP, PTE_U), 0);
	EXPECT_EQ(page_insert(other->env_pgdir, shared, UTEMP, PTE_U),
		  0);
	env_free(env);
	EXPECT_EQ(shared->pp_ref, 1);
	env_free(other);
	EXPECT_EQ(count_free(), before);
}

static void
free_slots_are_used_next(void)
{
	struct Env *slot;

	env = empty(0);
	slot = env_free_list;
	env_free(env);
	EXPECT_EQ(env->env_status, ENV_FREE);
	EXPECT_EQ(env->env_pgdir, NULL);
	EXPECT_EQ(env_free_list, env);
	EXPECT_EQ(env->env_link, slot);
	free_slots_are_listed();
}

static void
free_leaves_the_directory_first(void)
{
	struct PageInfo *directory;
	uint32_t cr3;

	env = empty(0);
	directory = directory_hold(env);
	curenv = env;
	lcr3(PADDR(env->env_pgdir));
	env_free(env);
	cr3 = rcr3();
	directory_release(directory);
	EXPECT_EQ(cr3, PADDR(kern_pgdir));
}

static void
free_leaves_a_directory_without_curenv(void)
{
	struct PageInfo *directory;
	uint32_t cr3;

	env = empty(0);
	directory = directory_hold(env);
	curenv = NULL;
	lcr3(PADDR(env->env_pgdir));
	env_free(env);
	cr3 = rcr3();
	directory_release(directory);
	EXPECT_EQ(cr3, PADDR(kern_pgdir));
}

static void
ending_another_comes_back(void)
{
	struct Env *other;

	env = empty(0);
	other = empty(0);
	curenv = env;
	lcr3(PADDR(env->env_pgdir));
	env_destroy(other);
	EXPECT_EQ(other->env_status, ENV_FREE);
	EXPECT_EQ(curenv, env);
	EXPECT_EQ(rcr3(), PADDR(env->env_pgdir));
	env_free(env);
}

/* --- Pointers ---------------------------------------------------------- */

static void
expect_allowed(uintptr_t va, size_t len, int perm)
{
	uintptr_t bad = 0;

	EXPECT_THAT(user_mem_find_bad(env, (void *)va, len, perm,
				      &bad) == 0,
		    "allowed", "-E_FAULT for 0x%x bytes at 0x%08x, bad at"
		    " 0x%08x",
		    len, va, bad);
}

static void
expect_refused(uintptr_t va, size_t len, int perm, uintptr_t first)
{
	uintptr_t bad = 0;

	EXPECT_THAT(user_mem_find_bad(env, (void *)va, len, perm,
				      &bad)
		    == -E_FAULT, "refused", "0 for 0x%x bytes at 0x%08x",
		    len, va);
	EXPECT_EQ(bad, first);
}

static void
pointers_are_checked(void)
{
	uintptr_t text = UTEXT + 0x20, stack = USTACKTOP - PGSIZE;

	begin();
	expect_allowed(text, 1, 0);
	expect_allowed(text, 0, PTE_W);
	expect_allowed(0, 0, 0);
	expect_refused(text, 1, PTE_W, text);
	expect_allowed(stack, PGSIZE, PTE_W);
	expect_allowed(stack + PGSIZE - 1, 1, PTE_W);
	expect_refused(stack, PGSIZE + 1, PTE_W, USTACKTOP);
	expect_refused(stack - 1, 2, 0, stack - 1);
	expect_refused(stack + 8, 0xFFFFFFFF, 0, USTACKTOP);
	expect_refused(1, 1, 0, 1);
	expect_refused(0, 0xFFFFFFFF, 0, 0);
	expect_refused(UTOP - 1, 2, 0, UTOP - 1);
	expect_refused(UTOP, 1, 0, UTOP);
	expect_refused(UPAGES, 4, PTE_W, UPAGES);
	expect_refused(ULIM, 1, 0, ULIM);
	expect_refused(KERNBASE, 100, 0, KERNBASE);
	expect_refused(0xFFFFFFFF, 1, 0, 0xFFFFFFFF);
	expect_refused(0xFFFFFFFF, 0xFFFFFFFF, 0, 0xFFFFFFFF);
	env_free(env);
}

const struct check env_checks[] = {
	LONG_OWN(ENV, free_slots_are_listed, "env_init",
		 "env_init puts all slots on the free list, the first one"
		 " first"),
	LONG_OWN(ENV, kernel_tables_are_shared, "env_setup_vm",
		 "M1, M3: a new directory has the kernel's entries, and its"
		 " own at UVPT"),
	LONG_OWN(ENV, user_memory_is_empty, "env_setup_vm",
		 "env_setup_vm makes a directory with one reference, empty"
		 " below UTOP"),
	LONG_OWN(ENV, registers_begin_clean, "env_alloc",
		 "env_alloc sets all registers, and keeps none of an old"
		 " environment"),
	LONG_OWN(ENV, slots_begin_clean, "env_alloc",
		 "env_alloc clears the slot and records the parent"),
	LONG_OWN(ENV, alloc_fails_cleanly, "env_alloc",
		 "E1: env_alloc changes nothing without memory or a free"
		 " slot"),
	LONG_OWN(ENV, free_gives_all_back, "env_free",
		 "env_free frees each page, table and directory once"),
	LONG_OWN(ENV, free_slots_are_used_next, "env_free",
		 "env_free makes the slot free and the next to be used"),
	LONG_OWN(ENV, free_leaves_the_directory_first, "env_free",
		 "env_free: CR3 does not point to a freed directory"),
	LONG_OWN(ENV, free_leaves_a_directory_without_curenv, "env_free",
		 "env_free leaves a directory that is in use although its"
		 " environment is not the current one"),
	LONG_OWN(ENV, ids_begin_at_1000, "env_alloc",
		 "env_alloc: a slot's ids start with 0x1000, and return to"
		 " it at the end"),
	LONG_OWN(ENV, ids_are_not_used_again, "env_alloc",
		 "env_alloc gives a slot that is used again a new id"),
	LONG_OWN(ENV, ids_stay_positive, "env_alloc",
		 "env_alloc: ids are always positive"),
	LONG_OWN(ENV, slots_run_out_and_come_back, "env_alloc",
		 "env_alloc makes NENV environments, and all slots can be"
		 " freed again"),
	LONG_OWN(ENV, ids_are_found_and_no_others, "envid2env",
		 "envid2env finds the environment with that id, and no other"),
	LONG_OWN(ENV, zero_is_the_current_environment, "envid2env",
		 "envid2env: id 0 is the current environment, if there is"
		 " one"),
	LONG_OWN(ENV, only_children_are_ours, "envid2env",
		 "envid2env: checkperm admits the caller and its children"
		 " only"),
	LONG_OWN(ENV, ending_another_comes_back, "env_destroy",
		 "env_destroy of another environment returns to the caller"),
	LONG_OWN(ENV, pointers_are_checked, "user_mem_check",
		 "user_mem_check reports the first address that users may"
		 " not access"),
	CHECK_TABLE_END
};
