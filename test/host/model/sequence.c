/* Decode a sequence: a machine, its boot, then what happens. */

#include <inc/string.h>
#include <kern/cpuid.h>
#include <kern/dev/timer.h>
#include <kern/env.h>

#include "calls.h"
#include "compare.h"
#include "cpu.h"
#include "devices.h"
#include "model.h"
#include "paging.h"
#include "test/host/fuzz/host.h"
#include "test/host/fuzz/machine.h"
#include "test/host/fuzz/sequence.h"

unsigned long sequence_operations, sequences;
void (*sequence_feature)(unsigned what);
size_t *sequence_begun;

_Static_assert(SEQUENCE_RECORD == RECORD, "drivers know a record's size");

/* kernel_fpu.c */
void	kernel_fpu_reset(void);

static void
boot(void *arg)
{
	(void)arg;
	mem_init();
	env_init();
	if (model.paging)
		paging_start();
}

/* The frames that are free, and the slots that are used: few of both. */
static void
reset_model(const uint8_t *b)
{
	uint32_t free = 0;
	const struct PageInfo *pp;
	int slots = 3 + b[1] % 3;
	bool paging = model.paging;

	for (pp = page_free_list; pp; pp = pp->pp_link)
		free++;
	envs[slots - 1].env_link = NULL;
	timer_present = b[2] % 8 != 1;
	/* Ticks may be about to wrap, and there was one already. */
	timer_ticks = b[2] & 0x10 ? 0xFFFFFFF0U + b[3] % 16 : 1U + b[3];
	/* Who waits for a frame tries again at the next tick. */
	timer_present |= paging;
	model_reset(slots, free, timer_ticks, timer_present);
	model.paging = paging;
	/* Ids may be about to wrap, too. */
	while (b[5] % 8 == 1 && slots--)
		envs[slots].env_id = model.task[slots].id
			= (0x7FFFD000 + b[6] % 4 * 0x1000) | slots;
}

static void
begin(const uint8_t *b)
{
	struct boot machine = {
		.whole = true, .pse = true, .pge = b[4] & 1, .nranges = 1,
		.ranges = { { EXTPHYSMEM, EXTPHYSMEM
			      + (40 + b[0] % 64) * PGSIZE } },
	};

	say("a machine with %d frames above 1 MiB\n", 40 + b[0] % 64);
	machine_reset(&machine);
	cpu_reset();
	devices_reset();
	clear(env_privates, sizeof(env_privates));
	clear(waits, sizeof(waits));
	env_count = 0;
	curenv = NULL;
	model.paging = cpu_stops_before_resume = b[7] % 8 < 6;
	paging_reset(b + 8);
	cpu_kernel("mem_init", boot, NULL);
	/* After mem_init: with an x87 unit, of either kind. */
	cpu_features.fpu = true;
	cpu_features.fxsr = b[4] & 2;
	kernel_fpu_reset();
	reset_model(b);
	compare_begin();
	cpu_said[0] = model_said[0] = '\0';
	cpu_printed = 0;
}

void
sequence_run(const uint8_t *bytes, size_t size)
{
	uint8_t head[SEQUENCE_HEADER] = { 0 };
	uint8_t record[RECORD];
	size_t at, n = 0;

	memcpy(head, bytes, MIN(size, sizeof(head)));
	if (sequence_begun)
		*sequence_begun = 0;
	begin(head);
	call_begin();
	for (at = SEQUENCE_HEADER; at + RECORD <= size; at += RECORD) {
		if (sequence_begun)
			*sequence_begun = ++n;
		memcpy(record, bytes + at, RECORD);
		if (sequence_feature)
			sequence_feature(call(record));
		else
			call(record);
		sequence_operations++;
	}
	call_end();
	sequences++;
}
