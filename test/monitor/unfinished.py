"""The monitor of kernels whose code was patched: most stop during start-up.

A student's kernel panics in the function that is being written. Here a copy of
the kernel's ELF file does: a few bytes of one function are replaced by a call
of _panic, without a build. Then every command is typed. Each must say what does
not exist yet, or work; none may fault.
"""

import os
import re
import struct
import subprocess
import tempfile

from lib import qemu
from lib.tap import check, equal
from monitor.driver import TESTS, TROUBLE, demand, has

QUIET = 20.0

# Lines typed at each prompt; `fault` comes after all others.
COMMANDS = [
    "help", "kerninfo", "backtrace", "meminfo", "memmap", "pgdir",
    "pgdir 0x1000", "showmappings 0xf0000000 0xf0100000",
    "walk 0xf0100000", "walk 0xf0100000 0x1000", "setperm 0xf0080000 pw",
    "dump v 0xf0000000 16", "dump p 0x100000 16", "page 0x1000", "page 0",
    "audit", "audit 0x1000", "check check_page_alloc", "check page_insert",
    "check", "cpus", "disks", "disks 0 0", "regs", "ls", "envs", "kill 0x1000", "step", "continue", "audit",
    "run hello",
]

# Answers of commands, and what they say is missing.
NO_FRAMES = "There are no frames yet: page_init has not finished."
NO_MAP = "There is no kernel map yet: mem_init has not made it."
NO_DIRECTORY = "The kernel's page directory is not in use: "
NO_ENVS = "There are no environments yet: env_init has not finished."
NO_TRAPS = "Faults cannot be reported yet: trap_init has not finished."
NO_CHECKS = "Checks cannot run yet: i386_init has not started them."
NO_START = "Programs cannot run yet: start-up has not finished."
NOT_RUN = r"%s\(\) not run: start-up has not made what it uses"

BEFORE_FRAMES = {"meminfo": NO_FRAMES, "page 0": NO_FRAMES,
                 "audit": NO_FRAMES, "run hello": NO_DIRECTORY,
                 "envs": NO_ENVS, "kill 0x1000": NO_DIRECTORY,
                 "pgdir 0x1000": NO_ENVS, "walk 0xf0100000 0x1000": NO_ENVS,
                 "check": NOT_RUN % "check_page_alloc"}
BEFORE_MAP = {"meminfo": r"^  free ", "page 0": "reserved", "audit": NO_MAP,
              "run hello": NO_DIRECTORY, "envs": NO_ENVS,
              "check check_page_alloc": r"^check_page_alloc\(\) succeeded!$",
              "check": NOT_RUN % "check_kern_pgdir"}
BEFORE_ENVS = {"audit": "all invariants hold", "run hello": NO_ENVS,
               "envs": NO_ENVS, "kill 0x1000": NO_ENVS,
               "check page_insert": "^page_insert succeeded: ",
               "check": NOT_RUN % "check_env"}
BEFORE_TRAPS = dict(BEFORE_FRAMES, **{"check": NO_CHECKS,
                                      "fault null": NO_TRAPS})

# (function; "middle", or None for its start; answers that must come)
STAGES = [
    ("trap_init", None, BEFORE_TRAPS),
    ("pic_init", None, dict(BEFORE_FRAMES, check=NO_CHECKS)),
    ("timer_init", None, dict(BEFORE_FRAMES, check=NO_CHECKS)),
    ("mem_init", None, BEFORE_FRAMES),
    ("i386_detect_memory", None, dict(BEFORE_FRAMES,
                                      memmap="used: nothing; ")),
    ("boot_alloc", None, BEFORE_FRAMES),
    ("page_init", None, BEFORE_FRAMES),
    ("page_init", "middle", BEFORE_FRAMES),
    # In the middle of mem_init, the compiler has put map_kernel.
    ("mem_init", "middle", BEFORE_MAP),
    ("env_init", None, BEFORE_ENVS),
    ("env_init", "middle", BEFORE_ENVS),
    ("fpu_init", None, {"envs": "There are no environments; ",
                        "run hello": NO_START}),
    ("syscall_init", None, {"envs": "There are no environments; ",
                            "run hello": NO_START}),
]


# --- A kernel that panics ---------------------------------------------------

class Elf:
    """The kernel's file: where the bytes of an address are."""

    def __init__(self, path):
        with open(path, "rb") as file:
            self.data = bytearray(file.read())
        start, size, count = (struct.unpack_from("<I", self.data, 28)[0],
                              *struct.unpack_from("<HH", self.data, 42))
        self.parts = [struct.unpack_from("<8I", self.data, start + i * size)
                      for i in range(count)]

    def put(self, va, new):
        for kind, offset, start, _pa, size, *_rest in self.parts:
            if kind == 1 and start <= va < start + size:
                at = offset + va - start
                self.data[at:at + len(new)] = new
                return
        raise ValueError("no byte of the file is at %#x" % va)


def symbols(path):
    """Addresses and sizes of functions, by name."""
    found = []
    with open(path + ".sym", encoding="ascii") as file:
        for line in file:
            address, kind, name = line.split()
            if kind in "tT":
                found.append((int(address, 16), name))
    return {name: (start, after - start) for (start, name), (after, _next)
            in zip(found, found[1:])}


def instructions(path, start, size):
    """The addresses of the instructions of a function."""
    answer = subprocess.run(
        [os.environ.get("OBJDUMP", "objdump"), "-d",
         "--start-address=%d" % start, "--stop-address=%d" % (start + size),
         path], stdout=subprocess.PIPE, check=True)
    return [int(word, 16) for word in re.findall(
        r"^ *([0-9a-f]{8}):\t", answer.stdout.decode(), re.M)]


