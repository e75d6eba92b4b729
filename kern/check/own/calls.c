/*
 * Environments that make system calls, for checks.
 *
 * A call is made with a frame of the system-call gate. If it lets another
 * environment run, the scheduler finds none and panics, because checks are
 * running; or it enters one of ours, which faults at once, because it has no
 * program. Both return to the guard.
 */

#include <inc/error.h>
#include <inc/string.h>
#include <inc/x86.h>
#include <kern/check/own/calls.h>
#include <kern/check/own/user.h>
#include <kern/dev/console.h>
#include <kern/env.h>
#include <kern/gates.h>
#include <kern/policy.h>
#include <kern/queue.h>
#include <kern/sched.h>
#include <kern/slot.h>
#include <kern/syscall.h>
#include <kern/usermem.h>

struct Env *me, *child, *other;

/* The last call, and who made it. */
static struct Trapframe asked, frame;
static const struct Env *asker;

/* --- Words ------------------------------------------------------------- */

static const char *
call_name(uint32_t number)
{
	static const char *const names[NSYSCALLS] = {
		"sys_cputs", "sys_cgetc", "sys_getenvid", "sys_env_destroy",
		"sys_page_alloc", "sys_page_map", "sys_page_unmap",
		"sys_exofork", "sys_env_set_status", "sys_env_set_trapframe",
		"sys_env_set_pgfault_upcall", "sys_yield", "sys_ipc_try_send",
		"sys_ipc_recv", "sys_time_msec", "sys_cow_range",
		"sys_cow_page", "sys_ipc_send", "sys_sleep", "sys_env_wait",
	};

	return number < NSYSCALLS ? names[number] : "a call without a name";
}

/* Return a result in words: an error by its name, else a number in buf. */
static const char *
result_words(int32_t result, char buf[16])
{
	const char *name = check_error_name(result);

	if (name)
		return name;
	snprintf(buf, 16, "%d", result);
	return buf;
}

static const char *
env_words(const struct Env *e)
{
	return !e ? "none" : e == asker ? "the caller" : e == me
		? "the parent" : e == child ? "the child" : e == other
		? "another environment" : "one that was never created";
}

void
expect_registers(const char *file, int line, const char *what,
		 const struct Trapframe *is, const struct Trapframe *should)
{
	static const char *const names[sizeof(*is) / 4] = {
		"edi", "esi", "ebp", "PUSHA's esp", "ebx", "edx", "ecx",
		"eax", "es", "ds", "trapno", "err", "eip", "cs", "eflags",
		"esp", "ss",
	};
	const uint32_t *a = (const uint32_t *)is, *b = (const uint32_t *)should;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(names); i++)
		if (a[i] != b[i])
			check_fail(file, line, what, "%s is 0x%08x instead of"
				   " 0x%08x", names[i], a[i], b[i]);
}

/* --- Environments ------------------------------------------------------ */

struct Env *
new_env(envid_t parent)
{
	struct Env *e;

	EXPECT_EQ(env_alloc(&e, parent), 0);
	return e;
}

/* Memory that a check has taken away is not to be had from its own pages. */
static ppn_t
no_victim(void)
{
	return 0;
}

static const struct policy keeps_all = { "none", no_victim, NULL };
static const struct policy *policy_before;

void
calls_begin(void)
{
	need_empty_queue();
	policy_before = policy;
	policy = &keeps_all;
	curenv = NULL;
	me = new_env(0);
	child = new_env(me->env_id);
	other = new_env(0);
}

void
calls_end(void)
{
	struct Env *all[] = { me, child, other };
	size_t i;

	policy = policy_before;
	curenv = NULL;
	lcr3(PADDR(kern_pgdir));
	for (i = 0; i < ARRAY_SIZE(all); i++)
		if (all[i]->env_status != ENV_FREE)
			env_free(all[i]);
}

void
bad_ids(uint32_t ids[NBAD_IDS])
{
	ids[0] = other->env_id;
	ids[1] = me->env_id + (NENV << 3);
	ids[2] = child->env_id | 1U << 31;
	ids[3] = ENVX(child->env_id);
	/* The expected next env_free_list. */
	ids[4] = (env_free_list->env_id + (1 << 12))
		| (env_free_list - envs);
	ids[5] = 0xFFFFFFFF;
}

