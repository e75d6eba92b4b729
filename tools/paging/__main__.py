#!/usr/bin/env python3
"""Replay reference strings under page replacement policies.

usage: python3 tools/paging COMMAND [FILE ...] [OPTION ...]

    table     the counts of each policy with some numbers of frames
    curves    counts against frames, as a table; --svg FILE draws them
    fit       which policy fits the counts of a kernel?
    explain   a replay step by step: frames, bits, the victim and why
    generate  print a string of known shape
    record    print the string of a user program, from a run in QEMU
    measure   run user programs with few frames, and compare the kernel's counts
    policies  print the exact definitions of the policies
    format    print the definition of the trace format

A FILE is a trace, a console's log with a trace in it, or - for standard input.
--string '1 2 3 4 1 2 5w' takes its place; w: the page is written. `COMMAND
--help` lists the options. Exit status: 0; 1 if a file is malformed or cannot be
read, no policy fits, a program cannot be recorded, or a kernel's counts differ
from the replay's; 2 if the arguments are wrong.
"""

import argparse
import os
import signal
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import curves           # noqa: E402
import explain          # noqa: E402
import fit              # noqa: E402
import generators       # noqa: E402
import measure          # noqa: E402
import policies         # noqa: E402
import record           # noqa: E402
import reftrace         # noqa: E402
import svg              # noqa: E402

TITLES = {"faults": "faults", "pageins": "page-ins", "writes": "writes"}


# --- Arguments ----------------------------------------------------------------

def numbers(text):
    """`3`, `3,4` or `1-20`, or a mixture, as a sorted list."""
    found = set()
    for part in text.split(","):
        first, dash, last = part.partition("-")
        try:
            start, end = int(first), int(last if dash else first)
        except ValueError:
            raise argparse.ArgumentTypeError(
                "not a number, nor a range such as 1-20: %s" % part) from None
        if not 1 <= start <= end:
            raise argparse.ArgumentTypeError("no range from 1 up: %s" % part)
        found.update(range(start, end + 1))
    return sorted(found)


def positive(text):
    return numbers(text)[0] if text.isdigit() else numbers(text + "?")[0]


def seed(text):
    value = positive(text)
    if value >= 1 << 32:
        raise argparse.ArgumentTypeError("more than 32 bits: %s" % text)
    return value


def names(text):
    found = text.split(",")
    for name in found:
        if name not in policies.NAMES:
            raise argparse.ArgumentTypeError("no policy %s; they are %s" % (
                name, " ".join(policies.NAMES)))
    return [name for name in policies.NAMES if name in found]


def point(text):
    """FRAMES:FAULTS[:PAGEINS[:WRITES]]"""
    parts = text.split(":")
    if not 2 <= len(parts) <= 4 or not all(p.isdigit() for p in parts) or \
            int(parts[0]) == 0:
        raise argparse.ArgumentTypeError(
            "not FRAMES:FAULTS[:PAGEINS[:WRITES]]: %s" % text)
    return int(parts[0]), dict(zip(reftrace.COUNTS, map(int, parts[1:])))


def kernels_names(text):
    for name in text.split(","):
        if name in policies.NAMES and name not in measure.NAMES:
            raise argparse.ArgumentTypeError("the kernel has no policy " +
                                             name)
    return names(text)


def machine_options(sub):
    sub.add_argument("--image", default="obj/kern/kernel.img")
    sub.add_argument("--memory", type=positive, default=128, metavar="MB")
    sub.add_argument("--seconds", type=positive, default=300,
                     help="the time limit of each boot (300)")
    sub.add_argument("--qemu", default="qemu-system-i386")
    sub.add_argument("--compiler", default="cc")


