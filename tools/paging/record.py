"""Record the reference string of a program, exactly, in QEMU.

The kernel boots with enough memory and without swap. The program runs once, at
the monitor's prompt, while a plugin (recorder.c) lists each page that it uses,
instruction by instruction. It needs a C compiler and a QEMU with plugins.

Limits: the program may create no other environment, because QEMU tells a plugin
no registers, and so not whose page it is. Pages that it unmaps are not noticed:
what is mapped there later counts as the same page. The string depends on
the compiler, and on the kernel where system calls touch user memory.
"""

import os
import re
import select
import shutil
import signal
import subprocess
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
UTOP = 0xEEC00000               # inc/memlayout.h
PROMPT = "K> "
TOGGLE = 5                      # recorder.c: SIGRTMIN + 5
# QEMU accepts a range of versions of its interface; what is used here has
# been the same in these.
VERSIONS = (1, 2, 3, 4)
NEW_ENV = re.compile(r"^\[[0-9a-f]{8}\] new env ([0-9a-f]{8})", re.M)


class Failed(Exception):
    """The recording is not possible, and why."""


def build(folder, compiler, version):
    """Compile the plugin; return its path."""
    plugin = os.path.join(folder, "recorder.so")
    command = [compiler, "-O2", "-fPIC", "-shared", "-Wall", "-Wextra",
               "-DPLUGIN_VERSION=%d" % version, "-o", plugin,
               os.path.join(HERE, "recorder.c")]
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT,
                              universal_newlines=True, check=False)
    except OSError as error:
        raise Failed("%s: %s" % (compiler, error.strerror)) from None
    if done.returncode or done.stdout:
        raise Failed("%s does not compile recorder.c:\n%s" % (
            compiler, done.stdout.rstrip()))
    return plugin


class Machine:
    """A QEMU with its console, ended with the `with` block."""

    def __init__(self, words, seconds):
        self.deadline = time.monotonic() + seconds
        try:
            self.process = subprocess.Popen(
                words, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT)
        except OSError as error:
            raise Failed("%s: %s" % (words[0], error.strerror)) from None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.terminate()    # the plugin closes its file
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()

    def prompt(self):
        """Wait for the prompt; return what was printed before it."""
        parts, end = [], ""
        while not end.endswith(PROMPT):
            left = self.deadline - time.monotonic()
            if left <= 0 or not select.select([self.process.stdout], [], [],
                                              left)[0]:
                raise Failed("no prompt in time; the console ends with:\n%s" %
                             "".join(parts)[-400:].rstrip())
            read = os.read(self.process.stdout.fileno(), 4096)
            if not read:
                text = "".join(parts)
                if "-plugin: invalid option" in text:
                    raise Failed("this QEMU was built without plugins")
                raise Failed("QEMU has ended:\n%s" % text[-400:].rstrip())
            parts.append(read.decode("utf-8", "replace").replace("\r", ""))
            end = (end + parts[-1])[-len(PROMPT):]
        return "".join(parts)[:-len(PROMPT)]

    def type(self, line):
        self.process.stdin.write(line.encode() + b"\n")
        self.process.stdin.flush()

    def command(self, line):
        """Type a line at the prompt; return what is printed up to the next."""
        self.type(line)
        return self.prompt()

    def toggle(self):
        self.process.send_signal(signal.SIGRTMIN + TOGGLE)


def disk(path, index):
    """QEMU's options for a disk whose image stays as it is."""
    return ["-drive", "file=%s,index=%d,media=disk,format=raw,snapshot=on,"
            "file.locking=off" % (path.replace(",", ",,"), index)]


def boot(options, more):
    """A machine that boots the image, with more options of QEMU's."""
    if not os.path.exists(options.image):
        raise Failed("%s: no such file" % options.image)
    return Machine([options.qemu, "-display", "none", "-serial", "stdio",
                    "-monitor", "none", "-no-reboot", "-m",
                    str(options.memory)] + disk(options.image, 0) + more,
                   options.seconds)


def run(program, plugin, raw, options):
    """Boot, run the program, and return what the console printed."""
    with boot(options, ["-plugin", "file=%s,out=%s,top=%#x" % (
            plugin, raw, UTOP)]) as machine:
        machine.prompt()
        machine.toggle()
        text = machine.command("run " + program)
        machine.toggle()
    return text


def environment(text):
    """The id of the only environment of a run."""
    found = NEW_ENV.findall(text)
    if not found:
        raise Failed("no environment was created:\n%s" % text.strip())
    if len(found) > 1:
        raise Failed("%d environments were created (%s): only a program that"
                     " runs alone can be recorded" % (
                         len(found), " ".join(found)))
    return found[0]


def record(program, options, out):
    """Write the trace of a program to the stream `out`."""
    if not os.path.exists(options.image):
        raise Failed("%s: no such file" % options.image)
    # QEMU wants no comma in a path.
    folder = tempfile.mkdtemp(prefix="pagewalk-record-")
    try:
        raw = os.path.join(folder, "pages")
        for version in VERSIONS:
            plugin = build(folder, options.compiler, version)
            try:
                text = run(program, plugin, raw, options)
                break
            except Failed as failed:
                if "API version" not in str(failed) or version == VERSIONS[-1]:
                    raise
        env = environment(text)
        print("paging-trace 1", file=out)
        print("# run %s: each page that it uses, as QEMU executes it" %
              program, file=out)
        with open(raw, encoding="ascii") as stream:
            for line in stream:
                out.write("%s %s" % (env, line))
        print("paging-trace end", file=out)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