/* --- Pages ------------------------------------------------------------- */

static pte_t *
entry_at(const struct Env *e, uintptr_t va)
{
	pde_t pde = e->env_pgdir[PDX(va)];

	return pde & PTE_P ? (pte_t *)KADDR(PTE_ADDR(pde)) + PTX(va) : NULL;
}

pte_t
entry_of(const struct Env *e, uintptr_t va)
{
	const pte_t *pte = entry_at(e, va);

	return pte ? *pte : 0;
}

void
set_entry_of(struct Env *e, uintptr_t va, pte_t pte)
{
	pte_t *at = entry_at(e, va);

	EXPECT_THAT(at, "a table", "none for 0x%08x", va);
	*at = pte;
}

struct PageInfo *
map_new(struct Env *e, uintptr_t va, uint32_t perm)
{
	struct PageInfo *pp = page_alloc(ALLOC_ZERO);

	EXPECT_THAT(pp, "a frame", "none");
	EXPECT_EQ(page_insert(e->env_pgdir, pp, (void *)va, perm), 0);
	return pp;
}

struct PageInfo *
leave_frames(uint32_t n)
{
	struct PageInfo **link = &page_free_list, *others;

	if (!n)
		return take_free_list();
	while (n--)
		link = &(*link)->pp_link;
	others = *link;
	*link = NULL;
	return others;
}

/* --- In a program's address space --------------------------------------- */

void
as_program(struct Env *e, void (*fn)(void *), void *arg)
{
	on_behalf_of(e, fn, arg, NULL);
}

uint8_t
peek(uintptr_t va)
{
	uint8_t byte;

	copy_from_user(&byte, (void *)va, 1);
	return byte;
}

void
poke(uintptr_t va, uint8_t value)
{
	copy_to_user((void *)va, &value, 1);
}

static void
do_poke(void *va)
{
	poke((uintptr_t)va, 0x77);
}

bool
poke_faults(uintptr_t va)
{
	struct guard_report r;

	guarded(do_poke, (void *)va, &r);
	return r.how == GUARD_TRAP && r.trapno == T_PGFLT && r.va == va
		&& (r.err & FEC_WR);
}

/* --- Calls ------------------------------------------------------------- */

static void
do_call(void *tf)
{
	/* No interrupts while a frame is popped: ESP is not a stack then. */
	cli();
	syscall(tf);
}

static void
do_leave(void *tf)
{
	cli();
	sched_leave(tf);
}

/*
 * Let the kernel do its work on this frame of e, which runs; false if it did not
 * return. *ran: who ran instead. what: the work, for people.
 */
static bool
enter_kernel(struct Env *e, void (*work)(void *tf), struct Trapframe *tf,
	     const char *what, struct Env **ran)
{
	struct Env *before = curenv;
	uint32_t cr3 = rcr3();
	struct guard_report r;
	char words[200];

	asker = e;
	env_set_status(e, ENV_RUNNING);
	curenv = e;
	lcr3(PADDR(e->env_pgdir));
	/* Traps from user mode must not overwrite the current stack. */
	trap_set_stack(ROUNDDOWN(read_esp() - 512, 16));
	cons_muted = true;
	guarded(work, tf, &r);
	cons_muted = false;
	trap_set_stack(KSTACKTOP);
	*ran = r.how == GUARD_TRAP && (r.err & FEC_U) ? curenv : NULL;
	if (*ran)
		env_set_status(*ran, ENV_NOT_RUNNABLE);
	else if (r.how == GUARD_OK && e->env_status == ENV_RUNNING)
		env_set_status(e, ENV_NOT_RUNNABLE);
	curenv = before;
	lcr3(cr3);
	if (r.how == GUARD_OK || *ran
	    || (r.how == GUARD_PANIC
		&& strcmp(r.message, "sched_yield: no runnable environment")
		== 0))
		return r.how == GUARD_OK;
	if (check_ending_words(&r, words, sizeof(words)))
		check_fail(__FILE__, __LINE__, "a result", "%s, in %s",
			   words, what);
	guard_leave();
}

