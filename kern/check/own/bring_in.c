/*
 * Checks of pages that come back: who waits, whose turn it is, and pages of
 * programs' files.
 */

#include <inc/error.h>
#include <inc/string.h>
#include <inc/trap.h>
#include <inc/x86.h>
#include <kern/check/own/paged.h>
#include <kern/elf.h>
#include <kern/env.h>
#include <kern/filepage.h>
#include <kern/usermem.h>

/* --- Which faults -------------------------------------------------------- */

static void
expect_other_faults(void *arg)
{
	static const uintptr_t vas[] = {
		PAGE_A, PAGE_B, PAGE_FAR, 0, UTOP, UPAGES, UVPT, KERNBASE,
		0xFFFFF000,
	};
	struct Trapframe tf = { .tf_eip = UTEXT };
	size_t i;

	(void)arg;
	for (i = 0; i < ARRAY_SIZE(vas); i++)
		EXPECT_THAT(!swap_fault(&tf, vas[i]), "no page on disk",
			    "0x%08x has one", vas[i]);
}

static void
other_faults_are_not_ours(void)
{
	paged_begin();
	paged_new(me, PAGE_A);
	set_entry_of(me, PAGE_B, PTE_U | PTE_W);
	paged_counts();
	as_program(me, expect_other_faults, NULL);
	EXPECT_EQ(paged_counts().faults, 0);
	set_entry_of(me, PAGE_B, 0);
	paged_end();
}

/* --- Pointers of system calls -------------------------------------------- */

static void
check_absent_pointers(void *arg)
{
	(void)arg;
	cli();				/* as in system calls */
	EXPECT_EQ(user_mem_here(me, (void *)PAGE_A, 8, 0), -E_FAULT);
	EXPECT_EQ(user_mem_check(me, (void *)PAGE_A, 1, PTE_W), -E_FAULT);
	EXPECT_COUNTS(0, 0, 0);
	EXPECT_EQ(user_mem_check(me, (void *)(PAGE_B - 4), 8, 0), 0);
	EXPECT_COUNTS(2, 0, 0);
	EXPECT_EQ(user_mem_here(me, (void *)(PAGE_B - 4), 8, 0), 0);
	EXPECT_EQ(peek(PAGE_B - 1) + peek(PAGE_B), 0x42);
	/* A hole behind a page on disk: nothing is brought in. */
	EXPECT_EQ(user_mem_check(me, (void *)(PAGE_C - 4), 8, 0), -E_FAULT);
	EXPECT_COUNTS(0, 0, 0);
}

static void
absent_pointers_are_judged(void)
{
	paged_begin();
	EXPECT_EQ(ASK(me, SYS_page_alloc, 0, PAGE_A, PU), 0);
	paged_new(me, PAGE_B);
	paged_write(me, PAGE_B, 0x42);
	paged_new(me, PAGE_C - PGSIZE);
	paged_out(me, PAGE_A);
	paged_out(me, PAGE_B);
	paged_out(me, PAGE_C - PGSIZE);
	paged_counts();
	as_program(me, check_absent_pointers, NULL);
	paged_end();
}

/* --- Waiting ------------------------------------------------------------- */

static void
reader_waits_and_goes_on(void)
{
	uint32_t slot;

	paged_begin();
	paged_new(me, PAGE_A);
	paged_write(me, PAGE_A, 0x21);
	EXPECT_EQ(ASK(me, SYS_page_map, 0, PAGE_A, child->env_id, PAGE_B,
		      PUW), 0);
	slot = paged_out(me, PAGE_A);
	paged_counts();
	paged_hold();
	paged_wait(me, PAGE_A);
	EXPECT_EQ(waits[me - envs].reason, WAIT_PAGE);
	EXPECT_EQ(swapio_reads, 1);
	/* Another one needs the same page: one read is enough. */
	paged_wait(child, PAGE_B);
	EXPECT_EQ(swapio_reads, 1);
	EXPECT_EQ(paged_slot(me, PAGE_A), slot);
	paged_finish();
	paged_release();
	EXPECT_COUNTS(1, 0, 0);
	EXPECT_EQ(me->env_status, ENV_RUNNABLE);
	EXPECT_EQ(child->env_status, ENV_RUNNABLE);
	EXPECT_EQ(waits[me - envs].reason, WAIT_NONE);
	EXPECT_EQ(paged_at(me, PAGE_A), paged_at(child, PAGE_B));
	EXPECT_EQ(paged_read(me, PAGE_A), 0x21);
	paged_end();
}

