"""Deliberate faults are reported, and the prompt returns; halt and reboot."""

import re

from lib import endings
from lib.tap import check, equal
from monitor.driver import TESTS, demand, has, test

# The report of `fault KIND`: regular expressions, each in some line.
FAULTS = {
    "null": [r"^TRAP frame at 0x", r"  trap 0x0000000e Page Fault",
             r"  cr2  0x00000000",
             r"^kernel page fault: read of 0x00000000.*not present.*null"],
    "user": [r"^TRAP frame at 0x", r"  cr2  0x00400000",
             r"^kernel page fault: read of 0x00400000.*not present",
             r"^The kernel touches user memory only through copy_from_user"],
    "text": [r"^TRAP frame at 0x", r"err  0x00000003 \[kernel, write, prot",
             r"^kernel page fault: write to 0xf01.*kernel text is read-only"],
    "divide": [r"^TRAP frame at 0x", r"  trap 0x00000000 Divide error"],
    "undefined": [r"^TRAP frame at 0x", r"  trap 0x00000006 Invalid Opcode"],
    "overflow": [r"^TRAP frame at 0x", r"  trap 0x00000008 Double Fault",
                 r"stack.*overflow"],
    "unmap-stack": [r"^TRAP frame at 0x", r"  trap 0x00000008 Double Fault",
                    r"stack.*not (there|mapped|present)",
                    r"^The stack's missing pages are mapped again\.$"],
    "panic": [r"^kernel panic at kern/[\w/]+\.c:\d+: on purpose"],
}


# --- Deliberate faults ----------------------------------------------------

def fault_in_words(k, kind):
    """The fault's report is complete, and the monitor works after it."""
    lines = k.run("fault " + kind)
    demand(lines, *FAULTS[kind])
    demand(lines, r"^Stack backtrace:", r"mon_fault|mon_info|monitor\+|dig")
    demand(k.sane("help"), "^halt")
    demand(k.sane("walk 0xf0100000"), "00100000")
    return lines


def add_fault_tests():
    for kind in FAULTS:
        def run(k, kind=kind):
            k.stop()
            fault_in_words(k, kind)
        run.__doc__ = "fault %s is reported, and the prompt returns" % kind
        TESTS.append(run)


add_fault_tests()


@test
def faults_name_their_line(k):
    """a fault's backtrace begins at the instruction that faulted"""
    for kind, function in (("null", "fault_null"), ("divide", "divide"),
                           ("undefined", "undefined_instruction")):
        lines = k.run("fault " + kind)
        start = lines.index("Stack backtrace:")
        check(function in lines[start + 2], "in %s" % function,
              lines[start:start + 6])


@test
def faults_in_a_row(k):
    """each of several faults is reported"""
    k.stop()
    for kind in ("null", "text", "divide", "undefined", "null", "overflow",
                 "overflow", "null"):
        fault_in_words(k, kind)


@test
def fault_after_lost_stack(k):
    """after a lost stack, further faults are reported"""
    k.stop()
    for kind in ("unmap-stack", "null", "text", "divide"):
        fault_in_words(k, kind)


@test
def lost_stack_is_mapped_again(k):
    """after a lost stack, programs run, and the next loss is reported"""
    k.stop()
    for kind in ("unmap-stack", "unmap-stack", "overflow", "unmap-stack",
                 "overflow", "overflow"):
        fault_in_words(k, kind)
        equal(k.sane("audit"), ["audit: all invariants hold"])
        demand(k.sane("run hello"), "^hello, world$")
        demand(k.sane("envs"), "no environments")


@test
def many_faults(k):
    """150 nested faults are reported"""
    k.stop()
    for _ in range(150):
        demand(k.run("fault null"), "^Stack backtrace:")
    demand(k.sane("help"), "^halt")


@test
def fault_unknown(k):
    """fault reports an unknown kind"""
    demand(k.sane("fault nonsense"), "nonsense")


@test
def fault_lists_kinds(k):
    """fault without a kind lists the kinds, or shows the usage"""
    lines = k.sane("fault")
    check(has(lines, "usage") or all(has(lines, kind) for kind in FAULTS),
          "a usage line or the kinds", lines)


@test
def regs_after_a_fault(k):
    """regs after a fault shows the registers at the fault"""
    k.stop()
    lines = k.run("fault null")
    eip = re.search(r"eip  0x([0-9a-f]{8})", "\n".join(lines)).group(1)
    demand(k.run("regs"), eip)


@test
def audit_after_faults(k):
    """faults break no invariant"""
    k.stop()
    for kind in ("null", "text", "divide", "undefined", "panic"):
        k.run("fault " + kind)
    equal(k.sane("audit"), ["audit: all invariants hold"])


# --- Ending --------------------------------------------------------------

@test
def reboot(k):
    """reboot resets the machine, and not by a triple fault"""
    machine = k.ready()
    machine.send("reboot")
    outcome = machine.wait_for_end(timeout=15, quiet=10)
    equal(outcome.end, endings.RESET)


@test
def halt(k):
    """halt ends QEMU by the debug-exit device"""
    k.stop()
    outcome = k.ready().halt()
    check(outcome and outcome.end == endings.ENDED and outcome.status == 1,
          "QEMU ends with status 1", outcome or "it keeps running")
