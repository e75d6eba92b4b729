"""Tests of judging lab 4 (lab4.py, rows.py), with made-up consoles and a machine
that plays a kernel."""

import os
import re
import sys
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from grade import grading, lab4, verifiers  # noqa: E402
from lib import endings, formats, programs, qemu, rows, unit  # noqa: E402

NEW = "[00000000] new env 00001000\n"
CHILD = "[00001000] new env 00001001\n"


def end(*ids):
    return "".join("[%s] exiting gracefully\n[%s] free env %s\n" % (
        each, each, each) for each in ids)


def fault(error):
    return NEW + """\
Incoming TRAP frame at 0xefffffbc
[00001000] user fault va 00000000 ip 00800043
TRAP frame at 0xf021c000 from CPU 0
  edi  0x00000000
  trap 0x0000000e Page Fault
  cr2  0x00000000
  err  0x0000000%d [user, write, not-present]
[00001000] free env 00001000
""" % error


def refused(va):
    return (NEW + "[00001000] user_mem_check assertion failure for va %s\n"
            "[00001000] free env 00001000\n" % va)


def stress(*cpus):
    return NEW + "".join("[%08x] stresssched on CPU %d\n" % (
        0x1001 + i, cpu) for i, cpu in enumerate(cpus))


TREE = ["", "0", "1", "00", "01", "10", "11", "000", "001", "010", "011",
        "100", "101", "110", "111"]

CONSOLES = {
    "dumbfork": NEW + CHILD + "".join(
        ["%d: I am the parent.\n" % i for i in range(10)]
        + ["%d: I am the child.\n" % i for i in range(20)])
    + end("00001000", "00001001"),
    "faultread": fault(4),
    "faultwrite": fault(6),
    "faultdie": NEW + "i faulted at va deadbeef, err 6\n" + end("00001000"),
    "faultregs": NEW + "Registers in UTrapframe OK\n"
                       "Registers after page-fault OK\n" + end("00001000"),
    "faultalloc": NEW + "fault deadbeef\n"
                        "this string was faulted in at deadbeef\n"
                        "fault cafebffe\nfault cafec000\n"
                        "this string was faulted in at cafebffe\n"
    + end("00001000"),
    "faultallocbad": refused("deadbeef"),
    "faultnostack": refused("eebfffcc"),
    "faultbadhandler": refused("eebfefd4"),
    "faultevilhandler": refused("f0100020"),
    "forktree": NEW + "".join("1000: I am '%s'\n" % name for name in TREE)
    + end("00002003"),
    "spin": NEW + "I am the parent.  Forking the child...\n" + CHILD
    + "I am the parent.  Running the child...\n"
      "I am the child.  Spinning...\n"
      "I am the parent.  Killing the child...\n"
      "[00001000] destroying 00001001\n"
      "[00001000] free env 00001001\n" + end("00001000"),
    "stresssched": stress(0, 1, 2, 3, 0, 1, 1, 2),
    "sendpage": NEW + CHILD
    + "1000 got message: hello child environment! how are you?\n"
      "child received correct message\n"
      "1001 got message: hello parent environment! I'm good\n"
      "parent received correct message\n",
    "pingpong": NEW + CHILD + "send 0 from 1000 to 1001\n" + "".join(
        "%x got %d from %x\n" % (0x1001 - i % 2, i, 0x1000 + i % 2)
        for i in range(11)),
    "primes": NEW + CHILD + "".join(
        "CPU 0: %d [%08x] new env %08x\n" % (number, sender, sender + 1)
        for number, sender in ((2, 0x1001), (3, 0x1002), (5, 0x1003),
                               (7, 0x1004), (11, 0x1005), (1877, 0x1120))),
}


def a_run(text, several=True):
    run = programs.Run(text.splitlines())
    run.several_cpus = several
    return run


def graded(changes=None, several=True):
    """The report with these consoles instead of good ones."""
    boot = grading.Boot("K> ")
    consoles = dict(CONSOLES, **(changes or {}))
    boot.found = {name: a_run(text, several)
                  for name, text in consoles.items()}
    return grading.judge(lab4.LAB, boot)


