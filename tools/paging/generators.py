"""Reference strings of known shape, for those who have no kernel at hand.

Each generator yields (page, write). Pages are numbered from 0. An algorithm
that works on numbers works here on pages of PER_PAGE of them.
"""

from policies import xorshift32

PER_PAGE = 16


def sequential(pages, rounds=4, seed=1):
    """All pages in order, in rounds; the first round writes.

    FIFO, clock and LRU fault at each reference unless all pages fit.
    """
    for number in range(rounds):
        for page in range(pages):
            yield page, number == 0


def uniform(pages, rounds=16, seed=1):
    """Pages at random, `rounds` times as many as there are; half are writes.

    No page is better than another one: all policies but OPT are equal, and
    faults fall in a straight line.
    """
    x = seed
    for _ in range(rounds * pages):
        x = xorshift32(x)
        yield (x >> 8) % pages, bool(x & 1)


def stride(pages, rounds=8, seed=1):
    """Columns of a matrix of 7 rows that is stored by rows, read in turn.

    Page 0, then every seventh page; then page 1, and so on. Between two
    references to the same page are all others.
    """
    for number in range(rounds):
        for first in range(7):
            for page in range(first, pages, 7):
                yield page, number == 0


def matrix(pages, rounds=1, seed=1):
    """The product of two matrices; each row of each matrix is a page.

    Row i of A and of C is used with each row of B in turn, n times.
    """
    n = max(1, pages // 3)
    a, b, c = 0, n, 2 * n
    for i in range(n):
        for _j in range(n):
            for k in range(n):
                yield a + i, False
                yield b + k, False
            yield c + i, True


class _Array:
    """An array of numbers that notes which pages are used."""

    def __init__(self, values, first_page=0):
        self.values = values
        self.first = first_page
        self.used = []

    def page(self, i):
        return self.first + i // PER_PAGE

    def get(self, i):
        self.used.append((self.page(i), False))
        return self.values[i]

    def put(self, i, value):
        self.used.append((self.page(i), True))
        self.values[i] = value


def _numbers(count, seed):
    values, x = [], seed
    for _ in range(count):
        x = xorshift32(x)
        values.append(x)
    return values


def _partition(array, low, high):
    """Split [low, high) about its middle; return where (Hoare's way)."""
    pivot = array.get((low + high - 1) // 2)
    i, j = low, high - 1
    while True:
        while array.get(i) < pivot:
            i += 1
        while array.get(j) > pivot:
            j -= 1
        if i >= j:
            return j + 1
        left, right = array.values[i], array.values[j]
        array.put(i, right)
        array.put(j, left)
        i += 1
        j -= 1


def quicksort_array(pages, seed=1):
    """Sort random numbers; return the array, and with it what was used."""
    array = _Array(_numbers(pages * PER_PAGE, seed))
    todo = [(0, pages * PER_PAGE)]
    while todo:
        low, high = todo.pop()
        if high - low > 1:
            middle = _partition(array, low, high)
            todo += [(middle, high), (low, middle)]
    return array


def quicksort(pages, rounds=1, seed=1):
    """Random numbers, sorted in place: ever smaller pieces, two ends each.

    LRU does well: a piece that fits is sorted without a fault.
    """
    return iter(quicksort_array(pages, seed).used)


def _merge(source, target, low, middle, high):
    i, j = low, middle
    for k in range(low, high):
        if i < middle and (j >= high or source.get(i) <= source.get(j)):
            value, i = source.values[i], i + 1
        else:
            value, j = source.values[j], j + 1
        target.put(k, value)


def mergesort_arrays(pages, seed=1):
    """Sort from one array to another and back; return the sorted one, and all
    that was used."""
    count = max(1, pages // 2) * PER_PAGE
    source = _Array(_numbers(count, seed))
    target = _Array([0] * count, count // PER_PAGE)
    target.used = source.used
    width = 1
    while width < count:
        for low in range(0, count, 2 * width):
            _merge(source, target, low, min(low + width, count),
                   min(low + 2 * width, count))
        source, target = target, source
        width *= 2
    return source


def mergesort(pages, rounds=1, seed=1):
    """Random numbers, merged bottom-up from one array to another and back.

    Each pass goes through both arrays: like `sequential` once they do not fit.
    """
    return iter(mergesort_arrays(pages, seed).used)


KINDS = {"sequential": sequential, "random": uniform, "stride": stride,
         "matrix": matrix, "quicksort": quicksort, "mergesort": mergesort}


def generate(kind, pages, rounds=None, seed=1):
    """(page, write) without repetitions of a page, which tell no policy."""
    parameters = {"seed": seed}
    if rounds is not None:
        parameters["rounds"] = rounds
    last = None
    for page, write in KINDS[kind](pages, **parameters):
        if last is not None and last[0] == page:
            last = page, last[1] or write
            continue
        if last is not None:
            yield last
        last = page, write
    if last is not None:
        yield last
