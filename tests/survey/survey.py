#!/usr/bin/env python3
# SPDX-License-Identifier: MPL-2.0
"""The survey under EFI firmware, from a USB stick, as on a real machine: boot, report, reset, boot, the report as a file on the stick.

    tests/survey/survey.py              two machines, for ./check
    tests/survey/survey.py --all        all of them (make survey-test)
    tests/survey/survey.py NAME...      these; --keep FOLDER keeps consoles, reports and a picture of the screen

What a report says must be what QEMU was told. Prints TAP; skips what the machine that runs it lacks."""
import concurrent.futures, json, os, re, shutil, socket, subprocess, sys, tempfile, time

B = os.environ.get("B", "build")
IMAGE = f"{B}/usb/dmastream.img"
PARTITION = "@@1048576"
LIMIT_S = int(os.environ.get("SURVEY_LIMIT", "600"))
LISTED = ["vtd-39-bits", "smmuv3-stage-2"]

# What QEMU is told, and what the report must say of it. `units` are the facts of unit 0; a value that is a function judges.
VTD = {"iommu": "vtd", "taken_over": "yes"}
BLOCKED = {"read_after_release": "blocked, and reported", "reads_are_the_same": True}
MESSAGES = dict(BLOCKED, interrupts=True)
BRIDGES = "-device pcie-root-port,id=root,chassis=9 -device x3130-upstream,id=up,bus=root -device xio3130-downstream,id=down,bus=up,chassis=10"
CASES = {
    "vtd-39-bits": dict(machine="q35", memory=1024, iommu="-device intel-iommu,intremap=on,aw-bits=39", report=VTD,
                        capabilities={"address_bits": 39, "sagaw": 2, "caching_mode": False}, found={"translation_on": False},
                        library={"levels": 3}, disk=BLOCKED, screen="-vga std"),
    "vtd-48-bits": dict(machine="q35", memory=1024, report=VTD,
                        iommu="-device intel-iommu,intremap=on,aw-bits=48,caching-mode=on,snoop-control=on",
                        capabilities={"address_bits": 48, "sagaw": 6, "caching_mode": True, "snoop_control": True},
                        library={"levels": 4, "invalidates_after_map": True, "devices": "made to snoop"}, disk=BLOCKED),
    "vtd-16-gib": dict(machine="q35", memory=16384, iommu="-device intel-iommu,intremap=on", report=VTD, disk=BLOCKED),
    "vtd-left-on": dict(machine="q35", memory=1024, iommu="-device intel-iommu,intremap=on", report=VTD, options="left_on=yes",
                        found={"translation_on": True, "root_set": True}, disk=BLOCKED),
    "amdvi": dict(machine="q35", memory=1024, iommu="-device amd-iommu,pt=off,intremap=on", report={"iommu": "amdvi", "taken_over": "yes"},
                  disk={"reads_are_the_same": True, "read_after_release": "blocked, unreported"}), # QEMU's unit writes no event
    "virtio": dict(machine="q35", memory=1024, iommu="-device virtio-iommu-pci", report={"iommu": "virtio", "taken_over": "yes"}, disk=BLOCKED),
    "no-iommu": dict(machine="q35", memory=1024, iommu="", report={"iommu": "none", "units": []},
                     disk={"reads_are_the_same": True, "read_after_release": None}),
    "no-screen": dict(machine="q35", memory=1024, iommu="-device intel-iommu,intremap=on", report=VTD, screen="", disk=BLOCKED),
    "no-serial": dict(machine="q35", memory=1024, iommu="-device intel-iommu,intremap=on", report=VTD, serial=False, screen="-vga std", disk=BLOCKED),
    "stalled-disk": dict(machine="q35", memory=1024, iommu="-device intel-iommu,intremap=on", report=VTD, options="timeout_ms=2000", stalls=True,
                         disk={"error": lambda text: "timed out" in text or "no answer" in text or "within" in text}),
    "hang": dict(machine="q35", memory=1024, iommu="-device intel-iommu,intremap=on", options="hang=take_over",
                 report={"end": "take over the IOMMU units", "iommu": "vtd", "taken_over": None}),
    "hang-at-the-end": dict(machine="q35", memory=1024, iommu="-device intel-iommu,intremap=on", options="hang=keep", report=VTD, disk=BLOCKED),
    "written": dict(machine="q35", memory=1024, iommu="-device intel-iommu,intremap=on", report=VTD, options="write=yes model=QEMU_NVMe_Ctrl",
                    disk=dict(BLOCKED, written="the same blocks again")),
    "other-model": dict(machine="q35", memory=1024, iommu="-device intel-iommu,intremap=on", report=VTD, options="write=yes model=QEMU_NVMe",
                        disk=dict(BLOCKED, written=None)),
    "smmuv3-stage-1": dict(machine="arm64", memory=1024, iommu="-global arm-smmuv3.stage=1", board="virt-9.0,gic-version=3,iommu=smmuv3",
                           report={"iommu": "smmuv3", "taken_over": "yes"}, capabilities={"stage1": True, "stage2": False, "address_bits": 44},
                           library={"stage": 1}, domains=1, disk=MESSAGES, screen="-device ramfb"),
    "smmuv3-stage-2": dict(machine="arm64", memory=1024, iommu="-global arm-smmuv3.stage=2", board="virt-9.0,gic-version=3,iommu=smmuv3",
                           report={"iommu": "smmuv3", "taken_over": "yes"}, capabilities={"stage1": False, "stage2": True, "stream_bits": 16},
                           library={"stage": 2}, disk=BLOCKED),
    "smmuv3-both": dict(machine="arm64", memory=16384, iommu="", board="virt,gic-version=3,iommu=smmuv3",
                        report={"iommu": "smmuv3", "taken_over": "yes"}, capabilities={"stage1": True, "stage2": True}, disk=BLOCKED),
    "arm64-no-iommu": dict(machine="arm64", memory=1024, iommu="", board="virt,gic-version=3", report={"iommu": "none"},
                           disk={"reads_are_the_same": True, "interrupts": True}),
    # Without ACPI firmware passes a device tree, in which the units stand.
    "smmuv3-tree": dict(machine="arm64", memory=1024, iommu="", board="virt,gic-version=3,iommu=smmuv3,acpi=off",
                        report={"iommu": "smmuv3", "taken_over": "yes", "tables": ""}, capabilities={"address_bits": 44},
                        library={"tables": "snooped"}, domains=1, disk=MESSAGES),
    "smmuv3-el2": dict(machine="arm64", memory=1024, iommu="", board="virt,gic-version=3,iommu=smmuv3,virtualization=on",
                       report={"iommu": "smmuv3", "taken_over": "yes"}, domains=1, disk=MESSAGES),
    "virtio-tree": dict(machine="arm64", memory=1024, iommu="-device virtio-iommu-pci", board="virt,gic-version=3,acpi=off",
                        report={"iommu": "virtio", "taken_over": "yes"}, domains=1, disk=BLOCKED),
    # Functions behind bridges of both kinds: which unit is in front of them says the library.
    "vtd-bridges": dict(machine="q35", memory=1024, iommu="-device intel-iommu,intremap=on " + BRIDGES, disk_bus="down", report=VTD, domains=1,
                        disk=BLOCKED),
    "amdvi-2-gib": dict(machine="q35", memory=2048, iommu="-device amd-iommu,pt=off,intremap=on", report={"iommu": "amdvi", "taken_over": "yes"},
                        domains=1, disk={"reads_are_the_same": True}),
    # One of them has no framebuffer, and both together have none.
    "two-screens": dict(machine="q35", memory=1024, iommu="-device intel-iommu,intremap=on", report=VTD, disk=BLOCKED,
                        screen="-device virtio-gpu-pci -vga std"),
}
EMULATORS = {"q35": "qemu-system-x86_64", "arm64": "qemu-system-aarch64"}


