"""Tests of judging lab 3 (lab3.py), with made-up consoles and a machine that
plays a kernel."""

import os
import sys
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from grade import grading, lab3  # noqa: E402
from lib import endings, programs, qemu, unit, watch  # noqa: E402

FRAME = """\
Incoming TRAP frame at 0xefffffbc
%sTRAP frame at 0xf021c000 from CPU 0
  edi  0x00000000
  trap 0x%08x %s
%s  err  %s
  eip  0x00800043
  cs   0x----001b
  flag 0x00000246
  esp  0xeebfdfd4
  ss   0x----0023
"""

END = """\
[00003000] free env 00003000
No runnable environments in the system!
Welcome to the JOS kernel monitor!
Type 'help' for a list of commands.
"""

NEW = "[00000000] new env 00003000\n"


def trap(number, name, error="0x00000000"):
    return NEW + FRAME % ("", number, name, "", error) + END


def fault(va, error):
    return NEW + FRAME % (
        "[00003000] user fault va %s ip 00800043\n" % va, 14, "Page Fault",
        "  cr2  0x%s\n" % va, error) + END


def pointer(va):
    return (NEW + "[00003000] user_mem_check assertion failure for va %s\n"
            % va + END)


CONSOLES = {
    "divzero": trap(0, "Divide error"),
    "softint": trap(13, "General Protection", "0x00000072"),
    "badsegment": trap(13, "General Protection", "0x00000028"),
    "faultread": fault("00000000", "0x00000004 [user, read, not-present]"),
    "faultreadkernel": fault("f0100000",
                             "0x00000005 [user, read, protection]"),
    "faultwrite": fault("00000000", "0x00000006 [user, write, not-present]"),
    "faultwritekernel": fault("f0100000",
                              "0x00000007 [user, write, protection]"),
    "testbss": NEW + "Making sure bss works right...\n"
    "Yes, good.  Now doing a wild write off the end...\n"
    + fault("00c03020", "0x00000006 [user, write, not-present]")[len(NEW):],
    "hello": NEW + "hello, world\ni am environment 00003000\n"
    "[00003000] exiting gracefully\n" + END,
    "buggyhello": pointer("00000001"),
    "buggyhello2": pointer("00802000"),
    "evilhello": pointer("f010000c"),
    "breakpoint": trap(3, "Breakpoint").replace(END, END[END.index("Wel"):]),
}


def found(changes=None):
    """Runs of all programs, some with other consoles."""
    consoles = dict(CONSOLES, **(changes or {}))
    return {name: programs.Run(text.split("\n")[:-1])
            for name, text in consoles.items()}


def lost(changes=None):
    """{program: complaints} with these consoles."""
    boot = grading.Boot("K> ")
    boot.found = found(changes)
    report = grading.judge(lab3.LAB, boot)
    return {result.name: "\n".join(result.output)
            for result in report.results if not result.passed}


class JudgeTest(unittest.TestCase):
    def test_full_marks_are_the_classic_eighty(self):
        boot = grading.Boot("K> ")
        boot.found = found()
        report = grading.judge(lab3.LAB, boot)
        self.assertEqual(lost(), {})
        self.assertEqual((report.score, report.max_score), (80, 80))

    def test_the_sample_has_all_programs(self):
        self.assertEqual(set(CONSOLES),
                         {program.name for program in programs.PROGRAMS})

    def test_each_wanted_line_is_needed(self):
        for program in programs.PROGRAMS:
            run = programs.Run(CONSOLES[program.name].split("\n")[:-1])
            for wanted in program.wanted:
                short = programs.Run([line for line in run.lines if not
                                  programs.has_line(wanted, programs.Run(
                                      [CONSOLES["hello"].split("\n")[0],
                                       line]))])
                short.id = run.id
                with self.subTest(program=program.name, line=wanted):
                    self.assertTrue(program.judge(short))

    def test_a_line_of_another_environment_is_not_enough(self):
        other = CONSOLES["hello"].replace("free env 00003000",
                                          "free env 00001000")
        self.assertIn("free env 00003000", lost({"hello": other})["hello"])

    def test_a_line_within_another_is_not_enough(self):
        text = CONSOLES["hello"].replace("hello, world", "so: hello, world")
        self.assertIn("only within another line", lost({"hello": text})
                      ["hello"])

    def test_the_output_of_a_survivor_costs_its_points(self):
        for name, line in (("divzero", "1/0 is ffffffff!"),
                           ("faultread", "I read 00000000 from location 0!"),
                           ("faultreadkernel", "I read 1badb002 from location"
                            " 0xf0100000!"),
                           ("buggyhello2", "hello, world")):
            text = CONSOLES[name].replace(END, line + "\n" + END)
            self.assertEqual(list(lost({name: text})), [name])
            self.assertIn(line, lost({name: text})[name])

    def test_breakpoint_must_not_kill(self):
        text = CONSOLES["breakpoint"] + END
        self.assertIn("no line", lost({"breakpoint": text})["breakpoint"])

    def test_another_trap_shows_the_one_that_came(self):
        text = trap(13, "General Protection")
        self.assertIn("General Protection", lost({"divzero": text})["divzero"])

    def test_nothing_at_all(self):
        for name in CONSOLES:
            self.assertIn("nothing", lost({name: ""})[name])

    def test_no_prompt_loses_all(self):
        boot = grading.Boot("", endings.Outcome(endings.HANG, "hang: of old"))
        report = grading.judge(lab3.LAB, boot)
        self.assertEqual(report.score, 0)
        self.assertIn("hang: of old", "\n".join(report.results[0].output))


