#ifndef PAGEWALK_KERN_CHECK_TABLES_H
#define PAGEWALK_KERN_CHECK_TABLES_H

#include <kern/check/expect.h>
#include <kern/check/free_list.h>
#include <kern/check/interface.h>
#include <kern/check/state.h>

/* The checks of one file; each table ends with CHECK_TABLE_END. */
extern const struct check page_checks[], walk_checks[], insert_checks[],
	region_checks[], map_checks[], out_of_memory_checks[];
#if FOREIGN
extern const struct check mem_init_checks[]; /* test/solution */
#define CHECK_TABLES	{						\
	mem_init_checks, page_checks, walk_checks, insert_checks,	\
	region_checks, map_checks, out_of_memory_checks,		\
}
#else
extern const struct check own_state_checks[], own_detect_checks[],
	own_page_init_checks[], own_page_checks[], own_region_checks[],
	own_pmap_checks[], own_insert_checks[], own_map_checks[],
	own_lapic_checks[],
	own_tlb_checks[], own_trap_checks[], paging_checks[],
	own_elf_checks[], env_checks[], own_load_checks[],
	own_sched_checks[], own_usertrap_checks[], own_user_checks[],
	own_fpu_checks[], own_memory_calls_checks[],
	own_cow_checks[], own_env_calls_checks[],
	own_pgfault_checks[], own_messages_checks[], own_waiting_checks[],
	own_audit_checks[], own_disk_checks[], own_slot_checks[],
	own_policy_checks[],
	own_evict_checks[], own_bring_in_checks[], own_swap_fail_checks[];
#define CHECK_TABLES	{						\
	own_state_checks, page_checks, own_detect_checks,		\
	own_page_init_checks, own_page_checks,				\
	walk_checks, insert_checks, region_checks,			\
	own_region_checks, own_pmap_checks, own_insert_checks,		\
	map_checks, own_map_checks, own_lapic_checks, own_tlb_checks,	\
	own_trap_checks,						\
	out_of_memory_checks, paging_checks, own_elf_checks,		\
	env_checks, own_load_checks, own_fpu_checks,			\
	own_sched_checks, own_usertrap_checks, own_user_checks,		\
	own_memory_calls_checks, own_cow_checks, own_env_calls_checks,	\
	own_pgfault_checks, own_messages_checks, own_waiting_checks,	\
	own_audit_checks, own_disk_checks, own_slot_checks,		\
	own_policy_checks,						\
	own_evict_checks, own_bring_in_checks, own_swap_fail_checks,	\
}
#endif

/*
 * Rows of these tables. Each kind of check has its macro: a rule, advice, or a
 * promise of this kernel only; the LONG ones run only when asked for.
 */
#define RULE(group, name, subject, rule)				\
	CHECK_ROW(group, name, subject, rule, CHECK_RULE, 0)
#define ADVICE(group, name, subject, rule)				\
	CHECK_ROW(group, name, subject, rule, CHECK_ADVICE, 0)
#define OWN(group, name, subject, rule)					\
	CHECK_ROW(group, name, subject, rule, CHECK_OWN, 0)
#define LONG_RULE(group, name, subject, rule)				\
	CHECK_ROW(group, name, subject, rule, CHECK_RULE, CHECK_LONG)
#define LONG_OWN(group, name, subject, rule)				\
	CHECK_ROW(group, name, subject, rule, CHECK_OWN, CHECK_LONG)

#define CHECK_ROW(group, name, subject, rule, kind, flags)		\
	{ #name, subject, rule, name, GROUP_##group, kind, flags }
#define CHECK_TABLE_END	{ NULL, NULL, NULL, NULL, 0, 0, 0 }

extern const char *const check_group_names[];
extern const char *const check_kind_names[];

#endif
