"""Several environments: time slices, registers, isolation between them."""

import os
import re
import time

from env.driver import Conserved, begin, demand_lines, go_on, run
from lib.tap import check, equal
from monitor.driver import test

from lib import programs
from lib.programs import EXITING, FREE, NOTHING_LEFT


@test
def spinner_beside_a_worker(k):
    """busy beside worker: a program that never yields does not stop others"""
    with Conserved(k):
        worker = run(k, "worker").id
        result = run(k, "busy")
        demand_lines(result, ["[{id}] spinning", EXITING, FREE]
                     + NOTHING_LEFT)
        lines = result.lines
        check(any("spun " in line for line in lines), "busy finishes",
              lines)
        steps = [lines.index("[%s] step %d of 5" % (worker, step))
                 for step in range(1, 6)]
        begun = lines.index("[%s] spinning" % result.id)
        ended = lines.index("[%s] exiting gracefully" % result.id)
        # A tick, and a step, may come before busy's first output.
        check(begun < steps[-1] and all(step < ended for step in steps),
              "the worker's steps while busy spins", lines)


@test
def lastone_waits(k):
    """lastone beside worker: it waits without yielding; the worker ends"""
    with Conserved(k):
        worker = run(k, "worker").id
        result = run(k, "lastone")
        demand_lines(result, ["[{id}] is the last one"])
        check("[%s] the work is done" % worker in result.lines,
              "the worker finishes", result.lines)


@test
def longtext_lets_others_run(k):
    """longtext beside worker: others run during one long call"""
    with Conserved(k):
        worker = run(k, "worker").id
        result = run(k, "longtext")
        demand_lines(result, [EXITING, FREE] + NOTHING_LEFT)
        lines = [re.sub(r" \.*$", "", line) for line in result.lines]
        pages = [line for line in lines if line.startswith(result.id)]
        equal(pages, ["%s: page %d" % (result.id, n) for n in range(1, 65)])
        done = lines.index("[%s] the work is done" % worker)
        check(done < lines.index(pages[-1]),
              "the worker ends before the text does", lines)


@test
def half_a_text_is_left(k):
    """killing a program that prints drops the rest of its text"""
    with Conserved(k):
        waiting = run(k, "breakpoints").id
        text = run(k, "longtext")
        lines = text.lines
        if not any("page 1 " in line for line in lines):
            lines = lines + go_on(k).lines      # a tick came before the text
        check(any("page 1 " in line for line in lines)
              and not any("page 64" in line for line in lines),
              "the start of the text, not its end", lines)
        k.sane("kill 0x" + text.id)
        hello = run(k, "hello")
        k.sane("kill 0x" + waiting)
        check(not any("page" in line for line in hello.lines),
              "no more of the text", hello.lines)


@test
def words_begin_on_lines_of_their_own(k):
    """breakpoints leaves lines unfinished; the kernel's start new ones"""
    with Conserved(k):
        result = run(k, "breakpoints")
        lines = result.lines + go_on(k).lines + go_on(k).lines + go_on(k).lines
        for line in ("[%s] pause 1", "[%s] pause 3", "[%s] no more pauses",
                     "[%s] exiting gracefully", "[%s] free env %s"):
            line = line.replace("%s", result.id)
            check(line in lines, "a line `%s`" % line, lines)
        equal(sum(line.startswith("Incoming TRAP frame at 0xefff")
                  for line in lines), 3)


@test
def waiting_for_a_key_is_no_work(k):
    """echo waits for a key: the processor idles"""
    with Conserved(k):
        machine = begin(k, "echo")
        machine.expect(r"say: \Z")
        before = processor_seconds(machine)
        time.sleep(2)
        used = processor_seconds(machine) - before
        machine.send("")
        machine.wait_for_prompt()
        check(used < 1, "less than 1 s of work in 2 s of waiting",
              ["%.2f s" % used])


def processor_seconds(machine):
    """The processor time of QEMU and its threads."""
    with open("/proc/%d/stat" % machine.process.pid, encoding="ascii") as file:
        fields = file.read().rpartition(")")[2].split()
    return sum(map(int, fields[11:13])) / os.sysconf("SC_CLK_TCK")


