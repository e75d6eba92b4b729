/* The state of non-maskable interrupts. */

#include <kern/nmi.h>

uint32_t nmi_state = NMI_AT_ONCE;
