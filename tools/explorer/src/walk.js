// Reads two-level page tables as the processor does (SDM 3A 4.3, 4.6, 4.7): one
// walk, step by step; whether an access would be allowed, and why not; and all
// mappings of a directory. Pure functions of a Memory.

export const P = 0x001, W = 0x002, U = 0x004, PWT = 0x008, PCD = 0x010;
export const A = 0x020, D = 0x040, PS = 0x080, G = 0x100;
// Bits 21 to 13 of an entry for a 4 MiB page must be 0 (no PSE-36 here). With
// PSE-36, which v86's CPUID denies, bits 20 to 13 are address bits 39 to 32.
export const LARGE_RESERVED = 0x003FE000;
const ALWAYS_RESERVED = 0x00200000, HIGH_ADDRESS = 0x001FE000;

export const CR0_WP = 0x00010000, CR0_PG = 0x80000000;
export const CR4_PSE = 0x10, CR4_SMEP = 0x100000, CR4_SMAP = 0x200000;
export const FL_AC = 0x40000;

// The flags of an entry, with short name and meaning.
export const FLAGS = [
	[P, "P", "present"],
	[W, "W", "writable"],
	[U, "U", "user"],
	[PWT, "PWT", "write-through"],
	[PCD, "PCD", "cache disabled"],
	[A, "A", "accessed"],
	[D, "D", "dirty"],
	[PS, "PS", "4 MiB page (directory only)"],
	[G, "G", "global"],
	[0x200, "AVL9", "available to the kernel"],
	[0x400, "SHARE", "shared by fork"],
	[0x800, "COW", "copied when written"],
];

// "P W U A" for an entry.
export function flagNames(entry)
{
	return FLAGS.filter(([bit]) => entry & bit).map(([, name]) => name)
		.join(" ");
}

// Translate va through the directory at physical address cr3. pse: whether
// CR4.PSE is set. Always returns an object:
//   pdx ptx offset        the three parts of va
//   pdeAt pde             address and value of the directory entry; pde is
//                         undefined if the directory is not in RAM
//   pteAt pte             the same of the table entry; undefined if not reached
//   large                 the directory entry maps a 4 MiB page
//   present               there is a translation
//   reserved              but a reserved bit is set: every access faults
//   pa                    the translation (if present)
//   writable user global  the rights and flags of both levels together
//   stop                  if not present: "directory outside RAM", "directory
//                         entry not present", "table outside RAM", "table
//                         entry not present"
export function walk(memory, cr3, va, pse = true)
{
	const w = {
		va: va >>> 0, pdx: va >>> 22, ptx: va >>> 12 & 0x3FF,
		offset: va & 0xFFF, large: false, present: false, reserved: false,
		writable: false, user: false, global: false,
	};
	w.pdeAt = ((cr3 & ~0xFFF) >>> 0) + 4 * w.pdx;
	w.pde = memory.read32(w.pdeAt);
	if (w.pde === undefined)
		return stopped(w, "directory outside RAM");
	if (!(w.pde & P))
		return stopped(w, "directory entry not present");
	if (pse && w.pde & PS) {
		w.large = true;
		w.reserved = (w.pde & LARGE_RESERVED) !== 0;
		return reached(w, ((w.pde & 0xFFC00000) | va & 0x3FFFFF) >>> 0,
			w.pde);
	}
	w.pteAt = ((w.pde & ~0xFFF) >>> 0) + 4 * w.ptx;
	w.pte = memory.read32(w.pteAt);
	if (w.pte === undefined)
		return stopped(w, "table outside RAM");
	if (!(w.pte & P))
		return stopped(w, "table entry not present");
	return reached(w, ((w.pte & ~0xFFF) | w.offset) >>> 0, w.pde & w.pte);
}

function stopped(w, where)
{
	w.stop = where;
	return w;
}

function reached(w, pa, rights)
{
	w.present = true;
	w.pa = pa;
	w.writable = (rights & W) !== 0;
	w.user = (rights & U) !== 0;
	w.global = ((w.large ? w.pde : w.pte) & G) !== 0;
	return w;
}

// Check whether an access through walk w would be allowed. kind: { user, write,
// fetch }; registers: { cr0, cr4, eflags }. Returns { allowed, error, why }:
// the error code of the page fault (undefined if allowed), and the reason as
// text.
export function access(w, kind, registers)
{
	const { cr0, cr4, eflags } = registers;
	const who = kind.user ? "a user" : "the kernel";
	const error = (w.present ? ERROR_P : 0) | (kind.write ? 2 : 0)
		| (kind.user ? 4 : 0) | (w.reserved ? ERROR_RESERVED : 0)
		| (kind.fetch && cr4 & CR4_SMEP ? 0x10 : 0);
	const fault = (why) => ({ allowed: false, error, why });

	if (!w.present)
		return fault(notPresentWords(w));
	if (w.reserved)
		return fault("a reserved bit is set in the directory entry of"
			+ " a 4 MiB page");
	if (kind.user && !w.user)
		return fault(`${levelWithout(w, U)} keeps users out (U is clear)`);
	if (kind.write && !w.writable && (kind.user || cr0 & CR0_WP))
		return fault(`${levelWithout(w, W)} is read-only (W is clear)`
			+ (kind.user ? "" : ", and CR0.WP applies to the kernel, too"));
	if (!kind.user && w.user && kind.fetch && cr4 & CR4_SMEP)
		return fault("this is a user page, and CR4.SMEP forbids the"
			+ " kernel to execute it");
	if (!kind.user && w.user && !kind.fetch && cr4 & CR4_SMAP
	    && !(eflags & FL_AC))
		return fault("this is a user page, and CR4.SMAP forbids the"
			+ " kernel to access it (EFLAGS.AC is clear)");
	return {
		allowed: true, error: undefined,
		why: kind.write && !w.writable
			? "the page is read-only, but CR0.WP is clear, so the kernel"
				+ " may write to it"
			: `both levels allow ${who} to ${verb(kind)}`,
	};
}

