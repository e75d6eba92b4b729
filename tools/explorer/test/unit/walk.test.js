import { test } from "node:test";
import assert from "node:assert/strict";
import { Memory } from "../../src/memory.js";
import { access, flagNames, mappings, reservedOnMachines, rightsRanges, walk, P,
	PS, U, W }
	from "../../src/walk.js";
import { random } from "./world.js";

const RAM = 4 << 20, DIRECTORY = 0x1000;
const PLAIN = { cr0: 0x80010001, cr4: 0x10, eflags: 2 };

function empty()
{
	return new Memory(new Uint8Array(RAM));
}

// Tables with random pages, and a model of them without address bits: a Map
// from page number to mapping.
function randomTables(seed)
{
	const rnd = random(seed), memory = empty(), model = new Map();
	let next = 0x2000;
	for (let k = 0; k < 12; k++) {
		const i = rnd(1024), flags = P | (rnd(2) ? W : 0) | (rnd(2) ? U : 0);
		if (memory.u32[(DIRECTORY >> 2) + i])
			continue;
		if (rnd(3) === 0) {
			const pa = rnd(1024) * 0x400000;
			memory.u32[(DIRECTORY >> 2) + i] = pa | flags | PS;
			for (let j = 0; j < 1024; j++)
				model.set(i * 1024 + j, { pa: pa + j * 4096, flags });
			continue;
		}
		memory.u32[(DIRECTORY >> 2) + i] = next | flags;
		for (let n = 0; n < 40; n++) {
			const j = rnd(1024), frame = rnd(1 << 20);
			const own = (rnd(4) ? P : 0) | (rnd(2) ? W : 0) | (rnd(2) ? U : 0);
			memory.u32[(next >> 2) + j] = (frame * 4096 | own) >>> 0;
			if (own & P)
				model.set(i * 1024 + j, { pa: frame * 4096,
					flags: P | flags & own });
			else
				model.delete(i * 1024 + j);
		}
		next += 4096;
	}
	return { memory, model, rnd };
}

test("walk finds exactly the mapped pages of random tables", () => {
	let compared = 0;
	for (let seed = 1; seed <= 25; seed++) {
		const { memory, model, rnd } = randomTables(seed);
		const pages = [...model.keys()];
		for (let k = 0; k < 2000; k++) {
			const page = k % 2 ? pages[rnd(pages.length)] : rnd(1 << 20);
			const offset = rnd(4096), va = page * 4096 + offset;
			const w = walk(memory, DIRECTORY, va, true);
			const want = model.get(page);
			assert.equal(w.present, want !== undefined, `seed ${seed} ${va}`);
			if (!want)
				continue;
			assert.equal(w.pa, want.pa + offset);
			assert.equal(w.writable, (want.flags & W) !== 0);
			assert.equal(w.user, (want.flags & U) !== 0);
			compared++;
		}
	}
	assert.ok(compared > 10000);
});

test("ranges cover exactly the pages of the model", () => {
	for (let seed = 1; seed <= 10; seed++) {
		const { memory, model } = randomTables(seed);
		for (const [ranges, size] of [
			[rightsRanges(memory, DIRECTORY, true), (r) => r.size / 4096],
			[mappings(memory, DIRECTORY, true), (r) => r.pages]]) {
			let pages = 0;
			for (const r of ranges) {
				pages += size(r);
				assert.ok(model.has(r.va / 4096));
			}
			assert.equal(pages, model.size);
		}
		for (const m of mappings(memory, DIRECTORY, true))
			for (let i = 0; i < m.pages; i++)
				assert.equal(model.get(m.va / 4096 + i).pa, m.pa + i * 4096);
	}
});

test("damaged tables are read to their end, without an exception", () => {
	for (let seed = 1; seed <= 40; seed++) {
		const rnd = random(seed), memory = empty();
		for (let i = 0; i < memory.u32.length; i += 1 + rnd(3))
			memory.u32[i] = rnd(0xFFFFFFFF);
		for (let k = 0; k < 500; k++) {
			const cr3 = rnd(2) ? rnd(0xFFFFFFFF) : rnd(RAM);
			const w = walk(memory, cr3, rnd(0xFFFFFFFF), rnd(2) === 1);
			assert.ok(w.present ? w.pa >= 0 && w.pa <= 0xFFFFFFFF
				: typeof w.stop === "string");
			assert.equal(typeof access(w, { user: rnd(2) === 1,
				write: rnd(2) === 1 }, PLAIN).why, "string");
		}
		mappings(memory, rnd(RAM), true);
	}
});