def firmware(machine):
    """Code and variables, as tools/launch_options.sh finds them."""
    out = subprocess.run(["sh", "-c", f". tools/launch_options.sh && find_efi {machine} && echo $efi_code $efi_variables"],
                         stdout=subprocess.PIPE, universal_newlines=True).stdout.split()
    return out if len(out) == 2 else None


class Monitor:
    """QEMU's machine protocol, as far as it is needed."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(path)
        self.stream = self.socket.makefile("rw")
        self.stream.readline()
        self.ask("qmp_capabilities")

    def ask(self, command, **arguments):
        self.stream.write(json.dumps({"execute": command, "arguments": arguments}) + "\n")
        self.stream.flush()
        for line in self.stream:
            answer = json.loads(line)
            if "return" in answer or "error" in answer:
                return answer


def command(case, folder, code):
    q35 = case["machine"] == "q35"
    board = case.get("board", "q35,kernel-irqchip=split")
    arguments = [EMULATORS[case["machine"]], "-machine", board, "-accel", "tcg,thread=multi", "-cpu", "max", "-m", str(case["memory"])]
    arguments += "-nodefaults -display none -net none".split()
    arguments += case.get("screen", "-vga std" if q35 else "").split() + case["iommu"].split()
    arguments += ["-serial", f"file:{folder}/console" if case.get("serial", True) else "none", "-qmp", f"unix:{folder}/qmp,server=on,wait=off"]
    arguments += ["-drive", f"if=pflash,format=raw,readonly=on,file={code}", "-drive", f"if=pflash,format=raw,file={folder}/variables"]
    arguments += ["-blockdev", f"driver=file,filename={folder}/disk,node-name=file", "-blockdev", "driver=raw,node-name=raw,file=file"]
    arguments += ["-object", "throttle-group,id=group", "-blockdev", "driver=throttle,node-name=disk,throttle-group=group,file=raw"]
    arguments += ["-device", "nvme,drive=disk,serial=SECRET-SERIAL" + (f",bus={case['disk_bus']}" if "disk_bus" in case else "")]
    arguments += ["-drive", f"if=none,id=stick,format=raw,file={folder}/stick", "-device", "qemu-xhci"]
    return arguments + ["-device", "usb-storage,drive=stick,bootindex=0,serial=SECRET-STICK"]


def console_of(folder):
    try:
        return open(f"{folder}/console", errors="replace").read()
    except OSError:
        return ""


def run(case, folder, keep):
    """Both boots; seconds from power on to the survey's first line."""
    code, variables = firmware(case["machine"])
    shutil.copyfile(variables, f"{folder}/variables")
    shutil.copyfile(IMAGE, f"{folder}/stick")
    with open(f"{folder}/disk", "wb") as disk:
        disk.write(os.urandom(1 << 20))
    before = open(f"{folder}/disk", "rb").read()
    options = case.get("options", "").split() + [f"pause={3 if keep else 0}"]
    open(f"{folder}/options", "w").write("# a test's\n" + "\n".join(options) + "\n")
    subprocess.run(["mcopy", "-o", "-i", f"{folder}/stick{PARTITION}", f"{folder}/options", "::/dmastream.txt"], check=True)
    began, first, stalled = time.time(), None, False
    qemu = subprocess.Popen(command(case, folder, code), stdin=subprocess.DEVNULL, stdout=open(f"{folder}/qemu", "w"), stderr=subprocess.STDOUT)
    try:
        while qemu.poll() is None and time.time() - began < LIMIT_S:
            time.sleep(0.2)
            text = console_of(folder)
            if first is None and "dmastream survey" in text:
                first = time.time() - began
            if case.get("stalls") and not stalled and "dmastream survey" in text: # firmware has read what it wants of the disk
                Monitor(f"{folder}/qmp").ask("qom-set", path="/objects/group", property="limits",
                                             value={"bps-total": 1, "bps-total-max": 1})
                stalled = True
            if keep and "The report is kept" in text and not os.path.exists(f"{folder}/screen.png") and case.get("screen", "-vga std"):
                Monitor(f"{folder}/qmp").ask("screendump", filename=f"{folder}/screen.png", format="png")
            if "the report is on this volume" in text or "cannot be written" in text:
                time.sleep(0.5)
                break
    finally:
        if qemu.poll() is None:
            qemu.kill()
        qemu.wait()
    return first, open(f"{folder}/disk", "rb").read() == before


