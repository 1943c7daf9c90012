#!/bin/sh
# SPDX-License-Identifier: MPL-2.0
# Part of tools/launch: judges what the machine did, writes summary.json, and ends with 0 if the copy is right.
# shellcheck disable=SC2154 # tools/launch has set the variables

sha256() {
	if command -v sha256sum >/dev/null 2>&1; then
		sha256sum | cut -d ' ' -f 1
	else
		openssl dgst -sha256 -r | cut -d ' ' -f 1
	fi
}

summary=$(tr -d '\r' <"$console" | sed -n 's/^.*@summary //p' | tail -n 1)
field() { # NAME: a number or a string of the machine's summary; nothing if it is not there
	printf '%s\n' "$summary" | sed -n "s/.*\"$1\": \"\{0,1\}\([^\",}]*\).*/\1/p"
}

problem=
verified=false
if [ -e "$dir/stalled" ]; then
	problem="the machine said nothing for ${STALL:-60} s and was ended"
elif [ -n "${linux_problem-}" ]; then
	problem=$linux_problem
elif [ "$status" -ne "$success" ]; then
	problem=$(field error)
	if [ -n "$problem" ]; then
		told=1 # the machine's own line is on the console
	elif [ -n "$emulator" ] && [ ! -s "$console" ] && [ -s "$dir/complaints" ]; then
		problem="$emulator ended with status $status: $(tail -n 1 "$dir/complaints")"
	elif [ -z "$emulator" ] && [ -s "$dir/complaints" ]; then
		problem=$(head -n 1 "$dir/complaints")
		report=1
	else
		case $(($code)) in
		101 | 110 | 111) problem=$(tr -d '\r' <"$console" | grep -v '^@status ' | tail -n 1) told=1 ;; # it could not be set up, or panicked, and said so
		esac
		[ -n "$problem" ] || problem="the machine ended with status $(($code))" told=
	fi
elif [ -z "$summary" ]; then
	problem="the machine ended without a result"
elif [ "$(field faults)" != 0 ] || [ "$(field frames_leaked)" != 0 ]; then
	problem="faults were seen or frames leaked"
elif [ "$(field bytes)" != "$bytes" ]; then
	problem="the machine copied $(field bytes) bytes of $bytes"
elif ! head -c "$bytes" "$dir/target" | cmp -s - "$FILE"; then
	problem="the disks differ: $(head -c "$bytes" "$dir/target" | cmp - "$FILE" 2>&1 | tail -n 1)"
elif [ "${HASH:-on}" = on ] && [ "$(field sha256)" != "$(sha256 <"$FILE")" ]; then
	problem="the machine's SHA-256 is not the file's"
elif [ -n "${OUT-}" ] && ! { head -c "$bytes" "$dir/target" >"$OUT"; } 2>/dev/null; then
	problem="OUT=$OUT: could not be written"
else
	verified=true
fi

number() {
	value=$(field "$1")
	printf '%s' "${value:-0}"
}

problem_text=$(printf '%s' "$problem" | tr '"\\' "''" | tr -d '\000-\037')
cat >"$out/summary.json" <<END
{
  "machine": "$machine",
  "accelerator": "$accelerator",
  "iommu": "$iommu",
  "bytes": $bytes,
  "sha256": "$(field sha256)",
  "verified": $verified,
  "seconds": $(number seconds),
  "maps": $(number maps),
  "unmaps": $(number unmaps),
  "syncs_to_device": $(number syncs_to_device),
  "syncs_from_device": $(number syncs_from_device),
  "bytes_bounced": $(number bytes_bounced),
  "iotlb_invalidations": $(number iotlb_invalidations),
  "cpus": $(number cpus),
  "interrupts": $(number interrupts),
  "faults": $(number faults),
  "frames_leaked": $(number frames_leaked),
  "error": "$problem_text"
}
END
cp "$console" "$out/console.log" 2>/dev/null
if [ "$verified" = true ]; then
	echo "run: the copy is the same, byte for byte: $bytes bytes, $machine ($accelerator), IOMMU $iommu"
	exit 0
fi
[ -n "${told-}" ] || echo "run: $problem" >&2
[ -z "${report-}" ] || sed 1d "$dir/complaints" >&2 # the simulated machine's own: seed, events, views
exit 1
