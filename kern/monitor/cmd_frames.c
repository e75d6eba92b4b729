/* Monitor commands about physical memory: frames, and bytes. */

#include <inc/stdio.h>
#include <inc/string.h>
#include <kern/monitor/args.h>
#include <kern/monitor/mappings.h>
#include <kern/monitor/monitor.h>
#include <kern/pmap.h>
#include <kern/physmem.h>
#include <kern/resident.h>
#include <kern/sections.h>
#include <kern/swap.h>
#include <kern/swapio.h>
#include <kern/vmwalk.h>

static const char *const state_names[] = {
	[PG_RESERVED]	= "reserved",
	[PG_FREE]	= "free",
	[PG_USED]	= "used",
};

static void
print_frames(const char *what, uint32_t frames)
{
	cprintf("  %-29s %8u frames %8uK\n", what, frames,
		frames * (PGSIZE / 1024));
}

static void
print_slots(void)
{
	cprintf("  %-29s %8u slots  %8uK\n", "swap area", slots_total,
		slots_total * (PGSIZE / 1024));
	cprintf("  %-29s %8u slots  %8uK\n", "  of these free", slots_free,
		slots_free * (PGSIZE / 1024));
	if (slots_bad)
		cprintf("  %-29s %8u slots  %8uK\n", "  of these bad",
			slots_bad, slots_bad * (PGSIZE / 1024));
}

int
mon_meminfo(int argc, char **argv, struct Trapframe *tf)
{
	uint32_t counts[ARRAY_SIZE(state_names)] = { 0 };
	uint32_t invalid = 0, mapped = 0, kernel, early;
	ppn_t i;

	(void)argc, (void)argv, (void)tf;
	for (i = 0; i < npages; i++) {
		if (pages[i].pp_state >= ARRAY_SIZE(counts)) {
			invalid++;
			continue;
		}
		counts[pages[i].pp_state]++;
		mapped += pages[i].pp_ref != 0;
	}
	kernel = PGNUM(PADDR(ROUNDUP(end, PGSIZE))) - PGNUM(PADDR(stext));
	early = PGNUM(PADDR(boot_alloc(0)))
		- PGNUM(PADDR(ROUNDUP(end, PGSIZE)));

	print_frames("all", npages);
	print_frames("free", counts[PG_FREE]);
	print_frames("used", counts[PG_USED]);
	print_frames("  of these page tables", vm_count_tables(vm_current()));
	print_frames("  of these referenced", mapped);
	if (swap_on)
		print_frames("  of these may leave memory", resident_count);
	print_frames("reserved", counts[PG_RESERVED]);
	print_frames("  kernel image", kernel);
	print_frames("  allocated by boot_alloc", early);
	print_frames("  frame 0, I/O hole, firmware",
		     counts[PG_RESERVED] - kernel - early);
	if (invalid)
		print_frames("in an invalid state", invalid);
	if (swap_on)
		print_slots();
	return MON_DONE;
}

int
mon_memmap(int argc, char **argv, struct Trapframe *tf)
{
	static struct mem_report reports[MEM_NSOURCES][MEM_MAX];
	int count[MEM_NSOURCES], s, i, most = 0;
	const struct mem_report *r;

	(void)argc, (void)argv, (void)tf;
	for (s = 0; s < MEM_NSOURCES; s++) {
		count[s] = mem_ask(s, reports[s]);
		most = MAX(most, count[s]);
		cprintf("%-26s", mem_source_names[s]);
	}
	cprintf("\n");
	for (i = 0; i < most; i++) {
		for (s = 0; s < MEM_NSOURCES; s++) {
			r = &reports[s][i];
			if (i >= count[s])
				cprintf("%-26s", i ? "" : "(no answer)");
			else
				cprintf("%09llx-%09llx %-6s", r->start,
					r->start + r->len,
					r->type == MEM_USABLE ? "RAM" : "rsvd");
		}
		cprintf("\n");
	}
	if (!mem_nranges)
		cprintf("used: nothing; i386_detect_memory has not finished\n");
	else
		cprintf("used, from %s:\n", mem_source_names[mem_source]);
	for (i = 0; i < mem_nranges; i++)
		cprintf("  0x%09llx - 0x%09llx%s\n", mem_ranges[i].start,
			mem_ranges[i].end,
			mem_ranges[i].start >= KERNWINSIZE
			? "  above the window: not used"
			: mem_ranges[i].end > KERNWINSIZE
			? "  partly above the window" : "");
	return MON_DONE;
}

