/*
 * Checks of what the kernel does for programs: check pointers, copy, answer
 * system calls. No program runs: the checks call the kernel for environments
 * that they have created.
 */

#include <inc/error.h>
#include <inc/string.h>
#include <inc/syscall.h>
#include <kern/check/enter_handler.h>
#include <kern/check/own/user.h>
#include <kern/check/tables.h>
#include <kern/check/x86_test.h>
#include <kern/cpuid.h>
#include <kern/dev/console.h>
#include <kern/env.h>
#include <kern/gates.h>
#include <kern/program.h>
#include <kern/syscall.h>
#include <kern/trapentry.h>
#include <kern/swap.h>
#include <kern/usermem.h>
#include <kern/vmwalk.h>

#define STACK	(USTACKTOP - PGSIZE)	/* its page */

/*
 * The environments of the running check, or NULL. bystander runs only if env is
 * wrongly destroyed.
 */
static struct Env *env, *other, *bystander;

/* The users' entry point, to end them: nothing is mapped there. */
#define NOWHERE	0

const struct program *
any_program(void)
{
	const struct program *p = program_find("hello");

	if (p && program_built(p))
		return p;
	for (p = programs; p->name; p++)
		if (program_built(p))
			return p;
	check_skip("no user program was built");
}

struct Env *
make_env(void)
{
	const struct program *p = any_program();
	struct Env *e = NULL;

	EXPECT_EQ(env_create(p->start, p->end - p->start, ENV_TYPE_USER, &e),
		  0);
	e->env_tf.tf_eip = NOWHERE;
	return e;
}

void
on_behalf_of(struct Env *e, void (*fn)(void *), void *arg,
	     void (*clean_up)(void))
{
	struct Env *before = curenv;
	uint32_t cr3 = rcr3();
	struct guard_report r;
	char words[200];

	curenv = e;
	lcr3(PADDR(e->env_pgdir));
	/* If a user runs by mistake, its traps must not overwrite our stack. */
	trap_set_stack(ROUNDDOWN(read_esp() - 512, 16));
	guarded(fn, arg, &r);
	trap_set_stack(KSTACKTOP);
	lcr3(cr3);
	curenv = before;
	if (r.how == GUARD_OK)
		return;
	if (clean_up)
		clean_up();
	if (check_ending_words(&r, words, sizeof(words)))
		check_fail(__FILE__, __LINE__, "a result", "%s", words);
	guard_leave();
}

void
need_empty_queue(void)
{
	const struct Env *e;

	for (e = envs; e < envs + NENV; e++)
		if (e->env_status == ENV_RUNNABLE)
			check_skip("other environments are runnable");
}

struct PageInfo *
directory_hold(struct Env *e)
{
	struct PageInfo *directory = pa2page(PADDR(e->env_pgdir));

	directory->pp_ref++;
	return directory;
}

void
directory_release(struct PageInfo *directory)
{
	lcr3(PADDR(kern_pgdir));
	if (directory->pp_ref == 1) {
		directory->pp_ref = 0;
		put_on_free_list(directory);
	}
}

struct ending {
	void (*fn)(void *);
	void *arg;
};

/* No interrupts while a frame is popped: ESP is not a stack then. */
static void
call_uninterrupted(void *ending)
{
	const struct ending *e = ending;

	cli();
	e->fn(e->arg);
}

void
expect_end(struct Env *e, void (*fn)(void *), void *arg)
{
	struct PageInfo *directory = directory_hold(e);
	struct ending ending = { fn, arg };
	struct Env *before = curenv, *after;
	struct guard_report r;
	char words[200] = "it returned";

	env_set_status(e, ENV_RUNNING);
	curenv = e;
	lcr3(PADDR(e->env_pgdir));
	/* Traps from user mode must not overwrite the current stack. */
	trap_set_stack(ROUNDDOWN(read_esp() - 512, 16));
	cons_muted = true;
	guarded(call_uninterrupted, &ending, &r);
	cons_muted = false;
	trap_set_stack(KSTACKTOP);
	directory_release(directory);
	after = curenv;
	curenv = before;
	check_ending_words(&r, words, sizeof(words));
	EXPECT_THAT(e->env_status == ENV_FREE, "the environment ends",
		    "it still exists; what came then: %s", words);
	EXPECT_THAT(after && after != e && r.how == GUARD_TRAP
		    && (r.err & FEC_U), "another environment runs", "%s",
		    words);
}

