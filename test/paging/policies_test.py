"""The policies of tools/paging: textbook strings, invariants, a naive twin."""

import os
import sys
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from lib import unit                                        # noqa: E402
from paging import naive                                    # noqa: E402
from paging.samples import BELADY, some_ops                 # noqa: E402

import curves                                               # noqa: E402
import policies                                             # noqa: E402
import reftrace                                             # noqa: E402

SEEDS = range(60)


def count(name, frames, text, **parameters):
    ops = reftrace.from_string(text).ops
    return policies.replay(ops, policies.make(name, frames, ops, **parameters))


def faults(name, frames, text, **parameters):
    return count(name, frames, text, **parameters).faults


def story(name, frames, ops, **parameters):
    """The counts, and after each step (victim, memory)."""
    policy = policies.make(name, frames, ops, telling=True, **parameters)
    steps = []
    counts = policies.replay(
        ops, policy, lambda _op, _fault, victim, _dirty:
        steps.append((victim, sorted(policy.order()))))
    return tuple(counts), steps


class Textbook(unittest.TestCase):
    def test_beladys_string(self):
        # FIFO, 3: 1 2 3 4 1 2 5 fault, 1 2 do not, 3 4 fault, 5 does not: 9.
        # FIFO, 4: 1 2 3 4 fault, 1 2 do not, then 5 1 2 3 4 5 all fault: 10.
        # LRU, 3: 1 2 3 4 1 2 5 fault, 1 2 do not, 3 4 5 fault: 10.
        # LRU, 4: 1 2 3 4 fault, 5 evicts 3, 3 evicts 4, 4 evicts 5, 5: 8.
        # OPT, 3: 1 2 3; 4 evicts 3, 5 evicts 4; 3; 4: 7.
        # OPT, 4: 1 2 3 4; 5 evicts 4; 4: 6.
        for name, three, four in (("fifo", 9, 10), ("lru", 10, 8),
                                  ("opt", 7, 6)):
            self.assertEqual(faults(name, 3, BELADY), three, name)
            self.assertEqual(faults(name, 4, BELADY), four, name)

    def test_clock_on_beladys_string(self):
        # 3 frames, ring from the hand, + for A:
        #   1+ 2+ 3+ | 4: all cleared, evicts 1: 2 3 4+ | 1: 3 4+ 1+ |
        #   2: 4+ 1+ 2+ | 5: all cleared, evicts 4: 1 2 5+ | 1 2: hits |
        #   3: all cleared, evicts 1: 2 5 3+ | 4: 5 3+ 4+ | 5: hit.    9 faults
        # 4 frames: 1+ 2+ 3+ 4+ | 1 2: hits | 5: all cleared, evicts 1 |
        #   2 3 4 5+ | 1: 3 4 5+ 1+ | 2: 4 5+ 1+ 2+ | 3: 5+ 1+ 2+ 3+ |
        #   4: all cleared, evicts 5 | 5: evicts 1.                   10 faults
        self.assertEqual(faults("clock", 3, BELADY), 9)
        self.assertEqual(faults("clock", 4, BELADY), 10)

    def test_a_page_touched_since_the_hand_passed_survives(self):
        # 4 clears A of all and evicts 1: 2 3 4+. 2 is touched: 2+ 3 4+.
        # 5 passes 2 and evicts 3: the last 2 is a hit. FIFO evicts 2.
        self.assertEqual(faults("clock", 3, "1 2 3 4 2 5 2"), 5)
        self.assertEqual(faults("fifo", 3, "1 2 3 4 2 5 2"), 6)

    def test_a_page_that_was_passed_is_the_last_in_the_ring(self):
        # As above, then: 4+ 2 5+ from the hand, and 2 is touched. 6 passes 4
        # 2 5 and 4 comes first. The next victim is 2.
        ops = reftrace.from_string("1 2 3 4 2 5 2 6 7").ops
        victims = [victim for victim, _ in story("clock", 3, ops)[1]
                   if victim is not None]
        self.assertEqual([victim + 1 for victim in victims], [1, 3, 4, 2])

    def test_seven_zero_one(self):
        # Three frames:
        #   7 0 1 2 0 3 0 4 2 3 0 3 2 1 2 0 1 7 0 1
        #   * * * *   * * * * * *     * *     * * *     FIFO: 15
        #   * * * *   *   * * * *     *   *   *         LRU: 12
        #   * * * *   *   *     *     *       *         OPT: 9
        text = "7 0 1 2 0 3 0 4 2 3 0 3 2 1 2 0 1 7 0 1"
        self.assertEqual(faults("fifo", 3, text), 15)
        self.assertEqual(faults("lru", 3, text), 12)
        self.assertEqual(faults("opt", 3, text), 9)

    def test_aging_sees_what_clock_does_not(self):
        # Two frames, a shift at each fault. 2: page 1 has age 0x80. 1 is
        # touched. 3: page 1 has 0xc0, page 2 has 0x80 and is the victim.
        # Clock finds A set in both, and evicts 1.
        self.assertEqual(faults("aging", 2, "1 2 1 3 1"), 3)
        self.assertEqual(faults("clock", 2, "1 2 1 3 1"), 4)

    def test_aging_compares_the_a_bit_above_the_age(self):
        # Period 3: at the third fault, 3, pages 1 and 2 get 0x80. Then 1 is
        # touched. At 4 there is no shift: 1 has A and 0x80, 2 has 0x80, 3 has
        # A and 0: the victim is 2, although 3 has the smaller age.
        self.assertEqual(
            [v for v, _ in story("aging", 3, reftrace.from_string(
                "1 2 3 1 4").ops, period=3)[1]][-1], 1)

    def test_agings_period_is_an_eighth(self):
        for frames, period in ((1, 1), (7, 1), (15, 1), (16, 2), (23, 2),
                               (24, 3), (64, 8)):
            self.assertEqual(policies.make("aging", frames).period, period)

    def test_agings_first_shift_is_at_the_period_th_fault(self):
        # Period 2. Fault 2 shifts: 1 has 0x80. 1 is touched again. Fault 3
        # does not: A 0x80 against A 0x00 of page 2, which is the victim.
        # Had 2 been the first of two, both would have A and no age.
        ops = reftrace.from_string("1 2 1 3").ops
        self.assertEqual(story("aging", 2, ops, period=2)[1][-1][0], 1)
        # Period 3. Fault 3 shifts, and finds A set in both: the first goes.
        self.assertEqual(story("aging", 2, ops, period=3)[1][-1][0], 0)

    def test_xorshift32(self):
        # From 1: 1 ^ 1 << 13 is 0x2001; >> 17 adds nothing; << 5 is 0x40020.
        self.assertEqual(policies.xorshift32(1), 0x42021)
        before = 1
        for expected in (270369, 67634689, 2647435461, 307599695, 2398689233):
            x = policies.xorshift32(before)
            self.assertEqual(x, expected)
            self.assertEqual(x, naive.xorshift32(before))
            before = x

    def test_random_takes_x_modulo_n_from_the_hand(self):
        # x is 270369, and 270369 % 3 = 0: page 1. 67634689 % 3 = 1 of the ring
        # 2 3 4: page 3. 2647435461 % 3 = 0 of 2 4 1: page 2.
        ops = reftrace.from_string("1 2 3 4 1 5").ops
        victims = [v + 1 for v, _ in story("random", 3, ops)[1]
                   if v is not None]
        self.assertEqual(victims, [1, 3, 2])

    def test_the_seed_matters_and_zero_is_none(self):
        text = " ".join(str(i * i % 11) for i in range(60))
        self.assertGreater(len({faults("random", 4, text, seed=s)
                                for s in range(1, 9)}), 1)
        self.assertRaises(ValueError, policies.make, "random", 4, seed=0)
        self.assertRaises(ValueError, policies.make, "random", 4, seed=1 << 32)

    def test_a_clean_page_is_never_written(self):
        # One frame. 1 is written to and evicted dirty; it comes back, is only
        # read, and is evicted clean. 2 is never written to.
        self.assertEqual(count("fifo", 1, "1w 2 1 2"), (4, 2, 1))
        self.assertEqual(count("fifo", 1, "1w 2 1w 2"), (4, 2, 2))
        self.assertEqual(count("fifo", 2, "1 1w 2 3"), (3, 0, 1))
        # What stays in memory to the end is not written.
        self.assertEqual(count("fifo", 2, "1w 2w"), (2, 0, 0))

    def test_a_page_that_is_given_up_leaves_a_free_frame(self):
        # 1 and 2 fill the memory; 1 is given up; 3 evicts nobody, 4 evicts 2.
        ops = [0 + 1, 2, ~0, 4, 6]
        for name in policies.NAMES:
            counts, steps = story(name, 2, ops)
            self.assertEqual(counts, (4, 0, 0), name)
            self.assertEqual(steps[3], (None, [1, 2]), name)
            self.assertEqual(len(steps[4][1]), 2, name)