/* Print what paging to disk knows of a frame, if it knows it. */
static void
print_leaving(const struct PageInfo *pp)
{
	ppn_t n = pp - pages;
	uint32_t slot, changed;
	char home[24];
	bool write;

	if (pp->pp_flags & PP_PAGED) {
		changed = (pp->pp_flags & PP_DIRTY)
			| (find_mappings(page2pa(pp)).bits & PTE_D);
		slot = resident_slot(n);
		snprintf(home, sizeof(home), "slot %u", slot);
		if (slot || resident_at(n)->home_is_file)
			cprintf("  may leave memory: %s has %s contents\n",
				slot ? home : "the program's file",
				changed ? "older" : "the same");
		else
			cprintf("  may leave memory, to a free slot\n");
	}
	if ((pp->pp_flags & PP_BUSY) && swapio_find(n, &write, &slot))
		cprintf("  being %s slot %u\n", write ? "written to"
			: "read from", slot);
}

int
mon_page(int argc, char **argv, struct Trapframe *tf)
{
	const struct PageInfo *pp;
	uint32_t n;

	(void)argc, (void)tf;
	if (!arg_number(argv[1], &n))
		return MON_USAGE;
	/* 0x... is always an address, even if a PPN of that value exists. */
	if (n >= npages || (n && argv[1][1] == 'x' && PGOFF(n) == 0))
		n = PGNUM(n);
	if (n >= npages) {
		cprintf("There is no frame at 0x%08x: %u frames end at"
			" 0x%08x.\n", n * PGSIZE, npages, npages * PGSIZE);
		return MON_DONE;
	}
	pp = &pages[n];
	cprintf("frame %u (0x%x) at 0x%08x: %s, count %u", n, n, page2pa(pp),
		pp->pp_state < ARRAY_SIZE(state_names)
		? state_names[pp->pp_state] : "in an invalid state",
		pp->pp_ref);
	if (pp->pp_state == PG_FREE && pp->pp_link)
		cprintf(", next free frame 0x%08x", page2pa(pp->pp_link));
	cprintf("\n");
	print_leaving(pp);
	print_mappings(page2pa(pp));
	return MON_DONE;
}

/* --- dump -------------------------------------------------------------- */

#define LINE_BYTES	16
#define MAX_DUMP	65536U	/* a dump cannot be interrupted */

/* Read a byte of physical or virtual memory. False if it cannot be read. */
static bool
read_byte(bool physical, uint32_t addr, uint8_t *byte)
{
	struct vm_walk w;

	if (!physical) {
		if (!vm_walk(vm_current(), addr, &w))
			return false;
		addr = w.pa;
	}
	return vm_read_phys(addr, byte, 1);
}

/*
 * Print the bytes [addr, addr + n) as hexadecimal and as text. Returns the
 * number of bytes that cannot be read.
 */
static uint32_t
dump_line(bool physical, uint32_t addr, uint32_t n)
{
	char text[LINE_BYTES + 1];
	uint32_t i, missing = 0;
	uint8_t byte;

	cprintf("%08x ", addr);
	for (i = 0; i < LINE_BYTES; i++) {
		text[i] = ' ';
		if (i >= n)
			cprintf("   ");
		else if (read_byte(physical, addr + i, &byte)) {
			cprintf(" %02x", byte);
			text[i] = byte >= ' ' && byte <= '~' ? byte : '.';
		} else {
			cprintf(" --");
			missing++;
		}
	}
	text[LINE_BYTES] = '\0';
	cprintf("  %s\n", text);
	return missing;
}

int
mon_dump(int argc, char **argv, struct Trapframe *tf)
{
	uint32_t addr, left = 64, n, missing = 0;
	bool physical;

	(void)tf;
	physical = strcmp(argv[1], "p") == 0;
	if (!physical && strcmp(argv[1], "v") != 0) {
		cprintf("'%s' is neither v(irtual) nor p(hysical).\n",
			argv[1]);
		return MON_USAGE;
	}
	if (!arg_number(argv[2], &addr)
	    || (argc == 4 && !arg_number(argv[3], &left)))
		return MON_USAGE;
	if (left > MAX_DUMP) {
		cprintf("At most %u bytes at a time.\n", MAX_DUMP);
		return MON_USAGE;
	}
	/* Stop at the end of the address space. */
	if (left && left - 1 > UINT32_MAX - addr)
		left = UINT32_MAX - addr + 1;
	for (; left; left -= n, addr += n) {
		n = MIN(left, LINE_BYTES - addr % LINE_BYTES);
		missing += dump_line(physical, addr, n);
	}
	if (missing)
		cprintf("(-- is %s%soutside the kernel's window)\n",
			physical ? "" : "not mapped, ", physical ? ""
			: swap_on ? "not in memory, or " : "or ");
	return MON_DONE;
}
