"""The commands of tools/paging, as you type them: output, errors, status."""

import os
import re
import sys
import tempfile
import unittest
import xml.etree.ElementTree

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from lib import qemu, unit                                  # noqa: E402
from paging.samples import BELADY, some_ops, tool           # noqa: E402

import curves                                               # noqa: E402
import fit                                                  # noqa: E402
import generators                                           # noqa: E402
import policies                                             # noqa: E402
import reftrace                                             # noqa: E402
import svg                                                  # noqa: E402

PAGE = os.path.join(qemu.ROOT, "doc", "paging-tool.md")
PICTURE = os.path.join(qemu.ROOT, "doc", "paging-tool.svg")


def rows(output):
    """{first word: the others} of the lines of a table."""
    return {words[0]: words[1:] for words in
            (line.split() for line in output.splitlines()) if words}


def trace_text(ops, header):
    """One environment, and each page once: nothing may be given up in it."""
    return "\n".join(reftrace.lines_of(
        ((op >> 1, bool(op & 1)) for op in ops), header=header)) + "\n"


class Table(unittest.TestCase):
    def test_beladys_string(self):
        status, out, _ = tool("table", "--string", BELADY, "--frames", "3")
        self.assertEqual(status, 0)
        found = rows(out)
        self.assertEqual(found["fifo"], ["9", "4", "0", "+28.6", "%"])
        self.assertEqual(found["lru"], ["10", "5", "0", "+42.9", "%"])
        self.assertEqual(found["opt"], ["7", "2", "0", "+0.0", "%"])

    def test_the_kernels_counts_stand_beside(self):
        text = trace_text([0, 2, 4, 0], [("frames", 2), ("faults", 4),
                                         ("writes", 1)])
        status, out, _ = tool("table", "-", text=text)
        self.assertEqual(status, 0)
        # 800 801 802 800: OPT evicts 801 and has 3 faults.
        self.assertIn("the kernel             4                   1"
                      "     +33.3 %\n", out)

    def test_the_kernels_counts_stand_beside_its_own_limit_only(self):
        text = trace_text([0, 2, 4, 0], [("frames", 2), ("faults", 4)])
        _, out, _ = tool("table", "-", "--frames", "1-3", text=text)
        self.assertEqual(out.count("the kernel"), 1)

    def test_a_sample_that_needs_frames(self):
        status, _, err = tool("table", "--string", BELADY)
        self.assertEqual(status, 2)
        self.assertIn("give --frames N", err)


class Curves(unittest.TestCase):
    def test_the_table(self):
        status, out, _ = tool("curves", "--string", BELADY, "--policies",
                              "opt,fifo,lru")
        self.assertEqual(status, 0)
        found = rows(out)
        self.assertEqual(found["frames"], ["fifo", "lru", "opt"])
        self.assertEqual([found[n] for n in "12345"],
                         [["12", "12", "12"], ["12", "12", "9"],
                          ["9", "10", "7"], ["10", "8", "6"],
                          ["5", "5", "5"]])

    def test_the_kernels_point_has_a_row_of_its_own(self):
        ops = [2 * (i % 60) for i in range(200)]
        text = trace_text(ops, [("frames", 17), ("faults", 200)])
        _, out, _ = tool("curves", "-", "--policies", "fifo", text=text)
        self.assertEqual(rows(out)["17"], ["200", "200"])

    def test_other_counts(self):
        _, out, _ = tool("curves", "--string", "1w 2 1 3 1w", "--frames", "1",
                         "--count", "writes", "--policies", "fifo")
        self.assertEqual(rows(out)["1"], ["1"])
        _, out, _ = tool("curves", "--string", "1w 2 1 3 1w", "--frames", "1",
                         "--count", "pageins", "--policies", "fifo")
        self.assertEqual(rows(out)["1"], ["2"])


