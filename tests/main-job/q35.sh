#!/bin/sh
# SPDX-License-Identifier: MPL-2.0
# The main job on q35: files of every awkward size arrive; whatever is wrong is one clear line and another status than 0.
. "$(dirname "$0")/../static/tap.sh"
. tests/main-job/jobs.sh

if ! have qemu-system-x86_64; then
	echo "1..0 # SKIP no qemu-system-x86_64"
	exit 0
fi
export MACHINE=q35

for size in 0 1 511 512 513 4095 4097 65537; do
	arrives "$size bytes" "$(random "$size")"
done
arrives "3 MB in one slot" "$(random 3000001)" SLOTS=1
arrives "3 MB in pieces of a page, 63 at once" "$(random 3000001)" SLOTS=63 CHUNK=4096
arrives "a name with spaces, commas and quotes" "$(cp "$tmp/random513" "$tmp/a, b = \"c\" \$d" && echo "$tmp/a, b = \"c\" \$d")"
arrives "100 MiB" "$(random 104857600)"
rm -f "$tmp/random104857600"

job FILE="$tmp/random65537" OUT="$tmp/the copy"
check "OUT keeps the copy" cmp "$tmp/random65537" "$tmp/the copy"
job FILE="$tmp/random65537" HASH=off
check "without hashing the host still judges" equal "verified, sha256" "$(result verified),$(result sha256)" "true,"

half=$(random 4000000)
fails "a read error half way" "^error: nvme0: read of .* blocks at block .*: unrecovered read error" FILE="$half" SOURCE_ERROR_AT=2000000
fails "a read error in the last block" "^error: nvme0: read of .* failed" FILE="$half" SOURCE_ERROR_AT=3999800
fails "a write error half way" "^error: nvme1: write of .* blocks at block .*: write fault" FILE="$half" TARGET_ERROR_AT=2000000
fails "a source that never answers" "^error: nvme0: read of .* no answer in time" FILE="$half" SOURCE_STALLS=1 TIMEOUT_MS=1500
fails "a destination that never answers" "^error: nvme1: write of .* no answer in time" FILE="$half" TARGET_STALLS=1 TIMEOUT_MS=1500
fails "a destination that is too small" "disk 1, the destination) is too small: it has 1048576 bytes" FILE="$half" TARGET_SIZE=1048576
fails "a destination that is read-only" "^error: nvme1: write of .* failed" FILE="$half" TARGET_READ_ONLY=1
fails "no disk" "^error: disk 0: there is no such disk" FILE="$half" DISKS=0
fails "no second disk" "^error: disk 1: there is no such disk" FILE="$half" DISKS=1
fails "an option of the copy that is no number" "^error: option chunk=abc is not" FILE="$half" CHUNK=abc
fails "an emulator that refuses" "ended with status 1: .*no-such-device" FILE="$half" QEMU_OPTIONS="-device no-such-device"

# The judgement does not take the machine's word: an emulator that runs the real one, then spoils something.
real=$(command -v qemu-system-x86_64)
spoiler() { # NAME SHELL-TEXT: $target is the second disk, $console the machine's words
	cat >"$tmp/$1" <<END
#!/bin/sh
"$real" "\$@"
status=\$?
for argument; do
	case \$argument in
	*,node-name=target-file,*) target=\${argument#*filename=} target=\${target%%,*} ;;
	*logfile=*) console=\${argument#*logfile=} ;;
	esac
done
$2
exit \$status
END
	chmod +x "$tmp/$1"
}
summary='"machine": "q35", "bytes": 4000000, "sha256": "'$(sha256sum <"$half" | cut -d ' ' -f 1)'", "maps": 2, "unmaps": 2'
spoiler flips 'printf x | dd of="$target" bs=1 seek=3999999 conv=notrunc 2>/dev/null; printf y | dd of="$target" bs=1 seek=3999998 conv=notrunc 2>/dev/null'
spoiler faults "echo '@summary {$summary, \"faults\": 1, \"frames_leaked\": 0}' >>\"\$console\""
spoiler leaks "echo '@summary {$summary, \"faults\": 0, \"frames_leaked\": 3}' >>\"\$console\""
spoiler short "echo '@summary {\"bytes\": 5, \"faults\": 0, \"frames_leaked\": 0}' >>\"\$console\""
spoiler hash "echo '@summary {\"bytes\": 4000000, \"sha256\": \"0000\", \"faults\": 0, \"frames_leaked\": 0}' >>\"\$console\""
spoiler mute ': >"$console"'
spoiler status 'status=35'
spoiled() { # NAME TEXT SPOILER
	job FILE="$half" QEMU="$tmp/$3"
	status=$?
	if [ "$status" -ne 0 ] && grep -q -e "$2" "$tmp/out" && equal verified "$(result verified)" false; then ok "$1"; else not_ok "$1" "$tmp/out"; fi
}
spoiled "one byte differs at the end" "the disks differ" flips
spoiled "a fault was seen" "faults were seen or frames leaked" faults
spoiled "frames leaked" "faults were seen or frames leaked" leaks
spoiled "too few bytes" "copied 5 bytes of 4000000" short
spoiled "another digest" "SHA-256 is not the file" hash
spoiled "no result" "ended without a result" mute
spoiled "another status" "ended with status 1" status

# A machine that says nothing more: an emulator that only sleeps.
printf '#!/bin/sh\nexec sleep 100\n' >"$tmp/sleeper"
chmod +x "$tmp/sleeper"
fails "a machine that hangs" "said nothing for 2 s and was ended" FILE="$half" STALL=2 QEMU="$tmp/sleeper"

finish
