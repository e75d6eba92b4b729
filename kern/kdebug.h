#ifndef PAGEWALK_KERN_KDEBUG_H
#define PAGEWALK_KERN_KDEBUG_H

#include <inc/mmu.h>

/* Functions and lines, each sorted by address and valid up to the next. */
struct symtab {
	const struct sym_function {
		uint32_t start;
		const char *name;
	} *functions;
	uint32_t nfunctions;
	const struct sym_line {
		uint32_t start;
		uint16_t file;		/* index into files */
		uint16_t line;
	} *lines;
	uint32_t nlines;
	const char *const *files;
};

/* What is known of a code address. */
struct Eipdebuginfo {
	const char *eip_file;		/* "?" if unknown */
	int eip_line;			/* 0 if unknown */
	const char *eip_fn_name;	/* "?" if unknown */
	int eip_fn_namelen;
	uintptr_t eip_fn_addr;		/* where the function starts */
};

/*
 * Describe the instruction at eip, of the kernel or of curenv's program. Returns
 * 0, or -E_NOT_FOUND if eip is in no function; info then says "?".
 */
int	debuginfo_eip(uintptr_t eip, struct Eipdebuginfo *info);

/*
 * Print the frames from the one at ebp outwards, with arguments, function,
 * file and line. Reads the stack through pgdir's tables, so a broken one ends
 * the list instead of faulting.
 */
void	backtrace_from(const pde_t *pgdir, uintptr_t ebp);

/*
 * The same for a trap that interrupted the kernel at eip with ebp and esp: the
 * interrupted function comes first.
 */
void	backtrace_trap(const pde_t *pgdir, uintptr_t eip, uintptr_t ebp,
		       uintptr_t esp);

#endif
