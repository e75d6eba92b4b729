# kern/page.c: the free list's last frame links to the first.
s/^	\*tail = NULL;$/	*tail = page_free_list;/
