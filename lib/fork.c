/*
 * fork and sfork. The child continues at the parent's INT instruction, on its
 * own copy of the parent's stack.
 *
 * fork shares all pages with the child, copy-on-write in both, in one system
 * call (sys_cow_range). The first write to such a page faults, and the kernel
 * copies it on request of the handler here (sys_cow_page). fork_pages.c does the
 * same by the course kernel's calls.
 *
 * The exception stack is never copy-on-write: no handler could run on it to copy
 * it. The child gets a new one; or a copy at once, if we are running on it.
 */

#include <inc/lib.h>
#include <inc/x86.h>
#include <lib/fork.h>

/* --- The skeleton ------------------------------------------------------- */

/* True if fork has not made the last child runnable. */
static bool
is_forking(void)
{
	envid_t child = *LAST_CHILD;
	const volatile struct Env *e = &envs[ENVX(child)];

	return child && e->env_id == child && e->env_runs == 0
		&& e->env_status == ENV_NOT_RUNNABLE;
}

void
fork_no_memory(uintptr_t va)
{
	if (is_forking()) {
		sys_env_destroy(*LAST_CHILD);
		return;
	}
	cprintf("[%08x] out of memory: no frame for a copy of the page at"
		" %08x\n", sys_getenvid(), va);
	exit();
}

int
fork_copy_page(void *temp, envid_t to, uintptr_t va, int perm)
{
	int r;

	if ((r = sys_page_alloc(0, temp, PTE_P | PTE_U | PTE_W)) < 0)
		return r;
	memcpy(temp, (void *)va, PGSIZE);
	r = sys_page_map(0, temp, to, (void *)va, perm);
	sys_page_unmap(0, temp);
	return r;
}

/* Give the child an exception stack, and the upcall. */
static int
give_exception_stack(envid_t child)
{
	uintptr_t stack = UXSTACKTOP - PGSIZE, esp = read_esp();
	int perm = PTE_P | PTE_U | PTE_W, r;

	if (esp >= stack && esp < UXSTACKTOP)
		r = fork_copy_page(FORKTEMP, child, stack, perm);
	else
		r = sys_page_alloc(child, (void *)stack, perm);
	if (r < 0)
		return r;
	return sys_env_set_pgfault_upcall(child, _pgfault_upcall);
}

/*
 * From the first page that is shared on, our own writes may need memory: so that
 * comes last, and if there is none, fork_no_memory ends the child.
 */
envid_t
fork_by(int (*give_memory)(envid_t child), pgfault_handler *cow_handler)
{
	envid_t child;
	int r;

	if ((r = pgfault_prepare()) < 0)
		return r;
	pgfault_put_first(cow_handler);
	child = sys_exofork();
	if (child == 0)
		thisenv = &envs[ENVX(sys_getenvid())];
	if (child <= 0)
		return child;

	*LAST_CHILD = child;
	r = give_exception_stack(child);
	if (r == 0)
		r = give_memory(child);
	if (r == 0)
		r = sys_env_set_status(child, ENV_RUNNABLE);
	if (r == 0)
		return child;
	sys_env_destroy(child);
	return r == -E_BAD_ENV ? -E_NO_MEM : r;
}

/* --- fork --------------------------------------------------------------- */

/* Handle a write to a copy-on-write page; pass on any other fault. */
static void
handle_cow_fault(struct UTrapframe *utf)
{
	uintptr_t va = ROUNDDOWN(utf->utf_fault_va, PGSIZE);
	int r = -E_INVAL;

	if ((utf->utf_err & (FEC_PR | FEC_WR)) == (FEC_PR | FEC_WR))
		r = sys_cow_page((void *)va);
	if (r == -E_NO_MEM)
		fork_no_memory(va);
	else if (r < 0)
		pgfault_pass_on(utf);
}

static int
copy_memory(envid_t child)
{
	/* Some pages may be shared with an environment that sfork made. */
	if (is_sforked())
		return fork_copy_by_pages(child);
	return sys_cow_range(child, NULL, (void *)USTACKTOP);
}

envid_t
fork(void)
{
	return fork_by(copy_memory, handle_cow_fault);
}

/* --- sfork -------------------------------------------------------------- */

/* Return the lowest address of the stack, which the program may have extended. */
static uintptr_t
stack_bottom(void)
{
	uintptr_t va = USTACKTOP - PGSIZE;

	while (va > SFORK_PAGE + PGSIZE && uvpt_has_page(va - PGSIZE))
		va -= PGSIZE;
	return va;
}

/* Share the page at va, after ending its sharing by copy-on-write. */
static int
share_page(envid_t child, uintptr_t va)
{
	int r;

	if ((uvpt[PGNUM(va)] & PTE_COW) && (r = sys_cow_page((void *)va)) < 0)
		return r;
	return sys_page_map(0, (void *)va, child, (void *)va,
			    uvpt_rights(va));
}

static int
share_memory(envid_t child)
{
	uintptr_t bottom = stack_bottom();
	uint32_t n, end = PGNUM(bottom);
	int r;

	for (n = 0; (n = fork_next_page(n, end)) < end; n++)
		if (n != PGNUM(SFORK_PAGE)
		    && (r = share_page(child, n * PGSIZE)) < 0)
			return r;
	r = sys_cow_range(child, (void *)SFORK_PAGE,
			  (void *)(SFORK_PAGE + PGSIZE));
	if (r < 0)
		return r;
	return sys_cow_range(child, (void *)bottom, (void *)USTACKTOP);
}

envid_t
sfork(void)
{
	const volatile struct Env **page = (void *)SFORK_PAGE;
	int r;

	if (!is_sforked()) {
		if (uvpt_has_page(SFORK_PAGE))
			return -E_INVAL;	/* the program's own */
		r = sys_page_alloc(0, page, PTE_P | PTE_U | PTE_W);
		if (r < 0)
			return r;
		*page = thisenv;
		thisenv_at = page;
	}
	return fork_by(share_memory, handle_cow_fault);
}