def lost(changes=None, several=True):
    """{program: complaints} with these consoles."""
    return {result.name: "\n".join(result.output)
            for result in graded(changes, several).results
            if not result.passed}


class JudgeTest(unittest.TestCase):
    def test_full_marks_are_the_course_s_eighty(self):
        report = graded()
        self.assertEqual(lost(), {})
        self.assertEqual((report.score, report.max_score), (80, 80))

    def test_the_parts_have_5_50_and_25_points(self):
        points = [test.points for test in lab4.LAB.tests]
        self.assertEqual((points[0], sum(points[1:11]), sum(points[11:])),
                         (5, 50, 25))
        self.assertEqual([row.name for row in rows.ROWS[11:]], [
            "spin", "stresssched", "sendpage", "pingpong", "primes"])

    def test_each_wanted_line_is_needed(self):
        for row in rows.ROWS:
            lines = CONSOLES[row.name].split("\n")
            for wanted in row.wanted:
                short = [line for line in lines if line.startswith(
                    "[00000000]") or not re.match(wanted, line)]
                if wanted.startswith(r"\[00000000\]"):
                    short = lines[1:]
                with self.subTest(program=row.name, line=wanted):
                    run = a_run("\n".join(short))
                    self.assertTrue(lab4.judge(row, run))

    def test_lines_in_any_order_are_right(self):
        for row in rows.ROWS:
            lines = CONSOLES[row.name].split("\n")
            with self.subTest(program=row.name):
                self.assertEqual(row.absent(lines[::-1]), [])

    def test_a_line_is_compared_from_its_start(self):
        text = CONSOLES["faultregs"].replace("Registers after",
                                             "x Registers after")
        self.assertIn("Registers after page-fault OK",
                      lost({"faultregs": text})["faultregs"])
        # What follows in the line does not matter.
        text = CONSOLES["faultread"].replace("Page Fault", "Page Fault!")
        self.assertEqual(lost({"faultread": text}), {})

    def test_primes_and_the_kernel_s_message_share_a_line(self):
        text = CONSOLES["primes"].replace("CPU 0: 7 [", "CPU 0: 7 \n[")
        self.assertIn("CPU .: 7 [00001004] new env 00001005",
                      lost({"primes": text})["primes"])

    def test_other_ids_are_wrong(self):
        text = CONSOLES["forktree"].replace("00002003", "00001003")
        self.assertIn("[0000200.] exiting gracefully",
                      lost({"forktree": text})["forktree"])
        text = CONSOLES["dumbfork"].replace("00001001", "00001002")
        self.assertIn("00001001", lost({"dumbfork": text})["dumbfork"])

    def test_unwanted_lines_cost_the_points(self):
        for name, line in (
                ("faultread", "I read 00000000 from location 0!"),
                ("faultregs", "Registers in UTrapframe MISMATCH"),
                ("dumbfork", "10: I am the parent."),
                ("stresssched", "[00001002] user panic: ran on two CPUs at"
                 " once (counter is 99)")):
            self.assertEqual(list(lost({name: CONSOLES[name] + line})),
                             [name])
            self.assertIn(line, lost({name: CONSOLES[name] + line})[name])

    def test_nothing_at_all(self):
        for name in CONSOLES:
            self.assertIn("nothing", lost({name: ""})[name])

    def test_the_end_of_the_kernel_is_shown(self):
        boot = graded().results[0]
        self.assertTrue(boot.passed)
        run = a_run(NEW)
        run.outcome = endings.Outcome(endings.PANIC, "panic: no queue")
        self.assertIn("panic: no queue", "\n".join(lab4.judge(
            rows.ROWS[0], run)))

    def test_no_prompt_loses_all(self):
        boot = grading.Boot("", endings.Outcome(endings.HANG, "hang: of old"))
        report = grading.judge(lab4.LAB, boot)
        self.assertEqual((report.score, report.full), (0, False))
        self.assertIn("hang: of old", "\n".join(report.results[0].output))