/* Make the call; false if it did not return. *ran: who ran instead. */
static bool
make_call(struct Env *e, uint32_t number, const uint32_t args[5],
	  struct Env **ran)
{
	asked = (struct Trapframe) {
		.tf_regs = {
			.reg_edi = args[3], .reg_esi = args[4],
			.reg_ebp = 0x33B9B9B9, .reg_ebx = args[2],
			.reg_edx = args[0], .reg_ecx = args[1],
			.reg_eax = number,
		},
		.tf_es = GD_UD | 3, .tf_ds = GD_UD | 3, .tf_ss = GD_UD | 3,
		.tf_cs = GD_UT | 3, .tf_trapno = T_SYSCALL,
		.tf_esp = 0x44E5E5E4, .tf_eflags = FL_IF | FL_ZF | FL_ONE,
	};
	frame = asked;
	return enter_kernel(e, do_call, &frame, call_name(number), ran);
}

struct Env *
end_time_slice(struct Env *e, const struct Trapframe *tf)
{
	struct Env *ran;

	frame = *tf;
	if (enter_kernel(e, do_leave, &frame, "sched_leave", &ran))
		check_fail(__FILE__, __LINE__, "another environment runs",
			   "sched_leave returns");
	return ran;
}

int32_t
ask(struct Env *e, uint32_t number, const uint32_t args[5])
{
	uint32_t answer;
	struct Env *ran;

	if (!make_call(e, number, args, &ran))
		check_fail(__FILE__, __LINE__, "a call that returns",
			   "%s waits; %s runs", call_name(number),
			   env_words(ran));
	answer = frame.tf_regs.reg_eax;
	frame.tf_regs.reg_eax = number;
	EXPECT_REGISTERS("a frame in which only eax changes", &frame, &asked);
	return answer;
}

struct Env *
block(struct Env *e, uint32_t number, const uint32_t args[5])
{
	struct Env *ran;
	char buf[16];

	if (make_call(e, number, args, &ran))
		check_fail(__FILE__, __LINE__, "a call that waits",
			   "%s returns %s", call_name(number),
			   result_words(frame.tf_regs.reg_eax, buf));
	return ran;
}

void
expect_next(const char *file, int line, const struct Env *is,
	    const struct Env *should)
{
	if (is != should)
		check_fail(file, line, "the environment that runs next",
			   "%s instead of %s", env_words(is),
			   env_words(should));
}

struct Trapframe
call_frame(int32_t result)
{
	struct Trapframe tf = asked;

	tf.tf_regs.reg_eax = result;
	return tf;
}

void
expect_woken(struct Env *e, int32_t result)
{
	EXPECT_EQ(e->env_status, ENV_RUNNABLE);
	EXPECT_EQ(waits[e - envs].reason, WAIT_NONE);
	EXPECT_EQ(e->env_ipc_recving, false);
	EXPECT_EQ(e->env_tf.tf_regs.reg_eax, result);
	env_set_status(e, ENV_NOT_RUNNABLE);
}

void
expect_waiting(struct Env *e, int reason)
{
	EXPECT_EQ(e->env_status, ENV_NOT_RUNNABLE);
	EXPECT_EQ(waits[e - envs].reason, reason);
	EXPECT_EQ(e->env_ipc_recving, reason == WAIT_MESSAGE);
}

/* --- The world --------------------------------------------------------- */

enum { COUNTS, FREE_LIST, TABLES, ENVS, WAITS, SLOTS, NPARTS };

static const char *const part_names[NPARTS] = {
	"the frames' counts and states", "the free list",
	"the page tables", "envs", "the queues and what is waited for",
	"the slots of the swap area",
};

static struct {
	uint32_t sums[NPARTS];
	const struct Env *caller;
} world;

static uint32_t
add_words(uint32_t sum, const void *from, size_t bytes)
{
	const uint32_t *word = from;

	for (; bytes >= 4; bytes -= 4)
		sum = sum * 31 + *word++;
	return sum;
}

