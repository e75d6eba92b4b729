// The page's three figures, measured in Chromium, and their goals.

import { statSync } from "node:fs";
import { OBJ } from "../support.js";
import { open, prompt } from "./browser.js";

export const FILE = `${OBJ}/own/explorer.html`;

// [what, goal, unit]
export const GOALS = {
	size: ["size of explorer.html", 2e6, "bytes"],
	prompt: ["from opening the page to the prompt, median", 3000, "ms"],
	redraw: ["redraw of 32768 frames, 95th percentile", 16, "ms"],
	median: ["redraw of 32768 frames, median", 16, "ms"],
};

export function fileSize()
{
	return statSync(FILE).size;
}

// The percentile p, from 0 to 1, of sorted values.
function percentile(values, p)
{
	const sorted = [...values].sort((a, b) => a - b);
	return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * p))];
}

// From the request for the page to the first prompt, in ms: the median of
// several times, each in a fresh context.
export async function timeToPrompt(browser, times)
{
	const found = [];
	for (let i = 0; i < times; i++) {
		const page = await open(browser);
		await prompt(page);
		// The page's own clock starts with the request.
		found.push(await page.evaluate(() => globalThis.explorer.promptAt));
		await page.close();
	}
	return percentile(found, 0.5);
}

// Read all of the guest's memory and draw every panel in sight, with the
// map of physical memory among them, while the kernel waits at its prompt: {
// redraw, median }, the 95th and the 50th percentile in ms.
export async function timeToRedraw(page, samples)
{
	await page.click("#tab-physical");
	const found = await page.evaluate(async (n) => {
		const times = [];
		for (let i = 0; i < n; i++) {
			const began = performance.now();
			globalThis.explorer.refresh();
			times.push(performance.now() - began);
			await new Promise(requestAnimationFrame);
		}
		return times;
	}, samples);
	return { redraw: percentile(found, 0.95), median: percentile(found, 0.5) };
}

// "size of explorer.html: 1234567 bytes (goal: below 2000000)"
export function words(name, value)
{
	const [what, goal, unit] = GOALS[name];
	return `${what}: ${value.toFixed(value < 100 ? 1 : 0)} ${unit}`
		+ ` (goal: below ${goal})`;
}
