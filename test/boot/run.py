"""Boot a test kernel (kernels.py) in QEMU, and read what it reports.

RAM is filled with junk before, so that a byte that is not cleared shows.
"""

import atexit
import os
import shlex
import shutil
import struct
import subprocess
import tempfile
import time

from boot.kernels import LOAD_END, LOAD_START, MARK, MIB, STATE
from lib.tap import Failed, check, equal

ENDED = 3               # QEMU's exit status after the code has finished
LIMIT = 60              # seconds until a boot counts as hung


# --- Disks ----------------------------------------------------------------

def flaky(once):
    """An IDE disk whose sector 20 is unreadable, always or at first."""
    return ["-blockdev", "driver=blkdebug,node-name=disk,image.driver=file,"
            "image.filename={image},inject-error.0.event=none,"
            "inject-error.0.iotype=read,inject-error.0.sector=20,"
            "inject-error.0.errno=5,"
            "inject-error.0.once=" + ("on" if once else "off"),
            "-device", "ide-hd,drive=disk,bus=ide.0"]


def drive(device, *before):
    return list(before) + [
        "-drive", "if=none,id=disk,format=raw,file={image}",
        "-device", device + ",drive=disk,bootindex=0"]


BUSES = {
    "IDE": ["-drive", "if=ide,format=raw,file={image}"],
    "AHCI": drive("ide-hd,bus=ahci.0", "-device", "ahci,id=ahci"),
    "AHCI of a q35": ["-machine", "q35"] + drive("ide-hd,bus=ide.0"),
    "USB 1 (UHCI)": drive("usb-storage", "-device", "piix3-usb-uhci"),
    "USB 2 (EHCI)": drive("usb-storage", "-device", "usb-ehci"),
    "USB 3 (xHCI)": drive("usb-storage", "-device", "qemu-xhci"),
    "virtio-blk": drive("virtio-blk-pci"),
    "virtio-scsi": drive("scsi-hd", "-device", "virtio-scsi-pci"),
    "LSI SCSI": drive("scsi-hd", "-device", "lsi53c895a"),
    "NVMe": drive("nvme,serial=1"),
    "SD card": drive("sd-card", "-device", "sdhci-pci"),
}


# --- Machines -------------------------------------------------------------

class Run:
    """One QEMU with one image. Use it in a `with`: leaving it kills QEMU."""

    def __init__(self, options, image, disk=None, memory=64):
        self.folder = tempfile.mkdtemp(prefix="boot_test.")
        self.qemu = None
        atexit.register(self.close)
        self.serial = self._path("serial")
        open(self.serial, "wb").close()
        with open(self._path("image"), "wb") as file:
            file.write(image)
        command = shlex.split(options.qemu) + [
            "-m", str(memory), "-display", "none", "-no-reboot", "-net", "none",
            "-serial", "file:" + self.serial, "-monitor", "stdio",
            "-device", "isa-debug-exit,iobase=0x501,iosize=1"]
        # Junk at the place of segments. The BIOS leaves it alone.
        with open(self._path("junk"), "wb") as file:
            file.write(b"\xa5" * min(LOAD_END - LOAD_START,
                                     (memory - 2) * MIB))
        command += ["-device", "loader,force-raw=on,addr=0x%x,file=%s" %
                    (LOAD_START, self._path("junk"))]
        command += [part.format(image=self._path("image"))
                    for part in disk or BUSES["IDE"]]
        self.qemu = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT)

    def _path(self, name):
        return os.path.join(self.folder, name)

    def __enter__(self):
        return self

    def __exit__(self, *_exception):
        self.close()

    def close(self):
        atexit.unregister(self.close)
        shutil.rmtree(self.folder, True)
        if self.qemu is None:
            return
        if self.qemu.poll() is None:
            self.qemu.kill()
        self.qemu.wait()
        for pipe in (self.qemu.stdin, self.qemu.stdout):
            try:
                pipe.close()
            except OSError:
                pass

    def complaint(self):
        """QEMU's messages after its end. (Nothing else reads its output.)"""
        lines = self.qemu.stdout.read().decode(errors="replace").splitlines()
        return "QEMU ended with status %d: %s" % (self.qemu.returncode,
                                                  lines[-1] if lines else "")

    def text(self):
        with open(self.serial, "rb") as file:
            return file.read()

    def wait(self, wanted=None):
        """Wait until QEMU ends, or the serial line has printed `wanted`."""
        deadline = time.monotonic() + LIMIT
        while self.qemu.poll() is None:
            if wanted is not None and wanted in self.text():
                return
            if time.monotonic() > deadline:
                raise Failed("QEMU ends" if wanted is None else repr(wanted),
                             "nothing more after %d s; serial line: %r" %
                             (LIMIT, self.text()[-200:]))
            time.sleep(0.02)

    def screen(self):
        """The lines of the text screen."""
        dump = self._path("screen")
        self.qemu.stdin.write(b"pmemsave 0xb8000 4000 \"%s\"\n" %
                              dump.encode())
        self.qemu.stdin.flush()
        deadline = time.monotonic() + LIMIT
        while time.monotonic() < deadline:
            if os.path.exists(dump) and os.path.getsize(dump) == 4000:
                break
            time.sleep(0.02)
        with open(dump, "rb") as file:
            letters = file.read()[::2].decode("cp437")
        return [letters[n:n + 80].rstrip() for n in range(0, 2000, 80)]


class Report:
    """The data that a test kernel sent."""

    def __init__(self, data, sums):
        check(MARK in data, "the kernel runs",
              "the serial line printed %r" % data[-80:])
        self.data = data.split(MARK, 1)[1]
        self.state = dict(zip(STATE, self._take("<%dI" % len(STATE))))
        self.info = self._take("<13I")
        self.map = self._take("%ds" % self.info[11])[0]
        self.table = self._take("%ds" % ((self.state["gdt"] & 0xffff) + 1))[0]
        self.sums = [self._take("<2I") for _ in range(sums)]

    def _take(self, form):
        size = struct.calcsize(form)
        check(len(self.data) >= size, "%d bytes more from the kernel" % size,
              "%d bytes" % len(self.data))
        part, self.data = self.data[:size], self.data[size:]
        return struct.unpack(form, part)

    def memory_map(self):
        """(address, length, type) of each entry."""
        entries, at = [], 0
        while at < len(self.map):
            size, address, length, kind = struct.unpack_from("<IQQI", self.map,
                                                             at)
            check(size >= 20, "map entries of 20 bytes or more", size)
            entries.append((address, length, kind))
            at += 4 + size
        equal(at, len(self.map))
        return entries

    def segment(self, register):
        """(base, limit, executable, writable, 32-bit) of a segment."""
        selector = self.state[register] & 0xffff
        low, high = struct.unpack_from("<2I", self.table, selector & ~7)
        base = low >> 16 | (high & 0xff) << 16 | high & 0xff000000
        limit = low & 0xffff | high & 0xf0000
        if high & 1 << 23:
            limit = limit << 12 | 0xfff
        return (base, limit, bool(high & 1 << 11), bool(high & 1 << 9),
                bool(high & 1 << 22))
