#!/usr/bin/env python3
# SPDX-License-Identifier: MPL-2.0
"""Firmware that enables less: menvcfg.py SOCKET ENTRY CLEAR SET

Talks to QEMU's gdb stub: lets the firmware run up to the kernel's first instruction, clears and sets bits of menvcfg there, and lets go. All
numbers are hexadecimal. QEMU is started with -S -gdb unix:SOCKET,server=on,wait=off."""
import re, socket, sys, time

path, entry, clear, bits = sys.argv[1], *(int(text, 16) for text in sys.argv[2:])


def connect():
    for _ in range(200):
        try:
            stub = socket.socket(socket.AF_UNIX)
            stub.connect(path)
            return stub
        except OSError:
            time.sleep(0.1)
    sys.exit("menvcfg.py: no gdb stub at " + path)


def ask(command):
    """The answer to a command; that to `c` comes when the machine stops."""
    stub.sendall(b"$%s#%02x" % (command, sum(command) & 255))
    answer = b""
    while not re.search(rb"\$[^#]*#..", answer):
        more = stub.recv(65536)
        if not more:
            sys.exit("menvcfg.py: QEMU has ended")
        answer += more
    stub.sendall(b"+")
    return re.search(rb"\$([^#]*)#..", answer).group(1)


def number_of(register):
    text, at = b"", 0
    while True:
        part = ask(b"qXfer:features:read:riscv-csr.xml:%x,800" % at)
        text += part[1:]
        at += 0x800
        if part[:1] != b"m":
            break
    return int(re.search(rb'name="%s"[^>]*regnum="(\d+)"' % register, text).group(1))


stub = connect()
ask(b"qSupported:xmlRegisters=riscv")
ask(b"qXfer:features:read:target.xml:0,800")
menvcfg = number_of(b"menvcfg")
assert ask(b"Z1,%x,4" % entry) == b"OK"
assert ask(b"c")[:3] in (b"T05", b"S05")
was = int.from_bytes(bytes.fromhex(ask(b"p%x" % menvcfg).decode()), "little")
assert ask(b"P%x=%s" % (menvcfg, (was & ~clear | bits).to_bytes(8, "little").hex().encode())) == b"OK"
assert ask(b"z1,%x,4" % entry) == b"OK"
ask(b"D")
print("menvcfg.py: 0x%x became 0x%x" % (was, was & ~clear | bits))