class Fit(unittest.TestCase):
    # A string on which all six have different faults with 5 frames.
    OPS = next(ops for seed in range(1000)
               for ops in [some_ops(seed, 300, 12, frees=False)]
               if len({policies.replay(ops, policies.make(n, 5, ops)).faults
                       for n in policies.NAMES}) == 6)

    TWO_WAYS = "2 4 4 2 4 5 1 4 3 4 4 6 6 5"

    def counts(self, name, frames=5, **parameters):
        return policies.replay(self.OPS, policies.make(
            name, frames, self.OPS, **parameters))

    def fit(self, counts, *more):
        header = [("frames", 5)] + list(zip(reftrace.COUNTS, counts))
        return tool("fit", "-", text=trace_text(
            self.OPS, header + list(more)))

    def test_each_policy_is_named(self):
        for name in policies.NAMES:
            status, out, _ = self.fit(self.counts(name), ("policy", name))
            self.assertEqual(status, 0)
            self.assertEqual(out.splitlines()[-1], "The counts fit %s." % name)

    def test_a_clock_that_is_fifo(self):
        status, out, _ = self.fit(self.counts("fifo"), ("policy", "clock"))
        self.assertEqual(status, 1)
        self.assertEqual(out.splitlines()[-2:], [
            "The counts fit fifo.",
            "They do not fit clock, which the kernel says it runs."])

    def test_the_nearest_with_its_distance(self):
        faults, pageins, writes = self.counts("opt")
        status, out, _ = self.fit((faults - 2, pageins - 1, writes + 4))
        self.assertEqual(status, 1)
        self.assertEqual(out.splitlines()[-1],
                         "No policy fits. The nearest is opt, by a distance"
                         " of 7.")
        self.assertEqual(rows(out)["opt"][0], "7")

    def test_a_claim_that_no_policy_fits(self):
        counts = list(self.counts("clock"))
        counts[0] += 1
        status, out, _ = self.fit(counts, ("policy", "clock"))
        self.assertEqual(status, 1)
        self.assertEqual(out.splitlines()[-2:], [
            "No policy fits. The nearest is clock, by a distance of 1.",
            "They do not fit clock, which the kernel says it runs."])

    def test_each_count_counts(self):
        for i in range(3):
            counts = list(self.counts("clock"))
            counts[i] += 1
            status, out, _ = self.fit(counts)
            self.assertEqual(status, 1)
            self.assertIn("The nearest is clock, by a distance of 1.", out)

    def test_parameters_of_the_trace(self):
        for key, value, name in (("seed", 77, "random"),
                                 ("period", 9, "aging")):
            counts = self.counts(name, **{key: value})
            self.assertNotEqual(counts, self.counts(name))
            status, out, _ = self.fit(counts, (key, value))
            self.assertEqual((status, rows(out)[name][0]), (0, "0"))
            self.assertNotEqual(rows(self.fit(counts)[1])[name][0], "0")

    def test_a_tie_is_told(self):
        # With 3 frames clock is FIFO on this string; random has 9 by chance.
        status, out, _ = tool("fit", "--string", BELADY, "--point", "3:9")
        self.assertEqual(status, 0)
        self.assertIn("The counts fit fifo, clock and random: this string does"
                      " not tell them apart here.", out)

    def test_what_would_tell_a_tie_apart(self):
        # With 3 frames FIFO evicts 2, which clock spares; with 4, neither.
        point = fit.Point(reftrace.from_string("1 2 3 4 2 5 2"), 4,
                          {"faults": 5}, {"seed": 1, "period": None})
        self.assertEqual(fit.telling_frames(point, ["fifo", "clock"]), 3)
        # 3 and 4 frames tell these apart, 2 and 5 do not: the nearest is named.
        for frames, nearest in ((2, 3), (5, 4)):
            near = point._replace(frames=frames, trace=reftrace.from_string(
                self.TWO_WAYS))
            self.assertEqual(fit.telling_frames(near, ["fifo", "clock"]),
                             nearest)
        same = point._replace(trace=reftrace.from_string("1 2 3 4 1 2 3 4"))
        self.assertIsNone(fit.telling_frames(same, ["fifo", "clock"]))

    def test_what_would_tell_a_tie_apart_is_printed(self):
        for seed in range(500):
            ops = some_ops(seed, 30, 6, frees=False)
            faults = [policies.replay(ops, policies.make(n, 4, ops)).faults
                      for n in policies.NAMES]
            point = fit.Point(reftrace.Trace("t"), 4, {"faults": faults[0]},
                              {"seed": 1, "period": None})
            point.trace.ops = ops
            frames = fit.telling_frames(point, ["fifo", "clock"])
            if faults[0] == faults[1] and faults.count(faults[0]) == 2 and \
                    frames:
                break
        status, out, _ = tool("fit", "-", text=trace_text(
            ops, [("frames", 4), ("faults", faults[0])]))
        self.assertEqual((status, out.splitlines()[-2:]), (0, [
            "The counts fit fifo and clock: this string does not tell them"
            " apart here.", "With %d frames it would." % frames]))

    def test_several_points(self):
        # LRU has 10 faults with 3 frames and 8 with 4: nobody else has.
        status, out, _ = tool("fit", "--string", BELADY, "--point", "3:10",
                              "--point", "4:8", "--point", "2:12:7")
        self.assertEqual(status, 0)
        self.assertEqual(out.splitlines()[-1][:15], "The counts fit ")
        self.assertIn("lru", out.splitlines()[-1])
        self.assertEqual(rows(out)["fifo"][0], "3")
        self.assertEqual(rows(out)["opt"][0], str(3 + 2 + 3 + 3))

    def test_nothing_to_fit(self):
        status, _, err = tool("fit", "--string", BELADY)
        self.assertEqual(status, 2)
        self.assertIn("give --point FRAMES:FAULTS", err)


