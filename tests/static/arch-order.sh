#!/bin/sh
# SPDX-License-Identifier: MPL-2.0
# The real arch headers as compilers emit them: what stands around each barrier and line operation, in which order, for each architecture at
# -O2, at -O3, and brought together by link-time optimisation. Then the same with mistakes put into copies of the headers: each must be
# seen. (That an instruction is encoded as its manual says: arch-encoding.sh.)
#
# clang keeps accesses where they are around any volatile asm; gcc makes use of a clobber that is missing. So each architecture's headers also go
# through the gcc of an x86 (gcc:ARCH), which does not mind what the instructions are as long as nobody assembles them.
. "$(dirname "$0")/tap.sh"
here=tests/static

# What each function of order_probe.c must come out as (words: arch-order.awk). P, C, F: the three barriers; B, E: maintenance begins and
# ends; O, I, U: clean, invalidate, flush; N: a store past the caches. An architecture that needs no instruction for one has nothing there;
# one that lacks the operation (!) leaves the row out.
wanted='
publish Sa P Sb P Sa
consume La C Lb C La
barrier Sa F Lb F Sa
barrier_loads La F Sb F Sb F La
begin Lb Sa B Sa Lb
end Lb Sa E Sa Lb
clean Lb Sa O Sa Lb
invalidate Lb Sa I Sa Lb
flush Lb Sa U Sa Lb
maintenance Sa B O E Sb
lines O I+64 U+128
write_once Sa Sb Sa
read_once La La
copy Sa Sb Sa
copy_decides La
fill Sa Sa
past B N N E
'

# The letters of an architecture.
letters() { # ARCH
	case ${1#gcc:} in
	x86_64) echo "P=- C=- F=mfence B=mfence E=mfence O=clwb I=clflushopt U=clflushopt N=movnti" ;;
	x86_64_old) echo "P=- C=- F=mfence B=mfence E=mfence O=clflush I=clflush U=clflush N=!" ;;
	x86_64_wc) echo "P=sfence C=lfence F=mfence B=mfence E=mfence O=clwb I=clflushopt U=clflushopt N=movnti" ;;
	x86_64_generic) echo "P=mfence C=mfence F=mfence B=mfence E=mfence O=! I=! U=! N=!" ;;
	aarch64) echo "P=dmb_oshst C=dmb_oshld F=dsb_sy B=dmb_sy E=dsb_sy O=cvac I=ivac U=civac N=!" ;;
	riscv64) echo "P=fence_w/ow C=fence_ir/r F=fence_iorw/iorw B=fence_iorw/iorw E=fence_iorw/iorw O=clean I=inval U=flush N=!" ;;
	riscv32) echo "P=fence_w/ow C=fence_ir/r F=fence_iorw/iorw B=fence_iorw/iorw E=fence_iorw/iorw O=! I=! U=! N=!" ;;
	loongarch64) echo "P=dbar_10 C=dbar_5 F=dbar_0 B=dbar_0 E=dbar_0 O=! I=! U=! N=!" ;;
	armv7a) echo "P=dsb_st C=dmb_sy F=dsb_sy B=dsb_sy E=dsb_sy O=! I=! U=! N=!" ;;
	armv7m) echo "P=dsb_sy C=dmb_sy F=dsb_sy B=dsb_sy E=dsb_sy O=! I=! U=! N=!" ;;
	esac
}

# The compiler's flags for an architecture.
flags_of() { # ARCH COMPILER
	case $1 in
	gcc:riscv32) echo -U__x86_64__ -U__SSE2__ -D__riscv=1 ;;
	gcc:armv7a) echo -U__x86_64__ -U__SSE2__ -D__arm__=1 -D__ARM_ARCH=7 -D__ARM_ARCH_PROFILE=65 ;;
	gcc:armv7m) echo -U__x86_64__ -U__SSE2__ -D__arm__=1 -D__ARM_ARCH=7 -D__ARM_ARCH_PROFILE=77 ;;
	x86_64*) [ "$2" = gcc ] || echo --target=x86_64-linux-gnu ;;
	aarch64) echo --target=aarch64-linux-gnu ;;
	riscv64) echo --target=riscv64-linux-gnu -march=rv64gc ;;
	riscv32) echo --target=riscv32-none-elf -march=rv32imac ;;
	loongarch64) echo --target=loongarch64-linux-gnu ;;
	armv7a) echo --target=armv7a-none-eabi ;;
	armv7m) echo --target=thumbv7m-none-eabi ;;
	esac
	case $1 in x86_64_wc) echo -DDMA_X86_WC=1 ;; esac
}

