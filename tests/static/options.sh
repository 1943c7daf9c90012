#!/bin/sh
# SPDX-License-Identifier: MPL-2.0
# Each option of each target of make, given a value that makes no sense: one line that names it, status 2, and nothing is built. Each with a
# value that does; and no option is documented that tools/options has no row for.
. "$(dirname "$0")/tap.sh"

refuses() { # OPTION=VALUE TARGET TEXT
	timeout 60 make --no-print-directory "B=$tmp/build" "$2" "$1" >"$tmp/out" 2>&1 </dev/null
	status=$?
	if [ "$status" -eq 2 ] && [ "$(wc -l <"$tmp/out")" -eq 1 ] && grep -q -F -e "$3" "$tmp/out" && [ ! -e "$tmp/build" ]; then
		ok "make $2 $1"
	else
		echo "status $status" >>"$tmp/out"
		not_ok "make $2 $1: $3" "$tmp/out"
	fi
}

takes() { # OPTION=VALUE TARGET
	env "$1" tools/options "$2" >"$tmp/out" 2>&1
	status=$?
	if [ "$status" -eq 0 ] && [ ! -s "$tmp/out" ]; then ok "make $2 $1 is taken"; else not_ok "make $2 $1 is taken: status $status" "$tmp/out"; fi
}

# By the kind of value: some that make no sense, and some that do. What a tool judges has rows below.
tools/options --table >"$tmp/table"
while read -r target option kind; do
	bad='' good=''
	case $kind in
	count) bad="abc 0 -1 1x" good="1 100" ;;
	number) bad="abc -1" good="0 7" ;;
	part) bad="9/4 0/4 1 a/b 1/2/3" good="1/1 4/4" ;;
	folders) bad="none" good="toolkit" ;;
	path) bad="$tmp/none" good="$tmp" ;;
	source) bad="none.c" good="src/iommu/iova" ;;
	program) bad="none" good="ledger" ;;
	*"|"*) bad="pdp11 0" good=$(echo "$kind" | tr '|' ' ') ;;
	esac
	for value in $bad; do refuses "$option=$value" "$target" "$option=$value"; done
	for value in $good; do takes "$option=$value" "$target"; done
done <"$tmp/table"
for target in run stress; do
	for option in MACHINE=foo MACHINE=sim64 CPUS=x CPUS=0 CPUS=17 SECONDS=-1 SECONDS=ten IOMMU=magic; do refuses "$option" "$target" "$option"; done
done
for target in bench growth growth-units; do
	for option in MACHINE=foo MACHINE=sim IOMMU=magic; do refuses "$option" "$target" "$option is not known"; done
	export MACHINE=arm64
	refuses IOMMU=vtd "$target" "IOMMU=vtd is not known on arm64; there are: none smmuv3 virtio"
	takes IOMMU=smmuv3 "$target"
	unset MACHINE
	takes IOMMU=riscv "$target"
done
for option in APP=game SECONDS=86401 SECONDS=99999999999999999999 BOOT=bios FILE="$tmp/none" OUT="$tmp/none/copy"; do refuses "$option" run "${option#FILE=}"; done
refuses FILE="$tmp/none" profile "$tmp/none"
refuses STAGE=3 stress STAGE=3
refuses INVALIDATION=lazy stress INVALIDATION=lazy
refuses "MUTATE=--shard 9/4" mutants 9/4
refuses "MUTATE=--sample some" mutants some
refuses "MUTATE=--fast" mutants --fast
takes "FOLDERS=cvm toolkit" putback
refuses "FOLDERS=cvm none" putback tests/none
takes MACHINE=arm64 stress
takes IOMMU=amdvi stress
takes "MUTATE=--shard 1/4 --quick" mutants

# What `make help` and the pages name has a row, and each row has its target.
make -s help >"$tmp/help"
documented() {
	sed 's/^\([a-z-]*\) */\1 /' "$tmp/help"
	# shellcheck disable=SC2016 # backticks of the pages
	sed -n 's/^.*`make \([a-z][a-z-]* [A-Z][^`]*=[^`]*\)`.*$/\1/p' README.md CONTRIBUTING.md docs/[!f]*.md docs/firmware.md
}
documented | while read -r target text; do
	for option in $(printf '%s\n' "$text" | grep -o '\<[A-Z_]\{2,\}=\|([A-Z]\{4,\} ([0-9]*)\|for SECONDS\|under SEEDS' | tr -dc 'A-Z_\n '); do
		grep -q "^$target  *$option " "$tmp/table" || [ "$option" = B ] || echo "$target $option"
	done
done | sort -u >"$tmp/missing"
if [ ! -s "$tmp/missing" ] && [ "$(wc -l <"$tmp/table")" -gt 30 ]; then ok "every documented option has a row"; else not_ok "every documented option has a row" "$tmp/missing"; fi
awk '{ print $1 }' "$tmp/table" | sort -u | while read -r target; do grep -q "^$target " "$tmp/help" || echo "$target"; done >"$tmp/gone"
if [ ! -s "$tmp/gone" ]; then ok "every row has its target"; else not_ok "every row has its target" "$tmp/gone"; fi
finish