class Explain(unittest.TestCase):
    def explain(self, name, frames="3", string=BELADY, *more):
        status, out, _ = tool("explain", "--string", string, "--frames",
                              frames, "--policy", name, *more)
        self.assertEqual(status, 0)
        return out.splitlines()

    def test_victims_and_reasons(self):
        for name, step, line in (
                ("fifo", 4, "4  4     fault  2 3 4   evicts 1: the oldest"),
                ("clock", 4, "4  4     fault  2:- 3:- 4:A  evicts 1: the hand"
                 " clears A of 1 2 3, and is at 1 again"),
                ("clock", 5, "5  1     fault  3:- 4:A 1:A  evicts 2: at the"
                 " hand, and A is clear"),
                ("clock", 8, "8  1            1:A 2:- 5:A"),
                ("lru", 7, "7  5     fault  1 2 5   evicts 4: last used in"
                 " step 4"),
                ("opt", 4, "4  4     fault  1 2 4   evicts 3: next used in"
                 " step 10, after all others"),
                ("opt", 10, "10  3     fault  2 5 3   evicts 1: never used"
                 " again"),
                ("aging", 10, "10  3     fault  1:-.10100000 2:-.11000000"
                 " 3:A.00000000  evicts 5: the smallest: -.10000000"),
                ("random", 5, "5  1     fault  2 4 1   evicts 3: x = 67634689,"
                 " and x % 3 = 1")):
            self.assertEqual(self.explain(name)[2 + step].strip(), line)

    def test_the_hand_stops_at_the_first_clear_bit(self):
        # 2 is touched: the hand passes 2 and finds 3.
        line = self.explain("clock", string="1 2 3 4 2 5")[2 + 6]
        self.assertIn("4:A 2:- 5:A  evicts 3: the hand clears A of 2", line)
        self.assertNotIn("again", line)

    def test_dirty_victims(self):
        lines = self.explain("fifo", "1", "1w 2")
        self.assertEqual(lines[3:5], [
            "   1  1w    fault  1:D     a frame is free",
            "   2  2     fault  2:-     evicts 1: the oldest; it is written"])
        self.assertEqual(lines[-1], "2 faults, 0 page-ins, 1 write")
        self.assertIn("it is clean", self.explain("fifo", "1", "1 2w")[4])

    def test_until(self):
        lines = self.explain("fifo", "3", BELADY, "--until", "4")
        self.assertEqual(lines[-1].split()[:2], ["4", "4"])
        self.assertEqual(len(lines), 7)

    def test_the_traces_own_policy_and_limit(self):
        text = ("paging-trace 1\nframes 1\npolicy lru\n1000 800\n1000 801\n"
                "free 1000 801\n1000 801\n")
        status, out, _ = tool("explain", "-", text=text)
        self.assertEqual(status, 0)
        self.assertEqual(out.splitlines()[0].split(";")[0], "lru, 1 frame")
        self.assertEqual(out.splitlines()[5].split(),
                         ["801", "given", "up"])


