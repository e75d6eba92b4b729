#ifndef PAGEWALK_KERN_FWCFG_H
#define PAGEWALK_KERN_FWCFG_H

#include <inc/types.h>

/*
 * Read the item that QEMU was given with -fw_cfg name=NAME,string=... into
 * buf, at most size - 1 bytes of it, and end it with a zero. Returns false, and
 * buf is empty, if there is no such item or this is no QEMU.
 */
bool	fwcfg_string(const char *name, char *buf, size_t size);

/* The machine's RAM in bytes, as QEMU was told; 0 if this is no QEMU. */
uint64_t fwcfg_ram_size(void);

#endif
