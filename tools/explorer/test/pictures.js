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
await page.click("#tab-time");
await page.click("#next-change");
await command(page, "run hello");
await inState(page, "paused");
// The first page of its program, loaded because it was touched.
for (let i = 0; i < 20 && !/^pagein\(/.test(await page.locator(
	"#panel-time .call").innerText()); i++) {
	await page.click("#next-change");
	await inState(page, "paused");
}
await picture(page, "time", "#tabs-left");

const family = await open(browser, "own", {
	viewport: { width: 1280, height: 900 } });
await prompt(family);
await family.click("#tab-envs");
await family.click("#tab-time");
await family.click("#next-change");
await command(family, "run family");
await inState(family, "paused");
// The child writes to its data, which it shares with its parent.
for (let i = 0; i < 60 && !/which writes to 0x0080/.test(await family.locator(
	"#panel-time .call").innerText()); i++) {
	await family.click("#next-change");
	await inState(family, "paused");
}
await picture(family, "fork", "main");

const paging = await open(browser, "own", {
	viewport: { width: 1280, height: 800 } });
await prompt(paging);
await paging.click("#tab-swap");
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
