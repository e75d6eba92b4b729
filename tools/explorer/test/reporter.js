// Formats results of node's test runner like this project's tests: a line a
// test, "name: OK (0.4s)", the reason below a failure, and a closing line with
// the sum, which .ci/run reads.

import { inspect } from "node:util";

// Older versions of node report each file as a test that contains the others.
const isFile = (name) => /\.test\.js$/.test(name);

function seconds(data)
{
	return `(${(data.details.duration_ms / 1000).toFixed(1)}s)`;
}

// The error, without the runner's stack frames.
function reason(error)
{
	const text = error?.cause?.stack ?? inspect(error?.cause ?? error);
	return text.split("\n").filter((line) => !line.includes("node:internal"))
		.map((line) => "    " + line).join("\n") + "\n";
}

export default async function* report(source)
{
	let passed = 0, failed = 0, skipped = 0;
	for await (const { type, data } of source) {
		if (type === "test:stdout") {
			yield data.message;
		} else if (type === "test:stderr") {
			process.stderr.write(data.message);
		} else if (type === "test:diagnostic"
			&& /^[a-z]+: /.test(data.message)) {
			// Older versions report a test's output in this way.
			yield data.message + "\n";
		} else if (type === "test:pass" && data.skip !== undefined) {
			skipped++;
			yield `${data.name} (${data.skip}): SKIP\n`;
		} else if (type === "test:pass" && !isFile(data.name)) {
			passed++;
			yield `${data.name}: OK ${seconds(data)}\n`;
		} else if (type === "test:fail" && !(isFile(data.name)
			&& data.details.error?.failureType === "subtestsFailed")) {
			failed++;
			yield reason(data.details.error)
				+ `${data.name}: FAIL ${seconds(data)}\n`;
		}
	}
	if (!passed && !failed && !skipped) {
		failed = 1;
		yield "no test ran\n";
	}
	yield `explorer: ${passed} passed, ${failed} failed`
		+ (skipped ? `, ${skipped} skipped` : "") + "\n";
}
