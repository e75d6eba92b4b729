/*
 * Structures and constants of the kernel as the compiler lays them out, for the
 * memory explorer: compiled with the kernel's own flags, never run. The build
 * reads the records in the object file's section .facts.
 *
 * A record is a name of NAME_SIZE bytes, padded with zeroes, and a value.
 */

#include <inc/env.h>
#include <inc/memlayout.h>
#include <inc/trap.h>
#include <kern/dev/timer.h>
#include <kern/env.h>
#include <kern/page.h>
#include <kern/physmem.h>
#include <kern/program.h>
#include <kern/policy.h>
#include <kern/queue.h>
#include <kern/reftrace.h>
#include <kern/resident.h>
#include <kern/slot.h>
#include <kern/status.h>
#include <kern/swap.h>

#define NAME_SIZE	36

struct fact {
	char name[NAME_SIZE];
	uint32_t value;
};

#define CONSTANT(x)	{ #x, (uint32_t)(x) }
#define SIZE(type)	{ "sizeof " #type, sizeof(struct type) }
#define FIELD(type, field)	\
	{ #type "." #field, __builtin_offsetof(struct type, field) }

__attribute__((used, section(".facts")))
static const struct fact facts[] = {
	CONSTANT(KERNBASE), CONSTANT(KERNWINSIZE),
	CONSTANT(IOPHYSMEM), CONSTANT(EXTPHYSMEM), CONSTANT(MPENTRY_PADDR),
	CONSTANT(KSTACKTOP), CONSTANT(DFSTACKTOP), CONSTANT(KSTKSIZE),
	CONSTANT(KSTKGAP),
	CONSTANT(MMIOLIM), CONSTANT(MMIOBASE), CONSTANT(ULIM),
	CONSTANT(UVPT), CONSTANT(UPAGES), CONSTANT(UENVS), CONSTANT(UTOP),
	CONSTANT(UXSTACKTOP), CONSTANT(USTACKTOP), CONSTANT(UTEXT),
	CONSTANT(UTEMP), CONSTANT(PFTEMP), CONSTANT(USTABDATA),

	CONSTANT(PG_RESERVED), CONSTANT(PG_FREE), CONSTANT(PG_USED),
	SIZE(PageInfo), FIELD(PageInfo, pp_link), FIELD(PageInfo, pp_ref),
	FIELD(PageInfo, pp_state), FIELD(PageInfo, pp_flags),
	CONSTANT(PP_PAGED), CONSTANT(PP_BUSY), CONSTANT(PP_FILLING),
	CONSTANT(PP_DIRTY),

	CONSTANT(NENV),
	CONSTANT(ENV_FREE), CONSTANT(ENV_DYING), CONSTANT(ENV_RUNNABLE),
	CONSTANT(ENV_RUNNING), CONSTANT(ENV_NOT_RUNNABLE),
	SIZE(Env), FIELD(Env, env_id), FIELD(Env, env_parent_id),
	FIELD(Env, env_status), FIELD(Env, env_runs), FIELD(Env, env_pgdir),
	FIELD(Env, env_tf), FIELD(Trapframe, tf_eip), FIELD(Trapframe, tf_esp),

	SIZE(EnvPrivate), FIELD(EnvPrivate, fpu.frame),
	FIELD(EnvPrivate, program), FIELD(program, name),

	CONSTANT(WAIT_NONE), CONSTANT(WAIT_MESSAGE), CONSTANT(WAIT_RECEIVER),
	CONSTANT(WAIT_TIME), CONSTANT(WAIT_END), CONSTANT(TIMER_HZ),
	SIZE(wait), FIELD(wait, reason), FIELD(wait, of), FIELD(wait, tick),
	CONSTANT(WAIT_PAGE), CONSTANT(WAIT_FRAME),

	SIZE(resident), FIELD(resident, next), FIELD(resident, where),
	/* After it, 32 bits: the home of 20, home_is_file, the age. */
	FIELD(resident, pte),
	SIZE(slot), FIELD(slot, count), FIELD(slot, frame),
	CONSTANT(SLOT_FREE), CONSTANT(SLOT_BAD),
	FIELD(policy, name),
	FIELD(swap_counts, faults), FIELD(swap_counts, page_ins),
	FIELD(swap_counts, file_loads), FIELD(swap_counts, returned),
	FIELD(swap_counts, page_outs), FIELD(swap_counts, dropped),
	FIELD(swap_victim, frame), FIELD(swap_victim, where),
	FIELD(swap_victim, slot), FIELD(swap_victim, written),
	FIELD(swap_victim, age), FIELD(swap_victim, looks),

	FIELD(reftrace, events), FIELD(reftrace, count), FIELD(reftrace, lost),
	FIELD(reftrace, frames), FIELD(reftrace, varied),
	FIELD(reftrace, shared), FIELD(reftrace, before.loads),
	FIELD(reftrace, after.loads), FIELD(swap_counts, loads),
	/* After env, 32 bits: the page of 20, the kind of 2. */
	SIZE(ref_event), FIELD(ref_event, env),
	CONSTANT(REF_FREE), CONSTANT(REF_END),

	CONSTANT(QUEUE_RUN), SIZE(queue_link), FIELD(queue_link, next),

	SIZE(mem_range), FIELD(mem_range, start), FIELD(mem_range, end),
	CONSTANT(MEM_MAX),
};
