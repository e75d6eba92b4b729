"""A source tree in which scripts run with a QEMU that plays a scenario."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest

from selftest.samples import GRADED, SYMBOLS

HERE = os.path.dirname(os.path.abspath(__file__))
TESTS = os.path.dirname(HERE)


def hear_signals():
    """In the child: restore SIGINT and SIGHUP. The caller of the tests may
    ignore them, as nohup does and a shell does for background jobs."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


class Tree(unittest.TestCase):
    """Tests of scripts, in a copy of the tree."""

    def setUp(self):
        self.root = tempfile.mkdtemp(prefix="grader-test-")
        self.addCleanup(shutil.rmtree, self.root)
        os.makedirs(os.path.join(self.root, "obj", "kern"))
        os.mkdir(os.path.join(self.root, "conf"))
        shutil.copytree(TESTS, os.path.join(self.root, "test"))
        for name in ("grade-lab1", "grade-lab2"):
            shutil.copy(os.path.join(TESTS, "..", name), self.root)
        self.write("conf/lab.mk", "LAB=2\n")
        self.write("obj/kern/kernel.img", "")
        self.write("obj/kern/kernel.sym", SYMBOLS)
        fake = "%s %s %s" % (sys.executable,
                             os.path.join(self.root, "test", "selftest",
                                          "fake_qemu.py"),
                             os.path.join(self.root, "scenario"))
        self.write("GNUmakefile", "all:\n\t@echo building\nclean:\n\t@:\n"
                   "print-qemu:\n\t@echo %s\n" % fake
                   + "solution-kernel:\n\t@mkdir -p $(OBJDIR)/solution\n"
                   "\t@echo '$(PMAP)' > $(OBJDIR)/solution/kernel.img\n")

    def write(self, name, text):
        path = os.path.join(self.root, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)

    def read(self, name):
        with open(os.path.join(self.root, name), encoding="latin-1",
                  newline="") as file:
            return file.read()

    def play(self, *steps):
        self.write("scenario", json.dumps(steps))

    def play_good(self):
        self.play(["print", GRADED.replace("\n", "\r\n")], ["read", "halt"],
                  ["exit", 1])

    def start(self, *words):
        """Start a script, without the environment of the tests' caller."""
        environment = {name: value for name, value in os.environ.items()
                       if name not in ("QEMUEXTRA", "QEMU", "MAKEFLAGS",
                                       "MAKELEVEL", "MAKE", "NO_COLOR",
                                    "OBJDIR")}
        process = subprocess.Popen(
            [sys.executable] + list(words), cwd=self.root, env=environment,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, start_new_session=True,
            preexec_fn=hear_signals)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.kill)
        return process

    def run_script(self, *words):
        """Run a script; return its status and output."""
        process = self.start(*words)
        output = process.communicate(timeout=60)[0].decode()
        return process.returncode, output
