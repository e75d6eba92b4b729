"""The monitor's commands about programs and environments."""

import os
import random
import re
import time

from lib import qemu
from env.driver import Conserved, begin, demand_lines, run, settled
from lib.tap import check, equal
from monitor.driver import QUIET, demand, test

from lib import programs


@test
def ls_lists_the_programs(k):
    """ls lists what is in user/ and user/test/, in order"""
    names = sorted(name[:-2] for folder in ("user", "user/test")
                   for name in os.listdir(os.path.join(qemu.ROOT, folder))
                   if name.endswith(".c"))
    equal(" ".join(k.sane("ls")).split(), names)


@test
def run_of_no_program(k):
    """run reports an unknown program, and creates nothing"""
    with Conserved(k):
        for name in ("nosuch", "hell", "hello2", "HELLO", "user/hello", "0"):
            demand(k.sane("run " + name), re.escape("'%s'" % name))
        demand(k.sane("run"), "usage: run NAME")


@test
def envs_shows_who_is_there(k):
    """envs shows the other environments at a breakpoint"""
    with Conserved(k):
        first = run(k, "worker").id
        second = run(k, "worker").id
        lines = k.sane("envs")
        demand(lines, r"^%s .* runnable " % first, r"^%s .* running " % second)
        equal(len(lines), 3)
        k.sane("continue")


@test
def check_beside_environments(k):
    """checks pass at a breakpoint, and the environments continue"""
    with Conserved(k):
        first = run(k, "worker").id
        second = run(k, "worker").id
        lines = k.sane("envs")
        demand(k.sane("check"), r"^check_paging\(\) succeeded!$",
               r"^check_env\(\) succeeded!$",
               r"^check_calls\(\) succeeded!$")
        equal(k.sane("envs"), lines)
        lines = k.sane("continue")
        for each in first, second:
            check("[%s] the work is done" % each in lines,
                  "both finish", lines)


@test
def kill_ends_an_environment(k):
    """kill frees everything of an environment"""
    with Conserved(k):
        result = run(k, "breakpoint")
        lines = k.sane("kill 0x" + result.id)
        demand(lines, r"^\[%s\] free env %s$" % (result.id, result.id),
               "^No runnable environments in the system!$")


@test
def ids_are_read_as_printed(k):
    """an environment's id is read in hexadecimal, as envs prints it"""
    with Conserved(k):
        for form in ("%s", "0x%s", "0X%s"):
            last = run(k, "breakpoint").id
            text = form % last
            short = form % last.lstrip("0")
            for each in (text, short):
                demand(k.sane("pgdir " + each), "^directory at physical ")
                demand(k.sane("walk 0xf0100000 " + each), "00100000")
                equal(k.sane("audit " + each),
                      ["audit: all invariants hold"])
            pasted = k.sane("envs")[1].split()[0]
            equal(pasted, last)
            demand(k.sane("kill " + (pasted if form == "%s" else short)),
                   r"^\[%s\] free env %s$" % (last, last))


@test
def step_through_every_pushf(k):
    """step does not show in the flags of PUSHF, whatever its prefixes"""
    with Conserved(k):
        run(k, "prefixes")
        for _ in range(250):
            lines = k.sane("step")
            if "PUSHF" in lines[0]:
                break
            demand(lines, "^Debug at ")
            equal(len(lines), 1)        # no welcome between steps
        equal(lines[0], "all PUSHF show no step")
        k.sane("continue")


@test
def backtrace_at_a_first_instruction(k):
    """backtrace at a function's first two instructions shows its caller"""
    with Conserved(k):
        last = run(k, "stepper").id
        seen = {}
        for _ in range(60):
            place = k.sane("step")[0].split()[3]
            if place in ("syscall_int+0", "syscall_int+1"):
                lines = k.run("backtrace")
                check(any(": umain+" in line for line in lines[:5]),
                      "umain among the first callers", lines)
                seen[place] = True
            if place.startswith("syscall_fast"):
                break
        check("syscall_int+0" in seen, "a step to a first instruction", seen)
        k.sane("kill 0x" + last)


@test
def kill_of_nobody(k):
    """kill reports an unknown id"""
    with Conserved(k):
        last = run(k, "hello").id
        for number in ("0", "1", "0x" + last, "0x1fff", "0x7ffff000",
                       "0xffffffff"):
            demand(k.sane("kill " + number), "no environment")
        for word in ("x", "-1", "0x100000000", ""):
            demand(k.sane("kill " + word), "number|usage")