static void
begin(void)
{
	env = make_env();
	bystander = make_env();
	other = NULL;
}

static void
finish(void)
{
	env_free(bystander);
	env_free(env);
}

/* --- Pointers ---------------------------------------------------------- */

static void
expect_answer(uintptr_t va, size_t len, int perm, int answer, uintptr_t first)
{
	uintptr_t bad = 0;
	int is = user_mem_find_bad(env, (void *)va, len, perm, &bad);

	EXPECT_THAT(is == answer && bad == first,
		    answer ? "-E_FAULT and the first bad byte"
		    : "0, and no bad byte",
		    "%d, 0x%08x for 0x%x bytes at 0x%08x, permissions 0x%x", is,
		    bad, len, va, perm);
}

/* Check answers for va without one permission in *entry, then with all. */
static void
without(uint32_t *entry, uint32_t right, uintptr_t va)
{
	uint32_t was = *entry;
	bool needed = right != PTE_W;

	/* With a swap area, an absent entry may name a page. */
	*entry &= right == PTE_P && swap_on ? 0 : ~right;
	expect_answer(va, 4, 0, needed ? -E_FAULT : 0, needed ? va : 0);
	expect_answer(va, 4, PTE_W, -E_FAULT, va);
	*entry = was;
	expect_answer(va, 4, PTE_W, 0, 0);
}

static void
directory_and_table_both_count(void)
{
	static const uint32_t rights[] = { PTE_P, PTE_U, PTE_W };
	uintptr_t va = STACK + 8;
	pte_t *table;
	size_t i;

	begin();
	table = KADDR(PTE_ADDR(env->env_pgdir[PDX(va)]));
	for (i = 0; i < ARRAY_SIZE(rights); i++) {
		without(&env->env_pgdir[PDX(va)], rights[i], va);
		without(&table[PTX(va)], rights[i], va);
	}
	finish();
}

/* Map user pages on both sides, of which only one is writable. */
static void
every_page_is_checked(void)
{
	uintptr_t low = STACK - 2 * PGSIZE;
	struct PageInfo *pp;
	int i;

	begin();
	for (i = 0; i < 2; i++) {
		pp = page_alloc(ALLOC_ZERO);
		EXPECT_EQ(page_insert(env->env_pgdir, pp,
				      (void *)(low + i * PGSIZE),
				      PTE_U | (i ? 0 : PTE_W)), 0);
	}
	expect_answer(low, 3 * PGSIZE, 0, 0, 0);
	expect_answer(low + 1, 3 * PGSIZE - 1, 0, 0, 0);
	expect_answer(low + 1, 3 * PGSIZE, 0, -E_FAULT, USTACKTOP);
	expect_answer(low + PGSIZE - 1, 1, PTE_W, 0, 0);
	expect_answer(low + PGSIZE - 1, 2, PTE_W, -E_FAULT, low + PGSIZE);
	expect_answer(low + 5, 3 * PGSIZE - 5, PTE_W, -E_FAULT, low + PGSIZE);
	expect_answer(low + PGSIZE + 5, 1, PTE_W, -E_FAULT, low + PGSIZE + 5);
	expect_answer(STACK + 5, PGSIZE - 5, PTE_W, 0, 0);
	page_remove(env->env_pgdir, (void *)(low + PGSIZE));
	expect_answer(low, 3 * PGSIZE, 0, -E_FAULT, low + PGSIZE);
	expect_answer(low + 1, PGSIZE, 0, -E_FAULT, low + PGSIZE);
	finish();
}