def arguments():
    parser = argparse.ArgumentParser(
        prog="paging", usage=__doc__, add_help=True)
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    commands.required = True

    def command(name, several=True):
        sub = commands.add_parser(name)
        sub.add_argument("files", nargs="*" if several else "?",
                         metavar="FILE")
        sub.add_argument("--string", metavar="PAGES",
                         help="the string itself, such as '1 2 3w'")
        sub.add_argument("--trace", type=positive, metavar="N",
                         help="the Nth trace of a log that has several")
        sub.add_argument("--seed", type=seed, help="of random (1)")
        sub.add_argument("--period", type=positive,
                         help="of aging: faults between shifts (frames / 8)")
        return sub

    def policy_option(sub):
        sub.add_argument("--policies", type=names, metavar="NAME,NAME",
                         default=list(policies.NAMES))

    table = command("table")
    table.add_argument("--frames", type=numbers, metavar="N,N-N",
                       help="the trace's own limit, if it has one")
    policy_option(table)
    many = command("curves")
    many.add_argument("--frames", type=numbers, metavar="N,N-N",
                      help="from 1 to all pages")
    many.add_argument("--count", choices=reftrace.COUNTS, default="faults")
    many.add_argument("--svg", metavar="FILE", help="- for standard output")
    many.add_argument("--point", type=point, action="append", default=[],
                      metavar="FRAMES:FAULTS", help="a kernel's own count")
    policy_option(many)
    fitting = command("fit")
    fitting.add_argument("--point", type=point, action="append", default=[],
                         metavar="FRAMES:FAULTS[:PAGEINS[:WRITES]]",
                         help="a kernel's own counts")
    steps = command("explain", several=False)
    steps.add_argument("--frames", type=positive)
    steps.add_argument("--policy", choices=policies.NAMES)
    steps.add_argument("--until", type=positive, metavar="STEP",
                       help="end after this step: the next one is yours")
    generate = commands.add_parser("generate")
    generate.add_argument("kind", choices=list(generators.KINDS))
    generate.add_argument("--pages", type=positive, default=24)
    generate.add_argument("--rounds", type=positive)
    generate.add_argument("--seed", type=seed, default=1)
    recording = commands.add_parser("record")
    recording.add_argument("program", help="as for the monitor's `run`")
    machine_options(recording)
    measuring_ = commands.add_parser("measure")
    measuring_.add_argument("programs", nargs="+", metavar="PROGRAM")
    measuring_.add_argument("--frames", type=numbers, metavar="N,N-N",
                            help="a quarter, half, three quarters of the pages")
    measuring_.add_argument("--policies", type=kernels_names,
                            metavar="NAME,NAME", default=list(measure.NAMES))
    measuring_.add_argument("--strings", metavar="FOLDER",
                            help="where recorded strings are, or are put")
    measuring_.add_argument("--svg", metavar="FILE")
    machine_options(measuring_)
    commands.add_parser("policies")
    commands.add_parser("format")
    options = parser.parse_args()
    options.parser = parser
    return options


def traces(options):
    files = options.files or []
    if isinstance(files, str):
        files = [files]
    if (options.string is None) == (not files):
        options.parser.error("give a FILE, or --string PAGES")
    if options.string is not None:
        found = [reftrace.from_string(options.string)]
    else:
        found = [read(file, options.trace) for file in files]
    for trace in found:
        if not trace.references:
            raise reftrace.Malformed(trace.name, 1, "no reference")
    return found


def read(file, which):
    """Odd bytes are no error: a console shows what programs print."""
    if file == "-":
        return reftrace.parse("standard input", sys.stdin, which)
    with open(file, encoding="utf-8", errors="replace") as stream:
        return reftrace.parse(file, stream, which)


def parameters(options, trace):
    """What a policy needs besides frames: the options beat the trace."""
    return {"seed": options.seed or trace.header.get("seed", 1),
            "period": options.period or trace.header.get("period")}


def frames_of(options, trace):
    """The limit of the trace, if no option has one."""
    if options.frames:
        return options.frames
    if "frames" not in trace.header:
        options.parser.error("%s has no line `frames`: give --frames N" %
                             trace.name)
    return trace.header["frames"]


# --- Commands -----------------------------------------------------------------

