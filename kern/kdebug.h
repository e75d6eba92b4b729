#ifndef PAGEWALK_KERN_KDEBUG_H
#define PAGEWALK_KERN_KDEBUG_H

#include <inc/mmu.h>

/*
 * Functions, sorted by address; each extends to the next one. The entry after
 * the last ends it, and its lines. A function's lines are those from its own
 * index up to the next function's, sorted by their offset from its start.
 */
struct symtab {
	const struct sym_function {
		uint32_t start;
		const char *name;
		uint16_t file;		/* index into files */
		uint16_t line;		/* index into lines */
	} *functions;
	uint32_t nfunctions;
	const struct sym_line {
		uint16_t offset;
		uint16_t line;
	} *lines;
	const char *const *files;
};

/* The function, file and line of a code address. */
struct Eipdebuginfo {
	const char *eip_file;		/* "?" if unknown */
	int eip_line;			/* 0 if unknown */
	const char *eip_fn_name;	/* "?" if unknown */
	int eip_fn_namelen;
	uintptr_t eip_fn_addr;		/* the function's first instruction */
};

/*
 * Returns the symbol table for addresses in user memory, or NULL. The owner of
 * the programs sets it; until then there are no user programs.
 */
extern const struct symtab *(*user_symbols)(void);

/*
 * Find the function, file and line of the instruction at eip, in the kernel or
 * in the current user program. Returns 0, or -E_NOT_FOUND if eip is in no known
 * function; the names in *info are "?" then.
 */
int	debuginfo_eip(uintptr_t eip, struct Eipdebuginfo *info);

/*
 * Print the frame at ebp and those of its callers, with arguments, function,
 * file and line. Reads the stack through pgdir's tables: a damaged stack ends
 * the list, it causes no fault.
 */
void	backtrace_from(const pde_t *pgdir, uintptr_t ebp);

/*
 * Print a backtrace from a trap that interrupted the kernel at eip with ebp and
 * esp. The interrupted function is the first frame.
 */
void	backtrace_trap(const pde_t *pgdir, uintptr_t eip, uintptr_t ebp,
		       uintptr_t esp);

#endif