static void
check_and_find_bad_agree(void)
{
	begin();
	EXPECT_EQ(user_mem_check(env, (void *)STACK, 1, PTE_W), 0);
	EXPECT_EQ(user_mem_check(env, (void *)UTOP, 1, 0), -E_FAULT);
	EXPECT_EQ(user_mem_check(env, (void *)UTOP, 0, 0), 0);
	EXPECT_EQ(user_mem_check(env, (void *)UTEXT, 1, PTE_W), -E_FAULT);
	finish();
}

/* The kernel refuses pointers there, whatever the tables grant. */
static void
nothing_at_utop_is_allowed(void)
{
	uintptr_t va;

	begin();
	for (va = UTOP; va < ULIM; va += PTSIZE)
		expect_answer(va, 1, 0, -E_FAULT, va);
	env->env_pgdir[PDX(KERNBASE)] |= PTE_U;
	expect_answer(KERNBASE, 1, 0, -E_FAULT, KERNBASE);
	expect_answer(UTOP - 1, 1, 0, -E_FAULT, UTOP - 1);
	env->env_pgdir[PDX(KERNBASE)] &= ~PTE_U;
	finish();
}

static void
assert_of_the_other(void *arg)
{
	/* env does not have these pages; other may read the first. */
	user_mem_assert(other, arg, 2 * PGSIZE, 0);
	EXPECT_EQ(other->env_status, ENV_RUNNABLE);
	user_mem_assert(other, arg, 1, PTE_W);
	EXPECT_EQ(other->env_status, ENV_FREE);
	EXPECT_EQ(env->env_status, ENV_RUNNABLE);
}

static void
assert_destroys_the_owner(void)
{
	void *va = (void *)(STACK - PGSIZE);

	begin();
	other = make_env();
	EXPECT_EQ(page_insert(other->env_pgdir, page_alloc(ALLOC_ZERO), va,
			      PTE_U), 0);
	on_behalf_of(env, assert_of_the_other, va, NULL);
	finish();
}

/* --- Copying ----------------------------------------------------------- */

/* Return the kernel's address of env's byte at va. */
static char *
seen_by_kernel(uintptr_t va)
{
	struct vm_walk w;

	EXPECT_THAT(vm_walk(env->env_pgdir, va, &w), "a user page",
		    "none at 0x%08x", va);
	return KADDR(w.pa);
}

static const size_t lengths[] = { 0, 1, 2, 3, 4, 7, 64, 100 };

#define MARGIN	8
#define FILLER	0x5A

/* True if the n bytes from `at` are value, value + 1, ..., between FILLERs. */
static void
expect_copied(const char *at, size_t n, uint8_t value)
{
	size_t i;

	for (i = 0; i < n + 2 * MARGIN; i++) {
		const uint8_t is = at[(int)i - MARGIN];
		const uint8_t should = i < MARGIN || i >= n + MARGIN ? FILLER
			: value + i - MARGIN;

		EXPECT_THAT(is == should, "exactly the bytes asked for",
			    "0x%02x instead of 0x%02x at byte %d of %u", is,
			    should, (int)i - MARGIN, n);
	}
}

static void
expect_door_shut(const char *after)
{
	EXPECT_THAT(!(read_eflags() & FL_AC), "EFLAGS.AC clear, so that SMAP"
		    " protects user memory", "it is set after %s", after);
}

static void
copy_both_ways(void *arg)
{
	static char mine[256];
	char *user = (char *)STACK + 0x123, *seen = arg;
	size_t i, j;

	for (i = 0; i < ARRAY_SIZE(lengths); i++) {
		for (j = 0; j < sizeof(mine); j++)
			mine[j] = i + j;
		memset(seen - MARGIN, FILLER, 256);
		copy_to_user(user, mine, lengths[i]);
		expect_door_shut("copy_to_user");
		expect_copied(seen, lengths[i], i);

		memset(mine, FILLER, sizeof(mine));
		for (j = 0; j < lengths[i]; j++)
			seen[j] = 2 * i + j;
		copy_from_user(mine + MARGIN, user, lengths[i]);
		expect_door_shut("copy_from_user");
		expect_copied(mine + MARGIN, lengths[i], 2 * i);
	}
}

static void
users_memory_is_copied(void)
{
	begin();
	on_behalf_of(env, copy_both_ways, seen_by_kernel(STACK + 0x123), NULL);
	finish();
}