static uint32_t
sum_tables(const struct Env *e)
{
	uint32_t i, sum = add_words(0, e->env_pgdir, PGSIZE);

	for (i = 0; i < PDX(UTOP); i++)
		if (e->env_pgdir[i] & PTE_P)
			sum = add_words(sum, KADDR(PTE_ADDR(e->env_pgdir[i])),
					PGSIZE);
	return sum;
}

/* Add e. Its registers are in the frame, not in env_tf, while it calls. */
static void
sum_env(uint32_t sums[NPARTS], const struct Env *e, const struct Env *caller)
{
	struct Env copy = *e;

	if (e == caller)
		copy.env_tf = (struct Trapframe) { .tf_eip = 0 };
	sums[TABLES] += sum_tables(e);
	sums[ENVS] = add_words(sums[ENVS], &copy, sizeof(copy));
	sums[WAITS] = add_words(sums[WAITS], &waits[e - envs],
				sizeof(waits[0]));
}

static void
sum_world(uint32_t sums[NPARTS], const struct Env *caller)
{
	const struct PageInfo *pp;
	const struct Env *e;
	ppn_t n;

	memset(sums, 0, NPARTS * sizeof(sums[0]));
	for (n = 0; n < npages; n++)
		sums[COUNTS] = sums[COUNTS] * 31 + pages[n].pp_ref * 4
			+ pages[n].pp_state + (pages[n].pp_flags << 20);
	for (pp = page_free_list; pp; pp = pp->pp_link)
		sums[FREE_LIST] = sums[FREE_LIST] * 31 + (pp - pages);
	for (n = 1; n <= slots_total; n++)
		sums[SLOTS] = add_words(sums[SLOTS], slot_at(n),
					sizeof(struct slot));
	for (e = envs; e < envs + NENV; e++)
		if (e->env_status != ENV_FREE)
			sum_env(sums, e, caller);
	sums[ENVS] = add_words(sums[ENVS], &env_free_list, 4);
	sums[ENVS] += env_count;
	/* The next id must not be lost, either. */
	sums[ENVS] += env_free_list ? (uint32_t)env_free_list->env_id : 0;
	sums[WAITS] = add_words(sums[WAITS], queue_links,
				sizeof(queue_links));
}

void
world_note(const struct Env *caller)
{
	world.caller = caller;
	sum_world(world.sums, caller);
}

void
world_expect_same(const char *file, int line, const char *what)
{
	uint32_t sums[NPARTS], i;

	sum_world(sums, world.caller);
	for (i = 0; i < NPARTS; i++)
		if (sums[i] != world.sums[i])
			check_fail(file, line, "a call that fails changes"
				   " nothing", "%s changed %s", what,
				   part_names[i]);
}

void
expect_refused(const char *file, int line, const char *what, int32_t error,
	       struct Env *e, uint32_t number, const uint32_t args[5])
{
	char is[16], should[16];
	int32_t result;

	world_note(e);
	result = ask(e, number, args);
	if (result != error)
		check_fail(file, line, what, "%s instead of %s, for 0x%x, 0x%x,"
			   " 0x%x, 0x%x, 0x%x", result_words(result, is),
			   result_words(error, should), args[0], args[1],
			   args[2], args[3], args[4]);
	world_expect_same(file, line, what);
}

int32_t
expect_frames(const char *file, int line, const char *what, uint32_t needed,
	      struct Env *e, uint32_t number, const uint32_t args[5])
{
	struct PageInfo *others;
	uint32_t n, left;
	int32_t result;
	char buf[16];

	for (n = 0; n < needed; n++) {
		others = leave_frames(n);
		expect_refused(file, line, what, -E_NO_MEM, e, number, args);
		give_free_list(others);
	}
	others = leave_frames(needed);
	result = ask(e, number, args);
	left = count_free();
	give_free_list(others);
	if (result < 0 || left)
		check_fail(file, line, what, "%s, with %u of %u frames left",
			   result_words(result, buf), left, needed);
	return result;
}
