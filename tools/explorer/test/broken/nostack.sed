# kern/pmap.c: the kernel's stack is mapped one stack too low.
s/^		{ KSTACKTOP - KSTKSIZE, KSTKSIZE,$/		{ KSTACKTOP - 2 * KSTKSIZE, KSTKSIZE,/
