"""cpus: which processors the firmware lists."""

from lib import qemu
from lib.tap import equal
from monitor.driver import MEMORY, QUIET, test

ACPI, MP_TABLE = "ACPI", "MP table"
SOCKETS = "4,sockets=4,cores=1,threads=1"


def listed(count, source, more=()):
    """What cpus prints for these many processors, numbered from 0."""
    return (["The firmware lists (%s):" % source]
            + ["CPU %d  APIC %-3d  %s" % (n, n, "is not started" if n
                                           else "runs the kernel")
               for n in range(count)] + list(more))


# The machine, QEMU's options, the processor's model, what cpus prints.
ROWS = (
    ("one processor", (), None, listed(1, ACPI)),
    ("four processors", ("-smp", "4"), None, listed(4, ACPI)),
    ("nine processors, more than the list holds", ("-smp", "9"), None,
     listed(8, ACPI, ["1 more do not fit the list."])),
    ("four processors on q35", ("-machine", "q35", "-smp", "4"), None,
     listed(4, ACPI)),
    ("four sockets, without ACPI",
     ("-machine", "pc,acpi=off", "-smp", SOCKETS), None, listed(4, MP_TABLE)),
    ("a 486", ("-smp", "2"), "486",
     ["This processor's local APIC cannot be found, if it has one: no other"
      " can be started."]),
)


def add_row(name, options, cpu, lines):
    def run(k):
        how = dict(k.how)
        if "q35" in options:
            how["devices"] = ("ide-hd,drive=disk,bus=ide.0",)
        how["options"] = list(how.get("options", ())) + list(options)
        with qemu.Machine(memory=MEMORY, cpu=cpu, transcript=None,
                          **how) as machine:
            machine.wait_for_prompt()
            equal(machine.command("cpus", quiet=QUIET), lines)
            equal(machine.command("audit", quiet=QUIET),
                  ["audit: all invariants hold"])
    run.__doc__ = "cpus: %s" % name
    test(run)


for row in ROWS:
    add_row(*row)
