# kern/page.c: the free list's last frame links to one in its middle, which
# nothing allocates: a ring that lasts.
s/^	\*tail = NULL;$/	*tail = \&pages[npages \/ 2];/