/* --- System calls ------------------------------------------------------ */

/* Recognizable values, in PUSHA's order; eax is the number. */
static const struct PushRegs pattern = {
	0x11D1D1D1, 0x22515151, 0x33B9B9B9, 0, 0x55B3B3B3, 0x66D2D2D2,
	0x77C1C1C1, 0,
};

/*
 * Return the result of a system call of curenv; all other registers must stay.
 */
static int32_t
ask(uint32_t number, uint32_t a1, uint32_t a2)
{
	struct Trapframe tf = { .tf_regs = pattern, .tf_eip = UTEXT }, before;
	uint32_t answer;

	tf.tf_regs.reg_eax = number;
	tf.tf_regs.reg_edx = a1;
	tf.tf_regs.reg_ecx = a2;
	before = tf;
	syscall(&tf);
	answer = tf.tf_regs.reg_eax;
	tf.tf_regs.reg_eax = number;
	EXPECT_THAT(memcmp(&tf, &before, sizeof(tf)) == 0,
		    "a frame in which only eax changes",
		    "call %d changes more", number);
	return answer;
}

static void
expect_refused(uint32_t number)
{
	int32_t answer = ask(number, 0, 0);

	EXPECT_THAT(answer == -E_INVAL, "-E_INVAL", "%d for call %d", answer,
		    number);
}

/* One byte that users cannot read; a kernel that prints it does no harm. */
static void
print_kernel_memory(void *arg)
{
	static const char dot[] = ".";

	(void)arg;
	ask(SYS_cputs, (uintptr_t)dot, 1);
}

static void
bad_texts_end_the_environment(void)
{
	need_empty_queue();
	begin();
	expect_end(env, print_kernel_memory, NULL);
	env_free(bystander);
}

static void
ask_for_what_there_is_not(void *arg)
{
	static const uint32_t wild[] = {
		0x7FFFFFFF, 0x80000000, 0x80000002, 0xFFFFFFFF, -NSYSCALLS,
		0x40000002, 0x01000000 + SYS_getenvid, 0x100 + SYS_getenvid,
	};
	uint32_t i;

	(void)arg;
	for (i = 0; i < ARRAY_SIZE(wild); i++)
		expect_refused(wild[i]);
	for (i = NSYSCALLS; i < NSYSCALLS + 32; i++)
		expect_refused(i);
}

static void
unknown_calls_are_refused(void)
{
	begin();
	on_behalf_of(env, ask_for_what_there_is_not, NULL, NULL);
	finish();
}

static void
ask_who_and_nothing(void *arg)
{
	(void)arg;
	EXPECT_EQ(ask(SYS_getenvid, 0, 0), env->env_id);
	/* A text of length 0 may have any address. */
	EXPECT_EQ(ask(SYS_cputs, 0, 0), 0);
	EXPECT_EQ(ask(SYS_cputs, KERNBASE, 0), 0);
}

static void
calls_are_answered(void)
{
	begin();
	env->env_parent_id = 0x7123;
	on_behalf_of(env, ask_who_and_nothing, NULL, NULL);
	finish();
}

static void
try_to_end_others(void *arg)
{
	envid_t child = other->env_id, stranger = *(envid_t *)arg;

	EXPECT_EQ(ask(SYS_env_destroy, stranger, child), -E_BAD_ENV);
	EXPECT_EQ(ask(SYS_env_destroy, child + NENV * 4, child), -E_BAD_ENV);
	EXPECT_EQ(ask(SYS_env_destroy, 1, child), -E_BAD_ENV);
	EXPECT_EQ(other->env_status, ENV_RUNNABLE);
	EXPECT_EQ(ask(SYS_env_destroy, child, stranger), 0);
	EXPECT_EQ(other->env_status, ENV_FREE);
	EXPECT_EQ(env->env_status, ENV_RUNNABLE);
}

