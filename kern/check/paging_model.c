/*
 * Checks of the processor's access rules: every combination of permissions in
 * the directory and in the table, of 4 KiB and 4 MiB pages, CR0.WP, SMEP and
 * SMAP with EFLAGS.AC, tried by loads, stores and jumps from kernel and user
 * mode, and compared with a model made from the manual (SDM 3A 4.6 to 4.8).
 * vm_walk must see the same permissions.
 *
 * One address is used for all: UTEMP + the physical address of `playground`.
 * There, a 4 MiB page from 0 and a PTE show the same memory.
 */

#include <inc/stdio.h>
#include <inc/string.h>
#include <kern/check/tables.h>
#include <kern/cpuid.h>
#include <kern/check/guard.h>
#include <kern/check/x86_test.h>
#include <kern/gates.h>
#include <kern/vmwalk.h>

#define PAGE	__attribute__((aligned(PGSIZE)))

/* Pages outside of the allocator, so that no frame is lost. */
static uint8_t playground[PGSIZE] PAGE;
static uint8_t user_code[PGSIZE] PAGE;
static pte_t table[NPTENTRIES] PAGE, code_table[NPTENTRIES] PAGE;

/* Contents: code for the kernel, code for users, and a word. */
#define KERNEL_CODE	0
#define USER_CODE	16
#define WORD		32

/* In user_code: one access each, then the return. */
#define USER_LOAD	0
#define USER_STORE	16

/*
 * User code runs INT CLOSED_VECTOR after its access. User mode may not use that
 * gate, so its general protection fault shows that the access succeeded.
 */
#define CLOSED_VECTOR	0x31
#define WAY_BACK	0xCD, CLOSED_VECTOR

enum access { LOAD, STORE, FETCH, NACCESSES };

/* The combination that is tried. */
static struct trial {
	uint32_t pde, pte;		/* P, W, U; PTE_PS in pde */
	bool wp, smep, smap, ac, user;
	enum access access;
} t;

static uintptr_t target;
static uint32_t cases;

static physaddr_t
pa_of(const void *kva)
{
	return (uintptr_t)kva - KERNBASE;
}

static bool
is_large(void)
{
	return cpu_features.pse && (t.pde & PTE_PS);
}

/* --- The model --------------------------------------------------------- */

/* Return the error code of the expected page fault, -1 for none. */
static int
predict(void)
{
	uint32_t rights = is_large() ? t.pde : t.pde & t.pte;
	bool user_page = rights & PTE_U, writable = rights & PTE_W;
	bool refused;
	int err = 0;

	if (t.access == STORE)
		err |= FEC_WR;
	if (t.user)
		err |= FEC_U;
	if (t.access == FETCH && t.smep)
		err |= FEC_I;
	if (!(t.pde & PTE_P) || (!is_large() && !(t.pte & PTE_P)))
		return err;
	if (t.user)
		refused = !user_page || (t.access == STORE && !writable);
	else if (t.access == FETCH)
		refused = t.smep && user_page;
	else
		refused = (t.smap && !t.ac && user_page)
			|| (t.access == STORE && t.wp && !writable);
	return refused ? err | FEC_PR : -1;
}

/* --- The processor ----------------------------------------------------- */

static void
try_from_kernel(void)
{
	void (*code)(void) = (void (*)(void))target;

	write_eflags((read_eflags() & ~FL_AC) | (t.ac ? FL_AC : 0));
	if (t.access == LOAD)
		load32(target);
	else if (t.access == STORE)
		store32(target, 0);
	else
		code();
	write_eflags(read_eflags() & ~FL_AC);
}

static void
try_access(void *arg)
{
	uintptr_t eip = UTEXT + (t.access == LOAD ? USER_LOAD : USER_STORE);

	(void)arg;
	if (!t.user) {
		try_from_kernel();
		return;
	}
	/* Traps from user mode must not overwrite the current stack. */
	trap_set_stack(ROUNDDOWN(read_esp() - 256, 16));
	enter_user(t.access == FETCH ? target : eip, target, GD_UT | 3,
		   GD_UD | 3);
}

/* Set the entries and control registers for the trial. */
static void
set_up(void)
{
	uint32_t cr4;

	table[PTX(target)] = pa_of(playground) | t.pte;
	kern_pgdir[PDX(target)] = (is_large() ? 0 : pa_of(table)) | t.pde;
	lcr0(t.wp ? rcr0() | CR0_WP : rcr0() & ~CR0_WP);
	if (cpu_features.smep || cpu_features.smap) {
		cr4 = rcr4() & ~(CR4_SMEP | CR4_SMAP);
		lcr4(cr4 | (t.smep ? CR4_SMEP : 0) | (t.smap ? CR4_SMAP : 0));
	}
	invlpg((void *)target);
}

/* Restore the kernel's settings. */
static void
set_back(void)
{
	lcr0(rcr0() | CR0_WP);
	if (cpu_features.smep || cpu_features.smap)
		lcr4(rcr4() | (cpu_features.smep ? CR4_SMEP : 0)
		     | (cpu_features.smap ? CR4_SMAP : 0));
	kern_pgdir[PDX(target)] = 0;
	invlpg((void *)target);
	trap_set_stack(KSTACKTOP);
}

/*
 * Return the page fault's error code, -1 if there was none, -2 for anything
 * else.
 */
