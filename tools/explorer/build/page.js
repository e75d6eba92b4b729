// Writes the page: one HTML file with the program, the emulator, the firmware,
// a kernel's image and the facts about it. The script is classic and inline, so
// that the page also works as a local file.
//
// usage: node page.js IMAGE FACTS BIOSDIR LICENCES OUT
//   BIOSDIR    has bios.bin and vgabios-stdvga.bin
//   LICENCES   a text file for the page's "About"

import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const [image, facts, biosDir, licences, out] = process.argv.slice(2);
// Not the URL's pathname: there, a space is %20.
const here = (path) => fileURLToPath(new URL("../" + path, import.meta.url));

const bundle = await build({
	entryPoints: [here("src/app.js")], bundle: true, write: false,
	format: "iife", minify: true, target: "es2022", charset: "utf8",
	platform: "browser", legalComments: "none",
	// v86 asks for these only when it runs in node.
	external: ["node:*", "fs", "path", "crypto", "perf_hooks", "util"],
	logLevel: "error",
});

// A script ends at the first "</script", even inside a string.
const script = bundle.outputFiles[0].text.replaceAll("</script", "<\\/script");

const assets = {
	wasm: here("node_modules/v86/build/v86.wasm"), bios: `${biosDir}/bios.bin`,
	vgabios: `${biosDir}/vgabios-stdvga.bin`, image, facts,
};
const packed = Object.entries(assets).map(([name, path]) =>
	`<script type="text/plain" id="asset-${name}">`
	+ gzipSync(readFileSync(path), { level: 9 }).toString("base64")
	+ "</script>").join("\n");

const escape = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
// A function as replacement: "$&" has no special meaning then.
const page = readFileSync(here("src/page.html"), "utf8")
	.replace("@STYLE@", () => readFileSync(here("src/style.css"), "utf8"))
	.replace("@LICENCES@", () => escape(readFileSync(licences, "utf8")))
	.replace("@ASSETS@", () => packed)
	.replace("@SCRIPT@", () => script);
writeFileSync(out, page);
