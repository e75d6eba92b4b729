"""Consoles, symbols and a trace for the graders' tests."""

SYMBOLS = """\
0010000c T _start
f010000c T entry
f0100040 T i386_init
f01000a0 T test_backtrace
f0100200 t mem_check
f0102000 T page_init
f0110000 D bootstack
"""

BACKTRACE = """\
Stack backtrace:
  ebp f0117ed8  eip f01000f0  args 00000000 00000000 00000000 f0117f08 00000000
         kern/init.c:19: test_backtrace+80
  ebp f0117ef8  eip f01000d4  args 00000000 00000001 f0117f38 f0101234 00000000
         kern/init.c:17: test_backtrace+52
  ebp f0117f18  eip f01000d4  args 00000001 00000002 f0117f58 f0101234 00000000
         kern/init.c:17: test_backtrace+52
  ebp f0117f38  eip f01000d4  args 00000002 00000003 f0117f78 f0101234 00000000
         kern/init.c:17: test_backtrace+52
  ebp f0117f58  eip f01000d4  args 00000003 00000004 00000000 f0101234 00000000
         kern/init.c:17: test_backtrace+52
  ebp f0117f78  eip f01000d4  args 00000004 00000005 00000000 f0101234 00000000
         kern/init.c:17: test_backtrace+52
  ebp f0117f98  eip f0100060  args 00000005 00001aac 00000000 00000000 00000000
         kern/init.c:33: i386_init+32
  ebp f0117ff8  eip f010003e  args 00111021 00000000 00000000 00000000 00000000
         kern/entry.S:83: entry+50
"""

CHECKS = """\
check_page_free_list() succeeded!
check_page_alloc() succeeded!
check_page() succeeded!
check_kern_pgdir() succeeded!
check_page_free_list() succeeded!
check_page_installed_pgdir() succeeded!
"""

PROMPT = """\
Welcome to the JOS kernel monitor!
Type 'help' for a list of commands.
K> """

CONSOLE = ("6828 decimal is 15254 octal!\n" + BACKTRACE
           + "Physical memory: 131072K available, base = 640K,"
           " extended = 130432K\n" + CHECKS + PROMPT)

FAIL = """\
FAIL check_page/insert_replaces: page_insert over a mapping removes it
    expected: pp0->pp_ref == 0
    found:    1
    at kern/check/insert_rules.c:123
"""

TRACE = """\
CPU Reset (CPU 0)
check_exception old: 0xffffffff new 0xe
     0: v=0e e=0002 i=0 cpl=0 IP=0008:f010202c pc=f010202c SP=0010:f0117fc0 \
CR2=00000014
EAX=00000001
check_exception old: 0xe new 0xb
     1: v=08 e=0000 i=0 cpl=0 IP=0008:f010202c pc=f010202c SP=0010:f0117fc0 \
env->regs[R_EAX]=00000001
check_exception old: 0x8 new 0xb
Triple fault
"""

# --- Consoles of graded boots ----------------------------------------------

KEY = "0123456789abcdef"

# A small kernel's checks: group, name, subject, kind; in the order in which
# they run. Those of the free list run twice.
FREE_LIST = [("check_page_free_list", "no_reserved", "page_init", "rule"),
             ("check_page_free_list", "all_others", "page_init", "rule")]