class Errors(unittest.TestCase):
    def test_a_malformed_file(self):
        with tempfile.TemporaryDirectory() as folder:
            file = os.path.join(folder, "run.txt")
            with open(file, "w", encoding="utf-8") as stream:
                stream.write("paging-trace 1\n1000 800 r\n")
            for command in (["table", "--frames", "3"], ["curves"], ["fit"],
                            ["explain"]):
                status, out, err = tool(command[0], file, *command[1:])
                self.assertEqual((status, out, err), (
                    1, "", "paging: %s:2: r: only `w` may follow a page\n" %
                    file))

    def test_a_file_that_is_not_there(self):
        status, _, err = tool("curves", "/nowhere/at/all")
        self.assertEqual(status, 1)
        self.assertEqual(err, "paging: /nowhere/at/all: No such file or"
                         " directory\n")

    def test_no_reference(self):
        status, _, err = tool("curves", "-", text="paging-trace 1\n")
        self.assertEqual((status, err), (
            1, "paging: standard input:1: no reference\n"))

    def test_odd_bytes_before_a_trace_are_no_error(self):
        with tempfile.TemporaryDirectory() as folder:
            file = os.path.join(folder, "console.log")
            with open(file, "wb") as stream:
                stream.write(b"\x1b[2J\xff\xfe\x00 hello\r\nK> paging-trace 1"
                             b"\r\n1000 800\r\npaging-trace end\r\nK> ")
            status, out, _ = tool("table", file, "--frames", "1")
            self.assertEqual(status, 0)
            self.assertEqual(rows(out)["fifo"][0], "1")

    def test_arguments(self):
        for arguments in ([], ["table"], ["table", "-", "--string", "1"],
                          ["curves", "--string", "1", "--frames", "0"],
                          ["curves", "--string", "1", "--frames", "5-3"],
                          ["curves", "--string", "1", "--policies", "nru"],
                          ["table", "--string", "1", "--frames", "1",
                           "--seed", "0"],
                          ["fit", "--string", "1", "--point", "3"],
                          ["fit", "--string", "1", "--point", "0:3"],
                          ["explain", "--string", "1", "--frames", "1"],
                          ["generate", "bogus"]):
            status, out, err = tool(*arguments)
            self.assertEqual((status, out), (2, ""), arguments)
            self.assertIn("error:", err)
            self.assertNotIn("Traceback", err)


class Generate(unittest.TestCase):
    def test_all_kinds_are_read_again(self):
        for kind in generators.KINDS:
            status, out, _ = tool("generate", kind, "--pages", "12")
            self.assertEqual(status, 0)
            trace = reftrace.parse(kind, out.splitlines())
            self.assertEqual(trace.distinct, 12, kind)
            self.assertEqual(trace.compact(), trace.ops, kind)

    def test_seeds(self):
        for kind in ("random", "quicksort", "mergesort"):
            one = list(generators.generate(kind, 12, seed=1))
            self.assertEqual(one, list(generators.generate(kind, 12, seed=1)))
            self.assertNotEqual(one, list(generators.generate(kind, 12,
                                                              seed=2)))

    def test_sequential(self):
        self.assertEqual(list(generators.generate("sequential", 3, rounds=2)),
                         [(0, True), (1, True), (2, True),
                          (0, False), (1, False), (2, False)])

    def test_stride(self):
        pages = [page for page, _ in generators.generate("stride", 16,
                                                         rounds=1)]
        self.assertEqual(pages, [0, 7, 14, 1, 8, 15, 2, 9, 3, 10, 4, 11, 5, 12,
                                 6, 13])

    def test_matrix(self):
        # Two by two: A is 0 1, B is 2 3, C is 4 5.
        self.assertEqual(list(generators.generate("matrix", 6)), [
            (page, page > 3) for page in (0, 2, 0, 3, 4, 0, 2, 0, 3, 4,
                                          1, 2, 1, 3, 5, 1, 2, 1, 3, 5)])

    def test_a_page_that_is_read_and_written_at_once_is_written(self):
        used = [(0, False), (0, True), (1, True), (1, False), (0, False)]
        generators.KINDS["made up"] = lambda pages, seed: iter(used)
        try:
            self.assertEqual(list(generators.generate("made up", 2)),
                             [(0, True), (1, True), (0, False)])
        finally:
            del generators.KINDS["made up"]

    def test_the_sorts_sort(self):
        for seed in range(1, 20):
            for pages in (1, 2, 7, 24):
                for array in (generators.quicksort_array(pages, seed),
                              generators.mergesort_arrays(pages, seed)):
                    values = array.values
                    self.assertEqual(values, sorted(values))
                    self.assertEqual(len(set(values)), len(values))


