#!/bin/sh
# SPDX-License-Identifier: MPL-2.0
# A folder uses only folders that stand before it in its list: by the symbols that objects define and use.
. "$(dirname "$0")/tap.sh"

objects=build/sim
# shellcheck disable=SC2046 # a list of words
make -s $(find platform/sim src -name '*.c' ! -path '*/dmastream/*' | sed "s|\(.*\)\.c$|$objects/\1.o|") || exit 1

# arrows ROOT FOLDER...: each use of a symbol of a folder that stands later in the list.
arrows() {
	below=$1
	shift
	for folder in "$@"; do
		find "$below/$folder" -maxdepth 1 -name '*.o' | while read -r object; do
			source=${object#"$objects"/}
			[ -f "${source%.o}.c" ] || continue # an object of a source that has moved
			nm "$object" | awk -v folder="$folder" -v object="${object##*/}" '
				NF == 3 && $2 ~ /^[TDBRC]$/ { print "defines", $3, folder, object }
				NF == 2 && $1 == "U" { print "uses", $2, folder, object }'
		done
	done | awk -v order="$*" '
		BEGIN { n = split(order, names, " "); for (i = 1; i <= n; i++) place[names[i]] = i }
		$1 == "defines" { where[$2] = $3; object[$2] = $4 }
		$1 == "uses" { use[++uses] = $2; from[uses] = $3; by[uses] = $4 }
		END {
			for (i = 1; i <= uses; i++)
				if (use[i] in where && place[where[use[i]]] > place[from[i]])
					print from[i] "/" by[i] " uses " use[i] " of " where[use[i]] "/" object[use[i]]
		}'
}

ordered() { # ROOT FOLDER...
	root=$1
	shift
	arrows "$objects/$root" "$@" >"$tmp/found"
	if [ -s "$tmp/found" ]; then not_ok "$root: $*" "$tmp/found"; else ok "$root: $*"; fi
}
iommu="iommu/iova iommu/table iommu/space iommu/unit"
# shellcheck disable=SC2086 # lists of words
{
	ordered src base memory device stream $iommu iommu/vtd iommu/smmuv3
	ordered src iommu/smmuv3 iommu/vtd # unit drivers: not each other
	ordered platform/sim machine devices iommu run host
}
check "an arrow to a later folder would be seen" test -n "$(arrows "$objects/platform/sim" host run iommu devices machine)"