def judge(case, report):
    """What the report says otherwise than QEMU was told."""
    problems = []

    def compare(where, wanted, found):
        for key, value in (wanted or {}).items():
            is_there = found.get(key) if isinstance(found, dict) else None
            fine = value(str(is_there)) if callable(value) else is_there == value
            if not fine:
                problems.append(f"{where}{key}: {is_there!r}, and QEMU was told {value!r}")

    unit = (report.get("units") or [{}])[0]
    compare("", dict({"end": "complete", "cut": False}, **case["report"]), report)
    for part in ("capabilities", "found", "library"):
        compare(f"units[0].{part}.", case.get(part), unit.get(part, {}))
    compare("disks[0].", case.get("disk"), (report.get("disks") or [{}])[0])
    measured = [d for d in report.get("domains", []) if d.get("blocked_is_refused")]
    if len(measured) < case.get("domains", 0):
        problems.append(f"domains: {report.get('domains')}, and {case['domains']} units are in front of something")
    if "machine" in report and report["end"] == "complete":
        memory = report["machine"]["memory_mib"]
        if not case["memory"] - 96 <= memory <= case["memory"]:
            problems.append(f"memory_mib: {memory}, and QEMU was told {case['memory']}")
        has_screen = bool(case.get("screen", "-vga std" if case["machine"] == "q35" else ""))
        if ("screen" in report["machine"]) != has_screen:
            problems.append(f"screen: {report['machine'].get('screen')}")
        if report["machine"]["serial"] != case.get("serial", True) or not report["machine"]["emulated"]:
            problems.append("serial or emulated: otherwise than QEMU was told")
        if not any(f["class"] == "010802" for f in report.get("pci", [])):
            problems.append("pci: the NVMe controller is missing")
        if any(s["result"] != "ok" for s in report["steps"]) and not case.get("stalls"):
            problems.append(f"steps: {[s for s in report['steps'] if s['result'] != 'ok']}")
    if "SECRET" in json.dumps(report):
        problems.append("a serial number is in the report")
    return problems


