"""A replay in words: frames, bits and the victim, step by step."""

import policies

LEGEND = {
    "fifo": "from the oldest",
    "clock": "from the hand; A: accessed, -: not",
    "aging": "from the oldest; A bit and age",
    "random": "from the oldest, which is number 0",
    "lru": "from the one that was not used for the longest time",
    "opt": "from the oldest",
}


def _cell(trace, policy, page, dirty, show_dirty):
    bits = policy.marks(page)
    if show_dirty:
        bits += "D" if page in dirty else "-"
    return trace.names[page] + (":" + bits if bits else "")


def _reason(name, policy, victim, trace):
    """Why this victim?"""
    why = policy.why
    if name == "fifo":
        return "the oldest"
    if name == "clock":
        passed = [trace.names[page] for page in why[1]]
        if not passed:
            return "at the hand, and A is clear"
        text = "the hand clears A of %s" % " ".join(passed)
        if why[1][0] == victim:
            return text + ", and is at %s again" % passed[0]
        return text
    if name == "aging":
        return "the smallest: %s" % why[1]
    if name == "random":
        return "x = %d, and x %% %d = %d" % why[1:]
    if name == "lru":
        return "last used in step %d" % why[1]
    if why[1] is None:
        return "never used again"
    return "next used in step %d, after all others" % why[1]


def steps(trace, name, frames, seed=1, period=None):
    """Yield (step, what, outcome, memory, remark), all as text.

    References are numbered from 1. A page that is given up has no number.
    """
    policy = policies.make(name, frames, trace.ops, seed, period, telling=True)
    show_dirty = any(op > 0 and op & 1 for op in trace.ops)
    rows = []
    step = 0

    def watch(op, fault, victim, dirty):
        nonlocal step
        cells = " ".join(_cell(trace, policy, page, dirty, show_dirty)
                         for page in policy.order())
        if op < 0:
            rows.append(("", trace.names[~op], "given up", cells, ""))
            return
        step += 1
        remark = ""
        if victim is not None:
            remark = "evicts %s: %s" % (trace.names[victim], _reason(
                name, policy, victim, trace))
            if show_dirty:
                remark += "; it is written" if victim in dirty else \
                    "; it is clean"
        elif fault:
            remark = "a frame is free"
        what = trace.names[op >> 1] + ("w" if op & 1 else "")
        rows.append((str(step), what, "fault" if fault else "", cells, remark))

    counts = policies.replay(trace.ops, policy, watch)
    return rows, counts


def print_steps(trace, name, frames, out, until=None, **parameters):
    rows, counts = steps(trace, name, frames, **parameters)
    if until is not None:
        last = next((i for i, row in enumerate(rows)
                     if row[0] and int(row[0]) > until), len(rows))
        rows = rows[:last]
    print("%s, %d frame%s; memory is listed %s" % (
        name, frames, "" if frames == 1 else "s", LEGEND[name]), file=out)
    print(file=out)
    head = ("step", "page", "", "memory", "")
    width = [max([len(head[i])] + [len(row[i]) for row in rows])
             for i in range(4)]
    form = "%%%ds  %%-%ds  %%-%ds  %%-%ds  %%s" % tuple(width)
    for row in [head] + rows:
        print((form % row).rstrip(), file=out)
    if until is None:
        print(file=out)
        print(", ".join(policies.amount(key, number) for key, number in
                        counts._asdict().items()), file=out)
