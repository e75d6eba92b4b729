// Tests of the page in a real browser, with mouse and keyboard.

import { after, before, test as always } from "node:test";
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { OBJ } from "../support.js";
import { NO_CHROMIUM, inState, launch, open, prompt, said, shot }
	from "./browser.js";
import { GOALS, fileSize, timeToRedraw, words } from "./figures.js";
import { monkey } from "./monkey.js";

const PANELS = ["code", "list", "time", "faults", "physical", "virtual", "envs",
	"walk", "swap", "audit"];
let browser, page;

// The tests use one page, one after the other. A test that fails may leave a stop
// or a machine that waits, so the next one gets a new page; after a few of them,
// the others fail at once instead of waiting for their time limits.
const MANY = 4;
let failures = 0;

const test = (name, fn) => always(name, { skip: NO_CHROMIUM }, async () => {
	assert.ok(failures < MANY, `not run: ${MANY} tests failed before`);
	try {
		page ??= await newPage();
		await fn();
	} catch (error) {
		failures++;
		await page?.close();
		page = undefined;
		throw error;
	}
});

async function newPage()
{
	const opened = await open(browser);
	await prompt(opened);
	return opened;
}

before(async () => {
	browser = NO_CHROMIUM ? undefined : await launch();
});

after(() => browser?.close());

const text = (selector, p = page) => p.locator(selector).innerText();
const key = (name) => page.keyboard.press(name);

async function command(line)
{
	await page.click("#console");
	await page.keyboard.type(line + "\n");
}

// Machines that run tests are busy, so everything may take SLACK times as long.
// make bench-explorer checks the goals themselves.
const SLACK = 10;

function within(name, value, slack)
{
	console.log("figure: " + words(name, value));
	assert.ok(value < GOALS[name][1] * slack, words(name, value));
}

always("the file is no larger than its goal", () => {
	within("size", fileSize(), 1);
});

test("it boots, recognises its kernel, and makes no requests", async () => {
	await page.waitForFunction(() => globalThis.explorer.facts !== null);
	assert.deepEqual(page.errors, []);
	assert.equal(await page.locator("#banner").isVisible(), false);
	assert.match(await text("#console .screen"), /Welcome to the JOS kernel/);
});

test("start-up and redraw are fast enough for a busy machine",
	async () => {
		within("prompt", await page.evaluate(() =>
			globalThis.explorer.promptAt), SLACK);
		// The slowest redraw depends on other load: only print it.
		const { redraw, median } = await timeToRedraw(page, 100);
		within("redraw", redraw, Infinity);
		within("median", median, SLACK);
	});

test("a typed command, a pasted one, and the log", async () => {
	await command("meminfo");
	await said(page, "reserved");
	await page.evaluate(() => {
		const data = new DataTransfer();
		data.setData("text", "walk 0xf0100000\n");
		document.getElementById("console").dispatchEvent(
			new ClipboardEvent("paste", { clipboardData: data }));
	});
	await said(page, "K> walk 0xf0100000");
	await prompt(page);
	await page.click("text=All output");
	assert.match(await text("#console .log"), /6828 decimal is 15254 octal!/);
	await page.click("text=All output");
});

test("each panel opens and is not empty", async () => {
	for (const id of PANELS) {
		await page.click(`#tab-${id}`);
		assert.equal(await page.locator(`#panel-${id}`).isVisible(), true);
		assert.ok((await text(`#panel-${id}`)).length > 40, id);
		await shot(page, `panel-${id}`);
	}
	assert.deepEqual(page.errors, []);
});

test("tabs by keyboard: arrows move between them", async () => {
	await page.focus("#tab-audit");
	await key("ArrowRight");
	assert.equal(await page.locator("#panel-physical").isVisible(), true);
	await key("ArrowRight");
	assert.equal(await page.locator("#panel-virtual").isVisible(), true);
});

