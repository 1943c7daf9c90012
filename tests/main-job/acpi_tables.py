#!/usr/bin/env python3
# SPDX-License-Identifier: MPL-2.0
"""ACPI tables as a firmware would have made them, with one thing wrong: acpi_tables.py FOLDER [WRONG]

Writes what QEMU's firmware loads (its linker-loader: etc/table-loader, etc/acpi/rsdp, etc/acpi/tables): RSDP, XSDT, MCFG and DMAR of
q35. WRONG is a key of CASES."""
import struct
import sys

ECAM, UNIT = 0xB0000000, 0xFED90000


def table(signature, body, length=None):
    length = 36 + len(body) if length is None else length
    return struct.pack("<4sIBB6s8sI4sI", signature, length, 1, 0, b"BOCHS ", b"TESTTEST", 1, b"TEST", 1) + body


def tables(wrong):
    mcfg_base = {"mcfg_base": 0x100000, "mcfg_crooked": ECAM + 4096}.get(wrong, ECAM)
    buses = (9, 3) if wrong == "mcfg_buses" else (0, 255)
    mcfg = table(b"MCFG", bytes(8) + struct.pack("<QHBBI", mcfg_base, 0, *buses, 0), 50 if wrong == "mcfg_length" else None)
    drhd = struct.pack("<HHBBHQ", 0, 0 if wrong == "dmar_endless" else 16, 1, 0, 0, 0x200000 if wrong == "dmar_in_ram" else UNIT)
    dmar = table(b"DMAR", struct.pack("<BB10x", 38, 0) + (b"" if wrong == "dmar_empty" else drhd))
    return {b"MCFG": mcfg, b"DMAR": dmar}


CASES = ("none", "xsdt_checksum", "xsdt_length", "xsdt_signature", "xsdt_nowhere", "mcfg_missing", "mcfg_checksum",
         "mcfg_length", "mcfg_base", "mcfg_crooked", "mcfg_buses", "dmar_missing", "dmar_checksum", "dmar_endless", "dmar_empty",
         "dmar_in_ram")


def main():
    folder, wrong = sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else "none"
    if wrong not in CASES:
        sys.exit(f"no such case: {wrong}")
    memory, commands, entries = b"", [], []
    files = b"etc/acpi/rsdp", b"etc/acpi/tables"

    def pointer(to, at, size):
        commands.append(struct.pack("<I56s56sIB", 2, to, files[1], at, size))

    def checksum(of, at, start, length):
        commands.append(struct.pack("<I56sIII", 3, of, at, start, length))

    commands.append(struct.pack("<I56sIB", 1, files[1], 64, 1))
    commands.append(struct.pack("<I56sIB", 1, files[0], 16, 2))
    for signature, data in tables(wrong).items():
        name = signature.decode().lower()
        if wrong == name + "_missing":
            continue
        if wrong != name + "_checksum":
            checksum(files[1], len(memory) + 9, len(memory), struct.unpack_from("<I", data, 4)[0])
        entries.append(len(memory))
        memory += data
    xsdt = len(memory)
    memory += table(b"XXXX" if wrong == "xsdt_signature" else b"XSDT", struct.pack(f"<{len(entries)}Q", *entries),
                    41 if wrong == "xsdt_length" else None)
    for i in range(len(entries)):
        if wrong != "xsdt_nowhere":
            pointer(files[1], xsdt + 36 + 8 * i, 8)
        else:
            memory = memory[:xsdt + 36 + 8 * i] + struct.pack("<Q", 0x7000000000000000) + memory[xsdt + 44 + 8 * i:]
    if wrong != "xsdt_checksum":
        checksum(files[1], xsdt + 9, xsdt, 41 if wrong == "xsdt_length" else len(memory) - xsdt)
    rsdp = struct.pack("<8sB6sBIIQB3x", b"RSD PTR ", 0, b"BOCHS ", 2, 0, 36, xsdt, 0)
    pointer(files[0], 24, 8)
    checksum(files[0], 8, 0, 20)
    checksum(files[0], 32, 0, 36)
    contents = {"rsdp": rsdp, "tables": memory, "loader": b"".join(c.ljust(128, b"\0") for c in commands)}
    for name, data in contents.items():
        with open(f"{folder}/{name}", "wb") as file:
            file.write(data)


main()
