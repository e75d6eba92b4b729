#ifndef PAGEWALK_KERN_CHECK_TABLES_H
#define PAGEWALK_KERN_CHECK_TABLES_H

#include <kern/check/check.h>

/* The checks of one file; each ends with an entry without a name. */
extern const struct check page_checks[], pmap_checks[], map_checks[],
	oom_checks[];
#if FOREIGN
extern const struct check mem_init_checks[]; /* test/solution */
#define CHECK_TABLES	{						\
	mem_init_checks, page_checks, pmap_checks, map_checks,		\
	oom_checks,							\
}
#else
extern const struct check own_page_checks[], own_pmap_checks[],
	own_map_checks[], own_trap_checks[], own_init_checks[],
	own_region_checks[], own_tlb_checks[], own_state_checks[],
	paging_checks[], env_checks[], own_elf_checks[],
	own_load_checks[], own_sched_checks[], own_user_checks[],
	own_fpu_checks[], own_lapic_checks[];
#define CHECK_TABLES	{						\
	own_state_checks, page_checks, own_page_checks,			\
	own_init_checks, pmap_checks,					\
	own_region_checks, own_pmap_checks,				\
	map_checks, own_map_checks, own_lapic_checks, own_tlb_checks,	\
	own_trap_checks,						\
	oom_checks, paging_checks, own_elf_checks, env_checks,	\
	own_load_checks, own_sched_checks, own_user_checks,		\
	own_fpu_checks,							\
}
#endif

#define CHECK_TABLE_END	{ NULL, NULL, NULL, NULL, NULL, 0, 0 }

extern const char *const check_kind_names[];

#endif
