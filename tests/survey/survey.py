#!/usr/bin/env python3
# SPDX-License-Identifier: MPL-2.0
"""The survey under EFI firmware, from a USB stick, as on a real machine: boot, report, reset, boot, the report as a file on the stick.

    tests/survey/survey.py              two machines, for ./check
    tests/survey/survey.py --all        all of them (make survey-test)
    tests/survey/survey.py NAME...      these; --keep FOLDER keeps consoles, reports and a picture of the screen

What a report says must be what QEMU was told, and its list of PCI functions QEMU's own. At the reset the machine is stopped and looked at:
every device may start transfers again that could before, no IOMMU unit translates, and nothing was written to the disk. Prints TAP; skips what
the machine that runs it lacks."""
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
# Firmware and sticks that do not as they should: see run().
CASES.update({
    # The stick is write-protected until the machine has switched itself off.
    "stick-read-only": dict(machine="q35", memory=1024, iommu="-device intel-iommu,intremap=on", report=VTD, disk=BLOCKED, first_stick=",readonly=on",
                            resets=0, says=["this volume cannot be written", "cannot be written to this volume"]),
    # Firmware that forgets its variables: the second boot finds no report, and is the last.
    "variables-lost": dict(machine="q35", memory=1024, iommu="-device intel-iommu,intremap=on", variables="lost", no_report=True, resets=1,
                           says=["no report has come back from the last start"]),
    # Another stick beside the one that the machine starts from.
    "two-sticks": dict(machine="q35", memory=1024, iommu="-device intel-iommu,intremap=on", report=VTD, disk=BLOCKED, second_stick=True),
    # Secure Boot with Microsoft's keys: nothing of the stick may start.
    "secure-boot": dict(machine="q35", memory=1024, board="q35,smm=on,kernel-irqchip=split", iommu="-device intel-iommu,intremap=on",
                        files=("OVMF_CODE_4M.ms.fd", "OVMF_VARS_4M.ms.fd"), no_report=True, refused=["Access Denied", "Security Violation"]),
    "no-acpi": dict(machine="arm64", memory=1024, iommu="", board="virt,gic-version=3,acpi=off", report={"iommu": "none", "tables": ""},
                    disk={"reads_are_the_same": True}),
    # Lines of 256 bytes.
    "a64fx": dict(machine="arm64", memory=1024, iommu="", cpu="a64fx", board="virt,gic-version=3,iommu=smmuv3",
                  report={"iommu": "smmuv3", "taken_over": "yes"}, cache={"line_step": 256, "line_align": 256}, domains=1, disk=MESSAGES),
    # A bridge to conventional PCI, whose functions all come as one requester, and a BAR of 64 GiB.
    "pci-bridge": dict(machine="q35", memory=1024, report=VTD, domains=1, disk=BLOCKED,
                       functions={at: {"requester": "0x0200", "shares_with": "0000:01:00.0"} for at in ("0000:02:02.0", "0000:02:03.0")},
                       iommu="-device intel-iommu,intremap=on -device pcie-root-port,id=root,chassis=9 -device pcie-pci-bridge,id=old,bus=root "
                       "-device e1000,bus=old,addr=2 -device edu,bus=old,addr=3 -device pci-testdev,membar=64G"),
    "four-cpus": dict(machine="q35", memory=1024, iommu="-device intel-iommu,intremap=on -smp 4", report=VTD, cpus=4, disk=BLOCKED),
})
EMULATORS = {"q35": "qemu-system-x86_64", "arm64": "qemu-system-aarch64"}


def firmware(machine, files=None):
    """Code and variables, as tools/launch_options.sh finds them; others of theirs by name."""
    out = subprocess.run(["sh", "-c", f". tools/launch_options.sh && find_efi {machine} && echo $efi_code $efi_variables"],
                         stdout=subprocess.PIPE, universal_newlines=True).stdout.split()
    if len(out) == 2 and files:
        out = [os.path.join(os.path.dirname(out[0]), name) for name in files]
    return out if len(out) == 2 and all(os.path.exists(path) for path in out) else None


