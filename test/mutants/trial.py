"""Build one mutant, boot it, and judge which check caught it.

The job: make a result from a Mutant: a dictionary for the report and the JSON
file. Not the job: lists (edits.py), tables (mutants.py).

Each mutant is built in a copy of the tree with the objects of the good
kernel, so that only the edited file is compiled. The good kernel boots in the
same way, for comparison. A mutant that behaves like it has survived.
"""

import difflib
import os
import re
import secrets
import shlex
import shutil
import subprocess
import time

from lib import disks, endings, qemu, watch
from mutants import programs
from mutants.edits import CONSOLE, ENDINGS

# Verdicts.
NAMED = "named"                 # a check of the list failed, and failed first
MISNAMED = "misnamed"           # something else caught it
SURVIVED = "survived"
EQUIVALENT = "equivalent"       # as the list says
NOT_EQUIVALENT = "not equivalent"       # in the list, but killed
BAD = (SURVIVED, NOT_EQUIVALENT)

# Seconds. The kernel itself ends a check that loops; the firmware loads the
# image without output, and takes long on a busy host.
QUIET = 8.0
LOADING = 25.0
LIMIT = 120.0
HOST_LIMIT = 60

MEMORY = "128"                  # MB, unless the list says otherwise

TAIL = 12                       # last console lines in a report

# The input of a build, besides the objects. Stamps are kept as they are: they
# contain the folder's name, which differs here.
SOURCES = ("GNUmakefile", "kernel.ld", "boot", "conf", "doc", "inc", "kern",
           "lib", "test", "tools", "user")
STAMPS = (".stamp-cc", ".stamp-ld", ".stamp-init", ".stamp-boot",
          ".stamp-programs", ".stamp-programs-cc")
OBJECTS = ("boot", "kern", "lib", "test/host", "user")


# --- The copy -------------------------------------------------------------

def _no_kernel(_folder, names):
    """For copytree: ignore the files that the build must make."""
    return [name for name in names if name.startswith("kernel")]


def copy_tree(root, objdir, target):
    """Copy the tree at root, and its objects in objdir, with their times."""
    os.makedirs(target)
    for name in SOURCES:
        source, copy = os.path.join(root, name), os.path.join(target, name)
        if os.path.isdir(source):
            shutil.copytree(source, copy, ignore=shutil.ignore_patterns(
                "__pycache__", "mutants", "*.py", "*.md", "*.png"))
        else:
            shutil.copy2(source, copy)
    for name in OBJECTS:
        source = os.path.join(root, objdir, name)
        if os.path.isdir(source):
            shutil.copytree(source, os.path.join(target, "obj", name),
                            ignore=_no_kernel)
    for name in STAMPS:
        shutil.copy2(os.path.join(root, objdir, name),
                     os.path.join(target, "obj", name))


def edit(folder, mutant):
    path = os.path.join(folder, mutant.file)
    with open(path, encoding="utf-8") as file:
        text = file.read()
    with open(path, "w", encoding="utf-8") as file:
        file.write(mutant.apply(text))


def run_make(make, folder, *targets):
    """Run make in the copy; (status, output)."""
    words = shlex.split(make) + ["--no-print-directory", "OBJDIR=obj"]
    for stamp in STAMPS:
        words += ["-o", "obj/" + stamp]
    # Pass on the settings of a `make -j` above us, not its job server.
    environment = dict(os.environ)
    flags = environment.pop("MAKEFLAGS", "").split(" -- ", 1)
    environment.pop("MFLAGS", None)
    if len(flags) == 2:
        environment["MAKEFLAGS"] = " -- " + flags[1]
    answer = subprocess.run(
        words + list(targets), cwd=folder, env=environment, check=False,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT)
    return answer.returncode, answer.stdout.decode("utf-8", "replace")


# --- Reading a console ----------------------------------------------------

