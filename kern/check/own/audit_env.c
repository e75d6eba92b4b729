/*
 * The audit of environments: directories, tables, pages, x87 states.
 *
 * There may be a thousand of them, with two or three tables each, so the tables
 * are skimmed: one instruction for each entry that is 0. The part that they have
 * in common is audited once, in the kernel's directory.
 */

#include <inc/x86.h>
#include <kern/check/audit.h>
#include <kern/check/audit_rules.h>
#include <kern/check/interface.h>
#include <kern/env.h>
#include <kern/sections.h>

/* True if e's directory is a whole frame in the window. */
static bool
has_directory(const struct Env *e)
{
	uintptr_t va = (uintptr_t)e->env_pgdir;

	return va >= KERNBASE && va % PGSIZE == 0
		&& PGNUM(va - KERNBASE) < npages;
}

/* The index of the first entry from i on, below limit, that is not 0. */
static inline uint32_t
next_set(const uint32_t *table, uint32_t i, uint32_t limit)
{
	return i + words_alike(table + i, 0, limit - i);
}

/* Audit the pages of a user's table, whose directory entry is pde. */
static void
audit_user_table(const pte_t *table, pde_t pde, uint32_t pdx)
{
	uint32_t text = PGNUM(PADDR(stext));
	uint32_t ntext = PGNUM(PADDR(erodata)) - text;
	uint32_t i;
	pte_t pte;

	for (i = next_set(table, 0, NPTENTRIES); i < NPTENTRIES;
	     i = next_set(table, i + 1, NPTENTRIES)) {
		pte = table[i];
		audit_count(pte);
		if (!(pte & PTE_P))
			audit_absent(pte, (uintptr_t)PGADDR(pdx, i, 0));
		if (PGNUM(pte) - text < ntext && (pte & PTE_P)
		    && (pte & pde & PTE_W))
			complain(M2, "kernel text or constants are writable"
				 " at %p", PGADDR(pdx, i, 0));
	}
}

/* Audit what pgdir maps below UTOP. */
static void
audit_user_part(const pde_t *pgdir)
{
	uint32_t i, page;
	struct vm_range r;

	for (i = next_set(pgdir, 0, PDX(UTOP)); i < PDX(UTOP);
	     i = next_set(pgdir, i + 1, PDX(UTOP))) {
		if ((pgdir[i] & (PTE_P | PTE_PS)) == PTE_P
		    && PGNUM(pgdir[i]) < npages) {
			audit_count(pgdir[i]);
			audit_user_table(KADDR(PTE_ADDR(pgdir[i])), pgdir[i],
					 i);
			continue;
		}
		/* No table: a 4 MiB page, or an entry that leads nowhere. */
		page = i * NPTENTRIES;
		while (vm_next_range(pgdir, &page, (i + 1) * NPTENTRIES, &r))
			audit_range(&r);
	}
}

/* Audit what pgdir has in common with the kernel's directory, from UTOP on. */
static void
audit_kernel_part(const struct Env *e)
{
	const pde_t *pgdir = e->env_pgdir;
	pde_t differs = 0;
	uint32_t i;

	/* The entries for UVPT differ, and are not alike in any two. */
	for (i = PDX(UTOP); i < PDX(UVPT); i++)
		differs |= pgdir[i] ^ kern_pgdir[i];
	for (i = PDX(UVPT) + 1; i < NPDENTRIES; i++)
		differs |= pgdir[i] ^ kern_pgdir[i];
	if (PTE_ADDR(pgdir[PDX(UVPT)]) != PADDR(pgdir)
	    || (differs & ~(PTE_A | PTE_D))
	    || (pgdir[PDX(UVPT)] & (PTE_P | PTE_W | PTE_U)) != (PTE_P | PTE_U))
		audit_windows(pgdir);
	if (!(differs & ~(PTE_A | PTE_D)))
		return;
	for (i = PDX(UTOP); i < NPDENTRIES; i++)
		if (i != PDX(UVPT) && ((pgdir[i] ^ kern_pgdir[i])
				       & ~(PTE_A | PTE_D)))
			complain(M1, "environment %08x has 0x%08x where the"
				 " kernel has 0x%08x, in entry 0x%x",
				 e->env_id, pgdir[i], kern_pgdir[i], i);
}

static void
audit_one_env(const struct Env *e)
{
	const struct PageInfo *x87 = env_private(e)->fpu.frame;

	if (!has_directory(e)) {
		complain(M3, "environment %08x has no directory at %p",
			 e->env_id, (void *)e->env_pgdir);
		return;
	}
	audit_count(PADDR(e->env_pgdir) | PTE_P);
	if (x87)
		audit_count(page2pa(x87) | PTE_P);
	audit_kernel_part(e);
	audit_user_part(e->env_pgdir);
}

void
audit_envs(void)
{
	const struct Env *e;

	for (e = envs; e < envs + NENV; e++)
		if (e->env_status != ENV_FREE)
			audit_one_env(e);
}

int
audit_env(const struct Env *e)
{
	audit_begin();
	audit_one_env(e);
	return audit_total();
}