static void
children_can_be_ended_strangers_not(void)
{
	envid_t stranger;

	begin();
	other = make_env();
	other->env_parent_id = env->env_id;
	stranger = bystander->env_id;
	on_behalf_of(env, try_to_end_others, &stranger, NULL);
	EXPECT_EQ(bystander->env_status, ENV_RUNNABLE);
	finish();
}

/* Enter trap_syscall as INT would: only eax may change, to the answer. */
static void
expect_kept(uint32_t number, uint32_t answer, uint32_t flags)
{
	uint32_t before[10] = {
		0x11D1D1D1, 0x22515151, 0x33B9B9B9, 0, 0x55B3B3B3, 0x66D2D2D2,
		0x77C1C1C1, number, GD_UD | 3, GD_UD | 2,
	}, after[10];
	size_t i;

	write_eflags(read_eflags() | flags);
	enter_handler((uintptr_t)trap_syscall, NULL, before, after);
	before[7] = answer;
	for (i = 0; i < ARRAY_SIZE(after); i++)
		EXPECT_THAT(after[i] == before[i], "eax the result, the"
			    " others unchanged (PUSHA's order, DS, ES)",
			    "0x%08x instead of 0x%08x as number %u", after[i],
			    before[i], i);
}

static void
enter_by_gate(void *flags)
{
	expect_kept(SYS_getenvid, env->env_id, (uint32_t)(uintptr_t)flags);
	/* A call that needs the registers that C may change. */
	expect_kept(SYS_env_destroy, -E_BAD_ENV, 0);
}

static void
gate_keeps_registers(void)
{
	begin();
	on_behalf_of(env, enter_by_gate, NULL, NULL);
	finish();
}

/* --- The flags of a call ------------------------------------------------ */

#define UNCLEAN	(FL_DF | FL_AC | FL_NT | FL_IOPL_MASK)

/* Execute SYSENTER here: neither its stack nor the users' may be ours. */
static void
enter_by_sysenter(void *arg)
{
	uintptr_t top = ROUNDDOWN(read_esp() - 512, 16);

	wrmsr(MSR_SYSENTER_ESP, top);
	trap_set_stack(top);
	load_ds(GD_UD | 2);
	load_es(GD_UD | 1);
	write_eflags(read_eflags() | (uint32_t)(uintptr_t)arg);
	sysenter(SYS_getenvid, USTACKTOP, NOWHERE);
}

struct entering {
	void (*enter)(void *);
	struct guard_report r;
};

/* Enter the kernel with unclean flags, and note the result. */
static void
enter_unclean(void *arg)
{
	struct entering *e = arg;
	uint64_t msr = cpu_features.sep ? rdmsr(MSR_SYSENTER_ESP) : 0;

	guarded(e->enter, (void *)UNCLEAN, &e->r);
	trap_set_stack(KSTACKTOP);
	if (cpu_features.sep)
		wrmsr(MSR_SYSENTER_ESP, msr);
}

/* The same, up to the first instruction of the call's function. */
static void
enter_up_to_the_call(void *arg)
{
	load_dr0((uintptr_t)syscall_fast_table[SYS_getenvid]);
	load_dr7(DR7_NONE | DR7_LOCAL_0);
	enter_unclean(arg);
	load_dr7(DR7_NONE);
}

static void
expect_clean_call(void (*enter)(void *))
{
	struct entering e = { .enter = enter };

	on_behalf_of(env, enter_up_to_the_call, &e, NULL);
	EXPECT_EQ(e.r.how, GUARD_TRAP);
	EXPECT_EQ(e.r.trapno, T_DEBUG);
	EXPECT_EQ(e.r.eip, syscall_fast_table[SYS_getenvid]);
	EXPECT_EQ(e.r.flags & (UNCLEAN | FL_TF | FL_IF), 0);
	EXPECT_EQ(e.r.ds, GD_KD);
	EXPECT_EQ(e.r.es, GD_KD);
}

static void
calls_run_with_clean_flags(void)
{
	begin();
	expect_clean_call(enter_by_gate);
	if (cpu_features.sep)
		expect_clean_call(enter_by_sysenter);
	finish();
}