_FAIL = re.compile(r"^FAIL (\S+)/(\S+): (.*)$")
_RESULT = re.compile(r"^@(\w+) (ok|FAIL|skip) (\S+)/(\S+) (\S+) (\w+)")
_DONE = re.compile(r"^@(\w+) done (\d+) (\d+)$")
# The kernel's lines about memory, and the functions of its backtrace at boot.
_SAID = re.compile(r"^((?:Physical memory:|Usable ranges|  0x[0-9a-f]{9} - |"
                   r"Not used:).*)|^ +\S+:\d+: (\w+)\+\d+$")


class Failure:
    """A check that failed: its names, and its lines."""

    def __init__(self, group, name, subject="", lines=()):
        self.group, self.name, self.subject = group, name, subject
        self.lines = list(lines)

    def known_as(self):
        if self.group == "run":
            return {"run:" + self.name}
        return {self.name, self.group, self.subject,
                self.group + "/" + self.name}

    def __str__(self):
        return self.group + "/" + self.name


class Console:
    """The results of a run, as the console shows them."""

    def __init__(self, lines, key):
        self.lines = lines
        self.said = [said.group(1) or said.group(2)
                     for said in map(_SAID.match, lines) if said]
        self.failures = []              # in the order of their first lines
        self.done = False
        self._by_name = {}
        for i, line in enumerate(lines):
            told, result = _FAIL.match(line), _RESULT.match(line)
            done = _DONE.match(line)
            if told:
                self._failure(told.group(1), told.group(2)).lines += \
                    block_at(lines, i)
            elif result and result.group(1) == key:
                if result.group(2) == "FAIL":
                    self._failure(result.group(3), result.group(4)).subject \
                        = result.group(5)
            elif done and done.group(1) == key:
                self.done = True

    def program_failed(self, name, lines):
        """Note that a program at the prompt behaved wrongly."""
        failure = self._failure("run", name)
        failure.lines = ["FAIL run/%s:" % name] + [
            "    " + line for line in lines]

    def _failure(self, group, name):
        if (group, name) not in self._by_name:
            failure = Failure(group, name)
            self._by_name[group, name] = failure
            self.failures.append(failure)
        return self._by_name[group, name]


def block_at(lines, start):
    """The FAIL line at start and the indented lines below it."""
    end = start + 1
    while end < len(lines) and lines[end].startswith("    "):
        end += 1
    return lines[start:end]


# --- Booting --------------------------------------------------------------

# RAM from 1 MiB up is filled with junk, as on a real machine: what the kernel
# forgets to clear is not zero. (The loader overwrites some of it.)
JUNK_START = 1 << 20
JUNK_END = 16 << 20


def junk_file(folder, machine_words):
    memory = int(machine_words.get("memory", MEMORY)) << 20
    path = os.path.join(folder, "obj", "junk")
    with open(path, "wb") as file:
        # The firmware keeps tables at the end of RAM.
        file.write(b"\xa5" * (min(JUNK_END, memory - (1 << 20)) - JUNK_START))
    return path


def boot(folder, machine_words, command, enough=None, trace=False,
         sessions=(), checks=""):
    """Boot the kernel in that copy; return a Console, and an Outcome or None.

    sessions: of programs, to run after the checks; the Console gets their
    failures. checks: names, if not all. enough: called with the Console at
    each failure; true stops the run.
    """
    key = secrets.token_hex(8)
    options = ["-fw_cfg", "name=opt/pagewalk/grade,string=" +
               (key + " " + checks).strip()]
    if not machine_words.get("kernel"):
        options += ["-device", "loader,force-raw=on,addr=0x%x,file=%s" %
                    (JUNK_START, junk_file(folder, machine_words))]
    if machine_words.get("swap"):
        options += disks.drive("obj/swap.img")
    machine = qemu.Machine(
        kernel="obj/kern/kernel" if machine_words.get("kernel") else None,
        memory=machine_words.get("memory", MEMORY),
        cpu=machine_words.get("cpu"), options=options, transcript=None,
        trace=trace, qemu=command, root=folder)
    outcome, failed, said = None, [], None
    with machine:
        machine.watch = watch.Watch(machine, "@%s " % key)
        try:
            outcome = _follow(machine, key, enough)
            # Without the sessions' output: other mutants have others.
            said = Console(machine.lines(), key).said
            machine.watch = None
            if not outcome and not (enough and enough(
                    Console(machine.lines(), key))):
                programs.play_all(sessions, machine, lambda *what:
                                         failed.append(what))
        except qemu.Stopped as stopped:
            outcome = stopped.outcome
        console = Console(machine.all_lines(), key)
        if said is not None:
            console.said = said
        for name, lines in failed:
            console.program_failed(name, lines)
    if not trace and outcome and outcome.end == endings.RESET:
        # Only the trace, which is slow, shows a triple fault.
        return boot(folder, machine_words, command, enough, True, sessions,
                    checks)
    return console, outcome


