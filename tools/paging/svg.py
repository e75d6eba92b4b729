"""Fault curves as a picture: SVG text that needs nothing else.

A panel for each string: numbers of frames to the right, counts upwards, a line
for each policy, and the kernel's own counts as rings. Colours follow the
reader's choice of light or dark; lines also differ in their dashes.
"""

from xml.sax.saxutils import escape, quoteattr

WIDTH, HEIGHT = 500, 330        # of a panel, in the units of the picture
LEFT, RIGHT, TOP, BOTTOM = 70, 20, 40, 52
LEGEND = 34
COLUMNS = 3
FONT = "DejaVu Sans, Helvetica, Arial, sans-serif"

# Light, dark, width, dashes: lines on top of each other can all be seen.
LOOKS = {
    "fifo": ("#e8954f", "#c96a2b", 6, ""),
    "clock": ("#0b62b8", "#6cb6ff", 3, ""),
    "aging": ("#2fa866", "#5fd38d", 2, "9 5"),
    "random": ("#6b6b6b", "#a9a9a9", 2, "2 3"),
    "lru": ("#8a2fa8", "#d79bf0", 2, "4 10"),
    "opt": ("#111111", "#f2f2f2", 2, "3 3"),
}
AXES = {"faults": "faults", "pageins": "page-ins", "writes": "writes to disk"}


def steps(highest, wanted=6):
    """Round numbers from 0 to the first one that is not below `highest`."""
    size = 1
    while highest > size * wanted:
        digit = str(size)[0]
        size = size * 5 // 2 if digit == "2" else size * 2
    last = -(-highest // size) * size
    return list(range(0, max(last, size) + 1, size))


class Scale:
    """From a number to a place, along one axis."""

    def __init__(self, highest, start, end):
        self.steps = steps(highest)
        self.start, self.end = start, end

    def place(self, number):
        return round(self.start + (self.end - self.start) * number /
                     self.steps[-1], 2)


def _text(x, y, text, anchor="middle", kind="", turn=None):
    return "<text x=\"%g\" y=\"%g\" text-anchor=\"%s\"%s%s>%s</text>" % (
        x, y, anchor, " class=\"%s\"" % kind if kind else "",
        " transform=\"rotate(-90 %g %g)\"" % (x, y) if turn else "",
        escape(str(text)))


def _line(x1, y1, x2, y2, kind):
    return ("<line class=\"%s\" x1=\"%g\" y1=\"%g\" x2=\"%g\" y2=\"%g\"/>" %
            (kind, x1, y1, x2, y2))


def _style():
    rules = ["text{fill:#222;font-size:12px}.title{font-weight:bold;"
             "font-size:14px}.ground{fill:#fff}.grid{stroke:#ddd}"
             ".axis{stroke:#333}.curve{fill:none}"
             ".kernel{fill:none;stroke:#c00000;stroke-width:2.5}"]
    dark = ["text{fill:#ddd}.ground{fill:#1b1d21}.grid{stroke:#3a3d44}"
            ".axis{stroke:#bbb}.kernel{stroke:#ff5c5c}"]
    for name, (light, night, width, dashes) in LOOKS.items():
        rules.append(".%s{stroke:%s;stroke-width:%d%s}" % (
            name, light, width,
            ";stroke-dasharray:" + dashes if dashes else ""))
        dark.append(".%s{stroke:%s}" % (name, night))
    return "<style>%s@media(prefers-color-scheme:dark){%s}</style>" % (
        "".join(rules), "".join(dark))


def _axes(x, y, measure):
    """Both axes with their numbers and names, and the grid."""
    for number in y.steps:
        at = y.place(number)
        yield _line(x.start, at, x.end, at, "grid")
        yield _text(x.start - 6, at + 4, number, "end", "y")
    for number in x.steps:
        at = x.place(number)
        yield _line(at, y.start, at, y.start + 5, "axis")
        yield _text(at, y.start + 19, number, "middle", "x")
    yield _line(x.start, y.start, x.end, y.start, "axis")
    yield _line(x.start, y.start, x.start, y.end, "axis")
    yield _text((x.start + x.end) / 2, y.start + 40, "frames")
    yield _text(18, (y.start + y.end) / 2, AXES[measure], turn=True)


def _curve(x, y, policy, numbers):
    points = " ".join("%g,%g" % (x.place(frames), y.place(count))
                      for frames, count in sorted(numbers.items()))
    return ("<polyline class=\"curve %s\" points=\"%s\"><title>%s</title>"
            "</polyline>" % (policy, points, policy))


def _kernel(x, y, frames, count, measure, label):
    text = "%s: %d %s with %d frames" % (label, count, AXES[measure], frames)
    return ("<circle class=\"kernel\" cx=\"%g\" cy=\"%g\" r=\"6\"><title>%s"
            "</title></circle>" % (x.place(frames), y.place(count),
                                   escape(text)))


def panel(title, curves, kernel, measure="faults"):
    """One string. curves: {policy: {frames: count}}; kernel: [(frames, count,
    label)]."""
    everything = [point for curve in curves.values() for point in curve.items()]
    everything += [(frames, count) for frames, count, _ in kernel]
    x = Scale(max(frames for frames, _ in everything), LEFT, WIDTH - RIGHT)
    y = Scale(max(count for _, count in everything), HEIGHT - BOTTOM, TOP)
    yield _text((LEFT + WIDTH - RIGHT) / 2, 24, title, kind="title")
    yield from _axes(x, y, measure)
    for policy, numbers in curves.items():
        yield _curve(x, y, policy, numbers)
    for frames, count, label in kernel:
        yield _kernel(x, y, frames, count, measure, label)


def _legend(names, with_kernel):
    at = LEFT
    for name in names:
        yield ("<polyline class=\"curve %s\" points=\"%g,18 %g,18\"/>" %
               (name, at, at + 30))
        yield _text(at + 36, 22, name, "start")
        at += 48 + 7 * len(name)
    if with_kernel:
        yield ("<circle class=\"kernel\" cx=\"%g\" cy=\"18\" r=\"6\"/>" %
               (at + 8))
        yield _text(at + 20, 22, "the kernel", "start")


def picture(panels, measure="faults"):
    """The whole picture. panels: [(title, curves, kernel)], as in panel()."""
    columns = min(COLUMNS, len(panels))
    rows = -(-len(panels) // columns)
    names = list(panels[0][1])
    with_kernel = any(kernel for _, _, kernel in panels)
    width = columns * WIDTH
    height = rows * HEIGHT + LEGEND
    about = "%s against frames: %s; policies %s" % (
        AXES[measure], ", ".join(title for title, _, _ in panels),
        ", ".join(names))
    lines = ["<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\""
             " font-family=%s role=\"img\">" % (width, height,
                                                quoteattr(FONT)),
             "<title>%s</title>" % escape(about), _style(),
             "<rect class=\"ground\" width=\"%d\" height=\"%d\"/>" %
             (width, height)]
    lines += ["<g class=\"legend\">", *_legend(names, with_kernel), "</g>"]
    for i, (title, curves, kernel) in enumerate(panels):
        lines.append("<g class=\"panel\" transform=\"translate(%d %d)\">" % (
            i % columns * WIDTH, i // columns * HEIGHT + LEGEND))
        lines += panel(title, curves, kernel, measure)
        lines.append("</g>")
    return "\n".join(lines + ["</svg>", ""])
