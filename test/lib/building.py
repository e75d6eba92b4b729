"""Run make, and show its first errors."""

import os
import re
import shlex
import shutil
import signal
import subprocess

from lib import endings, qemu

_ERROR = re.compile(r"\b(?:fatal )?error: |: undefined reference|"
                    r"multiple definition of|No rule to make target|"
                    r"\*\*\* (?!\[|Waiting)|command not found|: not found$")
_EXCERPT = re.compile(r"^\s+(?:\d+ )?\|")


def first_errors(output, count=3):
    """The first errors of a compiler or linker, as lines."""
    lines = output.splitlines()
    shown, errors = [], 0
    for i, line in enumerate(lines):
        if not _ERROR.search(line):
            continue
        errors += 1
        if errors > count:
            shown.append("(and more)")
            break
        shown.append(line)
        for excerpt in lines[i + 1:i + 3]:
            if not _EXCERPT.match(excerpt):
                break
            shown.append(excerpt)
    return shown or lines[-5:]


def default_make():
    """The name of GNU make on this host."""
    return os.environ.get("MAKE") or ("gmake" if shutil.which("gmake")
                                      else "make")


def run_make(make, *targets):
    """Run make; return its status and output. It ends when we do."""
    words = shlex.split(make) + list(targets)
    if "-j" not in os.environ.get("MAKEFLAGS", ""):
        words += ["-j%d" % (os.cpu_count() or 1), "-Otarget"]
    try:
        process = subprocess.Popen(
            words, cwd=qemu.ROOT, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            # first_errors() reads English, in ASCII.
            env=dict(os.environ, LC_ALL="C"),
            close_fds=False)            # pass on make's job server
    except OSError as error:
        return 127, "*** %s: %s" % (words[0], error.strerror)
    try:
        output = process.communicate()[0]
    except BaseException:
        process.send_signal(signal.SIGTERM)
        process.wait()
        raise
    return process.returncode, output.decode("utf-8", "replace")


def build(make, *targets):
    """Build. Return None, or an Outcome with the first errors."""
    status, output = run_make(make, *targets)
    if status == 0:
        return None
    return endings.Outcome(endings.BUILD_FAILED, "the build failed; its first "
                        "errors:", first_errors(output), status)
