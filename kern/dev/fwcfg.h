#ifndef PAGEWALK_KERN_FWCFG_H
#define PAGEWALK_KERN_FWCFG_H

#include <inc/types.h>

/*
 * Read the string of QEMU's option -fw_cfg name=NAME,string=... into buf: at
 * most size - 1 bytes, and a zero. Returns false, with an empty string in buf,
 * if there is no such item or the machine is not QEMU.
 */
bool	fwcfg_string(const char *name, char *buf, size_t size);

/* The machine's RAM in bytes (QEMU's option -m); 0 if it is not QEMU. */
uint64_t fwcfg_ram_size(void);

#endif
