// usage: node bench.js
// Prints the page's figures; exit status 1 if one misses its goal. Run it on an
// idle machine.

import { launch, open, prompt } from "./page/browser.js";
import { GOALS, fileSize, timeToPrompt, timeToRedraw, words }
	from "./page/figures.js";

const browser = await launch();
const figures = { size: fileSize(), prompt: await timeToPrompt(browser, 5) };
const page = await open(browser);
await prompt(page);
Object.assign(figures, await timeToRedraw(page, 400));
await browser.close();

for (const [name, value] of Object.entries(figures)) {
	const met = value < GOALS[name][1];
	console.log(`${met ? "ok  " : "MISS"} ${words(name, value)}`);
	if (!met)
		process.exitCode = 1;
}