class PlayedMachine:
    """Plays a kernel at its prompt, which some programs crash."""

    booted = 0

    def __init__(self, deadly=(), **_how):
        PlayedMachine.booted += 1
        self.text = "K> "
        self.outcome = None
        self.deadly = deadly

    def __enter__(self):
        return self

    def __exit__(self, *_exception):
        pass

    def wait_for_prompt(self, *_limits):
        pass

    def command(self, line, *_limits):
        name = line.split()[1]
        lines = CONSOLES[name].split("\n")[:-1]
        if name in self.deadly:
            self.text += line + "\n" + lines[0] + "\nkernel panic"
            self.outcome = endings.Outcome(endings.PANIC, "panic: " + name)
            raise qemu.Stopped(self.outcome)
        return lines


class RunTest(unittest.TestCase):
    def run_with(self, *deadly):
        PlayedMachine.booted = 0
        real = qemu.Machine
        qemu.Machine = lambda *_words, **how: PlayedMachine(deadly, **how)
        try:
            return lab3.run_programs(PlayedMachine(deadly), 1, 1,
                                     [program.name for program
                                      in programs.PROGRAMS])
        finally:
            qemu.Machine = real

    def judged(self, runs):
        return {program.name: program.judge(runs[program.name])
                for program in programs.PROGRAMS}

    def test_one_boot_for_all(self):
        judged = self.judged(self.run_with())
        self.assertEqual(PlayedMachine.booted, 1)
        self.assertFalse(any(judged.values()))

    def test_a_dead_kernel_costs_one_program(self):
        judged = self.judged(self.run_with("faultread"))
        self.assertEqual([name for name in judged if judged[name]],
                         ["faultread"])
        self.assertIn("panic: faultread", "\n".join(judged["faultread"]))

    def test_two_dead_kernels_cost_two(self):
        judged = self.judged(self.run_with("divzero", "hello"))
        self.assertEqual([name for name in judged if judged[name]],
                         ["divzero", "hello"])

    def test_after_a_hang_the_others_get_less_time(self):
        given = []

        def run(_machine, name, _timeout, quiet):
            given.append(quiet)
            return programs.Run([], endings.Outcome(endings.HANG, "hang")
                                if name == "softint" else None)
        real, lab3.run_program = lab3.run_program, run
        try:
            lab3.run_programs(PlayedMachine(), 90, 15, [
                program.name for program in programs.PROGRAMS])
        finally:
            lab3.run_program = real
        self.assertEqual(given[:4], [15, 15, 5, 5])


class TrapWatchTest(unittest.TestCase):
    """A kernel that lets a program go on after its trap."""

    def watched(self, *frames):
        machine = PlayedMachine()
        found = watch.TrapWatch(machine)
        machine.text += "".join(frames)
        return found.look(0.0)

    def frame(self, number, name):
        return FRAME % ("", number, name, "", "0x00000000")

    def test_the_same_trap_again_and_again(self):
        reason = self.watched(*[self.frame(0, "Divide error")] * 13)
        self.assertIn("the same trap again and again", reason)
        self.assertIn("Divide error", reason)
        self.assertIn("0x00800043", reason)

    def test_a_few_traps_or_different_ones(self):
        frame = self.frame(0, "Divide error")
        self.assertIsNone(self.watched(*[frame] * 12))
        self.assertIsNone(self.watched(*[
            frame, self.frame(13, "General Protection")] * 12))

    def test_what_was_printed_before_the_program(self):
        machine = PlayedMachine()
        machine.text += self.frame(0, "Divide error") * 20
        self.assertIsNone(watch.TrapWatch(machine).look(0.0))


if __name__ == "__main__":
    unit.main()