def _follow(machine, key, enough):
    """Wait for the prompt, or until enough() is true. An Outcome or None."""
    event = re.compile(r"^@%s FAIL .*\n|^K> \Z" % key, re.M)
    deadline = time.monotonic() + LIMIT
    machine.expect(r"\n", LOADING, LOADING)
    while True:
        found = machine.expect(event, deadline - time.monotonic(), QUIET)
        if found.group().startswith(qemu.PROMPT):
            break
        if enough and enough(Console(machine.lines(), key)):
            return None
    reported = endings.trouble(machine.all_lines())
    if not reported and not Console(machine.lines(), key).done:
        return endings.Outcome(endings.ENDED, "the prompt came before the "
                               "checks were done")
    return reported


def boot_name(machine_words):
    """A machine as text, for messages and as a key."""
    return " ".join(key if value is True else key + "=" + value
                    for key, value in sorted(machine_words.items())) \
        or "memory=" + MEMORY


def differing(said, good):
    """The lines in which the two consoles differ."""
    return ["%s %s" % (line[0], line[2:].strip()) for line in
            difflib.ndiff(good, said) if line[0] in "+-"]


def run_host_test(folder, name, make):
    """The names of the host test's failed cases; its own if it crashes."""
    target = "obj/test/host/%s_test" % name
    status, output = run_make(make, folder, target)
    if status == 0:
        try:
            answer = subprocess.run(
                [os.path.join(folder, target)], cwd=folder,
                timeout=HOST_LIMIT, stdin=subprocess.DEVNULL, check=False,
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            status = answer.returncode
            output = answer.stdout.decode("utf-8", "replace")
        except subprocess.TimeoutExpired:
            status, output = 1, ""
    failed = re.findall(r"^not ok - (\w+)", output, re.M)
    if status and not failed:
        failed = [name + "_test"]
    return [Failure("host", case) for case in failed]


# --- Judging --------------------------------------------------------------

def subject_of(failure):
    """The check's subject, from its result line or its rule's first word."""
    if failure.subject:
        return failure.subject
    match = failure.lines and re.match(r"FAIL \S+: (\w+)\b", failure.lines[0])
    return match.group(1) if match else ""


def _ending_matches(word, outcome):
    kind, _colon, text = word.partition(":")
    return bool(outcome) and kind == ENDINGS.get(outcome.kind) \
        and text in outcome.text


def is_named(mutant, failures, outcome, console_differs):
    """Whether a check of `kills` caught it, and whether the first one did."""
    def listed(failure):
        return bool(set(mutant.kills) & failure.known_as())
    ended = any(_ending_matches(word, outcome) for word in mutant.kills)
    caught = [failure for failure in failures if listed(failure)]
    if failures and caught:
        subjects = {subject_of(failure) for failure in caught}
        subjects.add(mutant.function)
        first = failures[0]
        return listed(first) or subject_of(first) in subjects
    # An ending counts as first if no check failed before it.
    return not failures and (
        ended or (console_differs and CONSOLE in mutant.kills))


def judge(mutant, failures, outcome, console_differs):
    """The verdict."""
    killed = bool(failures or outcome or console_differs)
    if mutant.equivalent:
        return NOT_EQUIVALENT if killed else EQUIVALENT
    if not killed:
        return SURVIVED
    if is_named(mutant, failures, outcome, console_differs):
        return NAMED
    return MISNAMED


def _found_words(failures, outcome, differences):
    """The checks and endings that caught it, as short texts."""
    words = [str(failure) for failure in failures]
    if outcome:
        words.append(outcome.text)
    if differences:
        words.append("console: " + differences[0])
    return words


class Workshop:
    """The data that all runs share: the tree, the tools, the good kernel."""

    def __init__(self, root, objdir, make, command, scratch, whole=False,
                 checks=""):
        self.root, self.objdir, self.make = root, objdir, make
        self.command, self.scratch = command, scratch
        self.checks = checks            # names, if not all
        self.whole = whole              # continue after it is named
        self.good_lines = {}            # by boot_name

    def check_good_kernel(self, machine_words, lines=()):
        """Boot the unmutated kernel on that machine, and run those lines
        `run`; an error message or None."""
        name = boot_name(machine_words)
        if name in self.good_lines:
            return None
        folder = os.path.join(self.scratch, "good")
        if not os.path.isdir(folder):
            copy_tree(self.root, self.objdir, folder)
            status, output = run_make(self.make, folder, "all")
            if status:
                return "the unmutated kernel does not build:\n" + output[-2000:]
        console, outcome = boot(
            folder, machine_words, self.command,
            sessions=[programs.Session(line) for line in lines],
            checks=self.checks)
        if console.failures or outcome:
            return "the unmutated kernel fails (%s): %s" % (
                name, outcome or "\n".join(
                    line for failure in console.failures
                    for line in failure.lines))
        self.good_lines[name] = console.said
        return None

    def run(self, mutant):
        """Build, boot and judge a mutant; return the result."""
        began = time.monotonic()
        folder = os.path.join(self.scratch, mutant.name)
        try:
            copy_tree(self.root, self.objdir, folder)
            edit(folder, mutant)
            result = self._run_copy(mutant, folder)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        result.update(name=mutant.name, file=mutant.file, why=mutant.why,
                      function=mutant.function, kills=mutant.kills,
                      equivalent=mutant.equivalent, place=mutant.place,
                      boot=boot_name(mutant.boot),
                      seconds=round(time.monotonic() - began, 2))
        return result

    def _run_copy(self, mutant, folder):
        failures, lines, differences = [], [], []
        targets = ["obj/kern/kernel.img", "obj/kern/kernel.sym"]
        if mutant.boot.get("swap"):
            targets.append("obj/swap.img")
        status, output = run_make(self.make, folder, *targets)
        if status:
            outcome = endings.Outcome(endings.BUILD_FAILED, "the build failed",
                                      output.split("\n")[-20:])
        else:
            if mutant.host:
                failures = run_host_test(folder, mutant.host, self.make)
            console, outcome = boot(
                folder, mutant.boot, self.command,
                lambda seen: not self.whole and is_named(
                    mutant, failures + seen.failures, None, False),
                sessions=[programs.Session(line)
                          for line in mutant.runs], checks=self.checks)
            failures += console.failures
            lines = console.lines
            differences = differing(
                console.said, self.good_lines[boot_name(mutant.boot)])
        if outcome or failures:
            differences = []            # it may have ended before
        return {
            "verdict": judge(mutant, failures, outcome, bool(differences)),
            "caught_by": _found_words(failures, outcome, differences),
            "first": failures[0].lines if failures else
                     outcome.lines() if outcome else differences,
            "subjects": [subject_of(failure) for failure in failures],
            "outcome": outcome.lines() if outcome else [],
            "console": lines[-TAIL:],
        }