static int
observe(void)
{
	struct guard_report r;

	guarded(try_access, NULL, &r);
	if (r.how == GUARD_TRAP && r.trapno == T_PGFLT && r.va == target)
		return r.err;
	if (!t.user && r.how == GUARD_OK)
		return -1;
	if (t.user && r.how == GUARD_TRAP && r.trapno == T_GPFLT
	    && r.err == CLOSED_VECTOR * 8 + 2)
		return -1;
	return -2;
}

/* --- The comparison ---------------------------------------------------- */

static const char *
describe(char *buf, size_t size)
{
	static const char *const names[] = { "load", "store", "fetch" };

	snprintf(buf, size, "PDE 0x%02x, PTE %d, WP %d, SMEP %d, SMAP %d, AC"
		 " %d, %s from %s mode", t.pde, t.pte, t.wp, t.smep, t.smap,
		 t.ac, names[t.access], t.user ? "user" : "kernel");
	return buf;
}

/* After a successful access: check the accessed and dirty bits. */
static bool
marks_are_right(void)
{
	pde_t pde = kern_pgdir[PDX(target)];
	pte_t last = is_large() ? pde : table[PTX(target)];

	return (pde & PTE_A) && (last & PTE_A)
		&& !(last & PTE_D) == (t.access != STORE);
}

/* Check that vm_walk sees the same permissions as the processor. */
static bool
walker_agrees(void)
{
	uint32_t rights = is_large() ? t.pde : t.pde & t.pte;
	struct vm_walk w;

	/* Skip large pages on a processor without them. */
	if (!cpu_features.pse && (t.pde & PTE_PS))
		return true;
	vm_walk(kern_pgdir, target, &w);
	return w.mapped == ((rights & PTE_P) != 0)
		&& (!w.mapped || (w.rights == (rights & (PTE_W | PTE_U | PTE_P))
				  && w.pa == pa_of(playground)
				  + target % PGSIZE));
}

static void
compare(void)
{
	int predicted = predict(), observed;
	char buf[120];
	bool agrees, marked;

	set_up();
	agrees = walker_agrees();
	observed = observe();
	marked = observed != -1 || marks_are_right();
	set_back();
	cases++;
	EXPECT_THAT(observed == predicted,
		    "the page fault that the manual describes (-1: none)",
		    "%d instead of %d: %s", observed, predicted,
		    describe(buf, sizeof(buf)));
	EXPECT_THAT(marked, "A set, and D after a store only", "other bits:"
		    " %s",
		    describe(buf, sizeof(buf)));
	EXPECT_THAT(agrees, "vm_walk sees the entry's permissions", "other"
		    " bits: %s",
		    describe(buf, sizeof(buf)));
}

/* Try all accesses, in all modes that this processor has. */
static void
try_entries(uint32_t pde, uint32_t pte)
{
	static const uint8_t word_at[][NACCESSES] = {
		{ WORD, WORD, KERNEL_CODE }, { WORD, WORD, USER_CODE },
	};
	uintptr_t base = UTEMP_VA + pa_of(playground);
	uint32_t mode;

	for (mode = 0; mode < 1 << 5; mode++) {
		t.wp = mode & 1;
		t.user = mode & 2;
		t.smep = mode & 4;
		t.smap = mode & 8;
		t.ac = mode & 16;
		if ((t.smep && !cpu_features.smep)
		    || (t.smap && !cpu_features.smap) || (t.ac && !t.smap))
			continue;
		t.pde = pde;
		t.pte = pte;
		for (t.access = LOAD; t.access < NACCESSES; t.access++) {
			target = base + word_at[t.user][t.access];
			compare();
		}
	}
}

static void
prepare(void)
{
	static const uint8_t load[] = { 0x8B, 0x08, WAY_BACK };
	static const uint8_t store[] = { 0x89, 0x08, WAY_BACK };
	static const uint8_t back[] = { WAY_BACK };

	if (pa_of(playground) >= PTSIZE)
		check_skip("the kernel is not within one 4 MiB page");
	playground[KERNEL_CODE] = 0xC3;			/* ret */
	memcpy(playground + USER_CODE, back, sizeof(back));
	memcpy(user_code + USER_LOAD, load, sizeof(load));
	memcpy(user_code + USER_STORE, store, sizeof(store));
	code_table[PTX(UTEXT)] = pa_of(user_code) | PTE_P | PTE_U;
	kern_pgdir[PDX(UTEXT)] = pa_of(code_table) | PTE_P | PTE_U;
	invlpg((void *)UTEXT);
}

static void
processor_obeys_the_model(void)
{
	static const uint32_t rights[] = {
		0, PTE_P, PTE_W, PTE_P | PTE_W, PTE_U, PTE_P | PTE_U,
		PTE_W | PTE_U, PTE_P | PTE_W | PTE_U,
	};
	size_t i, j;

	cases = 0;
	prepare();
	for (i = 0; i < ARRAY_SIZE(rights); i++) {
		for (j = 0; j < ARRAY_SIZE(rights); j++)
			try_entries(rights[i], rights[j]);
		try_entries(rights[i] | PTE_PS, PTE_P | PTE_W | PTE_U);
	}
	kern_pgdir[PDX(UTEXT)] = 0;
	invlpg((void *)UTEXT);
	check_note("paging: %u combinations of rights, mode and access",
		   cases);
}

const struct check paging_checks[] = {
	LONG_OWN(PAGING, processor_obeys_the_model, "paging",
		 "the processor grants exactly what directory entry and PTE"
		 " grant"),
	CHECK_TABLE_END
};