class Picture(unittest.TestCase):
    SVG = "{http://www.w3.org/2000/svg}"

    def draw(self, *arguments, text=None):
        status, out, err = tool("curves", "--svg", "-", *arguments, text=text)
        self.assertEqual((status, err), (0, ""))
        return out, xml.etree.ElementTree.fromstring(out)

    def panels(self, root):
        return [g for g in root.iter(self.SVG + "g")
                if g.get("class") == "panel"]

    def axis(self, panel, kind, place):
        """From a place to a number, by the first and the last one written."""
        marks = [(float(text.get(place)) - (4 if kind == "y" else 0),
                  int(text.text)) for text in panel.iter(self.SVG + "text")
                 if text.get("class") == kind]
        (p0, n0), (p1, n1) = marks[0], marks[-1]
        # In between, numbers are where a straight line has them.
        for p, n in marks:
            self.assertAlmostEqual(p, p0 + (p1 - p0) * (n - n0) / (n1 - n0), 1)
        return lambda p: round(n0 + (n1 - n0) * (p - p0) / (p1 - p0), 1)

    def values(self, panel):
        """{policy: {frames: count}}, and the kernel's points, as drawn."""
        x, y = self.axis(panel, "x", "x"), self.axis(panel, "y", "y")
        lines = {}
        for line in panel.iter(self.SVG + "polyline"):
            pairs = [pair.split(",") for pair in line.get("points").split()]
            lines[line.get("class").split()[1]] = {
                x(float(a)): y(float(b)) for a, b in pairs}
        return lines, [(x(float(c.get("cx"))), y(float(c.get("cy"))))
                       for c in panel.iter(self.SVG + "circle")]

    def test_points_are_at_their_values(self):
        _, root = self.draw("--string", BELADY, "--point", "3:9", "--point",
                            "4:7")
        panel, = self.panels(root)
        lines, kernel = self.values(panel)
        self.assertEqual(list(lines), list(policies.NAMES))
        ops = reftrace.from_string(BELADY).ops
        for name, curve in lines.items():
            self.assertEqual(curve, {
                n: c.faults for n, c in curves.curve(
                    ops, name, range(1, 6)).items()})
        self.assertEqual(kernel, [(3, 9), (4, 7)])

    def test_a_panel_for_each_string(self):
        with tempfile.TemporaryDirectory() as folder:
            files = []
            for name, frames, faults in (("one & two", 3, 9), ("three", 2, 5)):
                files.append(os.path.join(folder, name + ".txt"))
                with open(files[-1], "w", encoding="utf-8") as stream:
                    stream.write(trace_text(
                        [0, 2, 4, 6, 0, 2, 8, 0], [("frames", frames),
                                                   ("faults", faults)]))
            _, root = self.draw(*files, "--policies", "lru,opt")
        panels = self.panels(root)
        self.assertEqual([self.values(p)[1] for p in panels],
                         [[(3, 9)], [(2, 5)]])
        self.assertEqual([text.text for p in panels
                          for text in p.iter(self.SVG + "text")
                          if text.get("class") == "title"],
                         ["one & two", "three"])

    def test_axes_have_names(self):
        for count, name in (("faults", "faults"), ("pageins", "page-ins"),
                            ("writes", "writes to disk")):
            _, root = self.draw("--string", "1w 2 3 1", "--count", count)
            texts = [t.text for t in root.iter(self.SVG + "text")]
            self.assertIn("frames", texts)
            self.assertIn(name, texts)

    def test_it_needs_nothing_else_and_knows_the_dark(self):
        text, root = self.draw("--string", BELADY)
        self.assertEqual(re.findall(r"https?:[^\"]*", text),
                         ["http://www.w3.org/2000/svg"])
        for word in ("href", "url(", "<script", "@import", "<image"):
            self.assertNotIn(word, text)
        style = root.find(self.SVG + "style").text
        light, dark = style.split("@media(prefers-color-scheme:dark)")
        for name in ("text", ".ground", ".grid", ".axis", ".kernel",
                     *("." + name for name in policies.NAMES)):
            colour = r"%s\{[^}]*(?:fill|stroke):(#\w+)" % re.escape(name)
            self.assertNotEqual(re.search(colour, light).group(1),
                                re.search(colour, dark).group(1), name)

    def test_everything_is_within_the_picture(self):
        _, root = self.draw("--string", BELADY, "--point", "5:40")
        _, _, width, height = map(float, root.get("viewBox").split())
        for panel in self.panels(root):
            dx, dy = map(float, re.findall(r"\d+", panel.get("transform")))
            for line in panel.iter(self.SVG + "polyline"):
                for pair in line.get("points").split():
                    a, b = map(float, pair.split(","))
                    self.assertTrue(0 < a + dx < width and 0 < b + dy < height)
            for ring in panel.iter(self.SVG + "circle"):
                self.assertTrue(0 < float(ring.get("cx")) + dx < width and
                                0 < float(ring.get("cy")) + dy < height)

    def test_steps_are_round(self):
        for highest in (1, 2, 5, 9, 12, 47, 99, 100, 101, 12345, 999999):
            marks = svg.steps(highest)
            self.assertGreaterEqual(marks[-1], highest)
            self.assertLessEqual(len(marks), 8)
            self.assertGreater(len(marks), 1)
            self.assertIn(str(marks[1]).rstrip("0"), ("1", "2", "5"))
            self.assertLess(marks[-1] - highest, marks[1])


