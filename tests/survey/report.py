#!/usr/bin/env python3
# SPDX-License-Identifier: MPL-2.0
"""tools/report on reports as the survey writes them, and on what somebody may have made of one. Prints TAP."""
import json, os, subprocess, sys, tempfile

SAMPLES = ["tests/survey/samples/q35-vtd.json", "tests/survey/samples/arm64-smmuv3.json"]
count = failed = 0


def check(name, fine):
    global count, failed
    count += 1
    failed += not fine
    print(f"{'ok' if fine else 'not ok'} {count} - {name}")


def tool(*arguments):
    return subprocess.run(["tools/report", *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, universal_newlines=True)


def refused(folder, name, text, reason):
    """The text is no report, for that reason."""
    path = os.path.join(folder, "changed.json")
    with open(path, "wb") as file:
        file.write(text if isinstance(text, bytes) else text.encode())
    done = tool("check", path)
    check(f"{name} is refused", done.returncode == 1 and reason in done.stderr)


def changed(path, change):
    report = json.load(open(path))
    change(report)
    return json.dumps(report)


def main():
    text = open(SAMPLES[0]).read()
    check("reports of both machines are right", tool("check", *SAMPLES).returncode == 0)
    shown = tool("print", *SAMPLES).stdout
    check("their facts are printed", all(word in shown for word in ("address_bits", "0000:00:02.0", "QEMU NVMe Ctrl", "unit 0 (smmuv3)", "stage")))
    with tempfile.TemporaryDirectory() as folder:
        refused(folder, "half a report", text[:len(text) // 2], "")
        refused(folder, "an empty file", "", "")
        refused(folder, "a list", "[]", "is no object")
        refused(folder, "a name that the survey does not write", changed(SAMPLES[0], lambda r: r["machine"].update(owner="x")), "unknown key")
        refused(folder, "a name at the top", changed(SAMPLES[0], lambda r: r.update(serial_number="x")), "unknown key")
        refused(folder, "a number for a text", changed(SAMPLES[0], lambda r: r["machine"].update(cpu=3)), "another type")
        refused(folder, "a truth for a number", changed(SAMPLES[0], lambda r: r["machine"].update(cpus=True)), "another type")
        refused(folder, "lists within facts", changed(SAMPLES[0], lambda r: r["units"][0]["capabilities"].update(x=[1])), "no list of facts")
        refused(folder, "a report without its end", changed(SAMPLES[0], lambda r: r.pop("end")), "end is missing")
        refused(folder, "a complete report without units", changed(SAMPLES[0], lambda r: r.pop("units")), "units is missing")
        refused(folder, "another format", changed(SAMPLES[0], lambda r: r.update(dmastream_report=2)), "is not known")
        refused(folder, "a key that stands twice", text.replace('"cut": false', '"cut": false, "cut": false'), "twice")
        refused(folder, "bytes that are no ASCII", text.replace("QEMU", "QÉMU"), "ascii")
        for text_of_it in ("NaN", "Infinity", "1e999", "-1e999"):
            refused(folder, f"{text_of_it} for a number", text.replace('"line_step": 64', f'"line_step": {text_of_it}'), "no number")
            refused(folder, f"{text_of_it} for a fact", text.replace('"address_bits": 39', f'"address_bits": {text_of_it}'), "no number")
        for digits in (21, 400, 4000):
            refused(folder, f"a number of {digits} digits", text.replace('"line_step": 64', '"line_step": ' + "9" * digits), "no number")
            refused(folder, f"a fact of {digits} digits", text.replace('"address_bits": 39', '"address_bits": ' + "9" * digits), "no number")
        refused(folder, "less than nothing", text.replace('"line_step": 64', '"line_step": -64'), "no number")
        refused(folder, "a number of ten thousand digits", text.replace('"line_step": 64', '"line_step": ' + "9" * 10000), "")
        refused(folder, "thirty thousand brackets", "[" * 30000, "")
        refused(folder, "objects without end", '{"end": ' * 3500, "")
        refused(folder, "a machine without a name", changed(SAMPLES[0], lambda r: r.update(machine={})), "cpu is missing")
        refused(folder, "a fact whose name is a sentence", changed(SAMPLES[0], lambda r: r["units"][0]["found"].update({"a | b": 1})), "no name")
        refused(folder, "bytes of nothing", b"\0" * 100, "")
        refused(folder, "a mark of byte order before it", b"\xef\xbb\xbf" + text.encode(), "")
        for n in range(1, len(text), 97):
            path = os.path.join(folder, "cut.json")
            open(path, "w").write(text[:n])
            done = tool("check", path)
            if done.returncode != 1 or "Traceback" in done.stderr:
                check(f"a report of {n} bytes is refused", False)
        steered = changed(SAMPLES[0], lambda r: (r["machine"].update(cpu="\x1b[2J\x07\u202ex"), r.update(end="\x1b]0;x"), r["said"].append("\x1b[31m")))
        with open(os.path.join(folder, "steered.json"), "w") as file:
            file.write(steered)
        done = tool("print", file.name)
        check("a text cannot steer the terminal", done.returncode == 0 and "\x1b" not in done.stdout + done.stderr and "\u202e" not in done.stdout)
        refused(folder, "a file of a megabyte", text + " " * (1 << 20), "larger")

        page, ill = os.path.join(folder, "page.md"), os.path.join(folder, "ill.json")
        with open(page, "w") as file:
            file.write("before\n<!-- reports: tools/report merge -->\n<!-- end of reports -->\nbehind\n")
        merged = [tool("merge", "--into", page, *SAMPLES).returncode, open(page).read()]
        tool("merge", "--into", page, *reversed(SAMPLES))
        rows = [line for line in merged[1].splitlines() if line.startswith("| ")]
        check("two reports are two rows below a head", merged[0] == 0 and len(rows) == 3)
        check("the same reports once more change nothing", open(page).read() == merged[1])
        check("what stands around the table stays", merged[1].startswith("before\n") and merged[1].endswith("\nbehind\n"))
        check("emulated machines are marked so", all("(emulated)" in row for row in rows[1:]))
        with open(ill, "w") as file:
            file.write(changed(SAMPLES[0], lambda r: r["machine"].update(cpu="a|b <script> `x` [c](d)")))
        tool("merge", "--into", page, ill)
        rows = [line for line in open(page).read().splitlines() if line.startswith("| ")]
        check("a name cannot change the table", len(rows) == 4 and len({row.count("|") for row in rows}) == 1 and "<script" not in "".join(rows))
        for cpu, gone in (("https://evil.example/x", "://"), ("www.evil.example", "www."), ("a_b*c~d\\\\e&amp;<!--", "_"), ("x" * 9000, "x" * 200), ("\n| zz |", "\n| zz")):
            with open(ill, "w") as file:
                file.write(changed(SAMPLES[0], lambda r, cpu=cpu: r["machine"].update(cpu=cpu)))
            done = tool("merge", "--into", page, ill)
            check(f"a name like {cpu[:12]!r} is harmless", done.returncode == 0 and gone not in open(page).read())
        before = len(open(page).read().splitlines())
        with open(ill, "w") as file:
            file.write(changed(SAMPLES[0], lambda r: r["domains"][0].update(map_ns=123456)))
        tool("merge", "--into", page, ill)
        check("a machine that was measured again is still one row, with what was measured last",
              len(open(page).read().splitlines()) == before and "123.5" in open(page).read())
        with open(ill, "w") as file:
            file.write("<!-- end of reports -->\n<!-- reports: tools/report merge -->\n")
        kept = open(ill).read()
        done = tool("merge", "--into", ill, *SAMPLES)
        check("a page whose end comes first is left alone", done.returncode != 0 and "Traceback" not in done.stderr and open(ill).read() == kept)
        done = tool("merge", "--into", os.path.join(folder, "none.md"), *SAMPLES)
        check("a page that is not there is said to be", done.returncode != 0 and "Traceback" not in done.stderr)
        done = tool("merge", *SAMPLES, "--into")
        check("a page that is not named, too", done.returncode != 0 and "Traceback" not in done.stderr)
        with open(ill, "w") as file:
            file.write('{"dmastream_report": 1, "steps": [], "cut": false, "end": "machine"}')
        check("a report of a machine that hung at once is right", tool("check", ill).returncode == 0)
        check("and printed", tool("print", ill).returncode == 0)
    print(f"1..{count}")
    return 1 if failed else 0


if __name__ == "__main__":
    os.chdir(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../.."))
    sys.exit(main())
