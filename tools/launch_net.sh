#!/bin/sh
# SPDX-License-Identifier: MPL-2.0
# Part of tools/launch: judges the network job (what the machine says of itself, and what netpeer on the host saw), writes
# summary.json, and ends with 0 if every payload came back right.
# shellcheck disable=SC2154 # tools/launch has set the variables

summary=$(tr -d '\r' <"$console" | sed -n 's/^.*@summary //p' | tail -n 1)
value_of() { # NAME TEXT
	printf '%s\n' "$2" | sed -n "s/.*\"$1\": \"\{0,1\}\([^\",}]*\).*/\1/p"
}
peer=$(cat "$dir/peer.json" 2>/dev/null)

problem=
if [ -e "$dir/stalled" ]; then
	problem="the machine did not end and was ended"
elif [ -z "$summary" ] && [ -n "$(value_of problem "$peer")" ]; then
	problem=$(value_of problem "$peer") # for which the machine was ended
elif [ "$status" -ne "$success" ]; then
	problem=$(value_of error "$summary")
	if [ -n "$problem" ]; then
		told=1 # the machine's own line is on the console
	elif [ -s "$dir/complaints" ]; then
		problem=$(head -n 1 "$dir/complaints")
		report=1
	else
		problem="the machine ended with status $(($code))"
	fi
elif [ -z "$summary" ] || [ -z "$peer" ]; then
	problem="the machine ended without a result"
elif [ -n "$(value_of problem "$peer")" ]; then
	problem=$(value_of problem "$peer")
elif [ "$(value_of wrong "$peer")" != 0 ]; then
	problem="$(value_of wrong "$peer") payloads came back wrong"
elif [ "$(value_of faults "$summary")" != 0 ] || [ "$(value_of frames_leaked "$summary")" != 0 ]; then
	problem="faults were seen or frames leaked"
elif [ "$(value_of stream_bytes "$summary")" != "$(value_of stream_bytes "$peer")" ]; then
	problem="the machine received $(value_of stream_bytes "$summary") bytes of the stream, of $(value_of stream_bytes "$peer")"
elif [ "$(value_of tcp_bytes "$summary")" != "$(value_of tcp_bytes "$peer")" ]; then
	problem="the machine received $(value_of tcp_bytes "$summary") bytes over TCP, of $(value_of tcp_bytes "$peer")"
fi

problem_text=$(printf '%s' "$problem" | tr '"\\' "''" | tr -d '\000-\037')
cat >"$out/summary.json" <<END
{
  "machine": "$machine",
  "accelerator": "$accelerator",
  "verified": $([ -z "$problem" ] && echo true || echo false),
  "guest": ${summary:-null},
  "host": ${peer:-null},
  "error": "$problem_text"
}
END
cp "$console" "$out/console.log" 2>/dev/null
if [ -z "$problem" ]; then
	echo "run: every payload came back right, byte for byte: $(value_of bytes_compared "$peer") bytes of echoes and TCP, $(value_of stream_bytes "$peer") of a stream, $(value_of resent "$peer") sent again, $machine ($accelerator), IOMMU $iommu"
	exit 0
fi
[ -n "${told-}" ] || echo "run: $problem" >&2
[ -z "${report-}" ] || sed 1d "$dir/complaints" >&2
exit 1