class Page(unittest.TestCase):
    """The page of the book shows what the tool prints."""

    def test_transcripts(self):
        with open(PAGE, encoding="utf-8") as stream:
            text = stream.read()
        found = re.findall(r"^    \$ (python3 tools/paging .*)\n((?:    .*\n|\n"
                           r"(?=    ))*)", text, re.M)
        self.assertEqual(len([shown for _, shown in found if shown]), 5)
        for command, shown in found:
            if re.search(r" (record|measure) | testbss", command):
                continue                    # with a kernel: record_test.py
            output = self.run_line(command)
            shown = re.sub(r"^    ", "", shown, flags=re.M).strip("\n")
            if shown:
                self.assertEqual([line.rstrip() for line in
                                  output.strip("\n").splitlines()],
                                 shown.splitlines(), command)

    def test_the_sample_of_the_format(self):
        with open(PAGE, encoding="utf-8") as stream:
            text = stream.read()
        sample = re.search(r"^    paging-trace 1\n(?:    .*\n)+", text, re.M)
        trace = reftrace.parse("run.txt", sample.group().split("\n"))
        self.assertEqual(trace.ops, [0, 3, 0, 5, ~0, ~2])
        error = re.search(r"^    (paging: run.txt:.*)$", text, re.M).group(1)
        with self.assertRaises(reftrace.Malformed) as raised:
            reftrace.parse("run.txt", sample.group().replace(
                "eebfd", "00800000", 1).replace("faults", "#\nfaults")
                .split("\n"))
        self.assertEqual("paging: %s" % raised.exception, error)

    def test_the_picture(self):
        with open(PAGE, encoding="utf-8") as stream:
            command, = re.findall(r"(python3 tools/paging curves .*) --svg "
                                  r"doc/paging-tool.svg", stream.read())
        with open(PICTURE, encoding="utf-8") as stream:
            self.assertEqual(self.run_line(command + " --svg -"),
                             stream.read())

    def run_line(self, command):
        """What a command prints, with the generated files that it names."""
        words = re.findall(r"'[^']*'|\S+", command.partition(" > ")[0])[2:]
        words = [word.strip("'") for word in words]
        with tempfile.TemporaryDirectory() as folder:
            for i, word in enumerate(words):
                kind = re.match(r"(\w+)\.txt$", word)
                if kind:
                    words[i] = os.path.join(folder, word)
                    with open(words[i], "w", encoding="utf-8") as stream:
                        stream.write(tool("generate", kind.group(1))[1])
            output = tool(*words)[1]
            return output.replace(folder + os.sep, "")


if __name__ == "__main__":
    unit.main()