class Monitor:
    """QEMU's machine protocol, as far as it is needed."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(60)
        self.socket.connect(path)
        self.stream = self.socket.makefile("rw")
        self.reasons = [] # of shutdowns and resets, as they come
        self.stream.readline()
        self.ask("qmp_capabilities")

    def ask(self, command, **arguments):
        self.stream.write(json.dumps({"execute": command, "arguments": arguments}) + "\n")
        self.stream.flush()
        for line in self.stream:
            answer = json.loads(line)
            if answer.get("event") == "SHUTDOWN":
                self.reasons.append(answer["data"]["reason"])
            if "return" in answer or "error" in answer:
                return answer.get("return")

    def word(self, paddr):
        """32 bits of the machine's, registers among them; None where nothing is."""
        text = self.ask("human-monitor-command", **{"command-line": f"xp /1wx {paddr:#x}"})
        found = re.search("0x[0-9a-f]{8}$", text.strip())
        return int(found.group(), 16) if found else None

    def functions(self):
        """QEMU's PCI functions, as a report has them: place, ids, class."""
        found = {}

        def walk(devices):
            for d in devices:
                at = f"0000:{d['bus']:02x}:{d['slot']:02x}.{d['function']}"
                found[at] = (f"{d['id']['vendor']:04x}:{d['id']['device']:04x}", f"{d['class_info']['class']:04x}")
                walk(d.get("pci_bridge", {}).get("devices", []))

        for bus in self.ask("query-pci"):
            walk(bus["devices"])
        return found

    def reset(self):
        """The reset that the machine was stopped at."""
        self.ask("set-action", reboot="reset")
        self.ask("system_reset")
        while self.ask("query-status")["status"] != "running":
            self.ask("cont")
            time.sleep(0.1)
        self.ask("set-action", reboot="shutdown")

    def writes(self):
        """How often the disk was written."""
        return sum(d["stats"]["wr_operations"] for d in self.ask("query-blockstats") if d.get("node-name") == "disk")


# Where they are in QEMU's machines: configuration space and what its first function says there, an IOMMU unit's register and its bit that
# says that it translates.
ECAM = {"q35": ([0xe0000000, 0xb0000000], 0x29c08086), "arm64": ([0x4010000000, 0x3f000000], 0x00081b36)}
TRANSLATES = {"vtd": (0xfed9001c, 31), "amdvi": (0xfed80018, 0), "smmuv3": (0x09050020, 0)}


def command(case, folder, code, stick=""):
    q35 = case["machine"] == "q35"
    board = case.get("board", "q35,kernel-irqchip=split")
    arguments = [EMULATORS[case["machine"]], "-machine", board, "-accel", "tcg,thread=multi", "-cpu", case.get("cpu", "max"), "-m", str(case["memory"])]
    arguments += "-nodefaults -display none -net none -action reboot=shutdown,shutdown=pause".split()
    arguments += case.get("screen", "-vga std" if q35 else "").split() + case["iommu"].split()
    arguments += ["-serial", f"file:{folder}/console" if case.get("serial", True) else "none", "-qmp", f"unix:{folder}/qmp,server=on,wait=off"]
    arguments += ["-drive", f"if=pflash,format=raw,readonly=on,file={code}", "-drive", f"if=pflash,format=raw,file={folder}/variables"]
    arguments += ["-blockdev", f"driver=file,filename={folder}/disk,node-name=file", "-blockdev", "driver=raw,node-name=raw,file=file"]
    arguments += ["-object", "throttle-group,id=group", "-blockdev", "driver=throttle,node-name=disk,throttle-group=group,file=raw"]
    arguments += ["-device", "nvme,drive=disk,serial=SECRET-SERIAL" + (f",bus={case['disk_bus']}" if "disk_bus" in case else "")]
    arguments += ["-drive", f"if=none,id=stick,format=raw,file={folder}/stick{stick}", "-device", "qemu-xhci"]
    if case.get("second_stick"):
        arguments += ["-drive", f"if=none,id=second,format=raw,file={folder}/second", "-device", "usb-storage,drive=second,bootindex=1"]
    return arguments + ["-device", "usb-storage,drive=stick,bootindex=0,serial=SECRET-STICK"]


def console_of(folder):
    try:
        return open(f"{folder}/console", errors="replace").read()
    except OSError:
        return ""