class TroubleTest(unittest.TestCase):
    """What a complaint says besides the line that is missing."""

    def test_the_fault_of_a_program_is_shown(self):
        fault_lines = ["[00001001] user fault va eebfdf9c ip 00800f21",
                       "user page fault: nothing is mapped there",
                       "  in forktree: fork+35 (lib/fork.c:93)"]
        text = NEW + CHILD + "\n".join(fault_lines) + "\n"
        told = lost({"forktree": text})["forktree"]
        for line in fault_lines:
            self.assertIn("`%s`" % line, told)

    def test_without_a_fault_the_last_line_is_shown(self):
        told = lost({"spin": NEW + "it is late\n\n"})["spin"]
        self.assertIn("ends with `it is late`", told)

    def test_a_line_too_many_has_what_led_to_it(self):
        text = CONSOLES["faultregs"].replace(
            "Registers after page-fault OK", "eflags: 00000246, not 000008d7"
            "\nRegisters after page-fault MISMATCH")
        told = lost({"faultregs": text})["faultregs"]
        self.assertIn("`eflags: 00000246, not 000008d7`", told)
        self.assertNotIn("`Registers in UTrapframe OK`", told)


class PlayedVerifiers:
    """Plays the programs that verify the library."""

    def __init__(self, **consoles):
        self.consoles = consoles
        self.played = []

    def __call__(self, name):
        self.played.append(name)
        return programs.Run(self.consoles.get(
            name, name + ": 7 passed, 0 failed").split("\n"))


class VerifiersTest(unittest.TestCase):
    def test_none_runs_without_a_loss_that_it_may_explain(self):
        for lost_rows in ([], ["stresssched"], ["faultread", "dumbfork"]):
            play = PlayedVerifiers()
            self.assertIsNone(verifiers.find(lost_rows, play))
            self.assertEqual(play.played, [])

    def test_the_lower_ones_run_first_and_no_higher_ones(self):
        for name, played in (("faultregs", ["handlers"]),
                             ("forktree", ["handlers", "forks"]),
                             ("primes", ["handlers", "forks", "messages"])):
            play = PlayedVerifiers()
            self.assertIsNone(verifiers.find([name], play))
            self.assertEqual(play.played, played)

    def test_the_first_that_fails_is_told_once(self):
        play = PlayedVerifiers(forks="ok one\nFAILED two: not (1 == 2), line 3"
                               "\nforks: 1 passed, 1 failed")
        finding = verifiers.find(["spin", "pingpong"], play)
        self.assertEqual(play.played, ["handlers", "forks"])
        run = a_run(NEW)
        self.assertEqual(finding.about("dumbfork", run), [])
        self.assertEqual(finding.about("faultregs", run), [])
        self.assertIn("  `FAILED two: not (1 == 2), line 3`",
                      finding.about("spin", run))
        self.assertEqual(len(finding.about("pingpong", run)), 1)

    def test_one_that_does_not_finish(self):
        play = PlayedVerifiers(handlers="ok one\nok two\n[00001000] user fault"
                               " va 00000000 ip 00800020")
        finding = verifiers.find(["faultdie"], play)
        told = "\n".join(finding.about("faultdie", a_run(NEW)))
        self.assertIn("the last case that holds: `ok two`", told)
        self.assertIn("user fault va 00000000", told)
        # A run with its own fault tells more.
        self.assertEqual(finding.about("faultdie", a_run(
            NEW + "[00001000] user panic in faultdie at lib/fork.c:9: x")), [])

    def test_the_handlers_may_stop_where_they_need_fork(self):
        play = PlayedVerifiers(handlers="ok one\nthe rest needs fork\nK",
                               forks="FAILED x")
        self.assertEqual(verifiers.find(["spin"], play).verifier.name, "forks")

    def test_what_it_found_is_in_the_report(self):
        boot = grading.Boot("K> ")
        boot.found = {name: a_run(text) for name, text in CONSOLES.items()}
        boot.found["spin"] = a_run(NEW)
        boot.found[lab4.FINDING] = verifiers.Finding(
            verifiers.VERIFIERS[1], ["`FAILED x`"])
        told = {result.name: "\n".join(result.output)
                for result in grading.judge(lab4.LAB, boot).results}
        self.assertIn("`FAILED x`", told["spin"])
        self.assertNotIn("verifies", told["pingpong"])