@test
def continue_goes_on(k):
    """continue after a breakpoint resumes after it"""
    with Conserved(k):
        result = run(k, "breakpoint")
        lines = k.sane("continue")
        check("[%s] exiting gracefully" % result.id in lines,
              "the program exits", lines)


def steps_through(k):
    """Step until the program exits; return the report of each step."""
    run(k, "stepper")
    places, unseen = [], False
    for _ in range(300):
        lines = k.sane("step")
        if lines[0] == "the flags show no step":
            unseen = True
            del lines[0]
        match = re.match(r"Debug at [0-9a-f]{8}: (\S+\+\d+) \((.*)\)$",
                         lines[0])
        if not match:
            demand(lines, "exiting gracefully")
            check(unseen, "the step does not show in the flags", lines)
            return places
        places.append(match.groups())
    check(False, "an end within 300 steps", places[-20:])
    return places


@test
def step_stops_after_each_instruction(k):
    """step stops after each instruction, system calls included"""
    with Conserved(k):
        places = steps_through(k)
    functions = [place[0].split("+")[0] for place in places]
    for name in ("umain", "syscall_int", "syscall_fast", "exit"):
        check(name in functions, "a step in " + name, functions)
    lines = [int(place[1].split(":")[1]) for place in places
             if place[1].startswith("user/stepper.c:")]
    equal(lines, sorted(lines))
    # It stopped again after each of the calls.
    check(len(set(lines)) >= 4, "steps in four lines of umain", places)


@test
def step_and_regs_agree(k):
    """regs shows the place that step has reached"""
    with Conserved(k):
        result = run(k, "stepper")
        for _ in range(3):
            place = k.sane("step")[0].split()[2].rstrip(":")
            demand(k.run("regs"), "^  eip  0x%s$" % place)
        k.sane("kill 0x" + result.id)


@test
def kernel_failure_parks_the_environment(k):
    """a kernel fault blocks the current program, and others run"""
    with Conserved(k):
        first = run(k, "worker").id
        k.ready().command("fault null")
        demand(k.run("envs"), "^%s  00000000  waiting " % first)
        second = run(k, "hello")
        check("hello, world" in second.lines, "hello runs", second.lines)
        check(not any("step" in line for line in second.lines),
              "the worker does not continue", second.lines)
        k.sane("kill 0x" + first)


@test
def nmi_harms_no_program(k):
    """an NMI stops a program in the monitor; it can continue"""
    with Conserved(k):
        machine = begin(k, "busy")
        machine.expect(r"spinning\n")
        time.sleep(0.1)                 # after the call that printed it
        machine.ask_qemu("nmi")
        machine.wait_for_prompt()
        lines = machine.all_lines()
        check(any("Non-Maskable Interrupt at" in line for line in lines[-8:]),
              "a line about the NMI", lines[-8:])
        demand(k.run("continue"), "spun ")


# So many NMIs in one program, with pauses of up to so many seconds.
NMIS = 8
NMI_PAUSE = 0.02


def run_with_nmis(k, name):
    """Run a program that NMIs interrupt anywhere, in the kernel's work for it,
    too; continue after each, until it ends. Returns all that it printed, as
    lines."""
    machine = begin(k, name)
    start = machine.expect(r"new env").start()
    for n in range(NMIS):
        time.sleep(random.random() * NMI_PAUSE)
        at = machine.position = len(machine.text)
        machine.ask_qemu("nmi")
        machine.wait_for_prompt(quiet=QUIET)
        told = machine.text[at:]
        if n > 0 and "No runnable environments" in told:
            return machine.text[start:].split("\n")
        check("Non-Maskable Interrupt at" in told
              and "cs   0x----001b" in told,
              "the frame of a program, and the monitor", told.split("\n"))
        machine.send("continue")
        machine.expect(r"continue\n")
    machine.wait_for_prompt(quiet=10 * QUIET)
    return machine.text[start:].split("\n")


@test
def nmis_in_the_kernels_work(k):
    """NMIs in the kernel's work wait for its program, and nothing is lost"""
    for name in ("forks", "messages"):
        with Conserved(k):
            lines = run_with_nmis(k, name)
            demand(lines, "%s: [1-9][0-9]* passed, 0 failed" % name)
            check(not any("stopped:" in line for line in lines),
                  "no environment is lost", lines)


