#ifndef PAGEWALK_TEST_MODEL_PAGING_H
#define PAGEWALK_TEST_MODEL_PAGING_H

/*
 * Paging to a simulated disk: its transfers end at random moments, some with an
 * error. Where pages are, and whether that agrees with the kernel's records.
 */

#include <inc/env.h>
#include <inc/memlayout.h>

/* The machine's configuration, from these bytes of a sequence's header. */
#define PAGING_BYTES	13
void	paging_reset(const uint8_t b[PAGING_BYTES]);

/* Start paging, as the kernel at its start. => mem_init has run. */
void	paging_start(void);

/* A number below n. Equal sequences get equal numbers. */
uint32_t paging_random(uint32_t n);

/* True if a transfer is under way. */
bool	paging_disk_busy(void);

/* From now on, no transfer fails. */
void	paging_stop_errors(void);

/* The kernel's entry for a place of an environment, or NULL without a table. */
uint32_t *paging_entry(int slot, int place);

/* True if an entry is of a page that is not in memory. */
bool	paging_absent(uint32_t entry);

/*
 * Find where each page is. Fail if an entry's page is elsewhere than another's,
 * if contents are lost, or if the kernel's records are wrong.
 */
void	paging_compare(const char *after);

/* Something fails for lack of memory. Fail if a page could leave memory. */
void	paging_no_memory(const char *what);
/* True if a frame is free, or could be. */
bool	paging_can_have_frame(void);

/* A program ends because a slot cannot be read. Fail if that is not so. */
void	paging_lost(uint32_t slot);

/* Fail if a slot is not free. => No environment is left, and no transfer. */
void	paging_compare_end(void);

/* The page in a frame is to be written to a slot. Fail if it is there already. */
void	paging_page_out(uint32_t slot, uint32_t frame);

/* --- The kernel's files -------------------------------------------------- */

/* The top of the kernel's stack: what kern/sysenter.S pushes. */
extern uint32_t kernel_stack[6];

/* True from the first time that memory was short. */
bool	kernel_swap_lists(void);
bool	kernel_swap_pinned(uint32_t frame);
void	kernel_swap_reset(void);
void	kernel_swapio_reset(void);
void	kernel_slot_reset(void);
void	kernel_policy_reset(void);

#endif