static void
sysexit_leads_to_a_user(void)
{
	struct entering e = { .enter = enter_by_sysenter };

	if (!cpu_features.sep)
		check_skip("this processor has no SYSENTER");
	begin();
	on_behalf_of(env, enter_unclean, &e, NULL);
	EXPECT_EQ(e.r.how, GUARD_TRAP);
	EXPECT_EQ(e.r.trapno, T_PGFLT);
	EXPECT_EQ(e.r.va, NOWHERE);
	EXPECT_EQ(e.r.err & (FEC_U | FEC_PR), FEC_U);
	EXPECT_EQ(e.r.flags & (UNCLEAN | FL_TF | FL_IF), FL_IF);
	EXPECT_EQ(e.r.ds, GD_UD | 3);
	EXPECT_EQ(e.r.es, GD_UD | 3);
	finish();
}

/* The CPUID test that Intel prescribes (SDM 2B, SYSENTER). */
static bool
sep_is_true(void)
{
	uint32_t max, signature, edx;

	if (!cpu_features.cpuid)
		return false;
	cpuid(0, &max, NULL, NULL, NULL);
	if (max < 1)
		return false;
	cpuid(1, &signature, NULL, NULL, &edx);
	return (edx & 1 << 11)
		&& !((signature >> 8 & 15) == 6 && (signature >> 4 & 15) < 3
		     && (signature & 15) < 3);
}

static void
sysenter_leads_to_the_kernel(void)
{
	EXPECT_EQ(cpu_features.sep, sep_is_true());
	if (!cpu_features.sep)
		check_skip("this processor has no SYSENTER");
	EXPECT_EQ(rdmsr(MSR_SYSENTER_CS), GD_KT);
	EXPECT_EQ(rdmsr(MSR_SYSENTER_ESP), KSTACKTOP);
	EXPECT_EQ(rdmsr(MSR_SYSENTER_EIP), (uintptr_t)sysenter_entry);
}

const struct check own_user_checks[] = {
	LONG_OWN(ENV, directory_and_table_both_count, "user_mem_check",
		 "user_mem_check: both the directory entry and the PTE must"
		 " grant access"),
	LONG_OWN(ENV, every_page_is_checked, "user_mem_check",
		 "user_mem_check looks at all pages, and reports the first"
		 " bad byte"),
	LONG_OWN(ENV, check_and_find_bad_agree, "user_mem_check",
		 "user_mem_check gives the same result as user_mem_find_bad"),
	LONG_OWN(ENV, nothing_at_utop_is_allowed, "user_mem_check",
		 "user_mem_check grants nothing from UTOP on"),
	LONG_OWN(ENV, assert_destroys_the_owner, "user_mem_check",
		 "user_mem_assert destroys that environment, and no other"),
	LONG_OWN(ENV, users_memory_is_copied, "copy_from_user",
		 "copy_from_user and copy_to_user copy exactly, then close"
		 " SMAP again"),
	LONG_OWN(ENV, bad_texts_end_the_environment, "sys_cputs",
		 "sys_cputs of memory that users cannot read ends the"
		 " environment"),
	LONG_OWN(ENV, unknown_calls_are_refused, "syscall",
		 "syscall: unassigned numbers return -E_INVAL"),
	LONG_OWN(ENV, calls_are_answered, "syscall",
		 "syscall returns its result in EAX and changes no other"
		 " register"),
	LONG_OWN(ENV, children_can_be_ended_strangers_not, "syscall",
		 "sys_env_destroy works on the caller's children only"),
	LONG_OWN(ENV, gate_keeps_registers, "syscall",
		 "syscall: the gate preserves all registers except EAX"),
	LONG_OWN(ENV, sysenter_leads_to_the_kernel, "syscall_init",
		 "syscall_init sets SYSENTER's registers if there are any"),
	LONG_OWN(ENV, calls_run_with_clean_flags, "syscall",
		 "syscall: both entries load the kernel's DS and ES and"
		 " clear the flags"),
	LONG_OWN(ENV, sysexit_leads_to_a_user, "syscall",
		 "syscall: SYSEXIT returns to user mode with interrupts"
		 " enabled"),
	CHECK_TABLE_END
};
