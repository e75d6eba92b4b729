"""Lab 3: environments, as programs under user/ see them.

Each program runs at the monitor's prompt (`run NAME`), all in one boot. The
output of the program, and of the kernel about it, is judged line by line
(lib/programs.py).

If the kernel does not return to its prompt, that program's points are lost, and
the others run in another boot. A program that traps at the same place again and
again is stopped at once; and if one hangs, the others get less time.
"""

from grade import rules
from lib import endings, qemu, watch
from grade.grading import MEMORY, NO_CHECKS, Lab, Test
from lib import results as keyed
from lib.complaints import expected_found
from lib.programs import PROGRAMS, Run

# Seconds of silence from a program, once another one has hung.
QUIET_AFTER_A_HANG = 5.0

# Points of programs; all others earn 5.
POINTS = {"divzero": 10, "softint": 10, "badsegment": 10}


# --- Running --------------------------------------------------------------

def run_program(machine, name, timeout, quiet):
    start = len(machine.text)
    machine.watch = watch.TrapWatch(machine)
    try:
        return Run(machine.command("run " + name, timeout, quiet))
    except qemu.Stopped as stopped:
        return Run(machine.text[start:].split("\n")[1:], stopped.outcome)
    finally:
        machine.watch = None


def run_programs(machine, timeout, quiet, names):
    """Run those of PROGRAMS that have these names: {name: Run}."""
    runs = {}
    for program in PROGRAMS:
        if program.name not in names:
            continue
        if any(run.outcome and run.outcome.end == endings.HANG
               for run in runs.values()):
            quiet = min(quiet, QUIET_AFTER_A_HANG)
        if not machine.outcome:
            runs[program.name] = run_program(machine, program.name, timeout,
                                             quiet)
            continue
        with qemu.Machine(qemu.IMAGE, memory=MEMORY, transcript=None,
                          options=keyed.boot_options(keyed.fresh_key(),
                                                     NO_CHECKS)) as another:
            try:
                another.wait_for_prompt(timeout, quiet)
                runs[program.name] = run_program(another, program.name,
                                                 timeout, quiet)
            except qemu.Stopped as stopped:
                runs[program.name] = Run([], stopped.outcome)
    return runs


# --- Judging --------------------------------------------------------------

def test_of(program):
    def judge(boot):
        if boot.found is None:
            return expected_found("the prompt, to run programs at", [
                "none"] + boot.stopped_words())
        return program.judge(boot.found[program.name])
    return Test(program.name, POINTS.get(program.name, 5), judge)


LAB = Lab(3, "environments", [test_of(program) for program in PROGRAMS],
          subjects=rules.ENV_SUBJECTS, checks=("check_env",),
          at_prompt=run_programs)