@test
def two_workers_take_turns(k):
    """worker twice: steps alternate"""
    with Conserved(k):
        first, second = run(k, "worker"), run(k, "worker")
        # At a tick before its own breakpoint, the second lets the first work.
        lines = second.lines + go_on(k).lines
        steps = [line[1:9] for line in lines if " step " in line]
        equal(sorted(steps), sorted([first.id, second.id] * 5))
        # A tick may give one of them another time slice, but not five.
        check(steps[:5] != [steps[0]] * 5, "alternating time slices",
              lines)


@test
def killer_ends_nobody(k):
    """killer beside worker: it may not end the worker"""
    with Conserved(k):
        worker = run(k, "worker").id
        result = run(k, "killer")
        demand_lines(result, [
            "[{id}] may not destroy %s: bad environment" % worker,
            "[{id}] destroyed none of 1 others"])
        check("[%s] the work is done" % worker in result.lines,
              "the worker finishes", result.lines)


def one_survives(before, after, ended, survivor):
    """Kill one of two workers; return the lines before and after."""
    check("[%s] the work is done" % survivor in before + after,
          "the other finishes", before + after)
    check(not any(line.startswith("[%s] step" % ended) for line in after),
          "no more output of the killed one", after)


@test
def kill_one_of_two(k):
    """kill ends one of two, and the other continues"""
    with Conserved(k):
        first, second = run(k, "worker"), run(k, "worker")
        # The second is current: its end lets the first continue.
        after = k.sane("kill 0x" + second.id)
        one_survives(second.lines, after, second.id, first.id)


@test
def kill_the_other_of_two(k):
    """killing a waiting environment does not affect the current one"""
    with Conserved(k):
        first, second = run(k, "worker"), run(k, "worker")
        after = k.sane("kill 0x" + first.id) + go_on(k).lines
        one_survives(second.lines, after, first.id, second.id)


@test
def fpu_state_is_private(k):
    """fpu twice: x87 and SSE registers start clean, and are private"""
    with Conserved(k):
        first = run(k, "fpu").id
        second = run(k, "fpu").id
        lines = go_on(k).lines
        for number in (first, second):
            check("[%s] registers were preserved for 200 rounds" % number
                  in lines, "both find their registers unchanged", lines)


@test
def registers_are_kept(k):
    """registers twice: neither traps nor the other change a register"""
    with Conserved(k):
        lines = run(k, "registers").lines + run(k, "registers").lines
        for _ in range(4):
            if not any("panic" in line or "No runnable" in line
                       for line in lines):
                lines += go_on(k).lines
        check(not any("panic" in line for line in lines), "no panic", lines)
        for way in ("a breakpoint", "a timer tick"):
            equal(sum("the same after " + way in line for line in lines), 2)


@test
def registers_alone(k):
    """registers: the same after int, sysenter, breakpoint and tick"""
    with Conserved(k):
        lines = run(k, "registers").lines + go_on(k).lines
        ways = [line for line in lines if line.startswith("registers are")]
        equal([line.split(":")[0][len("registers are the same after "):]
               for line in ways],
              ["int", "sysenter", "a breakpoint", "a timer tick"])


# --- Other processors -----------------------------------------------------

def graded_on(k, cpu):
    """All of lab 3's programs, and registers, on that processor."""
    other = type(k)(**dict(k.how, cpu=cpu))
    try:
        for program in programs.PROGRAMS:
            result = run(other, program.name)
            equal(program.judge(result), [])
        other.stop()
        with Conserved(other):
            lines = run(other, "registers").lines + go_on(other).lines
            check("No runnable environments in the system!" in lines
                  and not any("panic" in line for line in lines),
                  "registers finishes", lines)
        return lines
    finally:
        other.stop()


@test
def on_a_486(k):
    """on a 486, with int only, all programs work"""
    lines = graded_on(k, "486")
    check(not any("sysenter" in line for line in lines),
          "no sysenter on a processor without it", lines)


@test
def with_smap(k):
    """on a processor with SMEP and SMAP, all programs work"""
    graded_on(k, "max")