// The bits of a page fault's error code.
const ERROR_P = 1, ERROR_RESERVED = 8;

// Describe what machines do at an entry of a 4 MiB page with a reserved bit set:
// [[machine, words]], for the access that `error` describes, the manual's error
// code. Measured with QEMU 7.2, Bochs 2.7 and v86 0.5.462 (doc/emulators.md).
// => w is reserved.
export function reservedOnMachines(w, error)
{
	const code = (n) => `faults, error code 0x${n.toString(16)}`;
	const ignored = `ignores it, and reaches 0x${hex8(w.pa)}: no fault`;
	if (w.pde & ALWAYS_RESERVED)
		return [
			["a processor", code(error)],
			["QEMU", `${code(error & ~ERROR_P)}: P is clear, though the entry`
				+ " is present"],
			["Bochs", code(error)],
			["this emulator, v86", ignored],
		];
	const high = ((w.pde & HIGH_ADDRESS) >>> 13).toString(16);
	const wide = `takes it for address bits 32 to 39, and reaches`
		+ ` 0x${high}${hex8(w.pa)}`;
	return [
		["a processor without PSE-36, as CPUID says here", code(error)],
		["QEMU", wide], ["Bochs", wide], ["this emulator, v86", ignored],
	];
}

function hex8(value)
{
	return value.toString(16).padStart(8, "0");
}

function verb(kind)
{
	return kind.fetch ? "execute" : kind.write ? "write" : "read";
}

function levelWithout(w, bit)
{
	if (w.large)
		return "the directory entry (a 4 MiB page)";
	if (!(w.pde & bit))
		return w.pte & bit ? "the directory entry" : "each of both entries";
	return "the table entry";
}

function notPresentWords(w)
{
	switch (w.stop) {
	case "directory outside RAM":
		return "the directory is outside RAM: CR3 is wrong";
	case "table outside RAM":
		return "the directory entry points to a table outside RAM";
	case "directory entry not present":
		return w.pde ? "the directory entry is not present (P is clear),"
			+ " though it is not 0"
			: "the directory entry is 0: no table, nothing is mapped in"
			+ " these 4 MiB";
	default:
		return w.pte ? "the table entry is not present (P is clear),"
			+ ` though it is not 0${w.absent ? `: ${w.absent}` : ""}`
			: "the table entry is 0: the page is not mapped";
	}
}

// Call visit(va, pa, pages, flags, pdx, table) for each page that the directory
// at cr3 maps, from address 0 up. For a 4 MiB page, table is undefined and
// pages 1024. flags: those of the entry that maps the page, with U and W only
// if the directory entry has them, too. Tables outside RAM are left out.
// [first, limit) are directory entries.
export function eachMapping(memory, cr3, pse, visit, first = 0, limit = 1024)
{
	const directory = memory.table(cr3);
	if (!directory)
		return;
	for (let i = first; i < limit; i++) {
		const pde = directory[i];
		if (!(pde & P))
			continue;
		if (pse && pde & PS) {
			visit(i * 0x400000, (pde & 0xFFC00000) >>> 0, 1024,
				pde & 0xFFF, i, undefined);
			continue;
		}
		const table = memory.table(pde);
		if (!table)
			continue;
		const mask = ~(W | U) | pde & (W | U);
		for (let j = 0; j < 1024; j++) {
			const pte = table[j];
			if (pte & P)
				visit((i * 1024 + j) * 4096, (pte & ~0xFFF) >>> 0, 1,
					pte & mask & 0xFFF, i, table);
		}
	}
}

// Ranges of pages with the same rights, whatever frames they map, as [{ va,
// size, user, writable }]: what QEMU's `info mem` prints.
export function rightsRanges(memory, cr3, pse)
{
	const ranges = [];
	let last;
	eachMapping(memory, cr3, pse, (va, pa, pages, flags) => {
		const rights = flags & (U | W);
		if (last && last.va + last.size === va && last.rights === rights)
			last.size += pages * 4096;
		else
			ranges.push(last = { va, size: pages * 4096, rights });
	});
	return ranges.map(({ va, size, rights }) => ({
		va, size, user: (rights & U) !== 0, writable: (rights & W) !== 0,
	}));
}

// Ranges of pages that map consecutive frames with the same flags (except A and
// D), as [{ va, pa, pages, flags, large, pdx }].
export function mappings(memory, cr3, pse)
{
	const ranges = [];
	let last;
	eachMapping(memory, cr3, pse, (va, pa, pages, flags, pdx, table) => {
		const kind = flags & ~(A | D | PS), large = table === undefined;
		if (last && last.va + last.pages * 4096 === va
		    && last.pa + last.pages * 4096 === pa && last.flags === kind
		    && last.large === large)
			last.pages += pages;
		else
			ranges.push(last = { va, pa, pages, flags: kind, large, pdx });
	});
	return ranges;
}
