// The CRC-32 (polynomial 0xEDB88320) of a Uint8Array.

const table = new Uint32Array(256);
for (let n = 0; n < 256; n++) {
	let c = n;
	for (let bit = 0; bit < 8; bit++)
		c = c & 1 ? 0xEDB88320 ^ (c >>> 1) : c >>> 1;
	table[n] = c;
}

export function crc32(bytes)
{
	let c = 0xFFFFFFFF;
	for (let i = 0; i < bytes.length; i++)
		c = table[(c ^ bytes[i]) & 0xFF] ^ (c >>> 8);
	return (c ^ 0xFFFFFFFF) >>> 0;
}