/* The page has been read in vain: its frame and its slot are freed. */
static void
reader_may_end(void)
{
	uint32_t nfree = slots_free, frames;

	paged_begin();
	frames = count_free();
	paged_new(me, PAGE_A);
	paged_out(me, PAGE_A);
	paged_hold();
	paged_wait(me, PAGE_A);
	env_free(me);
	EXPECT_EQ(slots_free, nfree - 1);
	paged_finish();
	paged_release();
	EXPECT_EQ(slots_free, nfree);
	EXPECT_EQ(resident_count, 0);
	/* My tables and directory are free now. */
	EXPECT_EQ(count_free(), frames + 1);
	paged_end();
}

/* Look at the disk until one more transfer has ended. */
static void
end_one_transfer(void)
{
	uint32_t left = swapio_reads + swapio_writes, looks;

	for (looks = 0; looks < 1000000; looks++) {
		ide_interrupt(IRQ_IDE + swap_area.disk->channel);
		if (swapio_reads + swapio_writes != left)
			return;
	}
	check_fail(__FILE__, __LINE__, "a transfer ends", "none does");
}

/* The disk works at the first write already. */
static void
reads_come_first(void)
{
	struct PageInfo *pp[3];
	uint32_t i;

	paged_begin();
	paged_new(me, PAGE_FAR);
	paged_out(me, PAGE_FAR);
	for (i = 0; i < 3; i++)
		pp[i] = paged_new(me, PAGE_A + i * PGSIZE);
	paged_hold();
	for (i = 0; i < 3; i++)
		paged_start_out(pp[i]);
	EXPECT_EQ(swapio_writes, 3);
	/* The write of the first may end in this. */
	paged_wait(me, PAGE_FAR);
	while (swapio_writes == 3)
		end_one_transfer();
	end_one_transfer();
	EXPECT_EQ(swapio_reads, 0);
	EXPECT_EQ(swapio_writes, 2);
	/* And writes are in their order. */
	end_one_transfer();
	EXPECT_EQ(pp[1]->pp_state, PG_FREE);
	EXPECT_EQ(pp[2]->pp_state, PG_USED);
	end_one_transfer();
	EXPECT_EQ(pp[2]->pp_state, PG_FREE);
	paged_release();
	paged_end();
}

/* --- Whose turn it is ---------------------------------------------------- */

#define NEEDED	6		/* pages of one instruction */

static uintptr_t
needed_va(uint32_t i)
{
	return i % 2 ? PAGE_FAR + i * PGSIZE : PAGE_A + i * PGSIZE;
}

/* Let me fault at all of them with the same registers: I make no progress. */
static void
need_all(void *arg)
{
	struct Trapframe tf = {
		.tf_eip = UTEXT + PGSIZE, .tf_esp = USTACKTOP,
	};
	uint32_t i;

	(void)arg;
	cli();
	for (i = 0; i < NEEDED; i++)
		if (!(entry_of(me, needed_va(i)) & PTE_P))
			swap_fault(&tf, needed_va(i));
}

static uint32_t
needed_in_memory(void)
{
	uint32_t i, n = 0;

	for (i = 0; i < NEEDED; i++)
		n += (entry_of(me, needed_va(i)) & PTE_P) != 0;
	return n;
}

/* A policy that would take them first. */
static ppn_t
newest_victim(void)
{
	ppn_t n = resident_hand;
	uint32_t i;

	for (i = 0; i < resident_count; i++) {
		n = resident_at(n)->prev;
		if (policy_allowed(n))
			return n;
	}
	return 0;
}

static const struct policy newest = { "newest", newest_victim, NULL };

static void
pages_of_the_turn_stay(void)
{
	uint32_t i;

	paged_begin();
	for (i = 0; i < NEEDED; i++) {
		paged_new(me, needed_va(i));
		paged_out(me, needed_va(i));
	}
	paged_new(me, PAGE_C);
	policy = &newest;
	swap_set_limit(NEEDED);
	as_program(me, need_all, NULL);
	paged_finish();
	EXPECT_EQ(needed_in_memory(), NEEDED);
	EXPECT_EQ(entry_of(me, PAGE_C) & PTE_P, 0);
	/* Another instruction: one of them leaves. */
	paged_in(me, PAGE_C);
	EXPECT_EQ(needed_in_memory(), NEEDED - 1);
	swap_set_limit(0);
	paged_end();
}

/* --- Pages of programs' files -------------------------------------------- */

static const void *binary;

