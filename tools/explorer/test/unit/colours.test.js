// Checks that any two neighbouring colours of frames and entries can be
// distinguished, also by people who lack one kind of cones.

import { test } from "node:test";
import assert from "node:assert/strict";
import { KIND_NAMES } from "../../src/frames.js";
import { entryColour, frameColour } from "../../src/view/colours.js";

// Linear RGB as seen without one kind of cones (Machado, Oliveira, Fernandes
// 2009, severity 1).
const VISIONS = {
	"all cones": [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
	"no red cones": [[0.152286, 1.052583, -0.204868],
		[0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
	"no green cones": [[0.367322, 0.860646, -0.227968],
		[0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
	"no blue cones": [[1.255528, -0.076749, -0.178779],
		[-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
};
// CIE76 distance; 2.3 is just noticeable.
const APART = 8;

function linear(colour)
{
	return [1, 3, 5].map((i) => parseInt(colour.slice(i, i + 2), 16) / 255)
		.map((c) => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
}

const multiply = (m, v) => m.map((row) =>
	row.reduce((sum, x, i) => sum + x * v[i], 0));

// Linear RGB to CIE L*a*b*, white D65.
function lab(rgb)
{
	const xyz = multiply([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722],
		[0.0193, 0.1192, 0.9505]], rgb.map((c) => Math.min(1, Math.max(0, c))));
	const [x, y, z] = [xyz[0] / 0.9505, xyz[1], xyz[2] / 1.089]
		.map((t) => t > 0.008856 ? Math.cbrt(t) : 7.787 * t + 16 / 116);
	return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

const distance = (a, b) => Math.hypot(...a.map((x, i) => x - b[i]));

const ENTRIES = ["none", "notPresent", "kernelRead", "kernelWrite", "userRead",
	"userWrite", "self", "wild"];

for (const theme of ["light", "dark"])
	for (const [vision, matrix] of Object.entries(VISIONS))
		for (const [what, names, colourOf] of [
			["frames", KIND_NAMES, (_, i) => frameColour(i)],
			["entries", ENTRIES, (name) => entryColour(name)]])
			test(`${what}, ${theme}, ${vision}`, () => {
				globalThis.document = {
					documentElement: { dataset: { theme } } };
				const seen = names.map(colourOf)
					.map((c) => lab(multiply(matrix, linear(c))));
				for (let i = 0; i < seen.length; i++)
					for (let j = 0; j < i; j++) {
						const d = distance(seen[i], seen[j]);
						assert.ok(d >= APART, `${names[i]} and ${names[j]}:`
							+ ` ${d.toFixed(1)}`);
					}
			});