folder_of() { # ARCH
	case ${1#gcc:} in
	x86_64 | x86_64_old | x86_64_wc) echo x86_64 ;;
	riscv32 | armv7a | armv7m | x86_64_generic) echo generic ;;
	*) echo "${1#gcc:}" ;;
	esac
}

# The words wanted of a function; nothing if the architecture leaves it out.
expected() { # ARCH WORDS...
	map=$(letters "$1")
	shift
	line=
	for word in "$@"; do
		offset=
		case $word in *+*) offset=+${word#*+} word=${word%%+*} ;; esac
		for pair in $map; do
			[ "${pair%%=*}" != "$word" ] || word=${pair#*=}
		done
		[ "$word" != ! ] || return 1
		[ "$word" = - ] || line="$line $word$offset"
	done
	echo "${line# }"
}

as_wanted() { # ARCH ASSEMBLY
	good=yes
	while read -r function line; do
		# shellcheck disable=SC2086 # words
		{ [ -n "$function" ] && want=$(expected "$1" $line); } || continue
		got=$(awk -v arch="$1" -v name="order_$function" -f $here/arch-order.awk "$2")
		[ "$want" = "$got" ] || {
			echo "$function: wanted '$want', got '$got'"
			good=
		}
	done <"$tmp/wanted"
	[ -n "$good" ]
}

# A copy of the headers in which the features of an x86 are known when it compiles, as those that it finds are: the choice at run time,
# which native.c tests, would hide the order behind branches.
copy_headers() { # TO
	rm -rf "$1"
	cp -r src/arch "$1"
	sed 's/return __builtin_expect(features != 0, 1) ? features : dma_x86_ask_features();/(void)features; return ORDER_X86_FEATURES;/' \
		src/arch/x86_64/dmastream/arch.h >"$1/x86_64/dmastream/arch.h"
	! cmp -s src/arch/x86_64/dmastream/arch.h "$1/x86_64/dmastream/arch.h"
}

compile() { # COMPILER ARCH HEADERS FLAGS...
	c_compiler=$1 c_arch=$2 c_headers=$3
	shift 3
	features=7
	[ "$c_arch" != x86_64_old ] || features=1
	# shellcheck disable=SC2046 # flags are words
	"$c_compiler" $(flags_of "$c_arch" "$c_compiler") -std=c11 -ffreestanding -fomit-frame-pointer -fno-asynchronous-unwind-tables \
		-fno-stack-protector -DORDER_X86_FEATURES=$features -Iinclude "-I$c_headers" "-I$c_headers/$(folder_of "$c_arch")" "$@"
}

emit() { # COMPILER ARCH HEADERS -O2|-O3|lto OUT
	case $4 in
	lto)
		compile "$1" "$2" "$3" -O2 -flto -fpic -c -DORDER_APART $here/order_probe.c -o "$tmp/probe.o" &&
			compile "$1" "$2" "$3" -O2 -flto -fpic -c $here/order_apart.c -o "$tmp/apart.o" &&
			"$linker" -shared --plugin-opt=emit-asm "$tmp/probe.o" "$tmp/apart.o" -o "$5"
		;;
	*) compile "$1" "$2" "$3" "$4" -S $here/order_probe.c -o "$5" ;;
	esac
}