def over(faults, best):
    """How far from OPT, in per cent."""
    return "%+.1f %%" % (100.0 * (faults - best) / best)


def describe(trace):
    size = "%d references, %d pages" % (trace.references, trace.distinct)
    return "%s: %s" % (trace.name, size)


def table(options):
    for i, trace in enumerate(traces(options)):
        print("%s%s" % ("\n" if i else "", describe(trace)))
        ops = trace.compact()
        frames = frames_of(options, trace)
        for n in frames if isinstance(frames, list) else [frames]:
            print("\n%-14s%10s%10s%10s%12s" % (
                "%d frame%s" % (n, "" if n == 1 else "s"), "faults",
                "page-ins", "writes", "over OPT"))
            best = curves.curve(ops, "opt", [n])[n].faults
            for name in options.policies:
                counts = curves.curve(ops, name, [n],
                                      **parameters(options, trace))[n]
                print("%-14s%10d%10d%10d%12s" % (
                    (name,) + counts + (over(counts.faults, best),)))
            counted = {key: trace.header[key] for key in reftrace.COUNTS
                       if key in trace.header}
            if counted and n == trace.header.get("frames"):
                print("%-14s%10s%10s%10s%12s" % (
                    ("the kernel",) + tuple(
                        counted.get(key, "") for key in reftrace.COUNTS) +
                    (over(counted["faults"], best) if "faults" in counted
                     else "",)))
    return 0


def own_points(options, trace):
    """[(frames, counted)]: of the trace, and of the options."""
    header = trace.header
    counted = {key: header[key] for key in reftrace.COUNTS if key in header}
    found = [(header["frames"], counted)] if counted and "frames" in header \
        else []
    return found + options.point


def draw(options):
    found = traces(options)
    if options.point and len(found) > 1:
        options.parser.error("--point needs a single string")
    panels = []
    for trace in found:
        ops = trace.compact()
        kernel = [(n, counted[options.count],
                   "the kernel (%s)" % trace.header["policy"]
                   if "policy" in trace.header else "the kernel")
                  for n, counted in own_points(options, trace)
                  if options.count in counted]
        frames = options.frames or sorted(
            set(curves.frame_counts(trace.distinct)) |
            {n for n, _, _ in kernel})
        lines = {}
        for name in options.policies:
            counts = curves.curve(ops, name, frames,
                                  **parameters(options, trace))
            lines[name] = {n: getattr(counts[n], options.count)
                           for n in frames}
        title = os.path.splitext(os.path.basename(trace.name))[0]
        panels.append((title, lines, kernel))
    if options.svg:
        text = svg.picture(panels, options.count)
        if options.svg == "-":
            sys.stdout.write(text)
            return 0
        with open(options.svg, "w", encoding="utf-8") as stream:
            stream.write(text)
    for i, (trace, (_title, lines, kernel)) in enumerate(zip(found, panels)):
        print("%s%s\n" % ("\n" if i else "", describe(trace)))
        print_curves(options.count, lines, kernel)
    return 0


def print_curves(count, lines, kernel):
    own = dict(point[:2] for point in kernel)
    width = max(8, len(TITLES[count]) + 1)
    print("%-8s" % "frames" + "".join(
        "%*s" % (width, name) for name in lines) +
        ("%12s" % "the kernel" if own else ""))
    for n in sorted(next(iter(lines.values()))):
        row = "%-8d" % n + "".join("%*d" % (width, curve[n])
                                   for curve in lines.values())
        print((row + ("%12s" % own.get(n, "") if own else "")).rstrip())
    print("\n(%s)" % TITLES[count])


def fit_points(options):
    found = traces(options)
    if options.point and len(found) > 1:
        options.parser.error("--point needs a single string")
    points = [fit.Point(trace, n, counted, parameters(options, trace))
              for trace in found for n, counted in own_points(options, trace)]
    for trace in found:
        if not own_points(options, trace):
            options.parser.error(
                "%s lacks `frames` or what was counted: give --point "
                "FRAMES:FAULTS" % trace.name)
    return points


