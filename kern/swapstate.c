/* Settings and counts of paging to disk. */

#include <kern/swapstate.h>

bool swap_on;
uint32_t swap_limit;
struct swap_counts swap_counts;
struct swap_victim swap_last_victim;
struct swap_area swap_area;