class ProcessorsTest(unittest.TestCase):
    """stresssched on a kernel that uses one processor."""

    def test_it_needs_several(self):
        report = graded({"stresssched": stress(*[0] * 20)}, several=False)
        self.assertEqual((report.score, report.full), (75, True))
        result = report.results[12]
        self.assertEqual(result.complaints, [
            "needs several processors: all 20 environments ran on CPU 0"])
        self.assertIn("ok 13 - Lab 4: stresssched # SKIP needs several",
                      formats.as_tap([report]))
        self.assertEqual(formats.as_json([report])["score"], 75)

    def test_a_kernel_that_has_started_others_must_use_them(self):
        report = graded({"stresssched": stress(*[0] * 20)}, several=True)
        self.assertEqual((report.score, report.full), (75, False))
        self.assertIn("stresssched on CPU 1", report.results[12].complaints[0])

    def test_one_processor_is_no_excuse_for_other_faults(self):
        for text in (NEW, stress(0, 0) + "panic: ran on two CPUs at once",
                     stress(1, 2, 3), stress(0, 1)):
            report = graded({"stresssched": text}, several=False)
            self.assertFalse(report.full, text)

    def test_other_programs_have_no_excuse(self):
        for name in CONSOLES:
            if name != "stresssched":
                self.assertFalse(graded({name: NEW}, several=False).full)


class PlayedMachine:
    """Plays a kernel that boots and runs one program."""

    started = []
    deadly = ()

    def __init__(self, *_words, **how):
        PlayedMachine.started.append(how)
        self.text = "SMP: CPU 0 found 1 CPU(s)\nK> "
        self.position = 0

    def __enter__(self):
        return self

    def __exit__(self, *_exception):
        pass

    def lines(self):
        return self.text.split("\n")[:-1]

    def wait_for_prompt(self, *_limits):
        pass

    def send(self, line):
        self.name = line.split()[1]
        self.text += line + "\n" + CONSOLES[self.name]

    def expect(self, pattern, _timeout, quiet):
        PlayedMachine.started[-1]["quiet"] = quiet
        if self.name in self.deadly:
            raise qemu.Stopped(endings.Outcome(endings.HANG, "hang: " +
                                               self.name))
        if self.name == "primes":
            assert re.search(pattern, self.text, re.M), self.text
        self.text += "K> "


class RunTest(unittest.TestCase):
    def run_with(self, *deadly):
        PlayedMachine.started, PlayedMachine.deadly = [], deadly
        real, qemu.Machine = qemu.Machine, PlayedMachine
        try:
            return lab4.run_rows(None, 90, 15, list(CONSOLES))
        finally:
            qemu.Machine = real

    def judged(self, runs):
        return [row.name for row in rows.ROWS
                if lab4.judge(row, runs[row.name])]

    def test_each_program_has_a_boot_of_its_own(self):
        self.assertEqual(self.judged(self.run_with()), [])
        self.assertEqual(len(PlayedMachine.started), len(rows.ROWS))

    def test_with_the_processors_of_the_course(self):
        self.run_with()
        cpus = [how["options"][1] for how in PlayedMachine.started]
        self.assertEqual(cpus, ["1"] * 12 + ["4", "2", "4", "4"])
        self.assertEqual({how["options"][0] for how in PlayedMachine.started},
                         {"-smp"})

    def test_a_dead_kernel_costs_one_program(self):
        # The lines count even so, as with the course's time limit.
        runs = self.run_with("spin")
        self.assertEqual(runs["spin"].outcome.end, endings.HANG)
        self.assertIsNone(runs["primes"].outcome)

    def test_after_a_hang_the_others_get_less_time(self):
        self.run_with("faultread")
        self.assertEqual([how["quiet"] for how in PlayedMachine.started[:4]],
                         [15, 15, 5, 5])

    def test_only_the_chosen_programs_run(self):
        lab = lab4.LAB.chosen(["fault"])
        self.assertEqual(sum(test.points for test in lab.tests), 45)


if __name__ == "__main__":
    unit.main()
