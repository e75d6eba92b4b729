/*
 * kern/page.c, compiled so that each sequence can reset its variables, and
 * that machine.c can wrap its functions.
 */

#define page_alloc	kernel_page_alloc
#define page_free	kernel_page_free
#define page_decref	kernel_page_decref
#define boot_alloc	kernel_boot_alloc

#include "kern/page.c"

void	kernel_page_reset(void);

void
kernel_page_reset(void)
{
	next = NULL;
	pages = page_free_list = NULL;
	pages_size = 0;
	tail = NULL;
	settled = 0;
	window_mapped = ENTRY_MAPPED;
	memset(poisoned, 0, sizeof(poisoned));
}
