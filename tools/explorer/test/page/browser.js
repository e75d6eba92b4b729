// Chromium with the page in it, for tests and measurements.

import { accessSync, constants, mkdirSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";
import { OBJ } from "../support.js";

// The file of the first of these programs that exists.
function findProgram(names)
{
	for (const name of names)
		for (const folder of name.includes("/") ? [""]
			: process.env.PATH.split(":").map((f) => f + "/"))
			try {
				accessSync(folder + name, constants.X_OK);
				return folder + name;
			} catch {
				// Try the next one.
			}
	return undefined;
}

export const CHROMIUM = findProgram(process.env.CHROMIUM
	? [process.env.CHROMIUM]
	: ["chromium", "chromium-browser", "google-chrome"]);
export const NO_CHROMIUM = CHROMIUM ? false
	: "no Chromium; sh conf/setup --all installs it";
export const SHOTS = `${OBJ}/screenshots`;

export function launch()
{
	mkdirSync(SHOTS, { recursive: true });
	return chromium.launch({ executablePath: CHROMIUM,
		args: ["--no-sandbox"] });
}

// Open the page of a kernel. errors collects its errors, and every request that
// it makes.
export async function open(browser, name = "own", options = {})
{
	const page = await browser.newPage({
		viewport: { width: 1280, height: 800 }, ...options });
	page.errors = [];
	page.on("pageerror", (e) => page.errors.push(e.stack));
	page.on("console", (m) => m.type() === "error"
		&& page.errors.push(m.text()));
	page.on("request", (r) => /^(file|data|blob):/.test(r.url())
		|| page.errors.push("request: " + r.url()));
	await page.goto(pathToFileURL(`${OBJ}/${name}/explorer.html`).href);
	return page;
}

// Wait until the console's text ends with, or contains, some text.
export function said(page, words, timeout = 150000)
{
	return page.waitForFunction((w) =>
		globalThis.explorer?.console?.text.includes(w), words, { timeout });
}

export function prompt(page, timeout = 150000)
{
	return page.waitForFunction(() =>
		globalThis.explorer?.console?.text.endsWith("K> "), null, { timeout });
}

// Wait until the machine is in a state: "paused", "dead", "running".
export function inState(page, state, timeout = 150000)
{
	return page.waitForFunction((s) =>
		globalThis.explorer?.machine?.state === s, state, { timeout });
}

export function shot(page, name)
{
	return page.screenshot({ path: `${SHOTS}/${name}.png` });
}
