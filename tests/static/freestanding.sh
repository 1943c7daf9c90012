#!/bin/sh
# SPDX-License-Identifier: MPL-2.0
# The library for machines without a libc: sources.mk compiled freestanding for four architectures and three page sizes, linked
# into one object, which may ask for platform.h's hooks, memcpy and memset and nothing else: no constructor, no floating point,
# no thread-local storage. Says how big the core is.
#
# The optimiser and the separate objects are looked at with pages of 4 KiB. Other page sizes change constants alone: there all sources are one
# file (tools/amalgamate) without the optimiser, which asks for all that an optimised one could, and takes a tenth of the time.
. "$(dirname "$0")/tap.sh"

limit=27648       # bytes of text in the core at -Os, with the pool of shared memory of confidential VMs (tests/config has smaller ones)
limit_plain=23552 # and of a host that leaves them out: DMA_CONFIG_CVM is 0

hooks=$(sed -n 's/^[^ ].*\(dma_host_[a-z0-9_]*\)(.*/\1/p' include/dmastream/platform.h | sort -u | tr '\n' ' ')

# Symbols of an object that are neither hooks nor the two functions.
strangers() { # NM OBJECT
	"$1" -u "$2" | awk '{ print $NF }' | while read -r symbol; do
		case " memcpy memset $hooks" in
		*" $symbol "*) ;;
		*) echo "$symbol" ;;
		esac
	done
}

# Sections that a freestanding library must not have.
sections() { # OBJDUMP OBJECT
	"$1" -h "$2" | awk '{ print $2 }' | grep -E '^\.(init_array|fini_array|ctors|dtors|preinit_array|tdata|tbss)' || true
}

