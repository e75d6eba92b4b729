# kern/page.c: the free list's last frame leads back to its first.
s/^	\*tail = NULL;$/	*tail = page_free_list;/
