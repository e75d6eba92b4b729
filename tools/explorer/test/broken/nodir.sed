# kern/pmap.c: CR3 gets the address of the page after the directory.
s/^	lcr3(PADDR(kern_pgdir));$/	lcr3(PADDR(kern_pgdir + NPDENTRIES));/
