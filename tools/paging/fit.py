"""Which policy fits the counts of a kernel?

A Point is what a kernel counted on a string, with a number of frames. A policy
fits if it gives the same counts at all points. Its distance is the sum of the
differences, each taken without its sign.
"""

import collections

import policies

Point = collections.namedtuple("Point", "trace frames counted parameters")
Fit = collections.namedtuple("Fit", "policy distance counts")

# How far to look for a number of frames that tells two policies apart.
LOOK_REFERENCES = 200000
LOOK_FRAMES = 32


def distance(counted, counts):
    """counted: {"faults": 9, ...}, as much of it as was counted."""
    return sum(abs(getattr(counts, key) - number)
               for key, number in counted.items())


def fits(points, names=policies.NAMES):
    """A Fit for each policy, the nearest first."""
    found = []
    for name in names:
        counts = [policies.replay(ops, policies.make(
            name, point.frames, ops, **point.parameters))
            for point in points for ops in [point.trace.compact()]]
        found.append(Fit(name, sum(
            distance(point.counted, count)
            for point, count in zip(points, counts)), counts))
    return sorted(found, key=lambda fit: fit.distance)


def nearest(found):
    """The names of those with the least distance: several, if they tie."""
    return [fit.policy for fit in found if fit.distance == found[0].distance]


def telling_frames(point, names):
    """A number of frames at which no two of the policies have the same counts,
    of those that the kernel counted; None if none was found."""
    ops = point.trace.compact()
    if len(ops) > LOOK_REFERENCES:
        return None
    distinct = point.trace.distinct
    step = max(1, distinct // LOOK_FRAMES)
    for frames in sorted(range(2, distinct, step),
                         key=lambda n: abs(n - point.frames)):
        counts = [policies.replay(ops, policies.make(
            name, frames, ops, **point.parameters)) for name in names]
        if len({tuple(getattr(count, key) for key in point.counted)
                for count in counts}) == len(names):
            return frames
    return None
