import { test } from "node:test";
import assert from "node:assert/strict";
import { MAX_IMAGE, asDisk, examineImage, sizeTrouble } from "../../src/image.js";

const text = (words) => new TextEncoder().encode(words);

// A disk with a boot sector and an ELF file whose segment ends at byte `end` of
// the image.
function disk(size, end = size, { magic = 0x464C457F, elfClass = 1, machine = 3 } = {})
{
	const bytes = new Uint8Array(size), view = new DataView(bytes.buffer);
	bytes[510] = 0x55;
	bytes[511] = 0xAA;
	view.setUint32(512, magic, true);
	bytes[516] = elfClass;
	view.setUint16(512 + 18, machine, true);
	view.setUint32(512 + 28, 52, true);
	view.setUint16(512 + 44, 1, true);
	view.setUint32(512 + 52, 1, true);
	view.setUint32(512 + 52 + 4, 4096, true);
	view.setUint32(512 + 52 + 16, end - 512 - 4096, true);
	return bytes;
}

test("a good image is neither refused nor warned of", () => {
	assert.deepEqual(examineImage("a.img", disk(8192)), {});
});

const zeros = (n) => new Uint8Array(n);
for (const [what, bytes, words] of [
	["an empty file", zeros(0), /^x is empty/],
	["one byte", zeros(1), /^x has 1 byte: less than a boot sector/],
	["511 bytes", zeros(511), /^x has 511 bytes: less than/],
	["a sector of zeros", zeros(512), /first sector is all zeros/],
	["a large file of zeros", zeros(100000), /first sector is all zeros/],
	["a text", text("hello, world\n".repeat(100)), /it is a text/],
	["a text in UTF-8", text("größer als ein Sektor, \n".repeat(100)), /it is a text/],
	["noise", zeros(600).fill(7), /its first sector ends with 07 07.*55 aa/],
	["an ELF file", disk(8192).subarray(512), /is an ELF file, not a disk image/],
	["an image that lacks its last byte", disk(8191, 8192),
		/is cut off: it has 8191 bytes, and the kernel in it ends at byte 8192/],
	["an image without program headers", disk(8192).subarray(0, 590),
		/is cut off: it has 590 bytes/],
	["an image whose segment ends nowhere", disk(8192, 0xFFFFF000), /is cut off/],
])
	test(`refused: ${what}`, () => {
		const { refuse, warning } = examineImage("x", bytes);
		assert.match(refuse ?? "nothing", words);
		assert.match(refuse, /\.$/, "a sentence");
		assert.equal(warning, undefined);
	});

for (const [what, bytes, words] of [
	["a boot sector alone", disk(8192).subarray(0, 512), /no ELF file/],
	["another system's disk", disk(8192, 8192, { magic: 1 }), /no ELF file/],
	["a 64-bit kernel", disk(8192, 8192, { elfClass: 2 }), /another processor/],
	["an ARM kernel", disk(8192, 8192, { machine: 40 }), /another processor/],
])
	test(`booted with a warning: ${what}`, () => {
		const { refuse, warning } = examineImage("x", bytes);
		assert.equal(refuse, undefined);
		assert.match(warning, words);
	});

test("a huge file is refused by its size alone", () => {
	assert.match(sizeTrouble("x", MAX_IMAGE + 1), /x has 512 MiB.*at most 512/);
	assert.match(sizeTrouble("x", 3 * 2 ** 30), /x has 3072 MiB/);
	assert.match(sizeTrouble("x", 5 * 2 ** 40), /x has 5242880 MiB/);
	assert.equal(sizeTrouble("x", MAX_IMAGE), undefined);
});

test("a disk has whole sectors, and is a copy", () => {
	for (const [size, sectors] of [[0, 1], [1, 1], [512, 1], [513, 2]]) {
		const image = new Uint8Array(size).fill(9).buffer, made = asDisk(image);
		assert.equal(made.byteLength, sectors * 512);
		assert.notEqual(made, image);
		assert.equal(new Uint8Array(made).filter((b) => b === 9).length, size);
	}
});
