/*
 * Tables that the firmware left in memory: reading them, their checksums, and
 * finding the structures that refer to the first ones.
 *
 * Not its job: what is in the tables (acpi.c, mptable.c); access to physical
 * memory, for which the caller has a function.
 *
 * Every address and length may be wrong, because firmware wrote it, and
 * anything may have overwritten it since.
 */

#include <inc/string.h>
#include <kern/dev/fwtable.h>

#define ALIGNMENT	16	/* of the structures that are searched for */
#define AREA		1024	/* searched in the EBDA and in base memory */

/* The BIOS data area: two of its words, and its end. */
#define BDA_EBDA	0x40E	/* the EBDA's address, divided by 16 */
#define BDA_BASE_KIB	0x413	/* the size of base memory */
#define BDA_END		0x500

#define BASE_END	0xA0000	/* base memory ends here at the latest */
#define BIOS_START	0xE0000
#define BIOS_END	0x100000

bool
fwtable_read(read_physical *read, uint64_t pa, void *to, uint32_t size)
{
	if (pa > UINT32_MAX || size - 1 > UINT32_MAX - (uint32_t)pa)
		return false;
	return read(pa, to, size);
}

bool
fwtable_sums_to_zero(read_physical *read, uint64_t pa, uint32_t size)
{
	uint8_t bytes[FWTABLE_READ], sum = 0;
	uint32_t n, i;

	if (!size)
		return false;
	for (; size; size -= n, pa += n) {
		n = MIN(size, (uint32_t)sizeof(bytes));
		if (!fwtable_read(read, pa, bytes, n))
			return false;
		for (i = 0; i < n; i++)
			sum += bytes[i];
	}
	return sum == 0;
}

/* Find a structure in these at most FWTABLE_READ bytes at pa. */
static physaddr_t
find_in_piece(read_physical *read, const char *signature, uint32_t size,
	      physaddr_t pa, uint32_t bytes, physaddr_t end)
{
	uint32_t piece[FWTABLE_READ / sizeof(uint32_t)], first, i;
	const size_t length = strlen(signature);

	if (!fwtable_read(read, pa, piece, bytes))
		return 0;
	memcpy(&first, signature, sizeof(first));
	for (i = 0; i + ALIGNMENT <= bytes; i += ALIGNMENT)
		/* Compare a word first, because there are thousands. */
		if (piece[i / sizeof(first)] == first
		    && memcmp((char *)piece + i, signature, length) == 0
		    && size <= end - (pa + i)
		    && fwtable_sums_to_zero(read, pa + i, size))
			return pa + i;
	return 0;
}

/* Find a structure in [start, end). There is none if end is below start. */
static physaddr_t
find_in(read_physical *read, const char *signature, uint32_t size,
	physaddr_t start, physaddr_t end)
{
	physaddr_t found;
	uint32_t n;

	for (; start < end; start += n) {
		n = MIN(end - start, (uint32_t)FWTABLE_READ);
		found = find_in_piece(read, signature, size, start, n, end);
		if (found)
			return found;
	}
	return 0;
}

/* Return a word of the BIOS data area; 0 if it cannot be read. */
static uint32_t
bda_word(read_physical *read, physaddr_t pa)
{
	uint16_t word;

	return fwtable_read(read, pa, &word, sizeof(word)) ? word : 0;
}

physaddr_t
fwtable_find(read_physical *read, const char *signature, uint32_t size)
{
	physaddr_t ebda = bda_word(read, BDA_EBDA) * 16;
	physaddr_t base_end = bda_word(read, BDA_BASE_KIB) * KIB;
	physaddr_t found = 0;

	/* One above base memory has no bytes that are searched. */
	if (ebda >= BDA_END)
		found = find_in(read, signature, size, ebda,
				MIN(ebda + AREA, (physaddr_t)BASE_END));
	if (!found && base_end >= BDA_END + AREA && base_end <= BASE_END)
		found = find_in(read, signature, size, base_end - AREA,
				base_end);
	if (!found)
		found = find_in(read, signature, size, BIOS_START, BIOS_END);
	return found;
}