def panic_code(at, target):
    """Code at `at` that calls target(file, line, text)."""
    def call_over(text):
        """Push the address of a string that follows the call."""
        text = text.encode("ascii") + b"\0"
        return b"\xe8" + struct.pack("<i", len(text)) + text
    code = call_over("unfinished") + b"\x6a\x07" + call_over("own.c")
    return code + b"\xe8" + struct.pack("<i", target - (at + len(code) + 5))


def patched(kernel, function, sixths=0, code=panic_code):
    """The bytes of a kernel whose function panics at its start, or after so
    many sixths of its instructions."""
    elf, names = Elf(kernel), symbols(kernel)
    start, size = names[function]
    inside = instructions(kernel, start, size)
    at = inside[len(inside) * sixths // 6]
    elf.put(at, code(at, names["_panic"][0]))
    return bytes(elf.data)


# --- The tests ---------------------------------------------------------------

def boot(data, kernel):
    """A machine with that kernel, at its prompt, and the folder of its file."""
    folder = tempfile.TemporaryDirectory(prefix="unfinished.")
    path = os.path.join(folder.name, "kernel")
    with open(path, "wb") as file:
        file.write(data)
    machine = qemu.Machine(kernel=path, symbols=kernel + ".sym",
                           transcript="obj/monitor-test.out")
    machine.start()
    return machine, folder


def type_all(machine, answers):
    missing = dict(answers)
    for line in COMMANDS + ["fault null", "fault overflow", "envs", "check"]:
        if line.startswith("fault o") and "fault null" in answers:
            break                       # no table of gates
        lines = machine.command(line, quiet=60 if line == "check" else QUIET)
        if line == "fault null" and line not in answers:
            demand(lines, "^kernel page fault: read of 0x00000000")
        elif line == "fault overflow":
            demand(lines, "^kernel double fault: ")
        elif line != "regs":
            check(not TROUBLE.search("\n".join(lines)),
                  "`%s` ends in a message, not a fault" % line, lines)
        if line in missing:
            wanted = missing.pop(line)
            check(has(lines, wanted.replace("()", r"\(\)")
                      if "\\" not in wanted else wanted),
                  "`%s` answers /%s/" % (line, wanted), lines)
    equal(missing, {})


def run_stage(k, function, place, answers):
    kernel = os.path.join(qemu.ROOT, os.path.dirname(k.how["image"]), "kernel")
    # A compiler may put a branch that is not taken into the middle.
    for sixths in (3, 2, 4, 1, 5) if place else (0,):
        machine, folder = boot(patched(kernel, function, sixths), kernel)
        with folder:
            try:
                machine.wait_for_prompt(quiet=QUIET)
                lines = machine.lines()
                if "kernel panic at own.c:7: unfinished" in lines:
                    type_all(machine, answers)
                    return
            finally:
                machine.close()
    check(False, "the panic", lines)


def trap_code(_at, _target):
    """Code that traps as an NMI does, at any moment."""
    return b"\xcd\x02\xeb\xfe"


# Functions of the harness that run between checks, with the free list cut.
BOOKKEEPING = ["state_begin_check", "expect_begin", "check_cpu_save",
               "state_tidy", "state_end"]


def run_bookkeeping(k, function):
    kernel = os.path.join(qemu.ROOT, os.path.dirname(k.how["image"]), "kernel")
    machine, folder = boot(patched(kernel, function, 0, trap_code), kernel)
    with folder:
        try:
            machine.wait_for_prompt(quiet=QUIET)
            check("  trap 0x00000002 Non-Maskable Interrupt\n" in machine.text,
                  "the trap", machine.lines())
            # The 32 frames that a cut list keeps begin with frame 1.
            for frame in (1, 31, 32, 33):
                equal(machine.command("page %d" % frame)[0],
                      "frame %d (0x%x) at 0x%08x: free, count 0, next free"
                      " frame 0x%08x" % (frame, frame, frame * 4096,
                                         frame * 4096 + 4096))
        finally:
            machine.close()


# Set bit 21 of the 4 MiB page at KERNBASE + 4 MiB, and read there:
#	mov %cr3, %eax; or $0xf0000000, %eax; orl $0x200000, 0xf04(%eax)
#	invlpg 0xf0400000; mov 0xf0400000, %eax; ret
RESERVED_BIT = bytes.fromhex("0f20d8 0d000000f0 8188040f000000002000"
                             "0f013d000040f0 a1000040f0 c3")


def run_reserved_bit(k):
    """a page fault for a reserved bit says so, whatever P says"""
    kernel = os.path.join(qemu.ROOT, os.path.dirname(k.how["image"]), "kernel")
    machine, folder = boot(patched(kernel, "fault_divide", 0,
                                   lambda _at, _target: RESERVED_BIT), kernel)
    with folder:
        try:
            machine.wait_for_prompt(quiet=QUIET)
            demand(machine.command("fault divide", quiet=QUIET),
                   r"^  err  0x0000000[89] \[kernel, read, reserved\]$",
                   r"^kernel page fault: read of 0xf0400000: PDE present \("
                   "4 MiB page\), a reserved bit is set in an entry: ")
        finally:
            machine.close()


TESTS.append(run_reserved_bit)


def add_tests():
    for function in BOOKKEEPING:
        def trap(k, function=function):
            run_bookkeeping(k, function)
        trap.__doc__ = "after a trap in %s, the free list is whole" % function
        TESTS.append(trap)
    for function, place, answers in STAGES:
        def run(k, stage=(function, place, answers)):
            run_stage(k, *stage)
        run.__doc__ = "after a panic %s of %s, no command faults" % (
            "in the middle" if place else "at the start", function)
        TESTS.append(run)


add_tests()