try() { # COMPILER ARCH...
	compiler=$1
	shift
	for arch in "$@"; do
		# shellcheck disable=SC2046 # flags are words
		if ! have "$compiler" ||
			! echo 'int x;' | "$compiler" $(flags_of "$arch" "$compiler") -xc -fsyntax-only - 2>/dev/null; then
			skip "$arch with $compiler" "$compiler does not know $arch"
			continue
		fi
		for optimise in -O2 -O3 lto; do
			if [ $optimise = lto ]; then
				# Assembly is LLVM's linker to give, of the compiler's version; and it reads Arm's instructions for another CPU.
				case $arch in armv7*) continue ;; esac
				[ "$compiler" = clang ] && have "$linker" || continue
			fi
			if emit "$compiler" "$arch" "$tmp/headers" $optimise "$tmp/out.s" >"$tmp/log" 2>&1 &&
				as_wanted "$arch" "$tmp/out.s" >"$tmp/log"; then
				ok "$arch $optimise with $compiler"
			else
				not_ok "$arch $optimise with $compiler" "$tmp/log"
			fi
		done
	done
}

echo "$wanted" >"$tmp/wanted"
linker=$(first_of ld.lld) || linker=ld.lld
clang19=$(first_of clang-19 clang-20 clang-18 clang-17 clang-16) || clang19=clang
check "the features of an x86 can be fixed" copy_headers "$tmp/headers"
try gcc x86_64 x86_64_old x86_64_wc x86_64_generic
try clang x86_64 x86_64_old x86_64_wc x86_64_generic aarch64 riscv64 riscv32 armv7a armv7m
[ "$(uname -m)" = x86_64 ] && try gcc gcc:aarch64 gcc:riscv64 gcc:loongarch64 gcc:riscv32 gcc:armv7a gcc:armv7m
try "$clang19" aarch64 riscv64 riscv32 armv7a armv7m loongarch64

# A CPU that arch/generic does not know builds only if it says what orders memory and devices.
unknown() { # FLAGS...
	gcc -U__x86_64__ -U__SSE2__ -U__i386__ -std=c11 -ffreestanding -Iinclude -Isrc/arch -Isrc/arch/generic "$@" -S $here/order_probe.c \
		-o "$tmp/unknown.s"
}
refused() {
	! unknown 2>"$tmp/refusal" && grep -q DMA_GENERIC_BARRIER "$tmp/refusal"
}
told() {
	unknown '-DDMA_GENERIC_BARRIER="order-all"' && grep -q order-all "$tmp/unknown.s"
}
if [ "$(uname -m)" = x86_64 ] && have gcc; then
	check "generic: a CPU that is not known is refused" refused
	check "generic: … unless it says what orders memory and devices" told
fi

# ---- With mistakes ----