test("physical memory: a click, arrows, zoom, only one class", async () => {
	await page.click("#tab-physical");
	const cell = await page.evaluate(() =>
		globalThis.explorer.right.current.view.cell);
	await page.locator("#physical-map").click({
		position: { x: cell * 2 + 3, y: 3 } });
	assert.match(await text("#panel-physical .detail"),
		/Frame 0x00002 at physical 0x00002000/);
	await page.focus("#physical-map");
	await key("ArrowLeft");
	const detail = await text("#panel-physical .detail");
	assert.match(detail, /Frame 0x00001.*\n[\s\S]*Page table, count 1/);
	assert.match(detail, /Mapped at .*0xf0001000 in the kernel's directory/);
	assert.match(detail, /00001000 {2}/);
	await key("+");
	assert.ok(await page.evaluate(() =>
		globalThis.explorer.right.current.view.cell) > cell);
	await key("-");
	await page.click("#panel-physical .chip >> text=page directory");
	await shot(page, "physical-one-class");
	await page.click("#panel-physical .chip >> text=page directory");
	await page.click("#panel-physical .detail .goto");
	assert.equal(await page.locator("#panel-walk").isVisible(), true);
});

test("virtual memory: an entry by mouse and keyboard, its bits, its table",
	async () => {
		await page.click("#tab-virtual");
		await page.click("#panel-virtual .mark >> text=KERNBASE");
		assert.match(await text("#panel-virtual .entry"), /Directory entry 960/);
		await page.focus("#panel-virtual canvas >> nth=0");
		await key("ArrowRight");
		assert.match(await text("#panel-virtual .entry"),
			/Directory entry 961\s+0x0040\w{4}/);
		const set = await page.locator("#panel-virtual .bit.set")
			.allInnerTexts();
		assert.ok(set.includes("PS") && set.includes("P"), set.join());
		await page.click("#panel-virtual .mark >> text=UPAGES");
		assert.match(await text("#panel-virtual .ranges"),
			/0xef000000\s+→ 0x\w{8}\s+64 pages\s+P U/);
	});

test("walk: a symbol, each step, and why a write faults", async () => {
	await page.click("#tab-walk");
	await page.fill("#walk-address", "page_alloc");
	await key("Enter");
	const words = await text("#panel-walk .walk");
	assert.match(words, /directory index 960/);
	assert.match(words, /Entry 960 of it, at 0x\w{8}, is 0x\w{8} \(P W/);
	assert.match(words, /The frame reached: 0x001\w{5}/);
	assert.match(words, /CR0\.WP applies to the kernel, too/);
	await page.fill("#walk-address", "0x1234");
	await key("Enter");
	assert.match(await text("#panel-walk .walk"),
		/The walk ends: directory entry not present/);
	await page.fill("#walk-address", "no_such_symbol");
	await key("Enter");
	assert.match(await text("#panel-walk [role=alert]"), /neither an address nor/);
});

test("the audit holds at the prompt", async () => {
	await page.click("#tab-audit");
	await page.waitForFunction(() => globalThis.explorer.audit);
	await page.waitForSelector("#panel-audit .rule");
	const rules = await page.locator("#panel-audit .rule h3").allInnerTexts();
	assert.equal(rules.filter((r) => r.includes("✓ holds")).length, 8);
	assert.equal(await page.locator("#panel-audit .broken").count(), 0);
});

test("stop at a function, step, step out, next change, continue", async () => {
	await page.click("#tab-code");
	await page.fill("#breakpoint-name", "page_alloc");
	await key("Enter");
	await command("run hello");
	await inState(page, "paused");
	assert.match(await text("#where"),
		/Stopped at page_alloc\+0, kern\/page\.c:\d+/);
	assert.match(await text("#panel-code .stack"), /page_alloc[\s\S]*env_/);
	await page.click("#step");
	assert.match(await text("#where"), /Stepped to page_alloc\+[1-9]/);
	await shot(page, "code-stepping");
	// It may recover meanwhile.
	await page.click("#panel-code [aria-label^='Remove the stop']");
	await page.click("#step-out");
	await page.waitForFunction(() => /Returned to env_\w+\+/.test(
		document.getElementById("where").innerText));
	await page.click("#next-change");
	await inState(page, "paused");
	await page.waitForSelector("#panel-time .call code");
	assert.match(await text("#panel-time .call"),
		/^(page|pgdir)_\w+\(.*\) returned 0x\w+ to \w+\+\d+, kern\/\w+\.c:\d+/);
	assert.match(await text("#panel-time .changes"), /frame/);
	await shot(page, "time-change");
	await page.click("#run");
	await said(page, "hello, world");
	await prompt(page);
});

test("an environment's directory and pages, while it lives", async () => {
	await command("run breakpoint");
	await said(page, "Breakpoint");
	await prompt(page);
	await page.click("#tab-virtual");
	await page.waitForFunction(() =>
		globalThis.explorer.snapshot.kernel.envs.length === 1);
	await page.selectOption("#which-directory",
		{ index: await page.locator("#which-directory option").count() - 1 });
	await page.click("#panel-virtual .mark >> text=UTEXT");
	assert.match(await text("#panel-virtual .ranges"), /0x00800000/);
	await shot(page, "virtual-environment");
	await page.click("#tab-physical");
	assert.match(await text("#panel-physical .legend"),
		/user page\s+\d+[\s\S]*environment 0000\d{4}/);
	await shot(page, "physical-environment");
});

test("dark, and 1920 pixels wide", async () => {
	await page.click("#theme");
	await page.setViewportSize({ width: 1920, height: 1080 });
	for (const id of ["physical", "virtual", "walk"]) {
		await page.click(`#tab-${id}`);
		await page.waitForTimeout(100);
		await shot(page, `wide-dark-${id}`);
	}
	await page.click("#theme");
	await page.click("#tab-physical");
	await page.waitForTimeout(100);
	await shot(page, "wide-light-physical");
	await page.setViewportSize({ width: 1280, height: 800 });
	assert.deepEqual(page.errors, []);
});

test("nothing is wider than the page, in any panel", async () => {
	for (const width of [1280, 1920]) {
		await page.setViewportSize({ width, height: 800 });
		for (const id of PANELS) {
			await page.click(`#tab-${id}`);
			await page.waitForTimeout(60);
			const over = await page.evaluate((i) => {
				const p = document.getElementById("panel-" + i);
				return Math.max(p.scrollWidth - p.clientWidth,
					document.body.scrollWidth - innerWidth);
			}, id);
			assert.ok(over <= 0, `${id} at ${width}: ${over} too wide`);
		}
	}
	await page.setViewportSize({ width: 1280, height: 800 });
});

test("the page answers while the guest works without a pause", async () => {
	await page.click("#reset");
	await said(page, "test_backtrace");
	const drawn = await page.evaluate(() => new Promise((done) => {
		let n = 0;
		const end = performance.now() + 1000;
		const frame = () => {
			n++;
			if (performance.now() < end)
				requestAnimationFrame(frame);
			else
				done(n);
		};
		frame();
	}));
	assert.ok(drawn >= 5, `${drawn} frames in a second`);
	await prompt(page);
});

// Click "Next change" until the traced call has these words.
async function changeWith(words)
{
	for (let i = 0; i < 60; i++) {
		await inState(page, "paused");
		const said = await text("#panel-time .call");
		if (words.test(said))
			return said;
		await page.click("#next-change");
	}
	throw new Error(`no change with ${words}`);
}

const cellsOf = (n) => page.locator("#panel-envs .cells").nth(n)
	.locator(".page").evaluateAll((cells) => cells.map((c) => [c.innerText,
		...["cow", "share", "changed"].filter((k) => c.classList.contains(k))]
		.join(" ").trim()));

test("a fork, and the faults after it, step by step", async () => {
	await page.click("#tab-envs");
	assert.match(await text("#panel-envs"), /There are no environments/);
	await page.click("#tab-time");
	await page.click("#next-change");
	await command("run family");
	const fork = await changeWith(/^cow_share/);
	assert.match(fork, /Environment 00001001 shares 7 pages now: 3 copy-on-write, 1 with PTE_SHARE, 3 with/);
	assert.match(fork, /3 pages of the caller lost PTE_W.*No page was copied/);
	// Text, constants; data; the shared page, the copied one; two stacks.
	const changed = ["2", "2", "2", "2 cow changed", "2 share", "2 cow changed",
		"2 cow changed"];
	assert.deepEqual((await cellsOf(0)).slice(0, 7), changed);
	assert.deepEqual((await cellsOf(1)).slice(0, 7), changed.map((c) =>
		c.includes("changed") ? c : c + " changed"));
	await shot(page, "fork-shared");
	const copied = await changeWith(/^cow_copy[^]*was copied/);
	assert.match(copied, /Frame 0x\w{8} was copied to 0x\w{8} for environment 00001000, which writes to 0xeebfd000\. 1 entry leads/);
	assert.deepEqual((await cellsOf(0)).slice(5, 7), ["2 cow", "changed"]);
	assert.deepEqual((await cellsOf(1))[6], "cow");
	assert.match(await text("#panel-time .changes"),
		/0xeebfd000\s+table entry of environment 00001000's directory\s+0x\w{8} P U A( D)? COW\s+→ 0x\w{8} P W U/);
	await shot(page, "fork-copied");
	const last = await changeWith(/^cow_copy[^]*is the last one/);
	assert.match(last, /Environment 00001001 is the last one to map frame 0x\w{8}/);
	assert.deepEqual((await cellsOf(1))[6], "changed");
	await page.click("#run");
	await said(page, "Breakpoint at");
	await prompt(page);
});

test("the tree of environments: what each waits for, and the pages it shares",
	async () => {
		await page.click("#tab-envs");
		await page.waitForFunction(() => document.querySelectorAll(
			"#panel-envs .tree .tree .head").length === 6);
		const heads = await page.locator("#panel-envs .head").allInnerTexts();
		const words = [/^00001000\s+family\s+running;\s+5 shared, 3 private$/,
			/^00001001.*waits for a message/s, /waits to send to 00001000/,
			/waits \d+ ms/, /waits for the end of 00001001/,
			/waits for a message;\s+4 shared, 4 private/,
			/^00001006.*waits for its parent;\s+0 shared, 0 private/s];
		words.forEach((w, i) => assert.match(heads[i], w));
		assert.deepEqual((await cellsOf(1)).slice(4, 6), ["6 share", "5 cow"]);
		// The same frame elsewhere.
		const copied = page.locator("#panel-envs .cells").nth(1)
			.locator(".page.cow");
		await copied.hover();
		assert.equal(await page.locator("#panel-envs .page.same").count(), 5);
		assert.match(await text("#panel-envs .words"),
			/^0x00a01000 of 00001001: frame 0x\w{8}, P U( A)? COW; copy-on-write, shared by 5/);
		await copied.click();
		assert.match(await text("#panel-walk .walk"),
			/The page is copy-on-write, shared by 5\. A write faults/);
		await page.click("#tab-physical");
		for (let i = 0; i < 3; i++)
			await page.click("[aria-label='Larger cells']");
		assert.match(await text("#panel-physical .detail"),
			/User page of several environments, copy-on-write, shared by 5, count 5/);
		await shot(page, "physical-shared");
		for (let i = 0; i < 3; i++)
			await page.click("[aria-label='Smaller cells']");
		await page.click("#tab-audit");
		await page.waitForFunction(() => globalThis.explorer.audit);
		assert.equal(await page.locator("#panel-audit .broken").count(), 0);
		await command("continue");
		await said(page, "[00001000] exiting gracefully");
		await prompt(page);
		assert.deepEqual(page.errors, []);
	});

test("other amounts of RAM, up to the emulator's maximum", async () => {
	await page.selectOption("#ram", "2047");
	await prompt(page);
	await page.waitForFunction(() => globalThis.explorer.facts
		&& globalThis.explorer.snapshot.total === 2047 * 256);
	await page.click("#tab-physical");
	assert.match(await text("#panel-physical .legend"),
		/RAM not managed\s+458\d{3}/);
	await shot(page, "physical-2047");
	await page.selectOption("#ram", "8");
	await prompt(page);
	assert.equal(await page.evaluate(() =>
		globalThis.explorer.snapshot.total), 2048);
	await page.selectOption("#ram", "128");
});

test("a foreign image is reported; its tables are shown", async () => {
	await page.setInputFiles("input[type=file]", `${OBJ}/ring/kernel.img`);
	await page.waitForFunction(() =>
		!document.getElementById("banner").hidden, null, { timeout: 150000 });
	assert.match(await text("#banner"), /not the kernel that this page was/);
	await page.click("#tab-virtual");
	await page.waitForFunction(() => document.querySelector(
		"#which-directory option")?.innerText.includes("CR3's"));
	await shot(page, "foreign-image");
	await page.evaluate(() => globalThis.before = globalThis.explorer.machine);
	await page.setInputFiles("input[type=file]", `${OBJ}/own/kernel.img`);
	await page.waitForFunction(() => globalThis.before
		!== globalThis.explorer.machine);
	await prompt(page);
	assert.equal(await page.locator("#banner").isVisible(), false);
	assert.deepEqual(page.errors, []);
});

test("growth of the emulator's memory detaches no panel", async () => {
	await page.click("#tab-physical");
	await page.evaluate(() => {
		const { explorer } = globalThis;
		explorer.machine.pause();
		explorer.select({ frame: 0x100 });
		explorer.machine.cpu.wasm_memory.grow(1);
		// Without a new snapshot.
		explorer.right.current.view.update();
	});
	await page.click("#panel-physical .chip >> text=page directory");
	assert.match(await text("#panel-physical .detail"), /Frame 0x00100/);
	await page.click("#panel-physical .chip >> text=page directory");
	await page.click("#run");
	assert.deepEqual(page.errors, []);
});

const good = readFileSync(`${OBJ}/own/kernel.img`);
const BAD_FILES = [
	["empty.img", Buffer.alloc(0), /empty\.img is empty/],
	["one.img", Buffer.alloc(1), /one\.img has 1 byte: less than a boot sector/],
	["short.img", good.subarray(0, 511), /has 511 bytes: less than/],
	["zeros.img", Buffer.alloc(512), /first sector is all zeros/],
	["notes.txt", Buffer.from("hello, world\n".repeat(200)), /it is a text/],
	["kernel", readFileSync(`${OBJ}/own/kernel`), /is an ELF file, not a disk/],
	["cut.img", good.subarray(0, 100001), /cut\.img is cut off: it has 100001/],
];

async function chooseFile(name, buffer)
{
	await page.setInputFiles("input[type=file]", { name,
		mimeType: "application/octet-stream", buffer });
}

test("a file that is no image is refused in a sentence; the machine stays",
	async () => {
		await prompt(page);
		await page.evaluate(() => globalThis.before = globalThis.explorer.machine);
		for (const [name, bytes, words] of BAD_FILES) {
			await chooseFile(name, bytes);
			await page.waitForFunction((n) => document.getElementById("banner")
				.innerText.includes(n), name);
			assert.match(await text("#banner"), words);
			assert.match(await text("#banner"), /The machine keeps its image/);
		}
		assert.ok(await page.evaluate(() => globalThis.before
			=== globalThis.explorer.machine), "the same machine");
		await command("meminfo");
		await said(page, "reserved");
		await chooseFile("kernel.img", good);
		await page.waitForFunction(() => globalThis.before
			!== globalThis.explorer.machine);
		await prompt(page);
		assert.equal(await page.locator("#banner").isVisible(), false);
		assert.deepEqual(page.errors, []);
	});

test("a machine that cannot start is reported, and the next one boots",
	async () => {
		await page.evaluate(() => {
			const { assets } = globalThis.explorer;
			globalThis.kept = assets.wasm;
			assets.wasm = "no module";
			globalThis.explorer.reset();
		});
		await page.waitForFunction(() => /The emulator cannot start/.test(
			document.getElementById("banner").innerText));
		// Nothing of the page needs a machine.
		for (const id of PANELS)
			await page.click(`#tab-${id}`);
		await key("F6");
		await key("F7");
		await page.evaluate(() => globalThis.explorer.assets.wasm
			= globalThis.kept);
		await page.click("#reset");
		await prompt(page);
		assert.equal(await page.locator("#banner").isVisible(), false);
		assert.deepEqual(page.errors, []);
	});

test("stops outlive a reset, hold from the boot on, and can be removed before",
	async () => {
		await page.click("#tab-code");
		for (const name of ["page_alloc", "mem_init"]) {
			await page.fill("#breakpoint-name", name);
			await key("Enter");
		}
		// Before the kernel is there, its symbols are unknown.
		await page.evaluate(async () => {
			globalThis.explorer.reset();
			await new Promise((go) => setTimeout(go, 30));
			document.querySelector("[aria-label*='page_alloc']").click();
			globalThis.explorer.refresh();
		});
		await inState(page, "paused");
		assert.match(await text("#where"), /Stopped at mem_init\+0, kern\/\w+\.c:/);
		await page.click("#panel-code [aria-label^='Remove the stop']");
		await page.click("#run");
		await prompt(page);
		assert.deepEqual(page.errors, []);
	});

test("a reserved bit: the walk says what each machine does, the audit objects",
	async () => {
		await page.evaluate(() => {
			const { machine, snapshot } = globalThis.explorer;
			machine.pause();
			machine.emulator.write_memory(
				Uint8Array.of(0x83, 0, 0x60, 0), snapshot.kernel.kernPgdir);
			globalThis.explorer.select({ va: 0x1234, show: "walk" });
		});
		const words = await text("#panel-walk .machines");
		assert.match(words, /On QEMU: faults, error code 0x8: P is clear/);
		assert.match(words, /On Bochs: faults, error code 0x9\n/);
		assert.match(words, /v86: ignores it, and reaches 0x00401234: no fault/);
		await shot(page, "walk-reserved");
		await page.click("#tab-audit");
		assert.match(await text("#panel-audit .broken"), /EMU[\s\S]*reserved bits/);
		await page.evaluate(() => {
			const { machine, snapshot } = globalThis.explorer;
			machine.emulator.write_memory(new Uint8Array(4),
				snapshot.kernel.kernPgdir);
			globalThis.explorer.toggle();
		});
	});

test("a reset by the kernel, and a halt for ever, are named", async () => {
	await command("reboot");
	await page.waitForFunction(() => /has reset the machine, at reset\+/.test(
		document.getElementById("banner").innerText), null, { timeout: 60000 });
	await prompt(page);
	await command("halt");
	await page.waitForFunction(() => /halted at .* with interrupts off/.test(
		document.getElementById("banner").innerText), null, { timeout: 60000 });
	assert.match(await text("#status"), /Halted for ever at/);
	await page.click("#reset");
	await prompt(page);
	assert.equal(await page.locator("#banner").isVisible(), false);
	assert.deepEqual(page.errors, []);
});

const ACTIONS = Number(process.env.MONKEY || 300);
const SEED = Number(process.env.SEED || Date.now() % 1e6);

test(`a monkey's ${ACTIONS} actions, seed ${SEED}`, async () => {
	const p = await open(browser);
	await prompt(p);
	await monkey(p, SEED, ACTIONS, [...BAD_FILES.map(([name, bytes]) =>
		({ name, bytes })), { name: "kernel.img", bytes: good },
	{ name: "ring.img", bytes: readFileSync(`${OBJ}/ring/kernel.img`) }]);
	assert.deepEqual(p.errors, []);
	// Whatever it did, the good image boots.
	await p.evaluate(() => {
		const { explorer } = globalThis;
		explorer.breakpoints.clear();
		explorer.machine?.breakpoints.clear();
		explorer.setSpeed(1);
	});
	await p.selectOption("#ram", "128");
	await p.evaluate(() => globalThis.explorer.resetting);
	await p.evaluate(() => globalThis.before = globalThis.explorer.machine);
	await p.setInputFiles("input[type=file]", `${OBJ}/own/kernel.img`);
	await p.waitForFunction(() => globalThis.before
		!== globalThis.explorer.machine);
	await prompt(p);
	assert.deepEqual(p.errors, []);
	await p.close();
});

for (const [name, words] of [
	["nodir", /instruction at EIP .* cannot be fetched/],
	["noidt", /IDT was never loaded/],
	["nostack", /stack below ESP .* cannot be written/],
])
	test(`a kernel that dies (${name}) ends in a post-mortem`, async () => {
		const p = await open(browser, name);
		await inState(p, "dead");
		await p.waitForSelector("#panel-faults .causes li");
		assert.match(await text("#panel-faults", p), /EIP\s+0x\w{8}/);
		// The walk beside it fails.
		assert.match(await text("#panel-walk", p), /The walk ends|✗ faults/);
		assert.match(await text("#panel-faults", p), words);
		assert.match(await text("#panel-faults .frames", p), /kern\/\w+\.\w:\d+/);
		await shot(p, `dead-${name}`);
		// Memory can still be explored.
		for (const id of PANELS)
			await p.click(`#tab-${id}`);
		await p.click("#tab-physical");
		// In a check, the list is cut to its first frames.
		assert.match(await text("#panel-physical .legend", p), name === "noidt"
			? /free\s+\d+/ : /free\s+\d{5}/);
		await p.click("#tab-walk");
		await p.click("#panel-walk >> text=CR2");
		assert.match(await text("#panel-walk .walk", p), /faults/);
		if (name === "nodir") {
			await p.click("#reset");
			await inState(p, "running");
			await inState(p, "dead");
		}
		assert.deepEqual(p.errors, []);
		await p.close();
	});

test("paging: the dial, the slots, the last victim", async () => {
	const p = await open(browser);
	await prompt(p);
	await p.click("#tab-swap");
	assert.match(await text("#panel-swap", p), /No page may leave memory yet/);
	for (const line of ["swap frames 16", "run pageout"]) {
		await p.click("#console");
		await p.keyboard.type(line + "\n");
	}
	await said(p, "Breakpoint");
	await p.waitForFunction(() => /16 may leave memory, at most 16/.test(
		document.getElementById("panel-swap").innerText));
	const panel = await text("#panel-swap", p);
	assert.match(panel, /The last victim, by clock: the first with A clear/);
	assert.match(panel, /policy\s+clock[\s\S]*slots\s+16383, \d+ free/);
	assert.match(await p.getAttribute("#swap-dial", "aria-label"),
		/^16 pages may leave memory, \d+ with A, \d+ with D$/);
	assert.match(await p.getAttribute("#swap-map", "aria-label"),
		/^\d+ of 16383 slots are in use$/);
	// A mark of the dial, and the first slot.
	await p.hover("#swap-dial", { position: { x: 125, y: 10 } });
	assert.match(await text("#panel-swap .words", p),
		/^Frame 0x\w{8}: 0x\w{8} of 00001000, A (set|clear), D/);
	await p.hover("#swap-map", { position: { x: 1, y: 1 } });
	assert.match(await text("#panel-swap .words", p), /^Slot 1: \d+ entr/);
	await p.click("#swap-dial", { position: { x: 125, y: 10 } });
	assert.match(await text("#panel-physical .detail", p), /Frame 0x/);
	assert.deepEqual(p.errors, []);
	await shot(p, "panel-paging");
	await p.close();
});

test("paging: the kernel's count beside OPT's on the recorded string", async () => {
	const p = await open(browser);
	await prompt(p);
	await p.click("#tab-swap");
	const panel = () => text("#panel-swap", p);
	const type = async (line) => {
		await p.click("#console");
		await p.keyboard.type(line + "\n");
	};
	const shows = (words) => p.waitForFunction((w) => new RegExp(w).test(
		document.getElementById("panel-swap").innerText), words);
	assert.match(await panel(), /Nothing is recorded/);
	await type("swap frames 6");
	await p.click("#panel-swap button:has-text('Record')");
	await shows("the record goes on");
	await type("run belady");
	await said(p, "free env");
	await prompt(p);
	await p.click("#panel-swap button:has-text('End the record')");
	await shows("\\d+ events, 6 frames(\\n|$)");
	const faults = Object.fromEntries([...(await panel()).matchAll(
		/^(the kernel|OPT|LRU|FIFO)\s+(\d+)\s+\+/gm)]
		.map((m) => [m[1], Number(m[2])]));
	assert.equal(Object.keys(faults).length, 4, await panel());
	assert.ok(faults.OPT >= 9 && faults.OPT < faults.LRU
		&& faults.OPT <= faults["the kernel"], JSON.stringify(faults));
	assert.match(await p.getAttribute("#panel-swap .columns .plot",
		"aria-label"), new RegExp(`the kernel has ${faults["the kernel"]}`
		+ " with 6"));
	await shot(p, "panel-recorded");
	// A string that is cut off is reported in words, without numbers.
	await type("swap frames 60");
	await type("swap record 1");
	await type("run testbss");
	await shows("was cut off: \\d+ uses did not fit");
	assert.doesNotMatch(await panel(), /over OPT/);
	assert.deepEqual(p.errors, []);
	await p.close();
});

test("a circular free list is shown", async () => {
	const p = await open(browser, "ring");
	await said(p, "FAIL check_page_free_list");
	await p.click("#tab-list");
	// While checks run, the kernel cuts the list: pause while it is
	// circular.
	await p.waitForFunction(() => {
		const e = globalThis.explorer;
		if (e.machine.state === "running" && e.look().list.end === "ring")
			e.toggle();
		return e.machine.state === "paused";
	});
	assert.match(await text("#panel-list", p), /a ring: after \d+ frames/);
	await shot(p, "ring-list");
	await p.click("#tab-audit");
	await p.waitForSelector("#panel-audit .broken");
	assert.match(await text("#panel-audit .broken >> nth=0", p), /F1[\s\S]*ring/);
	await p.click("#panel-audit .broken li .goto >> nth=0");
	assert.match(await text("#panel-physical .detail", p), /Frame 0x/);
	assert.ok(await p.evaluate(() => {
		const { selection, right } = globalThis.explorer, v = right.current.view;
		const top = Math.floor(selection.frame / v.columns) * v.cell
			- v.view.scrollTop;
		return top >= 0 && top + v.cell <= v.view.clientHeight;
	}), "the culprit is in sight");
	await shot(p, "ring-culprit");
	assert.deepEqual(p.errors, []);
	await p.close();
});
