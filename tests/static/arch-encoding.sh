#!/bin/sh
# SPDX-License-Identifier: MPL-2.0
# What src/arch comes out as: each operation is compiled alone, disassembled, and its fences and cache instructions compared
# with what the architecture's manual asks for; where instructions have one length, with their encoding in the manual, too
# (that alone where the disassembler is too old to know them: LLVM before 16 for Zicbom and LoongArch).
. "$(dirname "$0")/tap.sh"
here=tests/static

# architecture, operation, instructions (others than fences and cache operations left out), words in hexadecimal
table='
x86_64 publish - -
x86_64 consume - -
x86_64 barrier mfence -
x86_64 clean clflush,clflushopt,clwb -
x86_64 past movntiq -
x86_64 pair lock -
x86_64 invalidate clflush,clflushopt -
x86_64 flush clflush,clflushopt -
x86_64 begin mfence -
x86_64 end mfence -
x86_64_wc publish sfence -
x86_64_wc consume lfence -
x86_64_wc barrier mfence -
aarch64 publish dmb_oshst d50332bf
aarch64 consume dmb_oshld d50331bf
aarch64 barrier dsb_sy d5033f9f
aarch64 clean dc_cvac d50b7a20
aarch64 past - -
aarch64 pair - -
aarch64 invalidate dc_ivac d5087620
aarch64 flush dc_civac d50b7e20
aarch64 begin dmb_sy d5033fbf
aarch64 end dsb_sy d5033f9f
riscv64 publish fence_w_ow 0150000f
riscv64 consume fence_ir_r 0a20000f
riscv64 barrier fence 0ff0000f
riscv64 clean cbo.clean 0015200f
riscv64 past - -
riscv64 pair - -
riscv64 invalidate cbo.inval 0005200f
riscv64 flush cbo.flush 0025200f
riscv64 begin fence 0ff0000f
riscv64 end fence 0ff0000f
loongarch64 publish dbar_10 3872000a
loongarch64 consume dbar_5 38720005
loongarch64 barrier dbar_0 38720000
loongarch64 clean - -
loongarch64 past - -
loongarch64 pair - -
loongarch64 invalidate - -
loongarch64 flush - -
loongarch64 begin dbar_0 38720000
loongarch64 end dbar_0 38720000
generic publish mfence -
generic consume mfence -
generic barrier mfence -
generic clean - -
generic past - -
generic pair - -
generic invalidate - -
generic flush - -
'

