import { test } from "node:test";
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync,
	symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { OBJ } from "../support.js";

const HERE = fileURLToPath(new URL("../..", import.meta.url));

test("the page is built in a path with a space, an apostrophe, %, # and ü", () => {
	const top = mkdtempSync(`${tmpdir()}/pagewalk 'grün' 50%25 #1 `);
	try {
		for (const name of ["build", "src", "package.json"])
			cpSync(`${HERE}/${name}`, `${top}/tree/${name}`,
				{ recursive: true });
		symlinkSync(`${HERE}/node_modules`, `${top}/tree/node_modules`);
		mkdirSync(`${top}/bios`);
		for (const name of ["bios/bios.bin", "bios/vgabios-stdvga.bin", "image",
			"facts", "licences"])
			writeFileSync(`${top}/${name}`, name);
		const { status, stderr } = spawnSync(process.execPath,
			[`${top}/tree/build/page.js`, `${top}/image`, `${top}/facts`,
				`${top}/bios`, `${top}/licences`, `${top}/page.html`],
			{ encoding: "utf8" });
		assert.equal(status, 0, stderr);
		assert.match(readFileSync(`${top}/page.html`, "utf8"),
			/id="asset-facts"/);
	} finally {
		rmSync(top, { recursive: true, force: true });
	}
});

// Run `make explore` with an xdg-open that ends with this status.
function explore(status, display)
{
	const bin = mkdtempSync(`${tmpdir()}/pagewalk-bin.`);
	const tree = fileURLToPath(new URL("../../../..", import.meta.url));
	const { DISPLAY, WAYLAND_DISPLAY, MAKEFLAGS, ...rest } = process.env;
	try {
		writeFileSync(`${bin}/xdg-open`, `#!/bin/sh\nexit ${status}\n`,
			{ mode: 0o755 });
		return spawnSync("make", ["-s", "explore",
			`OBJDIR=${relative(tree, dirname(OBJ))}`],
		{ cwd: tree, encoding: "utf8", env: { ...rest, ...display,
			PATH: bin + delimiter + process.env.PATH } });
	} finally {
		rmSync(bin, { recursive: true });
	}
}

const built = existsSync(`${OBJ}/own/explorer.html`) ? false
	: "the page is not built";

for (const [what, status, display, words] of [
	["no display", 0, {}, /^Open this file in a browser: \/.*explorer\.html$/m],
	["a browser", 0, { DISPLAY: ":9" }, /browser, if none starts: \/.*explorer\.html$/m],
	["no browser", 3, { DISPLAY: ":9" }, /\/.*explorer\.html\nxdg-open started no/],
])
	test(`make explore prints the page's path: ${what}`, { skip: built }, () => {
		const { status: ended, stdout, stderr } = explore(status, display);
		assert.match(stdout, words);
		assert.equal(ended, 0, stderr);
	});
