// Physical memory, read only: a view of the machine's RAM as it is now, of
// another emulator's dump, or of a test's memory. Addresses outside read as
// undefined and never throw: a broken kernel's page tables may hold any
// address.

export class Memory {
	// bytes: Uint8Array of physical memory from 0; its offset in its buffer
	// is a multiple of 4.
	constructor(bytes)
	{
		this.u8 = bytes;
		this.u32 = new Uint32Array(bytes.buffer, bytes.byteOffset,
			bytes.length >>> 2);
	}

	get size()
	{
		return this.u8.length;
	}

	// The word at pa, any alignment; undefined if not all of it is RAM.
	read32(pa)
	{
		if ((pa & 3) === 0)
			return this.u32[pa >>> 2];
		if (pa + 4 > this.u8.length)
			return undefined;
		const b = this.u8;
		return (b[pa] | b[pa + 1] << 8 | b[pa + 2] << 16
			| b[pa + 3] << 24) >>> 0;
	}

	read16(pa)
	{
		if (pa + 2 > this.u8.length)
			return undefined;
		return this.u8[pa] | this.u8[pa + 1] << 8;
	}

	read8(pa)
	{
		return this.u8[pa];
	}

	// n bytes at pa, as a view; undefined if not all of them are RAM.
	bytes(pa, n)
	{
		if (pa < 0 || pa + n > this.u8.length)
			return undefined;
		return this.u8.subarray(pa, pa + n);
	}

	// The 1024 entries of the directory or table at pa (its low 12 bits are
	// ignored); undefined if it is not in RAM.
	table(pa)
	{
		const first = (pa & ~0xFFF) >>> 2;
		if (first + 1024 > this.u32.length)
			return undefined;
		return this.u32.subarray(first, first + 1024);
	}
}
