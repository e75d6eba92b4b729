/*
 * kern/usermem.c, except its copying: user addresses are no pointers here, so
 * cpu.c copies.
 */

#define copy_from_user	kernel_copy_from_user
#define copy_to_user	kernel_copy_to_user
#include "kern/usermem.c"