class Twin(unittest.TestCase):
    """Victim by victim as the slow policies of naive.py."""

    def compare(self, name, frames, ops, **parameters):
        self.assertEqual(story(name, frames, ops, **parameters),
                         naive.run(name, frames, ops, **parameters),
                         "%s, %d frames, %s" % (name, frames, ops))

    def test_all_policies(self):
        for seed in SEEDS:
            ops = some_ops(seed)
            for name in policies.NAMES:
                for frames in (1, 2, 3, 5, 8):
                    self.compare(name, frames, ops)

    def test_parameters(self):
        for seed in SEEDS:
            ops = some_ops(seed, pages=20, length=120)
            self.compare("random", 6, ops, seed=seed + 2)
            self.compare("aging", 6, ops, period=1 + seed % 7)
            self.compare("aging", 17, ops)

    def test_no_choice_of_victims_has_fewer_faults_than_opt(self):
        for seed in SEEDS:
            ops = some_ops(seed, length=40, pages=6)
            for frames in (1, 2, 3, 4):
                self.assertEqual(story("opt", frames, ops)[0][0],
                                 naive.fewest_faults(frames, ops), ops)


class Invariants(unittest.TestCase):
    def test_opt_is_the_least(self):
        for seed in SEEDS:
            ops = some_ops(seed, length=200, pages=12)
            for frames in range(1, 13):
                found = {name: story(name, frames, ops)[0][0]
                         for name in policies.NAMES}
                self.assertEqual(min(found.values()), found["opt"])

    def test_with_a_frame_for_each_page_only_first_touches_fault(self):
        for seed in SEEDS:
            ops = some_ops(seed, frees=seed % 2)
            distinct = len({op // 2 for op in ops if op >= 0})
            for name in policies.NAMES:
                self.assertEqual(story(name, distinct, ops)[0],
                                 (distinct, 0, 0))

    def test_lru_has_all_in_memory_that_it_has_with_fewer_frames(self):
        for seed in SEEDS:
            ops = some_ops(seed)
            for frames in range(1, 8):
                fewer = story("lru", frames, ops)[1]
                more = story("lru", frames + 1, ops)[1]
                for (_, small), (_, large) in zip(fewer, more):
                    self.assertLessEqual(set(small), set(large))

    def test_another_frame_never_costs_opt_a_fault(self):
        for seed in SEEDS:
            ops = some_ops(seed)
            found = [story("opt", n, ops)[0][0] for n in range(1, 9)]
            self.assertEqual(found, sorted(found, reverse=True))

    def test_fifo_and_clock_have_beladys_anomaly_and_lru_has_not(self):
        for name in ("fifo", "clock"):
            self.assertLess(faults(name, 3, BELADY), faults(name, 4, BELADY))
        self.assertGreater(faults("lru", 3, BELADY), faults("lru", 4, BELADY))

    def test_repetitions_tell_nothing(self):
        for seed in SEEDS:
            trace = reftrace.Trace("")
            trace.ops = [again for op in some_ops(seed)
                         for again in ([op, op & ~1, op] if op >= 0 else [op])]
            short = trace.compact()
            self.assertLess(len(short), len(trace.ops))
            for name in policies.NAMES:
                self.assertEqual(story(name, 4, trace.ops)[0],
                                 story(name, 4, short)[0], name)

    def test_compact_keeps_the_write(self):
        trace = reftrace.from_string("1 1w 1 2w 2 1")
        self.assertEqual(trace.compact(), [1, 3, 0])
        self.assertEqual(trace.ops, [0, 1, 0, 3, 2, 0])


class OnePass(unittest.TestCase):
    """LRU for all numbers of frames at once."""

    def test_it_equals_a_replay_for_each(self):
        for seed in range(200):
            ops = some_ops(seed, length=80, pages=4 + seed % 9,
                           frees=seed % 3 > 0)
            counts = curves.lru(ops)
            for frames in range(1, 14):
                self.assertEqual(
                    tuple(counts[min(frames, len(counts)) - 1]),
                    naive.run("lru", frames, ops)[0],
                    "%d frames, %s" % (frames, ops))

    def test_times_are_numbered_again(self):
        # More references than the tree has times.
        ops = some_ops(5, length=5000, pages=40)
        counts = curves.lru(ops)
        for frames in (1, 7, 20, 39):
            self.assertEqual(tuple(counts[frames - 1]),
                             story("lru", frames, ops)[0])

    def test_curve(self):
        ops = reftrace.from_string(BELADY).compact()
        self.assertEqual(
            {n: c.faults for n, c in curves.curve(ops, "lru",
                                                  [1, 3, 4, 9]).items()},
            {1: 12, 3: 10, 4: 8, 9: 5})
        self.assertEqual(
            {n: c.faults for n, c in curves.curve(ops, "fifo",
                                                  [3, 4]).items()},
            {3: 9, 4: 10})

    def test_frame_counts(self):
        self.assertEqual(curves.frame_counts(5), [1, 2, 3, 4, 5])
        many = curves.frame_counts(1000, 11)
        self.assertEqual((many[0], many[-1], len(many)), (1, 1000, 11))


if __name__ == "__main__":
    unit.main()