GRADED_CHECKS = [
    ("check_others", "page2pa", "page2pa", "own"),
    ("check_traps", "returns", "trap", "own"),
    ("check_traps", "gates", "trap_init", "own"),
    ("check_traps", "low_half", "entry", "own"),
    ("check_traps", "features", "cpuid_init", "own"),
    ("check_boot_alloc", "npages", "i386_detect_memory", "rule"),
    ("check_boot_alloc", "aligned", "boot_alloc", "rule"),
] + FREE_LIST + [
    ("check_page_alloc", "distinct", "page_alloc", "rule"),
    ("check_page_alloc", "double_free", "page_free", "advice"),
    ("check_page_alloc", "pushed", "page_free", "rule"),
    ("check_page_alloc", "decref_frees", "page_decref", "rule"),
    ("check_page", "walk_creates", "pgdir_walk", "rule"),
    ("check_page", "walk_counts", "pgdir_walk", "rule"),
    ("check_page", "region_bounds", "boot_map_region", "rule"),
    ("check_page", "region_pse", "boot_map_region", "own"),
    ("check_page", "lookup_absent", "page_lookup", "rule"),
    ("check_page", "flush", "tlb_invalidate", "rule"),
    ("check_page", "remove_clears", "page_remove", "rule"),
    ("check_page", "insert_replaces", "page_insert", "rule"),
    ("check_page", "insert_same", "page_insert", "rule"),
    ("check_page", "insert_counts", "page_insert", "rule"),
    ("check_page", "insert_full", "page_insert", "rule"),
    ("check_page", "mmio_next", "mmio_map_region", "own"),
    ("check_kern_pgdir", "window", "mem_init", "rule"),
] + FREE_LIST + [
    ("check_page_installed_pgdir", "cr3", "mem_init", "rule"),
    ("check_page_installed_pgdir", "seen_at_once", "tlb_invalidate", "rule"),
    ("check_page_installed_pgdir", "rights", "paging", "own"),
]
def fail_block(name):
    return ("FAIL %s: the rule of it\n    expected: a == b\n"
            "    found:    0x1 and 0x2\n    at kern/check_x.c:%d\n" %
            (name, 2 * len(name)))


def plan_lines(key=KEY, checks=()):
    """The first lines of a graded kernel: its plan."""
    counts = {}
    for check in dict.fromkeys(checks or GRADED_CHECKS):
        counts[check[2:]] = counts.get(check[2:], 0) + 1
    return "".join("@%s plan %s %s %d\n" % (key, subject, kind, number)
                   for (subject, kind), number in counts.items())


def result_lines(check, fate="ok", key=KEY):
    """The lines of one check; fate is ok, FAIL or skip."""
    name = check[0] + "/" + check[1]
    run = "@%s run %s %s %s\n" % (key, name, check[2], check[3])
    line = "@%s %s %s %s %s" % (key, fate, name, check[2], check[3])
    if fate == "skip":
        line += " this processor has none"
    return run + (fail_block(name) if fate == "FAIL" else "") + line + "\n"


def classic_line(group, fates):
    bad = sum(fate == "FAIL" for fate in fates)
    if bad:
        return "%s() FAILED: %d of %d checks\n" % (group, bad, len(fates))
    return group + "() succeeded!\n"


def graded_checks(fates=None, key=KEY, stop_after=None, second=None,
                  stop_in=None):
    """The lines of all groups. fates: {GROUP/NAME: fate}; second: the same
    for the free list's second run; stop_after: the name of the last check;
    stop_in: the name of a check that begins, and does not end."""
    text, group, found = plan_lines(key), None, []
    seen, failed = set(), 0
    for check in GRADED_CHECKS + [("", "", "", "")]:
        if check[0] != group:
            if group:
                text += classic_line(group, found)
            group, found = check[0], []
        if not group:
            break
        name = check[0] + "/" + check[1]
        asked = second if name in seen and second is not None else fates
        found.append((asked or {}).get(name, "ok"))
        failed += found[-1] == "FAIL"
        seen.add(name)
        lines = result_lines(check, found[-1], key)
        if name == stop_in:
            return text + lines[:lines.index("\n") + 1]
        text += lines
        if name == stop_after:
            return text
    return text + "@%s done %d %d\n" % (key, len(GRADED_CHECKS), failed)


def graded_console(fates=None, key=KEY, **more):
    """A whole boot, graded, to its prompt."""
    checks = graded_checks(fates, key, **more)
    text = CONSOLE.replace(CHECKS, checks)
    stops = "stop_after" in more or "stop_in" in more
    return text[:-len(PROMPT)] if stops else text


GRADED = graded_console(key="{KEY}")    # fake_qemu.py replaces {KEY}


def course_console(fates=None, key="{KEY}", **more):
    """A boot of a course's file: no lab 1, no monitor, no own checks."""
    lines = graded_checks(fates, key, **more).splitlines(True)
    return "6828 decimal is 15254 octal!\n" + "".join(
        line for line in lines
        if not line.startswith("@" + key) or " own" not in line)
