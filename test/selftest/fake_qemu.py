"""Play QEMU for the graders' tests, by a scenario file.

usage: fake_qemu.py SCENARIO [QEMU'S OPTIONS]
    SCENARIO is a JSON list of steps, each a word and a value:
    ["print", TEXT]: on the console, with the run's key for {KEY};
    ["print_sized", {MEMORY: TEXT}]: the same, with the text for this size of
    memory, or for "else"; ["complain", TEXT]: on stderr; ["names", TEXT]: end
    with status 98 unless exactly these checks are requested; ["trace", TEXT]:
    into the file of -D; ["read", LINE]: wait for that line and echo it;
    ["sleep", SECONDS]; ["exit", STATUS]; ["pid", FILE]: write the process id
    to that file. After the last step it sleeps for a long time.
"""

import json
import os
import sys
import time


def read_line(wanted):
    while True:
        line = sys.stdin.readline()
        if not line:
            sys.exit(99)
        sys.stdout.write(line.replace("\n", "\r\n"))
        sys.stdout.flush()
        if line.strip() == wanted:
            return


def asked():
    """The words of -fw_cfg: the key, and the requested checks."""
    if "-fw_cfg" not in sys.argv:
        return [""]
    item = sys.argv[sys.argv.index("-fw_cfg") + 1]
    return item.partition("name=opt/pagewalk/grade,string=")[2].split()


def check_names(wanted):
    if " ".join(asked()[1:]) != wanted:
        sys.exit(98)


def say(stream, text):
    stream.write(text)
    stream.flush()


def say_keyed(text):
    say(sys.stdout, text.replace("{KEY}", asked()[0]))


def say_sized(texts):
    memory = sys.argv[sys.argv.index("-m") + 1]
    say_keyed(texts.get(memory, texts.get("else", "")))


def trace(text):
    with open(sys.argv[sys.argv.index("-D") + 1], "w",
              encoding="utf-8") as file:
        file.write(text)


def write_pid(path):
    with open(path + "~", "w", encoding="utf-8") as file:
        file.write("%d" % os.getpid())
    os.rename(path + "~", path)


def main():
    actions = {
        "print": say_keyed,
        "print_sized": say_sized,
        "names": check_names,
        "complain": lambda text: say(sys.stderr, text),
        "trace": trace,
        "read": read_line,
        "sleep": time.sleep,
        "exit": sys.exit,
        "pid": write_pid,
    }
    with open(sys.argv[1], encoding="utf-8") as file:
        steps = json.load(file)
    for word, value in steps:
        actions[word](value)
    time.sleep(600)


main()