/* The first segment that is writable, or is not. */
static struct Proghdr
find_segment(bool writable)
{
	struct Proghdr ph;
	unsigned i = 0;

	while (elf_segment(binary, &i, &ph))
		if (!(ph.p_flags & ELF_PROG_FLAG_WRITE) == !writable)
			return ph;
	check_skip("the program has no such segment");
}

/* The page at va must have the bytes of the file, and zeroes after them. */
static void
expect_file_page(struct Env *e, const struct Proghdr *ph, uintptr_t va)
{
	const uint8_t *page = page2kva(paged_at(e, va));
	uintptr_t at = MAX(va, (uintptr_t)ph->p_va);
	uintptr_t end = ph->p_va + ph->p_memsz;

	for (; at < MIN(va + PGSIZE, end); at++)
		EXPECT_THAT(page[at - va] == (at < ph->p_va + ph->p_filesz
			    ? ((const uint8_t *)binary)[ph->p_offset + at
							- ph->p_va] : 0),
			    "the bytes of the file, then zeroes",
			    "%02x at 0x%08x", page[at - va], at);
}

static void
program_starts_without_its_pages(void)
{
	struct Proghdr ph;
	uintptr_t va;
	unsigned i = 0;
	struct Env *e;

	paged_begin();
	e = paged_program(&binary);
	while (elf_segment(binary, &i, &ph))
		for (va = ROUNDDOWN(ph.p_va, PGSIZE);
		     va < ph.p_va + ph.p_memsz; va += PGSIZE) {
			EXPECT_EQ(entry_of(e, va) & (PTE_P | PTE_FILE | PTE_U),
				  PTE_FILE | PTE_U);
			paged_read(e, MAX(va, (uintptr_t)ph.p_va));
			EXPECT_EQ(paged_counts().file_loads, 1);
			expect_file_page(e, &ph, va);
			EXPECT_EQ(PTE_FLAGS(entry_of(e, va)) & ~PTE_A,
				  ph.p_flags & ELF_PROG_FLAG_WRITE ? PUW : PU);
		}
	EXPECT_COUNTS(0, 0, 0);
	env_free(e);
	paged_end();
}

static void
file_page_is_dropped(void)
{
	struct Proghdr ph;
	struct Env *e;
	uintptr_t va;
	pte_t absent;
	int writable;

	paged_begin();
	e = paged_program(&binary);
	for (writable = 0; writable < 2; writable++) {
		ph = find_segment(writable);
		va = ROUNDDOWN(ph.p_va, PGSIZE);
		absent = entry_of(e, va);
		paged_read(e, ph.p_va);
		paged_counts();
		paged_start_out(paged_at(e, va));
		EXPECT_COUNTS(0, 0, 1);
		EXPECT_EQ(entry_of(e, va), absent);
		paged_read(e, ph.p_va);
		expect_file_page(e, &ph, va);
		EXPECT_EQ(paged_counts().file_loads, 1);
	}
	/* Unless it was written: then it is a page like others. */
	paged_write(e, ph.p_va, 0xE7);
	paged_out(e, va);
	EXPECT_COUNTS(0, 1, 0);
	EXPECT_EQ(paged_read(e, ph.p_va), 0xE7);
	paged_out(e, va);
	EXPECT_COUNTS(1, 0, 1);
	EXPECT_EQ(paged_read(e, ph.p_va), 0xE7);
	env_free(e);
	paged_end();
}

/* Share a writable page of a file, and let it leave and come back. */
static void
share_file_page(struct Env *e, uint32_t perm, bool drop)
{
	struct Proghdr ph = find_segment(true);
	uintptr_t va = ROUNDDOWN(ph.p_va, PGSIZE);

	EXPECT_EQ(ASK(e, SYS_page_map, 0, va, 0, va, perm), 0);
	if (!drop)
		EXPECT_EQ(page_insert(other->env_pgdir, paged_at(e, va),
				      (void *)PAGE_A, perm), 0);
	paged_counts();
	paged_start_out(paged_at(e, va));
	paged_finish();
	EXPECT_COUNTS(0, 1, 0);
	paged_slot(e, va);
}