# Prints the fences and cache instructions of one function, sorted, joined: "dc_cvac" for "dc cvac, x0".
instructions() { # OBJDUMP OBJECT FUNCTION
	"$1" -d --no-show-raw-insn $mattr "$2" 2>/dev/null | awk -v name="<probe_$3>:" '
		/^[0-9a-f]+ <.*>:/ { inside = ($2 == name); next }
		inside {
			sub(/^ *[0-9a-f]+:[ \t]*/, ""); sub(/[#;\/<].*/, "")
			if ($1 ~ /^(.fence|fence|fence\..*|dmb|dsb|isb|dc|ic|cbo\..*|dbar|ibar|cacop|clflush|movnti[lq]?|clflushopt|clwb|wbinvd|invd|lock)$/) {
				text = $1
				if ($1 ~ /^(fence|dmb|dsb|dbar)$/) for (i = 2; i <= NF; i++) text = text "_" $i
				if ($1 == "dc") text = text "_" $2
				gsub(",", "", text)
				print text
			}
		}' | LC_ALL=C sort | paste -s -d, -
}

# The words of 32 bits in the function's own section, one a line.
words() { # OBJCOPY OBJECT FUNCTION
	rm -f "$tmp/words"
	"$1" -O binary --only-section=".text.probe_$3" "$2" "$tmp/words" && od -An -v -w4 -tx4 "$tmp/words" | tr -d ' '
}

version() { # LLVM-TOOL: its major version
	"$1" --version | sed -n 's/.*version \([0-9]*\)\..*/\1/p' | head -n 1
}

examine() { # COMPILER ARCH OBJDUMP OBJCOPY TARGET-FLAGS...
	compiler=$1 arch=$2 objdump=$3 objcopy=$4
	shift 4
	folder=${arch%_wc}
	mattr=
	[ "$arch" != riscv64 ] || mattr=--mattr=+zicbom
	if ! have "$compiler" "$objdump" "$objcopy"; then
		skip "$arch with $compiler" "$compiler, $objdump or $objcopy is missing"
		return
	fi
	if ! echo 'int x;' | "$compiler" "$@" -xc -fsyntax-only - 2>/dev/null; then
		skip "$arch with $compiler" "$compiler does not know $arch"
		return
	fi
	object=$tmp/$arch-$compiler.o
	# shellcheck disable=SC2086 # flags are words
	if ! "$compiler" "$@" -std=c11 $WARN $WARN_C -ffreestanding -ffunction-sections -fomit-frame-pointer -O2 -Iinclude -Isrc/arch \
		"-Isrc/arch/$folder" -c $here/probe.c -o "$object" 2>"$tmp/log"; then
		not_ok "$arch with $compiler: compiles" "$tmp/log"
		return
	fi
	readable=yes
	case $arch in riscv64 | loongarch64) [ "$(version "$objdump")" -ge 16 ] || readable= ;; esac
	while read -r row operation want words_wanted; do
		[ "$row" = "$arch" ] || continue
		got=$want
		[ -z "$readable" ] || got=$(instructions "$objdump" "$object" "$operation")
		echo "wanted $want, got ${got:--}" >"$tmp/log"
		if [ "$want" != "${got:--}" ]; then
			not_ok "$arch $operation with $compiler: $want" "$tmp/log"
		elif [ "$words_wanted" != - ] && ! words "$objcopy" "$object" "$operation" | grep -qx "$words_wanted"; then
			words "$objcopy" "$object" "$operation" >"$tmp/log"
			not_ok "$arch $operation with $compiler: $want is $words_wanted" "$tmp/log"
		else
			ok "$arch $operation with $compiler: $want"
		fi
	done <"$tmp/table"
}

# Who has no line operation says so, and knows no lines: nobody could use them, and a first level's are not all of them.
no_lines() { # COMPILER ARCH TARGET-FLAGS...
	compiler=$1 arch=$2
	shift 2
	if ! have "$compiler" || ! echo 'int x;' | "$compiler" "$@" -xc -fsyntax-only - 2>/dev/null; then
		skip "$arch with $compiler knows no lines" "$compiler is missing, or does not know $arch"
	elif ! "$compiler" "$@" -std=c11 -ffreestanding -O2 -Iinclude -Isrc/arch "-Isrc/arch/$arch" -c "$tmp/lines.c" -o "$tmp/lines.o" 2>"$tmp/log"; then
		not_ok "$arch with $compiler knows no lines" "$tmp/log"
	elif grep -q lines_are_known "$tmp/lines.o"; then
		echo "dma_arch_cache_lines() may be true" >"$tmp/log"
		not_ok "$arch with $compiler knows no lines" "$tmp/log"
	else
		ok "$arch with $compiler knows no lines"
	fi
}

cat >"$tmp/lines.c" <<'EOF'
#include <dmastream/barrier.h>
void lines_are_known(void);
void probe_lines(void)
{
	size_t step, align;

	if (dma_arch_cache_lines(&step, &align))
		lines_are_known();
}
EOF
echo "$table" >"$tmp/table"
objdump=$(first_of llvm-objdump-19 llvm-objdump objdump) || objdump=llvm-objdump
objcopy=$(first_of llvm-objcopy-19 llvm-objcopy) || objcopy=llvm-objcopy
examine gcc x86_64 "$objdump" "$objcopy"
examine clang x86_64 "$objdump" "$objcopy" --target=x86_64-linux-gnu
examine clang x86_64_wc "$objdump" "$objcopy" --target=x86_64-linux-gnu -DDMA_X86_WC=1
examine clang generic "$objdump" "$objcopy" --target=x86_64-linux-gnu
examine clang aarch64 "$objdump" "$objcopy" --target=aarch64-linux-gnu
examine clang riscv64 "$objdump" "$objcopy" --target=riscv64-linux-gnu -march=rv64gc
clang19=$(first_of clang-19 clang-20 clang-18 clang-17 clang-16) || clang19=clang
examine "$clang19" loongarch64 "$objdump" "$objcopy" --target=loongarch64-linux-gnu
no_lines clang generic --target=x86_64-linux-gnu
no_lines clang riscv64 --target=riscv64-linux-gnu
no_lines "$clang19" loongarch64 --target=loongarch64-linux-gnu
finish