@test
def nmi_beside_a_stopped_program(k):
    """an NMI at the prompt waits for the program that is stopped"""
    with Conserved(k):
        machine = begin(k, "busy")
        machine.expect(r"spinning\n")
        time.sleep(0.1)
        machine.ask_qemu("nmi")
        machine.wait_for_prompt()
        at = len(machine.text)
        machine.ask_qemu("nmi")
        demand(k.run("envs"), "running")
        check("Interrupt" not in machine.text[at:], "no report",
              machine.text[at:].split("\n"))
        demand(k.run("continue"), "Non-Maskable Interrupt at")
        demand(k.run("continue"), "spun ")


@test
def nmi_without_a_program(k):
    """an NMI at the prompt is reported at once if there is no program"""
    machine = k.ready()
    before = settled(k)
    machine.position = len(machine.text)
    machine.ask_qemu("nmi")
    machine.expect(r"^kernel trap: Non-Maskable Interrupt$", quiet=QUIET)
    machine.wait_for_prompt(quiet=QUIET)
    equal(settled(k), before)


@test
def step_needs_a_breakpoint(k):
    """step and continue without a breakpoint are refused"""
    for command in ("step", "continue"):
        lines = k.sane(command)
        equal(len(lines), 1)
        demand(lines, "breakpoint")


@test
def tables_of_an_environment(k):
    """pgdir, walk and audit examine another environment's tables"""
    with Conserved(k):
        first = "0x" + run(k, "worker").id
        second = "0x" + run(k, "worker").id
        frames = set()
        for number in (first, second):
            equal(k.sane("audit " + number), ["audit: all invariants hold"])
            demand(k.sane("pgdir " + number), "^eebfd000-eebfdfff .* RW/RW")
            walked = k.sane("walk 0xeebfd123 " + number)
            demand(walked, "rights RW/RW")
            frames.add(re.search(r"physical ([0-9a-f]{8})",
                                 "\n".join(walked)).group(1))
        equal(len(frames), 2)
        for command in ("pgdir 0x7ffff000", "walk 0 0x7ffff000",
                        "audit 0x7ffff000"):
            demand(k.sane(command), "no environment")
        k.sane("continue")


@test
def tab_completes_programs(k):
    """Tab after `run ` completes a program, or lists programs"""
    with Conserved(k):
        output = k.enter(b"run hel\t\n").split("\n")
        check("hello, world" in output, "hello runs", output)
        output = k.type(b"run faultwr\t", "faultwrite").split("\n")
        output = k.type(b"\t", r"run faultwrite\Z")
        listed = output.split()
        for name in ("faultwrite", "faultwritekernel", "faultwriteenvs",
                     "faultwritetext"):
            check(name in listed, "%s in the list" % name, listed)
        check("faultread" not in listed, "no others", listed)
        k.enter(b"\x15\n")


@test
def audit_and_checks_beside_an_environment(k):
    """audit and checks pass while an environment exists"""
    with Conserved(k):
        result = run(k, "worker")
        equal(k.sane("audit"), ["audit: all invariants hold"])
        lines = k.machine.command("check check_page_alloc", quiet=30)
        equal(lines, ["check_page_alloc() succeeded!"])
        after = programs.Run(k.sane("continue"))
        after.id = result.id
        demand_lines(after, ["[{id}] the work is done"])


# Kinds of `fault` that end the turn of the environment at a breakpoint.
LOST_TURNS = ("null", "text", "divide", "undefined", "panic", "overflow",
              "unmap-stack")


@test
def kill_after_a_kernel_fault(k):
    """after a kernel fault in an environment's turn, kill leaves no trace"""
    before = settled(k)
    for kind in LOST_TURNS:
        last = run(k, "breakpoint").id
        demand(k.run("fault " + kind), r"^\[%s\] stopped: " % last)
        demand(k.run("regs"), "^cr3 .*, kern_pgdir$")
        demand(k.sane("envs"), r"^%s .* waiting " % last)
        equal(k.sane("audit"), ["audit: all invariants hold"])
        equal(k.sane("kill 0x" + last), ["[00000000] free env " + last])
        equal(settled(k), before)
        demand(k.sane("pgdir"), "^f0000000-")
        demand(k.run("regs"), "^cr3 .*, kern_pgdir$")
        demand(k.sane("check page_insert"), "^page_insert succeeded: ")
        demand_lines(run(k, "hello"), ["hello, world"])
