#!/bin/sh
# SPDX-License-Identifier: MPL-2.0
# docs/firmware.md: each row names the tests that show it; the tests of each section's programs have those names (TAP).
. "$(dirname "$0")/../static/tap.sh"
sources="tests/iommu-vtd/dmar_test.c tests/iommu-vtd/dmar_odd.c tests/iommu-vtd/driver.c tests/iommu-amdvi/ivrs_test.c tests/iommu-amdvi/ivrs_odd.c tests/iommu-smmuv3/iort.c tests/iommu-smmuv3/iort_odd.c tests/bare/unit-acpi.c tests/bare/unit-tree.c tests/bare/unit-tree-hosts.c tests/bare/unit-units.c tests/bare/fdt.c tests/iommu-virtio/viot_test.c"
words() { # the last column of each row
	grep '^| ' "$1" | grep -v -e '^| ---' -e 'seen by' | sed 's/ *|$//;s/.*| //'
}

named() { # FILE: words of the last column that are no test
	words "$1" | grep -oE '\b[a-z]+(_[a-z0-9]+)+\b|^[a-z]+$' | sort -u | while read -r word; do
		case $word in corpus) continue ;; esac
		# shellcheck disable=SC2086 # several files
		grep -qE "void $word\\(" $sources || echo "$word"
	done
	words "$1" | grep -oE '"[^"]*"' | sort -u | while read -r quoted; do
		grep -qsF "$(echo "$quoted" | tr -d '"')" tests/iommu-vtd/driver.c tests/iommu-amdvi/driver.c tests/iommu-virtio/driver.c || echo "$quoted"
	done
}

named docs/firmware.md >"$tmp/missing"
check "every test that docs/firmware.md names is there" test ! -s "$tmp/missing"
[ ! -s "$tmp/missing" ] || sed 's/^/# /' "$tmp/missing"
printf '| a | b | no_such_test |\n| c | d | driver: "no such case" |\n' >"$tmp/case"
check "one that is not would be seen" test "$(named "$tmp/case" | wc -l)" -eq 2
check "there are rows to look at" test "$(words docs/firmware.md | wc -l)" -gt 60
finish