def and_list(words):
    return words[0] if len(words) == 1 else "%s and %s" % (
        ", ".join(words[:-1]), words[-1])


def fitting(options):
    points = fit_points(options)
    found = fit.fits(points)
    for i, p in enumerate(points):
        print("%s, %d frame%s: %s" % (
            describe(p.trace), p.frames, "" if p.frames == 1 else "s",
            ", ".join(policies.amount(key, number)
                      for key, number in p.counted.items())))
    print("\n%-10s%10s   %s" % ("policy", "distance", "its counts"))
    for one in found:
        print("%-10s%10d   %s" % (one.policy, one.distance, "; ".join(
            ", ".join(policies.amount(key, getattr(counts, key))
                      for key in p.counted)
            for p, counts in zip(points, one.counts))))
    print()
    return verdict(points, found)


def verdict(points, found):
    best = fit.nearest(found)
    exact = found[0].distance == 0
    if exact:
        print("The counts fit %s%s." % (
            and_list(best), "" if len(best) == 1 else
            ": this string does not tell them apart here"))
    else:
        print("No policy fits. The nearest %s %s, by a distance of %d." % (
            "is" if len(best) == 1 else "are", and_list(best),
            found[0].distance))
    if exact and len(best) > 1:
        frames = fit.telling_frames(points[-1], best)
        if frames:
            print("With %d frames it would." % frames)
    claims = {p.trace.header["policy"] for p in points
              if "policy" in p.trace.header}
    wrong = sorted(claim for claim in claims if not exact or claim not in best)
    for claim in wrong:
        print("They do not fit %s, which the kernel says it runs." % claim)
    return 0 if exact and not wrong else 1


def explaining(options):
    trace, = traces(options)
    name = options.policy or trace.header.get("policy")
    if name is None:
        options.parser.error("%s has no line `policy`: give --policy NAME" %
                             trace.name)
    explain.print_steps(trace, name, frames_of(options, trace), sys.stdout,
                        options.until, **parameters(options, trace))
    return 0


def generating(options):
    print("# %s, %d pages, seed %d" % (options.kind, options.pages,
                                       options.seed))
    for line in reftrace.lines_of(generators.generate(
            options.kind, options.pages, options.rounds, options.seed)):
        print(line)
    return 0


def recording(options):
    record.record(options.program, options, sys.stdout)
    return 0


def measuring(options):
    """0 if the kernel counts as the replay does, or it is known why not."""
    found, agree = [], True
    for i, program in enumerate(options.programs):
        one = measure.measure(program, options)
        found.append(one)
        print("%s%s: %d references, %d pages\n" % (
            "\n" if i else "", program, one.trace.references,
            one.trace.distinct))
        print("\n".join(measure.table(one)))
        same, lines = measure.agreement(one.runs)
        print("\n".join(lines))
        agree = agree and same
        for _met, line in measure.goals(one):
            print(line)
        sys.stdout.flush()
    if options.svg:
        with open(options.svg, "w", encoding="utf-8") as stream:
            stream.write(svg.picture([measure.panel(one) for one in found]))
    return 0 if agree else 1


def definitions(options):
    module = policies if options.command == "policies" else reftrace
    print(module.__doc__.strip())
    return 0


COMMANDS = {"table": table, "curves": draw, "fit": fitting,
            "explain": explaining, "generate": generating,
            "record": recording, "measure": measuring, "policies": definitions,
            "format": definitions}


def main():
    options = arguments()
    try:
        return COMMANDS[options.command](options)
    except reftrace.Malformed as malformed:
        print("paging: %s" % malformed, file=sys.stderr)
    except record.Failed as failed:
        print("paging: %s" % failed, file=sys.stderr)
    except OSError as error:
        print("paging: %s: %s" % (error.filename, error.strerror),
              file=sys.stderr)
    return 1


if __name__ == "__main__":
    if hasattr(signal, "SIGPIPE"):          # `| head` is no error
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    sys.exit(main())
