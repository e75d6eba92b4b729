#ifndef PAGEWALK_KERN_FWTABLE_H
#define PAGEWALK_KERN_FWTABLE_H

#include <inc/types.h>

/*
 * Copy size bytes of physical memory, beginning at pa, to `to`. Returns false
 * if that memory cannot be read.
 * => The range may be anywhere below 4 GiB: in firmware, in device registers,
 * or where there is no memory at all. Its address may come from a damaged
 * table. It ends at 4 GiB at the latest, and has 1 to FWTABLE_READ bytes.
 */
typedef bool read_physical(physaddr_t pa, void *to, size_t size);

#define FWTABLE_READ	1024

/*
 * Copy size bytes at pa. Returns false if they extend beyond 4 GiB, or cannot
 * be read.
 * => size is from 1 to FWTABLE_READ.
 */
bool	fwtable_read(read_physical *read, uint64_t pa, void *to, uint32_t size);

/*
 * True if the bytes in [pa, pa + size) add up to 0, modulo 256. False also if
 * there are none, if they extend beyond 4 GiB, or cannot be read.
 */
bool	fwtable_sums_to_zero(read_physical *read, uint64_t pa, uint32_t size);

/*
 * Find a structure of size bytes where the BIOS puts them: in the first KiB of
 * the extended BIOS data area, in the last KiB of base memory, or in the BIOS
 * area below 1 MiB; at a multiple of 16. It begins with the signature, lies
 * completely in one of these areas, and sums to zero. Returns the address of
 * the first one, and 0 if there is none. (ACPI 6.5, 5.2.5.1; MultiProcessor
 * Specification 1.4, chapter 4)
 * => The signature has 4 to 16 characters.
 */
physaddr_t fwtable_find(read_physical *read, const char *signature,
			uint32_t size);

#endif
