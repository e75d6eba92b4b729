"""QEMU's options for disks, of which one may have a swap area."""

SWAP_INDEX = 2                  # the second channel's master


def drive(path, index=SWAP_INDEX, snapshot="on", more=()):
    """An IDE disk from an image, as make attaches the swap area.

    more: properties of the drive, such as "id=swap".
    """
    return ["-drive", ",".join(
        ["file=" + path.replace(",", ",,"), "index=%d" % index, "media=disk",
         "format=raw", "snapshot=" + snapshot, "file.locking=off"]
        + list(more))]


def bad_drive(path, kind, sectors, once=False):
    """The second channel's master, some sectors of which fail.

    kind: "read" or "write". once: only the first time.
    """
    node = ("driver=raw,node-name=bad,file.driver=blkdebug,"
            "file.image.driver=file,file.image.locking=off,"
            "file.image.filename=" + path.replace(",", ",,"))
    for number, sector in enumerate(sectors):
        node += "".join(",file.inject-error.%d.%s" % (number, setting)
                        for setting in (
                            "event=none", "errno=5", "iotype=" + kind,
                            "once=" + ("on" if once else "off"),
                            "sector=%d" % sector))
    return ["-blockdev", node, "-device", "ide-hd,drive=bad,bus=ide.1,unit=0",
            "-nodefaults"]