class Run:
    """Both boots, and what was seen of the machine at the reset between them."""

    def __init__(self, case, folder, keep):
        self.case, self.folder, self.keep = case, folder, keep
        self.code, self.variables = firmware(case["machine"], case.get("files"))
        self.first = None # seconds from power on to the survey's first line
        self.text = "" # of all consoles
        self.resets = 0
        self.functions = self.masters = self.translates = None
        self.writes = 0
        self.fresh_variables()
        shutil.copyfile(IMAGE, f"{folder}/stick")
        if case.get("second_stick"):
            shutil.copyfile(IMAGE, f"{folder}/second")
        with open(f"{folder}/disk", "wb") as disk:
            disk.write(os.urandom(1 << 20))
        self.before = open(f"{folder}/disk", "rb").read()
        options = case.get("options", "").split() + [f"pause={3 if keep else 0}"]
        open(f"{folder}/options", "w").write("# a test's\n" + "\n".join(options) + "\n")
        subprocess.run(["mcopy", "-o", "-i", f"{folder}/stick{PARTITION}", f"{folder}/options", "::/dmastream.txt"], check=True)
        self.boot(case.get("first_stick", ""))
        if case.get("variables") == "lost":
            self.fresh_variables()
            self.boot("")
        elif "first_stick" in case:
            self.boot(case["first_stick"]) # it stays as it is, and so does the report
            self.boot("")

    def fresh_variables(self):
        shutil.copyfile(self.variables, f"{self.folder}/variables")
        os.chmod(f"{self.folder}/variables", 0o644)

    def boot(self, stick):
        """From power on until the machine switches itself off, or the report is written."""
        began = time.time()
        open(f"{self.folder}/console", "w").close()
        if os.path.exists(f"{self.folder}/qmp"):
            os.unlink(f"{self.folder}/qmp") # of the boot before
        qemu = subprocess.Popen(command(self.case, self.folder, self.code, stick), stdin=subprocess.DEVNULL, stdout=open(f"{self.folder}/qemu", "w"),
                                stderr=subprocess.STDOUT)
        try:
            self.watch(qemu, began)
        finally:
            if qemu.poll() is None:
                qemu.kill()
            qemu.wait()
        self.text += console_of(self.folder)

    def watch(self, qemu, began):
        monitor, stalled, case, pictured, ends = None, False, self.case, False, 0
        while qemu.poll() is None and time.time() - began < LIMIT_S:
            time.sleep(0.02 if case.get("stalls") else 0.2) # the survey takes a fifth of a second on a host that is idle
            if monitor is None:
                if not os.path.exists(f"{self.folder}/qmp"):
                    continue
                try:
                    monitor = Monitor(f"{self.folder}/qmp")
                except ConnectionRefusedError: # it does not listen yet
                    continue
            text = console_of(self.folder)
            if self.first is None and "dmastream survey" in text:
                self.first = time.time() - began
            if case.get("stalls") and not stalled and "started by EFI" in text: # firmware has read what it wants of the disk
                monitor.ask("qom-set", path="/objects/group", property="limits", value={"bps-total": 1, "bps-total-max": 1})
                stalled = True
            if self.keep and "The report is kept" in text and not pictured and case.get("screen", "-vga std"):
                monitor.ask("screendump", filename=f"{self.folder}/screen.png", format="png")
                pictured = True
            if "the report is on this volume" in text or any(word in text for word in case.get("refused", [])):
                time.sleep(0.5)
                return
            # Stopped, before anything is reset; QEMU says so a little before it says why.
            if monitor.ask("query-status")["status"] == "shutdown" and len(monitor.reasons) > ends:
                ends = len(monitor.reasons)
                self.look(monitor)
                if monitor.reasons[-1] != "guest-reset":
                    return
                self.resets += 1
                if case.get("variables") == "lost":
                    return
                monitor.reset()

    def look(self, monitor):
        """The machine as the survey leaves it to the firmware."""
        if self.functions is not None:
            return
        self.functions, self.writes = monitor.functions(), monitor.writes()
        bases, ids = ECAM[self.case["machine"]]
        ecam = next((base for base in bases if monitor.word(base) == ids), None)
        self.masters = {}
        for at in self.functions if ecam else []:
            bus, device, function = (int(part, 16) for part in re.match("0000:(..):(..)[.](.)", at).groups())
            self.masters[at] = bool(monitor.word(ecam + (bus << 20 | device << 15 | function << 12) + 4) & 4)
        register, bit = TRANSLATES.get(self.case.get("report", {}).get("iommu"), (None, 0))
        self.translates = register is not None and bool(monitor.word(register) >> bit & 1)

    def problems(self, report):
        """What is otherwise than it should be, the report's facts apart."""
        case, problems = self.case, []
        if open(f"{self.folder}/disk", "rb").read() != self.before:
            problems.append("the disk has changed")
        if (self.writes > 0) != (case.get("disk", {}).get("written") is not None):
            problems.append(f"the disk was written {self.writes} times")
        if self.resets != case.get("resets", 0 if "refused" in case else 1):
            problems.append(f"{self.resets} resets")
        problems += [f"no line says: {words}" for words in case.get("says", []) if words not in self.text]
        if case.get("second_stick") and open(f"{self.folder}/second", "rb").read() != open(IMAGE, "rb").read():
            problems.append("the second stick has changed")
        if "refused" in case:
            if "dmastream" in self.text or not any(word in self.text for word in case["refused"]):
                problems.append("the firmware has not refused the stick")
            return problems
        if self.translates and report and report["end"] == "complete":
            problems.append("an IOMMU unit translates at the reset")
        if report and "pci" in report:
            told = {f["at"]: (f["id"], f["class"][:4]) for f in report["pci"]}
            if told != self.functions:
                problems.append(f"pci: {told}, and QEMU has {self.functions}")
            master = {f["at"]: f["master"] for f in report["pci"]}
            if master != self.masters:
                problems.append(f"masters: {master} before, {self.masters} at the reset")
        return problems


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
    for at, facts in case.get("functions", {}).items():
        compare(f"pci {at}: ", facts, next((f for f in report.get("pci", []) if f["at"] == at), {}))
    if "cache" in report:
        compare("cache.", case.get("cache", {"line_step": 64, "line_align": 64, "can_sync": True}), report["cache"])
    measured = [d for d in report.get("domains", []) if d.get("blocked_is_refused")]
    if len(measured) < case.get("domains", 0):
        problems.append(f"domains: {report.get('domains')}, and {case['domains']} units are in front of something")
    if "machine" in report and report["end"] == "complete":
        memory = report["machine"]["memory_mib"]
        if not case["memory"] - 96 <= memory <= case["memory"]:
            problems.append(f"memory_mib: {memory}, and QEMU was told {case['memory']}")
        if report["machine"]["cpus"] != case.get("cpus", 1):
            problems.append(f"cpus: {report['machine']['cpus']}")
        has_screen = bool(case.get("screen", "-vga std" if case["machine"] == "q35" else ""))
        if ("screen" in report["machine"]) != has_screen:
            problems.append(f"screen: {report['machine'].get('screen')}")
        if report["machine"]["serial"] != case.get("serial", True) or not report["machine"]["emulated"]:
            problems.append("serial or emulated: otherwise than QEMU was told")
        if any(s["result"] != "ok" for s in report["steps"]) and not case.get("stalls"):
            problems.append(f"steps: {[s for s in report['steps'] if s['result'] != 'ok']}")
    if "SECRET" in json.dumps(report):
        problems.append("a serial number is in the report")
    return problems


