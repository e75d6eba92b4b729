// usage: node pictures.js FOLDER
// Makes the pictures of doc/c-explorer.md: parts of the page in Chromium.

import { launch, open, prompt, said, inState } from "./page/browser.js";

const folder = process.argv[2];
const browser = await launch();

async function picture(page, name, selector)
{
	await page.waitForTimeout(600);
	await page.locator(selector).screenshot({
		path: `${folder}/c-explorer-${name}.png` });
}

async function command(page, line)
{
	await page.click("#console");
	await page.keyboard.type(line + "\n");
}

// Run to the next change, and on until the call's words match; no farther than
// `most` changes. line: a command to be typed while the machine runs.
async function change(page, words, most, line)
{
	for (let i = 0; i < most; i++) {
		await page.evaluate(() => globalThis.seen
			= globalThis.explorer.record.change);
		await page.click("#next-change");
		if (line && i === 0)
			await command(page, line);
		await page.waitForFunction(() => globalThis.explorer.machine.state
			=== "paused" && globalThis.explorer.record.change
			!== globalThis.seen, null, { timeout: 150000 });
		if (words.test(await page.locator("#panel-time .call").innerText()))
			return;
	}
	throw new Error(`no call of ${words} among ${most} changes`);
}

const page = await open(browser, "own", {
	viewport: { width: 1280, height: 680 } });
await prompt(page);
await command(page, "run breakpoint");
await said(page, "Breakpoint");
await prompt(page);
await page.click("#panel-physical .legend >> text=user page");
await page.click("#panel-physical .legend >> text=user page");
await picture(page, "physical", ".right");
await page.click("#tab-virtual");
await page.click("#panel-virtual .mark >> text=UTEXT");
await picture(page, "virtual", ".right");
await page.setViewportSize({ width: 1280, height: 860 });
await command(page, "continue");
await said(page, "Destroyed the only environment");
await prompt(page);
await page.click("#tab-time");
// The first page of its program, loaded because it was touched.
await change(page, /^pagein\(/, 20, "run hello");
await picture(page, "time", "#tabs-left");

const family = await open(browser, "own", {
	viewport: { width: 1280, height: 900 } });
await prompt(family);
await family.click("#tab-envs");
await family.click("#tab-time");
// The child writes to its data, which it shares with its parent.
await change(family, /which writes to 0x0080/, 60, "run family");
await picture(family, "fork", "main");

const paging = await open(browser, "own", {
	viewport: { width: 1280, height: 950 } });
await prompt(paging);
await paging.click("#tab-swap");
for (const line of ["swap frames 6", "swap record 64", "run belady"]) {
	await command(paging, line);
	await paging.waitForTimeout(500);
	await prompt(paging);
}
await command(paging, "swap record 0");
await command(paging, "swap frames 90");
// Once from beginning to end; then stop while it fills its pages again.
for (const outs of [8000, 11000]) {
	await command(paging, "run pattern");
	await paging.waitForFunction((n) => globalThis.explorer.record.paging.last
		?.page_outs > n, outs, { timeout: 300000 });
	if (outs === 8000) {
		await said(paging, "pattern: 8192 pages, 0 wrong");
		await prompt(paging);
	}
}
await paging.keyboard.press("F6");
await inState(paging, "paused");
await picture(paging, "paging", ".right");

const dead = await open(browser, "nostack", {
	viewport: { width: 1280, height: 600 } });
await inState(dead, "dead");
await picture(dead, "walk", ".right");
await browser.close();
