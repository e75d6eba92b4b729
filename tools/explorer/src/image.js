// Examines a file that is given as a disk image, before a machine boots it: what
// no BIOS could start is refused, in a sentence. Pure functions of a name and
// bytes; not its job: whether the kernel in the image is the page's own
// (facts.js).

export const SECTOR = 512;
// The emulator keeps the whole disk in memory.
export const MAX_IMAGE = 512 << 20;

const ELF_MAGIC = 0x464C457F, ELF_I386 = 3, ELF_32 = 1, PT_LOAD = 1;
const EHDR = 52, PHDR = 32;

// The reason that a file of this size is no image; undefined if it may be one.
export function sizeTrouble(name, size)
{
	if (size === 0)
		return `${name} is empty: an image begins with a boot sector.`;
	if (size < SECTOR)
		return `${name} has ${size} byte${size === 1 ? "" : "s"}: less than a`
			+ ` boot sector, which has ${SECTOR}.`;
	if (size > MAX_IMAGE)
		return `${name} has ${Math.floor(size / 2 ** 20)} MiB: the`
			+ ` page loads at most ${MAX_IMAGE >> 20} MiB.`;
	return undefined;
}

// Examine the bytes of a file: { refuse, warning }, sentences or undefined. If
// refuse is undefined, the file can be booted.
export function examineImage(name, bytes)
{
	const refuse = sizeTrouble(name, bytes.length)
		?? sectorTrouble(name, bytes);
	return refuse ? { refuse } : examineKernel(name, bytes);
}

// The reason that a BIOS does not start the first sector.
function sectorTrouble(name, bytes)
{
	if (words(bytes).getUint32(0, true) === ELF_MAGIC)
		return `${name} is an ELF file, not a disk image: choose kernel.img,`
			+ " which has the boot sector before the kernel's ELF file.";
	const [low, high] = bytes.subarray(510, 512);
	if (low === 0x55 && high === 0xAA)
		return undefined;
	const first = bytes.subarray(0, SECTOR), hex = (byte) =>
		byte.toString(16).padStart(2, "0");
	const ending = first.every((byte) => byte === 0)
		? "its first sector is all zeros"
		: first.every(isText) ? "it is a text"
			: `its first sector ends with ${hex(low)} ${hex(high)}`;
	return `${name} has no boot sector: ${ending}, and a BIOS starts only a`
		+ " sector that ends with 55 aa.";
}

function isText(byte)
{
	return byte >= 0x20 && byte < 0x7F || byte >= 9 && byte <= 13
		|| byte >= 0x80;
}

function words(bytes)
{
	return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

// The kernel's ELF file starts at sector 1. Another system's disk has none
// there, and may boot all the same; a file that ends too early does not.
function examineKernel(name, bytes)
{
	const image = words(bytes), end = bytes.length;
	if (end < SECTOR + EHDR || image.getUint32(SECTOR, true) !== ELF_MAGIC)
		return { warning: `${name} has a boot sector, but no ELF file in the`
			+ " sector after it: it is no image of a kernel like this one." };
	if (bytes[SECTOR + 4] !== ELF_32
	    || image.getUint16(SECTOR + 18, true) !== ELF_I386)
		return { warning: `${name} has a kernel for another processor: its ELF`
			+ " file is not a 32-bit one for the i386." };
	const kernelEnd = endOfKernel(image, end);
	if (kernelEnd > end)
		return { refuse: `${name} is cut off: it has ${end} bytes, and the`
			+ ` kernel in it ends at byte ${kernelEnd}.` };
	return {};
}

// The end of the kernel's last segment, or of its program headers if the image
// does not have them all.
function endOfKernel(image, size)
{
	const table = SECTOR + image.getUint32(SECTOR + 28, true);
	let end = table + PHDR * image.getUint16(SECTOR + 44, true);
	for (let at = table, limit = end; limit <= size && at < limit; at += PHDR)
		if (image.getUint32(at, true) === PT_LOAD)
			end = Math.max(end, SECTOR + image.getUint32(at + 4, true)
				+ image.getUint32(at + 16, true));
	return end;
}

// The image as a disk: whole sectors, because v86 fails when it reads a part of
// one. Returns a copy, which the machine may write to.
export function asDisk(image)
{
	const disk = new Uint8Array(Math.max(1,
		Math.ceil(image.byteLength / SECTOR)) * SECTOR);
	disk.set(new Uint8Array(image));
	return disk.buffer;
}
