/*
 * Code addresses as functions, files and lines; and backtraces of the stack.
 *
 * The kernel's symbol table comes from the linked kernel itself: tools/ksyms
 * writes it into the section .ksyms after a first link. Each user program has a
 * table, too; user_symbols finds the right one.
 *
 * A backtrace follows the chain of saved ebp. Only functions that call no
 * other may lack a frame (the compiler's option -momit-leaf-frame-pointer), so
 * a chain that starts at a call is complete. At a trap, leaf_caller() finds the
 * caller of a function without a frame.
 */

#include <inc/error.h>
#include <inc/stdio.h>
#include <inc/string.h>
#include <inc/x86.h>
#include <kern/kdebug.h>
#include <kern/sections.h>
#include <kern/pmap.h>
#include <kern/vmwalk.h>

extern const struct symtab kernel_symbols;

/* No correct call chain has more frames here. */
#define MAX_FRAMES	32
#define NARGS		5

/* The function that eip is in, or NULL. */
static const struct sym_function *
find_function(const struct symtab *t, uintptr_t eip)
{
	uint32_t low = 0, high = t->nfunctions, mid;

	/* The functions below low start at or before eip, those from high after. */
	while (low < high) {
		mid = low + (high - low) / 2;
		if (t->functions[mid].start <= eip)
			low = mid + 1;
		else
			high = mid;
	}
	if (low == t->nfunctions && eip >= t->functions[low].start)
		return NULL;
	return low ? &t->functions[low - 1] : NULL;
}

const struct symtab *(*user_symbols)(void);

/* The symbol table that covers eip, or NULL. */
static const struct symtab *
symbols_for(uintptr_t eip)
{
	if (eip >= (uintptr_t)stext && eip < (uintptr_t)etext)
		return &kernel_symbols;
	if (eip < UTOP && user_symbols)
		return user_symbols();
	return NULL;
}

int
debuginfo_eip(uintptr_t eip, struct Eipdebuginfo *info)
{
	const struct symtab *t = symbols_for(eip);
	const struct sym_function *f = t ? find_function(t, eip) : NULL;
	uint32_t i;

	*info = (struct Eipdebuginfo) {
		.eip_file = "?", .eip_fn_name = "?", .eip_fn_namelen = 1,
		.eip_fn_addr = eip,
	};
	if (!f)
		return -E_NOT_FOUND;
	info->eip_fn_name = f->name;
	info->eip_fn_namelen = strlen(f->name);
	info->eip_fn_addr = f->start;
	for (i = f[0].line; i < f[1].line; i++) {
		if (t->lines[i].offset > eip - f->start)
			break;
		info->eip_file = t->files[f->file];
		info->eip_line = t->lines[i].line;
	}
	return 0;
}

/* Print where eip is, on the line below its frame's. */
static void
print_place(uintptr_t eip, bool is_return_address)
{
	struct Eipdebuginfo info;

	/*
	 * A return address may belong to the next line, or even to the next
	 * function, after a call that does not return: look up the call.
	 */
	debuginfo_eip(eip - is_return_address, &info);
	cprintf("         %s:%d: %.*s+%u\n", info.eip_file, info.eip_line,
		info.eip_fn_namelen, info.eip_fn_name, eip - info.eip_fn_addr);
}

/*
 * Read a word of a stack. CPU 0's stack is the boot stack, mapped again: if its
 * mapping is missing, read the boot stack.
 */
static bool
read_stack(const pde_t *pgdir, uintptr_t va, uint32_t *out)
{
	uintptr_t below = KSTACKTOP - va;

	if (vm_read32(pgdir, va, out))
		return true;
	if (below < sizeof(*out) || below > KSTKSIZE)
		return false;
	return vm_read32(pgdir, (uintptr_t)bootstacktop - below, out);
}

static void
print_frame(const pde_t *pgdir, uintptr_t ebp, uintptr_t eip)
{
	uint32_t arg;
	int i;

	cprintf("  ebp %08x  eip %08x  args", ebp, eip);
	for (i = 0; i < NARGS; i++) {
		if (read_stack(pgdir, ebp + 8 + 4 * i, &arg))
			cprintf(" %08x", arg);
		else
			cprintf(" --------");
	}
	cprintf("\n");
	print_place(eip, true);
}

void
backtrace_from(const pde_t *pgdir, uintptr_t ebp)
{
	uint32_t next, eip;
	int n;

	for (n = 0; ebp && n < MAX_FRAMES; n++, ebp = next) {
		if (!read_stack(pgdir, ebp, &next)
		    || !read_stack(pgdir, ebp + 4, &eip)) {
			cprintf("  (no stack is mapped at %08x)\n", ebp);
			return;
		}
		print_frame(pgdir, ebp, eip);
		/* Stacks grow down, so callers have higher addresses. */
		if (next && next <= ebp) {
			cprintf("  (bad frame pointer %08x)\n", next);
			return;
		}
	}
	if (ebp)
		cprintf("  (and more)\n");
}

#define PUSH_EBP	0x55
#define CALL		0xE8

static bool
is_opcode(const pde_t *pgdir, uintptr_t va, unsigned char opcode)
{
	unsigned char byte;
	struct vm_walk w;

	return vm_walk(pgdir, va, &w) && vm_read_phys(w.pa, &byte, 1)
		&& byte == opcode;
}

/* True if ret follows a direct call of the function at fn. */
static bool
follows_call(const pde_t *pgdir, uintptr_t ret, uintptr_t fn)
{
	uint32_t target;

	return is_opcode(pgdir, ret - 5, CALL)
		&& vm_read32(pgdir, ret - 4, &target) && ret + target == fn;
}

/*
 * The return address of the function at eip, if it has no frame, or none yet;
 * else 0. At its first instruction it is on top of the stack, and one word
 * below after PUSH EBP, whoever has called. Later it is near the top, and the
 * instruction before it is a call of that function.
 */
static uintptr_t
leaf_caller(const pde_t *pgdir, uintptr_t eip, uintptr_t ebp, uintptr_t esp)
{
	struct Eipdebuginfo info;
	uint32_t ret, pushed;

	if (debuginfo_eip(eip, &info) < 0)
		return 0;
	pushed = eip - info.eip_fn_addr;
	if (pushed == 0
	    || (pushed == 1 && is_opcode(pgdir, info.eip_fn_addr, PUSH_EBP)))
		return read_stack(pgdir, esp + 4 * pushed, &ret) ? ret : 0;
	/* A few registers may have been pushed after it. */
	for (pushed = 0; pushed < 5; pushed++, esp += 4) {
		/* The frame's own return address: there is a frame. */
		if (esp == ebp + 4)
			return 0;
		if (read_stack(pgdir, esp, &ret)
		    && follows_call(pgdir, ret, info.eip_fn_addr))
			return ret;
	}
	return 0;
}

void
backtrace_trap(const pde_t *pgdir, uintptr_t eip, uintptr_t ebp, uintptr_t esp)
{
	uintptr_t ret = leaf_caller(pgdir, eip, ebp, esp);

	cprintf("Stack backtrace:\n");
	cprintf("  at              eip %08x\n", eip);
	print_place(eip, false);
	if (ret) {
		cprintf("  (no frame)      eip %08x\n", ret);
		print_place(ret, true);
	}
	backtrace_from(pgdir, ebp);
}