def one(name, keep):
    case = CASES[name]
    if not shutil.which(EMULATORS[case["machine"]]) or not firmware(case["machine"]):
        return name, [], "no emulator, or no EFI firmware for it"
    with tempfile.TemporaryDirectory() as folder:
        first, same_disk = run(case, folder, keep)
        path = f"{folder}/report-1.json"
        subprocess.run(["mcopy", "-n", "-i", f"{folder}/stick{PARTITION}", "::/report-1.json", path], stderr=subprocess.DEVNULL)
        problems = [] if same_disk else ["the disk has changed"]
        if not os.path.exists(path):
            problems += ["no report is on the stick"] + console_of(folder).splitlines()[-30:] + open(f"{folder}/qemu").read().splitlines()[-3:]
        else:
            checked = subprocess.run(["tools/report", "check", path], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, universal_newlines=True)
            problems += judge(case, json.load(open(path))) if checked.returncode == 0 else checked.stdout.splitlines()
        if keep:
            shutil.copytree(folder, os.path.join(keep, name), dirs_exist_ok=True, ignore=shutil.ignore_patterns("qmp", "stick", "disk", "variables"))
    return name, problems, None if first is None else f"{first:.1f} s to the first line"


def main(arguments):
    keep = None
    if "--keep" in arguments:
        at = arguments.index("--keep")
        keep = arguments[at + 1]
        del arguments[at:at + 2]
    names = list(CASES) if arguments == ["--all"] else arguments or LISTED
    if not os.path.exists(IMAGE) or not shutil.which("mcopy"):
        print(f"1..0 # SKIP {IMAGE} has not been built, or mtools are missing")
        return 0
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(int(os.environ.get("JOBS", "2"))) as pool:
        for i, (name, problems, word) in enumerate(pool.map(lambda name: one(name, keep), names), 1):
            skipped = bool(word) and word.startswith("no ")
            print(f"{'not ok' if problems else 'ok'} {i} - survey: {name}{f' # SKIP {word}' if skipped else f' ({word})' if word else ''}")
            for problem in problems:
                print(f"# {problem}")
            failed += bool(problems)
            sys.stdout.flush()
    print(f"1..{len(names)}")
    return 1 if failed else 0


if __name__ == "__main__":
    os.chdir(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../.."))
    sys.exit(main(sys.argv[1:]))