static void
shared_file_page_is_not_split(void)
{
	struct Proghdr ph;
	struct Env *e;
	uintptr_t va;

	paged_begin();
	e = paged_program(&binary);
	share_file_page(e, PUW, false);
	ph = find_segment(true);
	va = ROUNDDOWN(ph.p_va, PGSIZE);
	paged_write(other, PAGE_A + ph.p_va - va, 0x6E);
	EXPECT_EQ(paged_read(e, ph.p_va), 0x6E);
	EXPECT_EQ(paged_at(e, va), paged_at(other, PAGE_A));
	env_free(e);
	/* With PTE_SHARE, it may be shared later. */
	e = paged_program(&binary);
	share_file_page(e, PUW | PTE_SHARE, true);
	env_free(e);
	paged_end();
}

/* A child by cow_share loads such pages for itself. */
static void
unloaded_page_is_shared(void)
{
	struct Proghdr ph;
	struct Env *e;
	uintptr_t va;

	paged_begin();
	e = paged_program(&binary);
	ph = find_segment(true);
	va = ROUNDDOWN(ph.p_va, PGSIZE);
	child->env_parent_id = e->env_id;
	EXPECT_EQ(ASK(e, SYS_cow_range, child->env_id, 0,
		      USTACKTOP - PGSIZE), 0);
	EXPECT_EQ(entry_of(child, va), entry_of(e, va));
	paged_write(child, ph.p_va, 0x99);
	paged_read(e, ph.p_va);
	expect_file_page(e, &ph, va);
	EXPECT_EQ(paged_read(child, ph.p_va), 0x99);
	env_free(e);
	paged_end();
}

/* Its stack is a page like others. */
static void
stack_may_leave(void)
{
	uintptr_t va = USTACKTOP - PGSIZE;
	struct Env *e;

	paged_begin();
	e = paged_program(&binary);
	EXPECT_EQ(paged_read(e, va + PGSIZE - 1), 0);
	paged_write(e, va, 0x57);
	EXPECT(paged_at(e, va)->pp_flags & PP_PAGED, "its stack is not in the"
	       " ring");
	paged_out(e, va);
	EXPECT_EQ(paged_read(e, va), 0x57);
	env_free(e);
	paged_end();
}

/* Of one that was loaded at once, too. */
static void
program_pages_may_leave(void)
{
	const struct program *p = any_program();
	uintptr_t va = elf_entry(p->start);
	struct Env *e;
	uint8_t byte;

	paged_begin();
	e = make_env();
	env_set_status(e, ENV_NOT_RUNNABLE);
	EXPECT(paged_at(e, va)->pp_flags & PP_PAGED, "its code is not in the"
	       " ring");
	byte = paged_read(e, va);
	paged_start_out(paged_at(e, va));
	paged_finish();
	EXPECT_EQ(entry_of(e, va) & PTE_P, 0);
	EXPECT_EQ(paged_read(e, va), byte);
	env_free(e);
	paged_end();
}

const struct check own_bring_in_checks[] = {
	LONG_OWN(SWAP, other_faults_are_not_ours, "swap_fault",
		 "swap_fault leaves alone faults on pages that are not on"
		 " disk"),
	LONG_OWN(SWAP, absent_pointers_are_judged, "swap_need",
		 "user_mem_check: a page on disk has its permissions, and"
		 " comes in"),
	LONG_OWN(SWAP, reader_waits_and_goes_on, "wait_for",
		 "those that need a page wait for one read, and go on"),
	LONG_OWN(SWAP, reader_may_end, "read_ended",
		 "S1: if those that wait for a page end, its frame and slot"
		 " are freed"),
	LONG_OWN(SWAP, reads_come_first, "swapio_start",
		 "a read goes before all writes that wait"),
	LONG_OWN(SWAP, pages_of_the_turn_stay, "turn_ask",
		 "the pages that one instruction needs stay until it has made"
		 " progress"),
	LONG_OWN(SWAP, program_starts_without_its_pages, "filepage_read",
		 "demand loading: each page has the bytes of the file when it"
		 " is used"),
	LONG_OWN(SWAP, file_page_is_dropped, "must_write",
		 "a page of a file is dropped, until it is written"),
	LONG_OWN(SWAP, shared_file_page_is_not_split, "must_write",
		 "a writable page of a file that is shared stays shared"),
	LONG_OWN(SWAP, unloaded_page_is_shared, "count_entry",
		 "cow_share: pages of a file that are not loaded are loaded"
		 " by each"),
	LONG_OWN(SWAP, stack_may_leave, "load_file_page",
		 "a program's stack is a page of zeroes, and may leave"
		 " memory"),
	LONG_OWN(SWAP, program_pages_may_leave, "user_pages",
		 "the pages of a program that was loaded at once may leave"
		 " memory"),
	CHECK_TABLE_END
};