test("a 4 MiB page is one only if CR4.PSE is set", () => {
	const memory = empty();
	memory.u32[DIRECTORY >> 2] = 0x400000 | P | W | PS;
	assert.equal(walk(memory, DIRECTORY, 0x12345, true).pa, 0x412345);
	assert.equal(walk(memory, DIRECTORY, 0x12345, false).stop,
		"table outside RAM");
	memory.u32[DIRECTORY >> 2] |= 0x2000;
	assert.ok(walk(memory, DIRECTORY, 0x12345, true).reserved);
});

// Every combination of rights, compared with the rules as a table.
test("access follows SDM 3A 4.6 in every combination of bits", () => {
	let n = 0;
	const bit = (k, i) => (k >> i & 1) !== 0;
	for (let k = 0; k < 1 << 12; k++) {
		const [up, ut, wp, wt, user, write, fetch, cr0wp, smep, smap, ac,
			present] = Array.from({ length: 12 }, (_, i) => bit(k, i));
		if (write && fetch)
			continue;
		const memory = empty();
		memory.u32[DIRECTORY >> 2] = 0x2000 | P | (up ? U : 0) | (wp ? W : 0);
		memory.u32[0x2000 >> 2] = 0x3000 | (present ? P : 0) | (ut ? U : 0)
			| (wt ? W : 0);
		const registers = { cr0: cr0wp ? 0x10000 : 0,
			cr4: (smep ? 0x100000 : 0) | (smap ? 0x200000 : 0),
			eflags: ac ? 0x40000 : 0 };
		const pageIsUsers = up && ut, pageIsWritable = wp && wt;
		let want = present;
		if (user)
			want &&= pageIsUsers && (!write || pageIsWritable);
		else if (fetch)
			want &&= !(pageIsUsers && smep);
		else
			want &&= !(pageIsUsers && smap && !ac)
				&& (!write || pageIsWritable || !cr0wp);
		const got = access(walk(memory, DIRECTORY, 0, true),
			{ user, write, fetch }, registers);
		assert.equal(got.allowed, want, `combination ${k}: ${got.why}`);
		if (!want)
			assert.equal(got.error, (present ? 1 : 0) | (write ? 2 : 0)
				| (user ? 4 : 0) | (fetch && smep ? 16 : 0));
		n++;
	}
	assert.equal(n, 3072);
});

test("the reason names the level that forbids the access", () => {
	const memory = empty();
	memory.u32[DIRECTORY >> 2] = 0x2000 | P | W;
	memory.u32[0x2000 >> 2] = 0x3000 | P | W | U;
	const w = walk(memory, DIRECTORY, 0, true);
	assert.match(access(w, { user: true }, PLAIN).why,
		/^the directory entry keeps users out/);
	assert.match(access(walk(memory, DIRECTORY, 0x1000, true), {}, PLAIN).why,
		/^the table entry is 0/);
	assert.match(access(walk(memory, 0x7FFFF000, 0, true), {}, PLAIN).why,
		/CR3 is wrong/);
	assert.equal(flagNames(0x867), "P W U A D COW");
});

// The figures were measured: findings/reserved-bit.sh.
test("what each machine does with a reserved bit", () => {
	const memory = empty();
	const on = (pde, kind) => {
		memory.u32[DIRECTORY >> 2] = pde;
		const w = walk(memory, DIRECTORY, 0x12345, true);
		const verdict = access(w, kind, PLAIN);
		assert.equal(verdict.allowed, false);
		return Object.fromEntries(reservedOnMachines(w, verdict.error));
	};
	const read = on(0x600000 | P | W | PS, {});
	assert.match(read["a processor"], /^faults, error code 0x9$/);
	assert.match(read.QEMU, /error code 0x8: P is clear/);
	assert.match(read.Bochs, /error code 0x9$/);
	assert.match(read["this emulator, v86"], /ignores it.* 0x00412345: no fault/);
	const write = on(0x600000 | P | W | PS, { write: true });
	assert.match(write.QEMU, /error code 0xa:/);
	assert.match(write.Bochs, /error code 0xb$/);
	const high = on(0x402000 | P | W | PS, {});
	for (const name of ["QEMU", "Bochs"])
		assert.match(high[name], /bits 32 to 39, and reaches 0x100412345$/);
	assert.match(high["this emulator, v86"], /reaches 0x00412345: no fault/);
});
