"""Lab 3: environments, as programs under user/ see them.

Each program runs at the monitor's prompt (`run NAME`), all in one boot. The
output of the program, and of the kernel about it, is judged line by line
(lib/programs.py).

If the kernel does not return to its prompt, that program's points are lost, and
the others run in another boot.
"""

from grade import rules
from lib import qemu
from grade.grading import MEMORY, NO_CHECKS, Lab, Test
from lib import results as keyed
from lib.complaints import expected_found
from lib.programs import PROGRAMS, Run

# Points of programs; all others earn 5.
POINTS = {"divzero": 10, "softint": 10, "badsegment": 10}


# --- Running --------------------------------------------------------------

def run_program(machine, name, timeout, quiet):
    start = len(machine.text)
    try:
        return Run(machine.command("run " + name, timeout, quiet))
    except qemu.Stopped as stopped:
        return Run(machine.text[start:].split("\n")[1:], stopped.outcome)


def run_programs(machine, timeout, quiet, names):
    """Run those of PROGRAMS that have these names: {name: Run}."""
    runs = {}
    for program in PROGRAMS:
        if program.name not in names:
            continue
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
