"""Rows about the host: the place of the tree, and its environment.

Each row builds a copy of the tree with `make`, starts it with `make qemu`, and
drives the monitor over the pipes of that make, as a user does by typing.
"""

import os
import re
import shlex
import shutil
import stat
import subprocess
import tempfile

from lib import endings, qemu
from lib.building import first_errors
from lib.tap import check, equal
from matrix.console import Console
from matrix.drive import Expect, drive
from matrix.rows import Row, Skip

NOBODY = 65534

SETTINGS = ("MAKEFLAGS", "MFLAGS", "MAKEOVERRIDES", "MAKELEVEL", "DISPLAY",
            "WAYLAND_DISPLAY", "OBJDIR", "CC", "GCCPREFIX", "QEMUEXTRA")


def copy_tree(target):
    """Copy the sources, without built files."""
    shutil.copytree(qemu.ROOT, target, symlinks=True,
                    ignore=shutil.ignore_patterns("obj", ".git", "*.pyc",
                                                  "__pycache__", "jos.out*"))


def snapshot(folder):
    """All files and folders in it, with sizes, to detect changes."""
    return sorted((os.path.join(path, name),
                   os.stat(os.path.join(path, name)).st_size)
                  for path, _, names in os.walk(folder) for name in names)


class Host:
    """A copy of the tree, and the environment in which make runs there."""

    def __init__(self, folder, name="pagewalk"):
        self.folder = folder
        self.tree = os.path.join(folder, name)
        self.env = {key: value for key, value in os.environ.items()
                    if key not in SETTINGS}
        self.settings, self.umask, self.user = [], 0o022, None
        copy_tree(self.tree)

    def _words(self, make, *targets):
        return shlex.split(make) + ["--no-print-directory"] \
            + self.settings + list(targets)

    def how(self):
        return dict(cwd=self.tree, env=self.env, user=self.user,
                    umask=self.umask, stdin=subprocess.DEVNULL,
                    stderr=subprocess.STDOUT)

    def make(self, tree, *targets):
        answer = subprocess.run(self._words(tree.make, *targets), check=False,
                                stdout=subprocess.PIPE, **self.how())
        output = answer.stdout.decode("utf-8", "replace")
        check(answer.returncode == 0, "make succeeds", first_errors(output))
        return output

    def drive(self, tree):
        """Run `make qemu`, from the first line to halt; a Detected."""
        how = dict(self.how(), stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        process = subprocess.Popen(self._words(tree.make, "qemu"),
                                   start_new_session=True, **how)
        read_fd, write_fd = (os.dup(process.stdout.fileno()),
                             os.dup(process.stdin.fileno()))
        process.stdout.close()
        process.stdin.close()
        symbols = endings.Symbols.load(os.path.join(
            self.tree, self.objdir(), "kern/kernel.sym"))
        with Console(process, read_fd, write_fd) as console:
            detected = drive(console, Expect(), symbols)
            equal(process.wait(60), 0)
            return detected.text(), console.text

    def objdir(self):
        for setting in self.settings:
            if setting.startswith("OBJDIR="):
                return setting[len("OBJDIR="):]
        return "obj"


def host_row(name, arrange, judge=None, folder="pagewalk"):
    """A row. Call arrange(host) before the build, judge(host, text) last."""
    def work(tree):
        base = tempfile.mkdtemp(prefix="matrix.")
        try:
            os.chmod(base, 0o755)
            host = Host(base, folder)
            more = arrange(host) or ""
            host.make(tree)
            detected, text = host.drive(tree)
            if judge:
                judge(host, text)
            return more + detected
        finally:
            make_removable(base)
            shutil.rmtree(base, ignore_errors=True)
    return Row("host", name, work)


def make_removable(base):
    for path, _, _ in os.walk(base):
        os.chmod(path, 0o700)


# --- Arranging ----------------------------------------------------------------

def with_space(_host):
    pass


def odd_path(host):
    """Reach the tree by a symbolic link, as PWD has it in a shell."""
    link = os.path.join(host.folder, "link to it")
    os.symlink(host.tree, link)
    host.tree = host.env["PWD"] = link


def relative_paths(host, text):
    """Whether all source files in the kernel's backtraces are relative."""
    for name in ("kern/ksyms.S", "user/hello.syms.S"):
        with open(os.path.join(host.tree, "obj", name),
                  encoding="utf-8") as file:
            absolute = re.findall(r'"(/[^"]*)"', file.read())
        check(not absolute, "only relative paths in obj/" + name, absolute[:3])
    check("         kern/init.c:" in text, "a backtrace names kern/init.c",
          "it does not")


def read_only(host):
    """Make the tree unwritable. (Root can write: build as another user.)"""
    out = os.path.join(host.folder, "out")
    os.mkdir(out)
    host.settings.append("OBJDIR=" + out)
    host.env["HOME"] = host.env["TMPDIR"] = out
    for path, _, names in os.walk(host.tree):
        for name in names:
            mode = os.stat(os.path.join(path, name)).st_mode
            os.chmod(os.path.join(path, name),
                     stat.S_IMODE(mode) & ~0o222 | 0o444)
        os.chmod(path, 0o555)
    if os.geteuid() == 0:
        host.user = NOBODY
        os.chown(out, NOBODY, NOBODY)
    host.before = snapshot(host.tree)


def unchanged(host, _text):
    equal(snapshot(host.tree), host.before)


def many_jobs(host):
    host.settings.append("-j8")


def in_c(host):
    host.env["LC_ALL"] = host.env["LANG"] = "C"


def in_utf8(host):
    answer = subprocess.run(["locale", "-a"], stdout=subprocess.PIPE,
                            stderr=subprocess.DEVNULL, check=False)
    names = [name for name in answer.stdout.decode("ascii", "replace").split()
             if name.lower().endswith(("utf8", "utf-8"))]
    if not names:
        raise Skip("this machine has no UTF-8 locale")
    # Prefer one of a language: it sorts and folds differently.
    name = sorted(names, key=lambda name: name.startswith("C."))[0]
    host.env["LC_ALL"] = host.env["LANG"] = name
    return name + "; "


def dead_display(host):
    host.env["DISPLAY"] = ":4711"


def gone_display(host):
    """As ssh -X leaves it behind: a port at which nothing listens."""
    host.env["DISPLAY"] = "localhost:4711.0"


def says_why_no_display(host, text):
    says_no_display(host, text)
    answer = subprocess.run(["sh", "conf/qemu", "--display"], check=False,
                            stdout=subprocess.PIPE, **host.how())
    equal((answer.returncode, answer.stdout),
          (1, b"DISPLAY is '%s', but no such display is running\n" %
           host.env["DISPLAY"].encode()))


def says_no_display(_host, text):
    check("There is no display here" in text, "make qemu reports it",
          text.split("\n")[:3])


def without_python(host):
    """A PATH of links to all commands except Python."""
    links = os.path.join(host.folder, "bin")
    os.mkdir(links)
    for folder in host.env["PATH"].split(os.pathsep):
        if not os.path.isdir(folder) or "pyenv" in folder:
            continue
        for name in os.listdir(folder):
            path = os.path.join(links, name)
            if not name.startswith(("python", "pyenv", "pypy")) \
                    and not os.path.lexists(path):
                os.symlink(os.path.join(folder, name), path)
    host.env["PATH"] = links
    check(shutil.which("python3", path=links) is None, "no Python in PATH",
          "there is")


def missing_tmpdir(host):
    host.env["TMPDIR"] = os.path.join(host.folder, "no such folder")


def safe_path(host):
    host.env["PYTHONSAFEPATH"] = "1"


def synced_output(host):
    host.env["MAKEFLAGS"] = "-j8 -Otarget"


def flags_of_yours(host):
    host.settings.append("CFLAGS=-O0")


def locked_image(host):
    """Let another program lock the image, as a QEMU that writes to it does."""
    folder = os.path.join(host.folder, "bin")
    os.mkdir(folder)
    wrapper = os.path.join(folder, "qemu")
    with open(wrapper, "w", encoding="ascii") as file:
        file.write(LOCKING_QEMU)
    os.chmod(wrapper, 0o755)
    host.settings.append("QEMU=" + wrapper)


# A second QEMU on the image runs, stopped, as long as the first one.
LOCKING_QEMU = """\
#!/bin/sh
case $* in
*index=0*)
	qemu-system-i386 -S -display none -serial none -monitor none \\
		-drive file=obj/kern/kernel.img,format=raw,snapshot=off &
	trap "kill $!" EXIT
	sleep 1
	qemu-system-i386 "$@"
	exit ;;
esac
exec qemu-system-i386 "$@"
"""


def private(host):
    host.umask = 0o077


def rows():
    return [
        host_row("a path with spaces", with_space,
                 folder="a path, with spaces/page walk"),
        host_row("an apostrophe and é in the path, a symbolic link to it",
                 odd_path, relative_paths, folder="it's a café, 100% $HOME"),
        host_row("a tree that cannot be written, OBJDIR elsewhere", read_only,
                 unchanged),
        host_row("make -j8", many_jobs),
        host_row("LC_ALL=C", in_c),
        host_row("a UTF-8 locale", in_utf8),
        host_row("a display that is not there", dead_display,
                 says_why_no_display),
        host_row("a forwarded display that has gone", gone_display,
                 says_why_no_display),
        host_row("no display", with_space, says_no_display),
        host_row("no Python", without_python),
        host_row("umask 077", private),
        host_row("a TMPDIR that is not there", missing_tmpdir),
        host_row("PYTHONSAFEPATH=1", safe_path),
        host_row("MAKEFLAGS=-j8 -Otarget", synced_output),
        host_row("make CFLAGS=-O0", flags_of_yours),
        host_row("another QEMU on the image", locked_image),
    ]
