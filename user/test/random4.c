/*
 * Runs many programs that make system calls at random, a parent and its child at
 * the same time, with arguments that are mostly wrong. The same seed gives the
 * same calls. After each program all frames must be free again.
 *
 * The parent (a child of ours) must be able to end its child, so it touches only
 * some pages of its own. Its child may do anything, and usually dies of it. We
 * continue the parent whenever it waits or has stopped itself.
 */

#include <inc/lib.h>
#include <lib/syscall_entry.h>
#include "random.h"
#include "verify.h"

#define OWN		0x10000000	/* the parent's pages for this test */
#define NOWN		16
#define MANY		40		/* calls of a program, at most */
#define PATIENCE	20		/* looks at a program that waits */

static bool is_parent;
static envid_t first, child;

static uint32_t
any_va(void)
{
	static const uint32_t edges[] = {
		0, PGSIZE, PTSIZE, UTEXT, USTACKTOP - PGSIZE, USTACKTOP,
		UXSTACKTOP - PGSIZE, UTOP, UPAGES, UVPT, ULIM, KERNBASE,
		0x7FFFF000, 0x80000000, 0xFFFFF000,
	};
	uint32_t r = random();

	switch (r % 8) {
	case 0:
		return edges[(r >> 8) % ARRAY_SIZE(edges)];
	case 1:
		return edges[(r >> 8) % ARRAY_SIZE(edges)] + (r >> 16) % 9 - 4;
	case 2:
		return random();
	default:
		return OWN + (r >> 8) % NOWN * PGSIZE;
	}
}

/* An address for the caller itself: the parent must survive. */
static uint32_t
own_va(void)
{
	uint32_t va = any_va();

	if (is_parent && va < UTOP && va - OWN >= NOWN * PGSIZE)
		va = OWN + va % NOWN * PGSIZE;
	return va;
}

static uint32_t
any_perm(void)
{
	uint32_t r = random();

	if (r % 4 == 0)
		return random();
	return PTE_P | PTE_U | (r & PTE_W)
		| (r >> 8 & (PTE_COW | PTE_SHARE | PTE_AVAIL));
}

static envid_t
any_id(void)
{
	uint32_t r = random();

	switch (r % 8) {
	case 0:
		return first;
	case 1:
		return thisenv->env_parent_id;
	case 2:
		return thisenv->env_id;
	case 3:
		return envs[(r >> 8) % 8].env_id;
	case 4:
		return -(r >> 8 & 0xFFFF);
	case 5:
		return 0;
	case 6:
		return child ? child : (envid_t)random();
	default:
		return child ? child : 0;
	}
}

static bool
is_self(envid_t id)
{
	return id == 0 || id == thisenv->env_id;
}

/* An address in the environment id. */
static uint32_t
va_in(envid_t id)
{
	return is_self(id) ? own_va() : any_va();
}

/* Any registers, and sometimes good ones. */
static void
make_trapframe(struct Trapframe *tf)
{
	uint32_t *word = (uint32_t *)tf, i;

	for (i = 0; i < sizeof(*tf) / 4; i++)
		word[i] = random();
	if (random() % 2) {
		tf->tf_eip = (uint32_t)exit;
		tf->tf_esp = USTACKTOP;
		tf->tf_eflags &= ~FL_TF;	/* it would stop in the monitor */
	} else
		tf->tf_eip = random() & ~0xFFFFU;
	tf->tf_eflags &= ~FL_TF;
}

static void
call_for_memory(uint32_t number)
{
	envid_t id = any_id(), other = any_id();
	uint32_t va = va_in(id), end;

	switch (number) {
	case SYS_page_map:
		syscall_int(number, id, va, other, va_in(other), any_perm());
		break;
	case SYS_cow_range:
		va = random() % 4 ? va : 0;
		end = random() % 4 ? va_in(0) : USTACKTOP;
		if (end > USTACKTOP && end <= UTOP)
			end = USTACKTOP;
		syscall_best(number, id, va, end, 0);
		break;
	case SYS_cow_page:
		syscall_short(number, own_va(), 0);
		break;
	default:
		syscall_best(number, id, va, any_perm(), 0);
	}
}

static void
call_for_environments(uint32_t number)
{
	struct Trapframe tf;
	envid_t id = any_id();

	switch (number) {
	case SYS_env_set_trapframe:
		make_trapframe(&tf);
		if (!is_parent || !is_self(id))
			syscall_short(number, id, (uint32_t)&tf);
		break;
	case SYS_env_set_pgfault_upcall:
	case SYS_env_destroy:
		if (!is_parent || !is_self(id))
			syscall_short(number, id, any_va());
		break;
	case SYS_exofork:
		if (is_parent && !child && (child = sys_exofork()) == 0)
			for (;;)
				sys_yield();
		break;
	default:
		syscall_short(number, id, random() % 8);
	}
}

static void
call_for_messages(uint32_t number)
{
	if (number == SYS_ipc_recv)
		syscall_short(number, own_va(), 0);
	else
		syscall_best(number, any_id(), random(), own_va(), any_perm());
}

static void
call_at_random(void)
{
	uint32_t number = random() % (NSYSCALLS + 1);

	switch (number) {
	case SYS_cputs:
	case SYS_cgetc:
		syscall_short(number, any_va(), 0);
		break;
	case SYS_page_alloc:
	case SYS_page_map:
	case SYS_page_unmap:
	case SYS_cow_range:
	case SYS_cow_page:
		call_for_memory(number);
		break;
	case SYS_ipc_try_send:
	case SYS_ipc_send:
	case SYS_ipc_recv:
		call_for_messages(number);
		break;
	case SYS_sleep:
		sys_sleep(random() % 20);
		break;
	default:
		call_for_environments(number);
	}
}

/* Make calls, and then end. */
static void NORETURN
wild(uint32_t seed)
{
	uint32_t n;

	random_state = seed;
	for (n = random() % MANY; n; n--)
		call_at_random();
	exit();
}

/* A program: a parent and a child. The child may be gone at any time. */
static void NORETURN
program(uint32_t seed)
{
	envid_t id = fork();

	if (id == 0)
		wild(seed * 3 | 1);
	is_parent = true;
	child = id > 0 ? id : 0;
	random_state = seed;
	for (id = random() % MANY; id; id--)
		call_at_random();
	for (id = 0; id < NENV; id++)
		if (envs[id].env_parent_id == thisenv->env_id
		    && envs[id].env_status != ENV_FREE)
			sys_env_destroy(envs[id].env_id);
	exit();
}

/* Wait until the program has ended. Continue it if it waits for long. */
static void
await(envid_t id)
{
	const volatile struct Env *e = &envs[ENVX(id)];
	int looks = 0;

	while (e->env_id == id && e->env_status != ENV_FREE) {
		if (e->env_status != ENV_NOT_RUNNABLE)
			looks = 0;
		else if (++looks > PATIENCE)
			sys_env_set_status(id, ENV_RUNNABLE);
		sys_yield();
	}
}

void
umain(int argc, char **argv)
{
	uint32_t seed = 0, n = 0, i, before = 0;
	envid_t id;

	parse_u32(readline("seed: "), &seed);
	parse_u32(readline("programs: "), &n);
	verify_begin();
	first = thisenv->env_id;
	for (i = 0; i < n; i++) {
		if ((id = fork()) == 0)
			program((seed + i) * 2654435761U | 1);
		NEED(id);
		await(id);
		if (i == 0)
			before = free_frames();
		VERIFY_QUIET(free_frames() == before,
			     "program %u: %u frames, not %u", i, free_frames(),
			     before);
	}
	verify_end();
}
