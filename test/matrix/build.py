"""Rows that build the kernel in another way, and boot the result.

Compilers, linkers, optimisation. There must be no warning, the boot sector must
fit (or its link fails), and the compiler must not have used an instruction that
a 486 lacks. Each kernel boots twice: on the default processor, and on a 486.
"""

import glob
import os
import re
import shlex
import shutil
import subprocess

from layers.recursion import circles_of
from lib import qemu
from lib.building import first_errors
from lib.tap import check
from matrix.drive import Expect
from matrix.rows import Row, Skip, Tree, boot

CROSS = "i686-linux-gnu-"

# Mnemonics newer than the 486 that a compiler may choose (SDM 1 chapter 5 has
# their dates). A compiler never chooses those that the sources name (CPUID,
# RDMSR, FXSAVE, STAC, ...); there the kernel tests a feature bit first.
LATER = re.compile(
    r"^(cmov\w+|fcmov\w+|fu?comip?|cmpxchg8b|movnti|[lms]fence|prefetch\w*|"
    r"pause|ud0|ud1|tzcnt|lzcnt|popcnt|movbe|endbr32|endbr64|nop[lw])$")
VECTOR = re.compile(r"%[xyz]?mm[0-9]")

_FUNCTION = re.compile(r"^[0-9a-f]+ <([^>]+)>:$")
_INSTRUCTION = re.compile(r"^ *([0-9a-f]+):\t(?:[0-9a-f]{2} )+ *\t?(\S+)(.*)$")


def later_instructions(listing):
    """Each "instruction in function" that a 486 lacks."""
    found, function = [], "?"
    for line in listing:
        match = _FUNCTION.match(line)
        if match:
            function = match.group(1)
            continue
        match = _INSTRUCTION.match(line)
        if match and (LATER.match(match.group(2))
                      or VECTOR.search(match.group(3))):
            found.append("%s in %s at %s" % (match.group(2), function,
                                             match.group(1)))
    return found


def build(tree, objdir, *settings):
    """Run make with settings, into objdir; its Tree. Warnings fail."""
    words = shlex.split(tree.make) + [
        "--no-print-directory", "OBJDIR=" + objdir] + list(settings) + ["all"]
    env = dict(os.environ, LC_ALL="C")
    for name in ("MAKEFLAGS", "MFLAGS", "MAKEOVERRIDES"):
        env.pop(name, None)             # without the outer make's settings
    answer = subprocess.run(words, cwd=qemu.ROOT, env=env, check=False,
                            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT)
    output = answer.stdout.decode("utf-8", "replace")
    check(answer.returncode == 0, "it builds", first_errors(output))
    warnings = [line for line in output.splitlines()
                if re.search(r"\bwarning\b", line, re.I)]
    check(not warnings, "no warning", warnings)
    lost = glob.glob(os.path.join(qemu.ROOT, objdir, "user", "*.failed"))
    check(not lost, "all user programs are built", lost)
    return Tree(objdir, tree.make)


def settings_of(built):
    """The settings that conf/toolchain found, by name."""
    with open(os.path.join(qemu.ROOT, built.objdir, "toolchain.mk"),
              encoding="utf-8") as file:
        return dict(re.findall(r"^(\w+) := (.*)$", file.read(), re.M))


def toolchain_of(built):
    value = settings_of(built)
    return "%s %s, %s %s" % (value["CC_IS"], value["CC_VERSION"],
                             value["LD_IS"], value["LD_VERSION"])


def endless_calls(built):
    """Each circle of calls in files whose loops a compiler may turn into calls
    of these same functions."""
    objdump = settings_of(built)["OBJDUMP"]
    paths = [os.path.join(qemu.ROOT, built.objdir, "lib", name + ".o")
             for name in ("string", "int64")]
    with open(paths[0], "rb") as file:
        if file.read(4) != b"\x7fELF":
            # For link-time optimisation, the compiler leaves the code to the
            # linker. The whole kernel recurses elsewhere, on purpose.
            kernel = os.path.join(qemu.ROOT, built.objdir, "kern/kernel")
            return [" calls ".join(way) for way in circles_of(objdump, kernel)
                    if re.match(r"(mem|str)[a-z]+$", way[0])]
    return [" calls ".join(way) for path in paths
            for way in circles_of(objdump, path)]


def build_row(name, *settings, needs=(), labs=True, sample=False):
    def work(tree):
        for tool in needs:
            if not shutil.which(tool):
                raise Skip("no %s: sh conf/setup --all" % tool)
        objdir = os.path.join(tree.objdir, "matrix",
                              re.sub(r"\W+", "-", name).strip("-"))
        built = build(tree, objdir, *settings)
        with open(os.path.join(qemu.ROOT, objdir, "boot/boot"), "rb") as file:
            sector = file.read()
        check(len(sector) == 512 and sector[-2:] == b"\x55\xaa",
              "a boot sector of 512 bytes with its signature", len(sector))
        with open(os.path.join(qemu.ROOT, objdir, "kern/kernel.asm"),
                  encoding="utf-8", errors="replace") as file:
            later = later_instructions(file)
        check(not later, "no instruction that a 486 lacks", later[:10])
        endless = endless_calls(built)
        check(not endless, "no function of the library calls itself", endless)
        room = len(sector[:510]) - len(sector[:510].rstrip(b"\0"))
        with_labs = Expect(64, labs=labs)
        detected = boot(built, with_labs)
        # The same kernel on a processor without newer features.
        boot(built, Expect(64, labs=labs), cpu="486,-pse,-vme")
        return "%s; sector has %d bytes left; %s" % (
            toolchain_of(built), room, detected.text())
    return Row("build", name, work, sample)


def gcc_link_time(_tree):
    raise Skip("does not link: ld needs gcc's plugin, which gcc sets up if it"
               " links; with the plugin as an option, umain is lost")


def rows():
    cross, clang = (CROSS + "gcc",), ("clang",)
    found = [
        build_row("gcc cross compiler, -O2", "GCCPREFIX=" + CROSS,
                  needs=cross),
        build_row("this machine's gcc -m32, -O2", "GCCPREFIX=''",
                  needs=("gcc", "ld")),
        build_row("clang and GNU ld, -O2", "CC=clang", "GCCPREFIX=" + CROSS,
                  needs=clang + (CROSS + "ld",)),
        build_row("clang and lld, -O2", "CC=clang",
                  needs=clang + ("ld.lld",)),
    ]
    for flag in ("-O0", "-O1", "-Os", "-O3"):
        found.append(build_row("gcc " + flag, "OPT_CFLAGS=" + flag))
    for flag in ("-O0", "-O1", "-Os", "-O3"):
        found.append(build_row("clang " + flag, "CC=clang",
                               "OPT_CFLAGS=" + flag, needs=clang))
    found.append(build_row("clang and lld, -O2 -flto", "CC=clang",
                           "OPT_CFLAGS=-O2 -flto",
                           needs=clang + ("ld.lld",)))
    found.append(Row("build", "gcc, -O2 -flto", gcc_link_time))
    return found
