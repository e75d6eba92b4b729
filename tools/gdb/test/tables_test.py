#!/usr/bin/env python3
"""Tests of tools/gdb/tables.py, with intact and damaged page tables and frames.

The memories are made up, entry by entry, from a list of mappings. The results
are compared with that list, which shares no code with tables.py.

Run: python3 tools/gdb/test/tables_test.py     (standard library only)
The last line of output is "N passed, N failed".
"""

import os
import random
import struct
import sys
import unittest

sys.dont_write_bytecode = True      # leave no __pycache__ in the tree
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

import tables  # noqa: E402 (needs the path)

P, W, U, PWT, PCD, A, D, PS, G = 1, 2, 4, 8, 16, 32, 64, 128, 256
CR3 = 0x5000


class Memory:
    """Made-up physical memory: the words that were put, zeroes elsewhere below
    `size`, nothing above."""

    def __init__(self, size=16 << 20):
        self.size = size
        self.words = {}

    def put(self, pa, word):
        self.words[pa] = word

    def read(self, pa, length):
        if pa < 0 or pa + length > self.size:
            raise tables.PhysReadError(pa)
        out = bytearray()
        for at in range(pa, pa + length, 4):
            out += struct.pack("<I", self.words.get(at, 0))
        return bytes(out)

    def map_small(self, va, pa, flags, table, pde_flags=P | W | U):
        """One 4 KiB page, by the page table at physical `table`."""
        self.put(CR3 + va // 0x400000 * 4, table | pde_flags)
        self.put(table + va % 0x400000 // 0x1000 * 4, pa | flags)

    def map_large(self, va, pa, flags):
        """One 4 MiB page."""
        self.put(CR3 + va // 0x400000 * 4, pa | flags | PS)


class TranslationTest(unittest.TestCase):
    def walk(self, memory, va, **options):
        return tables.walk(va, CR3, memory.read, **options)

    def test_small_page_is_found_with_its_offset(self):
        memory = Memory()
        memory.map_small(0x00801000, 0x00123000, P | W, table=0x6000)
        w = self.walk(memory, 0x00801ABC)
        self.assertEqual((w.pa, w.size), (0x00123ABC, 4096))
        self.assertEqual((w.pde_pa, w.pte_pa), (CR3 + 2 * 4, 0x6004))

    def test_large_page_is_found_with_its_offset(self):
        memory = Memory()
        memory.map_large(0xF0000000, 0x00C00000, P | W)
        w = self.walk(memory, 0xF03FFFFF)
        self.assertEqual((w.pa, w.size), (0x00FFFFFF, 0x400000))
        self.assertIsNone(w.pte_pa)

    def test_last_byte_of_the_address_space(self):
        memory = Memory()
        memory.map_small(0xFFFFF000, 0x7000, P, table=0x6000)
        self.assertEqual(self.walk(memory, 0xFFFFFFFF).pa, 0x7FFF)

    def test_flags_in_cr3_are_no_part_of_the_directory_address(self):
        memory = Memory()
        memory.map_small(0, 0x7000, P, table=0x6000)
        self.assertEqual(tables.walk(0, CR3 | PWT | PCD, memory.read).pa,
                         0x7000)

    def test_ps_without_pse_means_a_table(self):
        memory = Memory()
        memory.map_small(0, 0x9000, P, table=0x6000, pde_flags=P | PS)
        self.assertEqual(self.walk(memory, 0, pse=False).pa, 0x9000)
        self.assertEqual(self.walk(memory, 0, pse=True).size, 0x400000)

    def test_pse36_gives_the_upper_address_bits(self):
        memory = Memory()
        memory.put(CR3, 0x00400000 | 5 << 13 | P | PS)
        self.assertEqual(self.walk(memory, 0x1234).pa, 0x500401234)

    def test_rights_need_both_levels(self):
        for pde_flags in (P, P | W, P | U, P | W | U):
            for pte_flags in (P, P | W, P | U, P | W | U):
                memory = Memory()
                memory.map_small(0x1000, 0x9000, pte_flags, 0x6000, pde_flags)
                flags = self.walk(memory, 0x1000).flags
                self.assertEqual(bool(flags & W),
                                 bool(pde_flags & W) and bool(pte_flags & W))
                self.assertEqual(bool(flags & U),
                                 bool(pde_flags & U) and bool(pte_flags & U))

    def test_absent_entries_end_the_walk(self):
        memory = Memory()
        memory.map_small(0x1000, 0x9000, W | U, table=0x6000)
        at_table, at_directory = (self.walk(memory, va)
                                  for va in (0x1000, 0x400000))
        self.assertEqual((at_table.size, at_table.pa), (0, None))
        self.assertEqual(at_table.pte, 0x9000 | W | U)
        self.assertEqual((at_directory.size, at_directory.pte_pa), (0, None))

    def test_table_outside_of_memory_is_not_followed(self):
        memory = Memory()
        memory.put(CR3, 0xDEADB000 | P | W)
        w = self.walk(memory, 0x3000)
        self.assertEqual((w.size, w.pte), (0, None))
        self.assertEqual(w.pte_pa, 0xDEADB00C)

    def test_directory_outside_of_memory(self):
        w = tables.walk(0x3000, 0xFFFFF000, Memory().read)
        self.assertEqual((w.size, w.pde), (0, None))


class WalkTextTest(unittest.TestCase):
    def text(self, memory, va, **options):
        known = {k: v for k, v in options.items() if k == "pse"}
        w = tables.walk(va, CR3, memory.read, **known)
        return tables.format_walk(w, CR3, **options)

    def test_each_step_has_its_line(self):
        memory = Memory()
        memory.map_small(0x00801000, 0x00123000, P | W | U | A | D,
                         table=0x6000, pde_flags=P | W | U | A)
        self.assertEqual(self.text(memory, 0x00801234), [
            "va   0x00801234  directory entry 2, table entry 1, offset 0x234",
            "cr3  0x00005000  directory at physical 0x00005000",
            "pde  [2] at 0x00005008 = 0x00006027  P W U A",
            "pte  [1] at 0x00006004 = 0x00123067  P W U A D",
            "=>   physical 0x00123234, in a page of 4 KiB, rights RW/RW "
            "(kernel/user)",
        ])

    def test_large_page(self):
        memory = Memory()
        memory.map_large(0xF0000000, 0, P | W | G)
        self.assertEqual(self.text(memory, 0xF0000010)[2:], [
            "pde  [960] at 0x00005f00 = 0x00000183  P W PS G",
            "=>   physical 0x00000010, in a page of 4 MiB, rights RW/-- "
            "(kernel/user)",
        ])

    def test_which_level_withholds_a_right(self):
        memory = Memory()
        memory.map_small(0, 0x9000, P | W, table=0x6000, pde_flags=P | U)
        self.assertEqual(self.text(memory, 0)[-2:], [
            "     both entries must have W; the pde lacks it",
            "     both entries must have U; the pte lacks it",
        ])

    def test_write_protection_off_is_reported(self):
        memory = Memory()
        memory.map_small(0, 0x9000, P, table=0x6000, pde_flags=P)
        self.assertIn("CR0.WP is clear", self.text(memory, 0, wp=False)[-1])
        self.assertNotIn("CR0.WP", "\n".join(self.text(memory, 0)))
        memory.map_small(0, 0x9000, P | W, table=0x6000)
        self.assertNotIn("CR0.WP", "\n".join(self.text(memory, 0, wp=False)))

    def test_software_bits_of_an_absent_entry_are_shown(self):
        memory = Memory()
        memory.put(CR3, 0x6000 | P)
        memory.put(0x6000, 0xABC0)
        lines = self.text(memory, 0)
        self.assertEqual(lines[-2], "pte  [0] at 0x00006000 = 0x0000abc0  "
                         "not present; the other bits are software's")
        self.assertEqual(lines[-1], "=>   not mapped")

    def test_pages_that_are_not_in_memory(self):
        memory = Memory()
        memory.put(CR3, 0x6000 | P | W | U)
        memory.put(0x6000, 17 << 12 | U | W)
        memory.put(0x6004, 5 << 12 | tables.FILE | U)
        memory.put(0x6008, 21 << 12 | U)
        memory.put(0x600C, U)
        memory.put(0x6010, 0xFFFFF000 | tables.FILE | U | W)
        last = [self.text(memory, va, slots=20)[-1]
                for va in range(0, 0x6000, 0x1000)]
        self.assertEqual(last, [
            "=>   on disk, slot 17, rights RW/RW when it comes in",
            "=>   in the program's file, not loaded, rights R-/R- when it comes"
            " in", "=>   not mapped", "=>   not mapped",
            "=>   zeroes, not allocated, rights RW/RW when it comes in",
            "=>   not mapped"])
        for va in (0, 0x1000):
            self.assertEqual(self.text(memory, va)[-1], "=>   not mapped")
        # Above UTOP, a table may be a directory, seen as a table.
        memory.put(CR3 + 4 * 1000, 0x6000 | P | W | U)
        self.assertEqual(self.text(memory, 1000 << 22, slots=20)[-1],
                         "=>   not mapped")

    def test_damage_is_described(self):
        memory = Memory()
        memory.put(CR3, 0xDEADB000 | P)
        memory.put(CR3 + 4, 0x00200000 | P | PS)
        self.assertIn("no memory there", self.text(memory, 0)[3])
        self.assertIn("bit 21 is reserved",
                      "\n".join(self.text(memory, 0x400000)))
        self.assertIn("PS(ignored: CR4.PSE is clear)",
                      self.text(memory, 0x400000, pse=False)[2])

    def test_flag_names_for_every_bit(self):
        self.assertEqual(tables.flag_names(0xFFF, is_pde=False),
                         "P W U PWT PCD A D PAT G AVL=1 SHARE COW".split())
        self.assertEqual(tables.flag_names(0x1FFF, is_pde=True),
                         "P W U PWT PCD A D PS G AVL=7 PAT".split())
        self.assertEqual(tables.flag_names(0xF7F, is_pde=True),
                         "P W U PWT PCD A AVL=7".split())


class AddressSpaceTest(unittest.TestCase):
    def ranges(self, memory, **options):
        return list(tables.merge(tables.mappings(CR3, memory.read, **options)))

    def test_empty(self):
        self.assertEqual(self.ranges(Memory()), [])

    def test_pages_in_a_row_become_one_range(self):
        memory = Memory()
        for i in range(5):
            memory.map_small(0x1000 * (i + 2), 0x1000 * (i + 32), P | U, 0x6000)
        self.assertEqual(self.ranges(memory), [
            tables.Range(0x2000, 0x7000, 0x20000, 4096, P | U)])

    def test_a_range_goes_on_into_the_next_table(self):
        memory = Memory()
        memory.map_small(0x3FF000, 0x20000, P, table=0x6000)
        memory.map_small(0x400000, 0x21000, P, table=0x7000)
        self.assertEqual([(r.start, r.end) for r in self.ranges(memory)],
                         [(0x3FF000, 0x401000)])

    def test_what_separates_ranges(self):
        """A hole, other flags, physical memory elsewhere, another size."""
        base = Memory()
        base.map_small(0x1000, 0x20000, P | W, 0x6000)
        for va, pa, flags in ((0x3000, 0x21000, P | W), (0x2000, 0x21000, P),
                              (0x2000, 0x22000, P | W),
                              (0x2000, 0x20000, P | W),
                              (0x2000, 0x21000, P | W | PCD)):
            memory = Memory()
            memory.words = dict(base.words)
            memory.map_small(va, pa, flags, 0x6000)
            self.assertEqual(len(self.ranges(memory)), 2, (va, pa, flags))
        memory = Memory()
        memory.map_small(0x3FF000, 0x3FF000, P | W, 0x6000)
        memory.map_large(0x400000, 0x400000, P | W)
        self.assertEqual(len(self.ranges(memory)), 2)

    def test_accessed_and_dirty_part_nothing(self):
        memory = Memory()
        memory.map_small(0x1000, 0x20000, P | W | A, 0x6000)
        memory.map_small(0x2000, 0x21000, P | W | A | D, 0x6000)
        self.assertEqual(len(self.ranges(memory)), 1)

    def test_the_end_of_the_address_space(self):
        memory = Memory()
        for i in range(64):
            memory.map_large(0xF0000000 + i * 0x400000, i * 0x400000,
                             P | W | G)
        (only,) = self.ranges(memory)
        self.assertEqual((only.start, only.end), (0xF0000000, 1 << 32))
        text = tables.format_mappings(tables.mappings(CR3, memory.read))
        self.assertEqual(text[1], "f0000000-ffffffff -> 00000000-0fffffff  "
                                  "RW/--  4M global")
        self.assertEqual(text[2], "mapped: 256 MiB")

    def test_the_directory_as_a_table_of_itself(self):
        memory = Memory()
        memory.put(CR3 + 0x3BD * 4, CR3 | P | U)     # UVPT
        memory.map_small(0x1000, 0x9000, P | W | U, table=0x6000)
        self.assertEqual(
            [(r.start, r.pa) for r in self.ranges(memory)],
            [(0x1000, 0x9000), (0xEF400000, 0x6000), (0xEF7BD000, CR3)])
        self.assertEqual(tables.self_mapped(CR3, memory.read), [0xEF400000])
        self.assertEqual(
            tables.format_mappings(tables.mappings(CR3, memory.read),
                                   [0xEF400000])[1:],
            ["00001000-00001fff -> 00009000-00009fff  RW/RW  4K",
             "ef400000-ef7fffff    the page tables themselves",
             "mapped: 4 KiB"])

    def test_entries_that_do_not_map_the_directory_itself(self):
        """Absent, another frame, or a 4 MiB page that begins there."""
        memory = Memory()
        for pdx, pde in enumerate((CR3 | U | W, CR3 + 0x1000 | P,
                                   P | PS | CR3)):
            memory.put(CR3 + pdx * 4, pde)
        self.assertEqual(tables.self_mapped(CR3, memory.read), [])
        self.assertEqual(tables.self_mapped(CR3, memory.read, pse=False),
                         [0x800000])

    def test_absent_entries_are_no_mappings(self):
        memory = Memory()
        memory.put(CR3 + 4, 0x00400000 | W | U | PS)
        memory.map_small(0x2000, 0x9000, W | U, table=0x6000)
        self.assertEqual(self.ranges(memory), [])

    def test_a_lost_table_is_named_and_the_rest_is_shown(self):
        memory = Memory()
        memory.put(CR3 + 7 * 4, 0xDEADB000 | P)
        memory.map_small(0x01C00000 + 0x400000, 0x9000, P, table=0x6000)
        complaints = []
        found = list(tables.mappings(CR3, memory.read, True, complaints))
        self.assertEqual([m.va for m in found], [0x02000000])
        self.assertEqual(len(complaints), 1)
        self.assertIn("directory entry 7 (0xdeadb001)", complaints[0])

    def test_a_lost_directory_is_named(self):
        complaints = []
        self.assertEqual(list(tables.mappings(0xFFFFF000, Memory().read, True,
                                              complaints)), [])
        self.assertIn("the directory is at physical 0xfffff000", complaints[0])

    def test_random_tables_against_a_list(self):
        """Every page of many random address spaces, by walk and by list."""
        chance = random.Random(1)
        for _ in range(8):
            memory, expected = Memory(), {}
            for number, pdx in enumerate(chance.sample(range(1024), 12)):
                if chance.random() < 0.3:
                    pa = chance.randrange(64) << 22
                    flags = P | chance.choice((0, W, U, W | U))
                    memory.map_large(pdx << 22, pa, flags)
                    for i in range(1024):
                        expected[(pdx << 22) + i * 4096] = (pa + i * 4096,
                                                            flags)
                    continue
                table = 0x100000 + number * 0x1000
                upper = P | chance.choice((0, W, U, W | U))
                for ptx in chance.sample(range(1024), 200):
                    pa = chance.randrange(1 << 20) << 12
                    flags = P | chance.choice((0, W, U, W | U))
                    va = (pdx << 22) + (ptx << 12)
                    memory.map_small(va, pa, flags, table, upper)
                    expected[va] = (pa, upper & flags)
            got = {}
            for r in tables.merge(tables.mappings(CR3, memory.read)):
                for at in range(r.start, r.end, 4096):
                    self.assertNotIn(at, got)
                    got[at] = (r.pa + at - r.start, r.flags)
            self.assertEqual(got, expected)
            for va in (chance.sample(sorted(expected), 50)
                       + [chance.randrange(1 << 20) << 12 for _ in range(50)]):
                w = tables.walk(va + 5, CR3, memory.read)
                pa, flags = expected.get(va, (None, 0))
                self.assertEqual((w.pa, w.flags),
                                 (None if pa is None else pa + 5, flags))

    def test_where_a_frame_is_seen(self):
        memory = Memory()
        memory.map_small(0x1000, 0x00412000, P | U, table=0x6000)
        memory.map_small(0x5000, 0x00412000, P | W, table=0x6000)
        memory.map_small(0x6000, 0x00413000, P | W, table=0x6000)
        memory.map_large(0xF0400000, 0x00400000, P | W)
        pages = list(tables.mappings(CR3, memory.read))
        self.assertEqual(tables.mapped_at(0x00412345, pages),
                         [(0x1000, P | U), (0x5000, P | W),
                          (0xF0412000, P | W)])
        self.assertEqual(tables.mapped_at(0x00900000, pages), [])


PAGES = 0xF0200000


def link_to(index):
    """The address of pages[index]."""
    return PAGES + index * 8


def frame_array(states, order, refs=None):
    """The bytes of pages[] with these states, the free list in this order,
    and where the list begins."""
    links = dict(zip(order, [link_to(i) for i in order[1:]] + [0]))
    data = b"".join(
        struct.pack("<IHBB", links.get(i, 0), (refs or {}).get(i, 0), state, 0)
        for i, state in enumerate(states))
    return data, link_to(order[0]) if order else 0


class FramesTest(unittest.TestCase):
    # reserved, 4 free, 2 used, 1 free
    STATES = [0, 1, 1, 1, 1, 2, 2, 1]
    ORDER = [1, 2, 3, 4, 7]

    def summary(self, data, head):
        return tables.summarize(tables.parse_frames(data), head, PAGES)

    def damaged(self, changes=(), order=None, head=None, refs=None):
        """The only complaint about an array with these words changed."""
        data, first = frame_array(self.STATES, order or self.ORDER, refs)
        data = bytearray(data)
        for index, link in changes:
            data[index * 8:index * 8 + 4] = struct.pack("<I", link)
        return self.summary(bytes(data), first if head is None else head)

    def test_sound_array(self):
        s = self.damaged()
        self.assertEqual(s.counts, {"reserved": 1, "free": 5, "used": 2})
        self.assertEqual((s.on_list, s.complaints), (5, []))

    def test_nothing_free(self):
        data, head = frame_array([0, 2, 2], [])
        self.assertEqual(self.summary(data, head).complaints, [])

    def test_loop(self):
        s = self.damaged([(4, link_to(2))])
        self.assertEqual(s.on_list, 4)
        self.assertIn("the list loops: pages[4] points back to pages[2], its "
                      "element 1; the loop is 3 long", s.complaints)

    def test_frame_that_links_to_itself(self):
        s = self.damaged([(7, link_to(7))])
        self.assertEqual(s.on_list, 5)
        self.assertIn("the loop is 1 long", s.complaints[0])

    def test_links_that_leave_the_array(self):
        for wild in (link_to(8), PAGES - 8, 4, 0xFFFFFFF8, 0xF4EEF4EE):
            s = self.damaged([(3, wild)])
            self.assertEqual(s.on_list, 3)
            self.assertIn("pages[3] points to 0x%08x, outside of pages[]"
                          % wild, s.complaints)

    def test_head_that_points_nowhere(self):
        s = self.damaged(head=0x12345678)
        self.assertEqual(s.on_list, 0)
        self.assertIn("page_free_list points to 0x12345678", s.complaints[0])

    def test_link_into_the_middle_of_an_element(self):
        s = self.damaged([(2, link_to(3) + 4)])
        self.assertIn("pages[2] points to 0x%08x, into the middle of pages[3]"
                      % (link_to(3) + 4), s.complaints)

    def test_used_and_reserved_frames_on_the_list(self):
        s = self.damaged(order=[1, 5, 2, 3, 0, 4, 7])
        self.assertEqual(s.complaints, ["pages[5] is on the free list and used",
                                        "pages[0] is on the free list and "
                                        "reserved"])

    def test_free_frames_that_are_not_on_the_list(self):
        self.assertEqual(self.damaged(order=[1, 2, 4, 7]).complaints,
                         ["1 free frame is not on the list, first pages[3]"])
        self.assertEqual(self.damaged(order=[1, 2]).complaints,
                         ["3 free frames are not on the list, first pages[3]"])

    def test_free_frame_with_a_count(self):
        self.assertEqual(self.damaged(refs={2: 3, 5: 1}).complaints,
                         ["pages[2] is free and has pp_ref 3"])

    def test_unknown_state_is_counted_apart(self):
        data, head = frame_array([0, 1, 238], [1])
        s = self.summary(data, head)
        self.assertEqual(s.counts["state 238?"], 1)
        self.assertIn("state 238?        1 frames           4 KiB",
                      tables.format_summary(s))

    def test_other_layouts(self):
        """A state of two bytes, a larger struct."""
        layout = tables.Layout(12, (4, 4), (0, 2), (2, 2))
        data = struct.pack("<HHII", 7, 2, 0xF0200010, 99) * 3
        self.assertEqual(tables.parse_frames(data, layout),
                         [tables.Frame(0xF0200010, 7, 2)] * 3)

    def test_array_cut_short(self):
        data, _ = frame_array(self.STATES, self.ORDER)
        self.assertEqual(len(tables.parse_frames(data[:-3])), 7)

    def test_summary_text(self):
        self.assertEqual(tables.format_summary(self.damaged()), [
            "reserved          1 frames           4 KiB",
            "free              5 frames          20 KiB",
            "used              2 frames           8 KiB",
            "all               8 frames          32 KiB",
            "free list         5 frames",
        ])

    def test_many_complaints_are_cut(self):
        self.assertEqual(len(tables.shorten(["c"] * 100)), 9)
        self.assertEqual(tables.shorten(["c"] * 100)[-1], "... and 92 more")
        self.assertEqual(tables.shorten(["c"] * 9), ["c"] * 9)

    def test_one_frame_as_text(self):
        frame = tables.Frame(0, 2, 2)
        self.assertEqual(
            tables.format_frame(0x412, frame, [(0x1000, P | U),
                                               (0xF0412000, P | W)]),
            ["frame 1042, physical 0x00412000: used, pp_ref 2, "
             "pp_link 0x00000000",
             "  mapped at 0x00001000, rights R-/R-",
             "  mapped at 0xf0412000, rights RW/--"])
        self.assertEqual(tables.format_frame(1, frame, [])[1:],
                         ["  not mapped in this address space"])

    def test_frames_of_pages_that_may_leave(self):
        layout = tables.Layout(flags=(7, 1))
        data = b"".join(struct.pack("<IHBB", 0, 1, 2, flags)
                        for flags in (0, 1, 9, 2, 6))
        frames = tables.parse_frames(data, layout)
        self.assertEqual([f.flags for f in frames], [0, 1, 9, 2, 6])
        found = [tables.format_frame(1, f, [])[1:-1] for f in frames]
        self.assertEqual(found, [
            [], ["  may leave memory"],
            ["  may leave memory, written by a mapping that has gone"],
            ["  being written to disk"], ["  being read from disk"]])

    def test_long_list(self):
        """The whole window, all on the list: no recursion, no square time."""
        count = 1 << 16
        data, head = frame_array([1] * count, list(range(count)))
        s = self.summary(data, head)
        self.assertEqual((s.on_list, s.complaints), (count, []))


def main():
    suite = unittest.defaultTestLoader.loadTestsFromModule(
        sys.modules[__name__])
    result = unittest.TextTestRunner(stream=sys.stdout).run(suite)
    failed = len({test.id() for test, _ in result.failures + result.errors})
    print("%d passed, %d failed" % (result.testsRun - failed, failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
