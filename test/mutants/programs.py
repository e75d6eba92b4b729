"""Run user programs for mutants that only programs can detect.

The job: the lines `run` of a list. Not the job: the list itself (edits.py),
building and booting (trial.py).

    run NAME                        one of lab 3's, judged by lib/programs.py
    run NAME [NAME...] => TEXT      TEXT is a line that must be printed; a `.`
                                    is any character, {id} the last one's id
    run NAME:ANSWER:ANSWER => TEXT  with lines that answer the program
    run NAME; COMMAND; COMMAND *N => TEXT   then the monitor gets these
                                    commands, the last one N times
    run ; COMMAND => TEXT           no program

All programs of a line start at the prompt, and run together; then `continue` is
typed until no environment is left. The kernel must not panic, and the number of
free frames must be the same as before. `kills` names the line as run:NAME or
run:NAME+NAME; without a program, by the first word of the first command.
"""

import re

from lib import complaints, endings, qemu
from lib.programs import PROGRAMS, Run, has_line

QUIET = 15.0
LIMIT = 60.0
MOST = 6                        # `continue`s, after which none may be left

ANSWER = re.compile(r": \Z")    # a program that waits for a line prints this
NOBODY_LEFT = "No runnable environments in the system!"
GRADED = {program.name: program for program in PROGRAMS}


class Session:
    """One line `run`: programs, and the output that they must cause."""

    def __init__(self, line):
        words, arrow, text = line.partition(" => ")
        names, *commands = [part.strip() for part in words.split(";")]
        commands = [each for part in commands for each in repeated(part)]
        self.programs = [word.split(":") for word in names.split()]
        self.commands = commands
        self.text = text
        self.name = "+".join(program[0] for program in self.programs)
        if commands and not self.programs:
            self.name = commands[0].split()[0]
        # The monitor's `fault` lets the kernel fault on purpose.
        self.faults = any(command.split()[0] == "fault"
                          for command in commands)
        if not self.name or (not arrow and self.name not in GRADED):
            raise ValueError("`run %s` has no line that it must cause" % line)
        if arrow and not text:
            raise ValueError("nothing after the => of `run %s`" % line)

    def play(self, machine):
        """Run it at the prompt. Return lines about errors, [] without any.

        Raises qemu.Stopped when the kernel ends.
        """
        before = books(machine)
        runs = [start(machine, *program) for program in self.programs]
        last = runs[-1] if runs else Run([])
        lines = [line for run in runs for line in run.lines]
        for command in self.commands:
            lines += machine.command(command, LIMIT, QUIET)
        wrong = []
        if not self.text:
            wrong = GRADED[self.name].judge(last)
        for _ in range(MOST):
            if NOBODY_LEFT in lines[-8:] or not someone_left(machine):
                break
            lines += machine.command("continue", LIMIT, QUIET)
        trouble = endings.trouble(lines)
        if trouble and not wrong and not self.faults:
            wrong = told("no panic and no fault in the kernel",
                         trouble.lines()[0])
        if wrong:
            return wrong
        return self._judge(last, lines) or self._books(machine, before)

    def _judge(self, last, lines):
        if not self.text:
            return []
        whole = Run(lines)
        whole.id = last.id or "........"
        if has_line(self.text, whole):
            return []
        return told("the line `%s`" % self.text.replace("{id}", whole.id),
                    complaints.nearest(whole, self.text))

    def _books(self, machine, before):
        if someone_left(machine):
            return told("no environment is left", "one is")
        after = books(machine)
        if after != before:
            return told("before and after: " + before, after)
        return []


def repeated(command):
    """`step *3`: three times `step`."""
    words, _star, times = command.partition(" *")
    return [words] * int(times or 1)


def told(expected, found):
    return ["expected: " + expected, "found:    " + found]


def start(machine, name, *answers):
    machine.position = len(machine.text)
    machine.send("run " + name)
    begin = machine.expect(r"\n", LIMIT, QUIET).end()
    for answer in answers:
        machine.expect(ANSWER, LIMIT, QUIET)
        machine.send(answer)
    end = machine.wait_for_prompt(LIMIT, QUIET).start()
    return Run(machine.text[begin:end].split("\n")[:-1])


def someone_left(machine):
    return "There are no environments" not in \
        machine.command("envs", LIMIT, QUIET)[0]


def books(machine):
    """The number of free frames, and the output of the audit."""
    free = [line.split()[1] for line in
            machine.command("meminfo", LIMIT, QUIET)
            if re.match(r"  free +\d+ frames", line)]
    return "; ".join(free + machine.command("audit", LIMIT, QUIET))


def play_all(sessions, machine, failed):
    """Play until one fails: then failed(name, lines). Raises Stopped."""
    for session in sessions:
        try:
            wrong = session.play(machine)
        except qemu.Stopped as stopped:
            failed(session.name, stopped.outcome.lines())
            raise
        if wrong:
            failed(session.name, wrong)
            return