# architecture | file | sed script | what it is
cat >"$tmp/mistakes" <<'END'
x86_64|x86_64|/dma_arch_publish/,/^}/s/: "memory"/:/|publish lets the compiler pass
x86_64|x86_64|/dma_arch_consume/,/^}/s/: "memory"/:/|consume lets the compiler pass
x86_64|x86_64|/dma_arch_barrier/,/^}/s/: "memory"/:/|the barrier lets the compiler pass
x86_64|x86_64|/dma_arch_barrier/,/^}/s/mfence/sfence/|a barrier of stores alone
x86_64|x86_64|/maintenance_begin/,/^}/s/: "memory"/:/|the beginning lets the compiler pass
x86_64|x86_64|/maintenance_end/,/^}/s/: "memory"/:/|the end lets the compiler pass
x86_64_wc|x86_64|s/"sfence" : : : "memory"/"" : : : "memory"/|no sfence
gcc:aarch64|aarch64|/dma_arch_publish/,/^}/s/: "memory"/:/|publish lets the compiler pass
gcc:aarch64|aarch64|/dma_arch_consume/,/^}/s/: "memory"/:/|consume lets the compiler pass
gcc:aarch64|aarch64|/dma_arch_barrier/,/^}/s/: "memory"/:/|the barrier lets the compiler pass
aarch64|aarch64|s/dmb oshst/dmb ishst/|publish for CPUs alone
aarch64|aarch64|s/dmb oshld/dmb ishld/|consume for CPUs alone
aarch64|aarch64|/maintenance_end/,/^}/s/dsb sy/dmb sy/|the end does not wait
aarch64|aarch64|/dma_arch_barrier/,/^}/s/dsb sy/dmb ish/|the barrier for CPUs alone
gcc:aarch64|aarch64|/line_invalidate/,/^}/s/: "memory"/:/|invalidate lets the compiler pass
aarch64|aarch64|/line_clean/,/^}/s/"r"(line)/"r"((const char *)line + 64)/|the next line is cleaned
riscv64|riscv64|s/fence w,ow/fence w,w/|publish without devices
riscv64|riscv64|s/fence ir,r/fence r,r/|consume without devices
riscv64|riscv64|/dma_arch_barrier/,/^}/s/iorw,iorw/rw,rw/|the barrier without devices
gcc:riscv64|riscv64|/dma_arch_publish/,/^}/s/: "memory"/:/|publish lets the compiler pass
gcc:riscv64|riscv64|/line_flush/,/^}/s/: "memory"/:/|flush lets the compiler pass
riscv64|riscv64|/line_flush/,/^}/s/, 2"/, 1"/|flush only cleans
loongarch64|loongarch64|s/dbar 0x0a/dbar 0x1a/|publish without completion
gcc:loongarch64|loongarch64|/dma_arch_consume/,/^}/s/: "memory"/:/|consume lets the compiler pass
armv7a|generic|s/"dsb st"/"dmb ish"/|publish for CPUs alone
armv7a|generic|s/"dmb sy"/"dmb ish"/|consume for CPUs alone
riscv32|generic|s/"fence w,ow"/"fence rw,rw"/|publish without devices
gcc:armv7a|generic|/^static inline void dma_arch_publish/,/^}/s/: "memory"/:/|publish lets the compiler pass
x86_64_generic|generic|/^static inline void dma_arch_barrier/,/^}/s/: "memory"/:/|the barrier lets the compiler pass
x86_64|../dmastream|/dma_arch_write_once/,/^}/s/volatile //|single stores that may be dropped
x86_64|../dmastream|/dma_arch_read_once/,/^}/s/volatile //|single loads that may be joined
x86_64|../dmastream|/dma_arch_copy/,/^}/s/__asm__ volatile("" : : : "memory");//|copies that may be dropped
x86_64|../dmastream|/dma_arch_fill/,/^}/s/__asm__ volatile("" : : : "memory");//|fills that may be dropped
END
while IFS='|' read -r arch file script what; do
	case $arch in x86_64* | gcc:*) compiler=gcc ;; loongarch64) compiler=$clang19 ;; *) compiler=clang ;; esac
	# shellcheck disable=SC2046 # flags are words
	if ! have "$compiler" || ! echo 'int x;' | "$compiler" $(flags_of "$arch" "$compiler") -xc -fsyntax-only - 2>/dev/null; then
		skip "seen: $arch, $what" "$compiler does not know $arch"
		continue
	fi
	copy_headers "$tmp/mistaken" >/dev/null
	case $file in ../*) header=${file#../}/native.h ;; *) header=$file/dmastream/arch.h ;; esac
	sed -i "$script" "$tmp/mistaken/$header"
	if cmp -s "$tmp/mistaken/$header" "$tmp/headers/$header"; then
		echo "changes nothing: $script" >"$tmp/log"
		not_ok "seen: $arch, $what" "$tmp/log"
	elif ! emit "$compiler" "$arch" "$tmp/mistaken" -O2 "$tmp/out.s" >"$tmp/log" 2>&1; then
		not_ok "seen: $arch, $what (does not compile)" "$tmp/log"
	elif as_wanted "$arch" "$tmp/out.s" >"$tmp/log"; then
		not_ok "seen: $arch, $what"
	else
		ok "seen: $arch, $what"
	fi
done <"$tmp/mistakes"
finish
