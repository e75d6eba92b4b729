/*
 * From addresses to names: which function, file and line, and who called.
 *
 * The table comes from the linked kernel itself: tools/ksyms writes it into
 * the section .ksyms after a first link. Each user program has one, too.
 *
 * Frames are found by the chain of saved ebp. Only functions that call no
 * other may lack a frame (the compiler's option -momit-leaf-frame-pointer), so
 * a chain that starts at a call is complete. At a trap, leaf_caller() finds
 * what such a function would hide.
 */

#include <inc/error.h>
#include <inc/stdio.h>
#include <inc/string.h>
#include <inc/x86.h>
#include <kern/check/check.h>
#if !FOREIGN
#include <kern/env.h>
#include <kern/program.h>
#endif
#include <kern/kdebug.h>
#include <kern/map.h>
#include <kern/pmap.h>
#include <kern/vmwalk.h>

extern const struct symtab kernel_symbols;

/* More frames than any honest call chain has here. */
#define MAX_FRAMES	32
#define NARGS		5

/* Last of the sorted entries that starts at or before eip; -1 if none does. */
static int
find(const void *table, size_t stride, uint32_t count, uint32_t eip)
{
	const char *base = table;
	int low = -1, high = count, mid;

	/* start(low) <= eip < start(high), with sentinels at both ends. */
	while (high - low > 1) {
		mid = low + (high - low) / 2;
		if (*(const uint32_t *)(base + mid * stride) <= eip)
			low = mid;
		else
			high = mid;
	}
	return low;
}

/* Whose code is it? NULL if nobody's. */
static const struct symtab *
symbols_for(uintptr_t eip)
{
	if (eip >= (uintptr_t)stext && eip < (uintptr_t)etext)
		return &kernel_symbols;
#if !FOREIGN
	if (eip < UTOP && curenv)
		return program_symbols(curenv);
#endif
	return NULL;
}

int
debuginfo_eip(uintptr_t eip, struct Eipdebuginfo *info)
{
	const struct symtab *t;
	int i;

	*info = (struct Eipdebuginfo) {
		.eip_file = "?", .eip_fn_name = "?", .eip_fn_namelen = 1,
		.eip_fn_addr = eip,
	};
	t = symbols_for(eip);
	i = t ? find(t->functions, sizeof(t->functions[0]), t->nfunctions, eip)
		: -1;
	if (i < 0)
		return -E_NOT_FOUND;
	info->eip_fn_name = t->functions[i].name;
	info->eip_fn_namelen = strlen(info->eip_fn_name);
	info->eip_fn_addr = t->functions[i].start;

	i = find(t->lines, sizeof(t->lines[0]), t->nlines, eip);
	if (i >= 0) {
		info->eip_file = t->files[t->lines[i].file];
		info->eip_line = t->lines[i].line;
	}
	return 0;
}

/* The line below a frame's: where eip is. */
static void
print_place(uintptr_t eip, bool is_return_address)
{
	struct Eipdebuginfo info;

	/*
	 * A return address may already belong to the next line, or after a
	 * call that does not return to the next function: look at the call.
	 */
	debuginfo_eip(eip - is_return_address, &info);
	cprintf("         %s:%d: %.*s+%u\n", info.eip_file, info.eip_line,
		info.eip_fn_namelen, info.eip_fn_name, eip - info.eip_fn_addr);
}

/*
 * A word of a stack. CPU 0's, should its mapping be lost or not be there yet,
 * is the boot stack under another address.
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
		/* Stacks grow down: callers are above, or the chain is bad. */
		if (next && next <= ebp) {
			cprintf("  (the frame pointer %08x leads nowhere)\n",
				next);
			return;
		}
	}
	if (ebp)
		cprintf("  (and more)\n");
}

/*
 * The return address of a function without a frame, or of one interrupted
 * before it made its own: at the top of the stack, and behind a call to that
 * very function. 0 if there is none.
 */
static uintptr_t
leaf_caller(const pde_t *pgdir, uintptr_t eip, uintptr_t esp)
{
	struct Eipdebuginfo info;
	uint32_t ret, target;
	unsigned char opcode;
	struct vm_walk w;
	int i;

	if (debuginfo_eip(eip, &info) < 0)
		return 0;
	/* A few registers may have been saved above it. */
	for (i = 0; i < 5; i++) {
		if (!read_stack(pgdir, esp + 4 * i, &ret)
		    || !vm_walk(pgdir, ret - 5, &w)
		    || !vm_read_phys(w.pa, &opcode, 1)
		    || !vm_read32(pgdir, ret - 4, &target))
			continue;
		if (opcode == 0xE8 && ret + target == info.eip_fn_addr)
			return ret;
	}
	return 0;
}

void
backtrace_trap(const pde_t *pgdir, uintptr_t eip, uintptr_t ebp, uintptr_t esp)
{
	uint32_t frame_eip = 0;
	uintptr_t ret = leaf_caller(pgdir, eip, esp);

	cprintf("Stack backtrace:\n");
	cprintf("  at              eip %08x\n", eip);
	print_place(eip, false);
	read_stack(pgdir, ebp + 4, &frame_eip);
	if (ret && ret != frame_eip) {
		cprintf("  no frame        eip %08x\n", ret);
		print_place(ret, true);
	}
	backtrace_from(pgdir, ebp);
}