# Compiles SOURCES into objects of their own and links them: build NAME COMPILER LINKER "FLAGS" "SOURCES"
build() {
	rm -rf "${tmp:?}/$1"
	mkdir "$tmp/$1"
	# shellcheck disable=SC2086 # flags and sources are words
	for source in $5; do
		echo "$source"
	done | xargs -P 2 -I{} sh -c 'o=$(echo "$1" | tr / _); shift; exec "$@"  -o "'"$tmp/$1"'/${o%.c}.o"' - {} \
		"$2" $4 -std=c11 $WARN $WARN_C -Os -ffreestanding -nostdlib -Iinclude -Isrc/arch -c {} &&
		"$3" $6 -r -o "$tmp/$1.o" "$tmp/$1"/*.o
}

# The same of all SOURCES in one file: build_whole NAME COMPILER LINKER "FLAGS" LINKER-FLAGS
build_whole() {
	# shellcheck disable=SC2086 # flags are words
	"$2" $4 -std=gnu11 $WARN $WARN_C -O0 -ffreestanding -nostdlib "-I$tmp/whole" -c "$tmp/whole/dmastream.c" -o "$tmp/$1.whole.o" &&
		"$3" $5 -r -o "$tmp/$1.o" "$tmp/$1.whole.o"
}

# Links the objects of SOURCES that were built as FOLDER: link NAME LINKER LINKER-FLAGS FOLDER "SOURCES"
link() {
	objects=
	for source in $5; do
		source=$(echo "$source" | tr / _)
		objects="$objects $tmp/$4/${source%.c}.o"
	done
	# shellcheck disable=SC2086 # flags and objects are words
	"$2" $3 -r -o "$tmp/$1.o" $objects
}

# Bytes of the sections whose names match.
bytes() { # OBJECT PATTERN
	"$size" -A "$1" | awk -v pattern="$2" '$1 ~ pattern { sum += $2 } END { print sum + 0 }'
}

size=$(first_of llvm-size-19 llvm-size size) || size='size'
nm=$(first_of llvm-nm-19 llvm-nm nm) || nm='nm'
objdump=$(first_of llvm-objdump-19 llvm-objdump objdump) || objdump='objdump'
linker=$(first_of ld.lld-19 ld.lld) || linker='ld.lld'
core=$(library_sources CORE)
all=$(library_sources CORE USER IOMMU)
# shellcheck disable=SC2086 # sources are words
tools/amalgamate "$tmp/whole" $all || exit 1

# Says how big the core in an object is.
small() { # TEXT NAME LIMIT
	code=$(bytes "$tmp/$2.o" '^[.]text')
	text=$((code + $(bytes "$tmp/$2.o" '^[.]rodata')))
	if [ "$code" -gt 0 ] && [ "$text" -le "$3" ]; then ok "$1: core text $text of $3 bytes ($code of code)"
	else not_ok "$1: core text $text of $3 bytes ($code of code)" "$tmp/log"; fi
}

try() { # ARCH COMPILER LINKER LINKER-FLAGS FLAGS
	# shellcheck disable=SC2086 # flags are words
	if ! have "$2" "$3" "$nm" "$objdump" "$size" || ! echo 'int x;' | "$2" $5 -xc -c -o "$tmp/x.o" - 2>/dev/null ||
		! "$3" $4 -r -o "$tmp/xx.o" "$tmp/x.o" 2>/dev/null; then
		skip "freestanding $1 with $2" "$2 or $3 does not know $1, or an LLVM tool is missing"
		return
	fi
	for shift in 12 14 16; do
		name=$1-$2-$shift
		case $shift in
		12) build "$name" "$2" "$3" "$5 -Isrc/arch/$1 -DDMA_PAGE_SHIFT=$shift" "$all" "$4" ;;
		*) build_whole "$name" "$2" "$3" "$5 -DDMA_PAGE_SHIFT=$shift" "$4" ;;
		esac >"$tmp/log" 2>&1
		# shellcheck disable=SC2181 # of two commands
		if [ $? -eq 0 ]; then
			ok "$1 with $2, pages of 2^$shift: compiles and links"
		else
			not_ok "$1 with $2, pages of 2^$shift: compiles and links" "$tmp/log"
			continue
		fi
		strangers "$nm" "$tmp/$name.o" >"$tmp/log"
		if [ -s "$tmp/log" ]; then not_ok "$name: needs the hooks, memcpy, memset, no more" "$tmp/log"
		else ok "$name: needs the hooks, memcpy, memset, no more"; fi
		sections "$objdump" "$tmp/$name.o" >"$tmp/log"
		if [ -s "$tmp/log" ]; then not_ok "$name: no constructor, no thread-local storage" "$tmp/log"
		else ok "$name: no constructor, no thread-local storage"; fi
	done
	link "$1-core" "$3" "$4" "$1-$2-12" "$core" >"$tmp/log" 2>&1
	small "$1 with $2" "$1-core" $limit
	build "$1-plain" "$2" "$3" "$5 -Isrc/arch/$1 -DDMA_CONFIG_CVM=0" "$core" "$4" >"$tmp/log" 2>&1
	small "$1 with $2, no confidential VMs" "$1-plain" $limit_plain
}

# Code that uses floating point does not compile with these.
x86="-mno-sse -mno-mmx -mno-80387 -mno-red-zone -mcmodel=kernel -fno-pic"
try x86_64 gcc ld "" "$x86"
try x86_64 clang "$linker" "" "--target=x86_64-unknown-elf $x86"
try aarch64 clang "$linker" "" "--target=aarch64-unknown-elf -mgeneral-regs-only -mstrict-align"
try riscv64 clang "$linker" "" "--target=riscv64-unknown-elf -march=rv64imac -mabi=lp64 -mno-relax"
clang19=$(first_of clang-19 clang-20 clang-18 clang-17 clang-16 clang) || clang19=clang
try loongarch64 "$clang19" "$linker" "" "--target=loongarch64-linux-gnusf -msoft-float"

# The checks can fail.
cat >"$tmp/bad.c" <<'EOF'
void *malloc(unsigned long);
static void *volatile kept;
__attribute__((constructor)) static void early(void)
{
	kept = malloc(1);
}
EOF
if have gcc && gcc -c "$tmp/bad.c" -o "$tmp/bad.o"; then
	check "malloc would be seen" test "$(strangers "$nm" "$tmp/bad.o")" = malloc
	check "a constructor would be seen" test -n "$(sections "$objdump" "$tmp/bad.o")"
	echo 'double half(double x) { return x / 2; }' >"$tmp/float.c"
	if gcc -mno-sse -mno-80387 -c "$tmp/float.c" -o "$tmp/float.o" 2>/dev/null; then not_ok "floating point would be seen"
	else ok "floating point would be seen"; fi
fi
finish
