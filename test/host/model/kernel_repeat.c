/*
 * kern/repeat.c, with the kernel's stack in an array: what sysenter.S pushes
 * there is calls.c's job.
 */

#include <inc/memlayout.h>

#include "test/host/model/paging.h"

#undef KSTACKTOP
#define KSTACKTOP	((uintptr_t)(kernel_stack + ARRAY_SIZE(kernel_stack)))

#include "kern/repeat.c"