def one(name, keep):
    case = CASES[name]
    if not shutil.which(EMULATORS[case["machine"]]) or not firmware(case["machine"], case.get("files")):
        return name, [], "no emulator, or no EFI firmware for it"
    with tempfile.TemporaryDirectory() as folder:
        try:
            done = Run(case, folder, keep)
        except (OSError, ValueError) as error: # QEMU has ended, or answers nothing
            return name, [f"QEMU: {error}"] + console_of(folder).splitlines()[-5:] + open(f"{folder}/qemu").read().splitlines()[-3:], None
        path, report, problems = f"{folder}/report-1.json", None, []
        subprocess.run(["mcopy", "-n", "-i", f"{folder}/stick{PARTITION}", "::/report-1.json", path], stderr=subprocess.DEVNULL)
        if os.path.exists(path):
            checked = subprocess.run(["tools/report", "check", path], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, universal_newlines=True)
            if checked.returncode == 0:
                report = json.load(open(path))
            problems += judge(case, report) if report else checked.stdout.splitlines()
        if os.path.exists(path) == case.get("no_report", False):
            problems += ["no report is on the stick" if not case.get("no_report") else "a report is on the stick"]
        problems += done.problems(report)
        if problems:
            problems += done.text.splitlines()[-30:] + open(f"{folder}/qemu").read().splitlines()[-3:]
        if keep:
            open(f"{folder}/console", "w").write(done.text)
            shutil.copytree(folder, os.path.join(keep, name), dirs_exist_ok=True,
                            ignore=shutil.ignore_patterns("qmp", "stick", "second", "disk", "variables"))
    return name, problems, None if done.first is None else f"{done.first:.1f} s to the first line"


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
