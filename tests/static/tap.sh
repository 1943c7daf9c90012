# SPDX-License-Identifier: MPL-2.0
# What the scripts here share; sourced from the root of the tree. Each prints TAP: one line per test, and why it failed.
set -u
export LC_ALL=C
cd "$(dirname "$0")/../.." || exit 1
tests=0
failures=0
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT TERM

ok() { # NAME
	tests=$((tests + 1))
	echo "ok $tests - $1"
}

not_ok() { # NAME [FILE that says why]
	tests=$((tests + 1))
	failures=$((failures + 1))
	echo "not ok $tests - $1"
	[ $# -lt 2 ] || sed 's/^/# /' "$2" | head -n 60
}

skip() { # NAME REASON
	tests=$((tests + 1))
	echo "ok $tests - $1 # SKIP $2"
}

check() { # NAME COMMAND...: passes if the command succeeds
	check_name=$1
	shift
	if "$@" >"$tmp/check.log" 2>&1; then ok "$check_name"; else not_ok "$check_name" "$tmp/check.log"; fi
}

have() { # TOOL...: all of them are installed
	for have_tool in "$@"; do
		command -v "$have_tool" >/dev/null 2>&1 || return 1
	done
}

first_of() { # TOOL...: the first that is installed
	for first_tool in "$@"; do
		if have "$first_tool"; then
			echo "$first_tool"
			return 0
		fi
	done
	return 1
}

finish() {
	echo "1..$tests"
	[ "$failures" -eq 0 ]
	exit
}

# The library's sources, from sources.mk: $(library_sources CORE USER IOMMU)
library_sources() {
	for list in "$@"; do
		printf 'include sources.mk\nlist:;@echo $(DMASTREAM_%s)\n' "$list" | make -s --no-print-directory -f - list
	done
}

# The warnings of the Makefile, for C and C++ (WARN) and for C alone (WARN_C).
WARN=$(sed -n 's/^WARN := //p' Makefile)
WARN_C=$(sed -n 's/^WARN_C := //p' Makefile)
