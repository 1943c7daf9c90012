#!/bin/sh
# SPDX-License-Identifier: MPL-2.0
# Other ways to build the library: CMake, Meson and the amalgamation, each used by a small project of its own that runs.
. "$(dirname "$0")/tap.sh"
top=$(pwd)
unset MAKEFLAGS MFLAGS MAKELEVEL

consumer() { # FOLDER: the project, with the rest of its host
	mkdir -p "$1"
	cp tests/static/consumer/* tests/hosts/defaults.c "$1/"
}

sources_of() { # LIST of sources.mk, by make itself
	printf 'include %s/sources.mk\nall:\n\t@printf "%%s\\n" $(DMASTREAM_%s) | sort -u\n' "$top" "$1" >"$tmp/list.mk"
	make -s --no-print-directory -f "$tmp/list.mk"
}


same_list() { # LIST LIBRARY: each source of the list has an object there, and nothing else has
	sources_of "$1" | sed 's|.*/||; s|\.c$||' | sort -u >"$tmp/want"
	ar t "$2" | sed 's/\.c\.o$//; s/\.o$//; s|.*_||' | sort -u >"$tmp/last_words"
	[ "$(sources_of "$1" | wc -l)" -eq "$(ar t "$2" | wc -l)" ] && sed 's/.*_//' "$tmp/want" | sort -u | diff - "$tmp/last_words"
}

with_cmake() { # FEATURES [-D...]
	features=$1
	shift
	rm -rf "$tmp/cmake-build"
	cmake -S "$tmp/cmake" -B "$tmp/cmake-build" "-DDMASTREAM=$top" "-DDMASTREAM_FEATURES=$features" "$@" &&
		cmake --build "$tmp/cmake-build"
}

if have cmake; then
	consumer "$tmp/cmake"
	check "a project with CMake builds" with_cmake ALL
	check "and runs" "$tmp/cmake-build/consumer"
	check "from the list in sources.mk" same_list ALL "$tmp/cmake-build/dmastream/libdmastream.a"
	check "a coherent machine without an IOMMU takes CORE alone" with_cmake CORE
	check "and runs" "$tmp/cmake-build/consumer"
	check "from that list" same_list CORE "$tmp/cmake-build/dmastream/libdmastream.a"
	check "pages of 64 KiB" with_cmake CORE -DDMASTREAM_PAGE_SHIFT=16
	check "and runs" "$tmp/cmake-build/consumer"
	with_cmake ENGINE >"$tmp/log" 2>&1
	check "a feature that does not exist is refused by name" grep -q DMASTREAM_ENGINE "$tmp/log"
	with_cmake CORE -DDMASTREAM_ARCH=vax >"$tmp/log" 2>&1
	check "so is an architecture" grep -q 'src/arch/vax' "$tmp/log"
else
	skip "a project with CMake" "cmake is missing"
fi

with_meson() { # MESON-OPTION...
	rm -rf "$tmp/meson/build"
	(cd "$tmp/meson" && meson setup build "$@" && meson compile -C build)
}

if have meson ninja; then
	consumer "$tmp/meson"
	mkdir "$tmp/meson/subprojects"
	ln -s "$top" "$tmp/meson/subprojects/dmastream"
	check "a project with Meson builds" with_meson
	check "and runs" "$tmp/meson/build/consumer"
	check "from the list in sources.mk" same_list ALL "$tmp/meson/build/subprojects/dmastream/libdmastream.a"
	check "CORE alone" with_meson -Ddmastream:features=CORE
	check "and runs" "$tmp/meson/build/consumer"
	check "from that list" same_list CORE "$tmp/meson/build/subprojects/dmastream/libdmastream.a"
	with_meson -Ddmastream:features=ENGINE >"$tmp/log" 2>&1
	check "a feature that does not exist is refused by name" grep -q DMASTREAM_ENGINE "$tmp/log"
	with_meson -Ddmastream:arch=vax >"$tmp/log" 2>&1
	check "so is an architecture" grep -q 'src/arch/vax' "$tmp/log"
else
	skip "a project with Meson" "meson or ninja is missing"
fi

# ---- Two files ----

both=$tmp/amalgamation/amalgamation
check "make amalgamation" make -s "B=$tmp/amalgamation" amalgamation
strict="-std=gnu11 $WARN $WARN_C -I$both"
# Only gcc's optimiser has warnings of its own: nothing else here needs one.
for compiler in gcc:-O2 clang:-O0; do
	have ${compiler%:*} || continue
	# shellcheck disable=SC2086
	check "${compiler%:*} compiles it without a warning" ${compiler%:*} ${compiler#*:} $strict -c "$both/dmastream.c" -o "$tmp/${compiler%:*}.o"
done
for arch in aarch64 riscv64 loongarch64; do
	compiler=$(first_of clang-19 clang) || compiler=clang
	if have "$compiler" && echo 'int x;' | "$compiler" --target=$arch-unknown-elf -xc -fsyntax-only - 2>/dev/null; then
		# shellcheck disable=SC2086
		check "and for $arch" "$compiler" -O0 $strict --target=$arch-unknown-elf -ffreestanding -c "$both/dmastream.c" -o "$tmp/$arch.o"
	else
		skip "and for $arch" "no clang for $arch"
	fi
done
# shellcheck disable=SC2086
check "and for any other" gcc -O0 $strict -DDMA_ARCH_GENERIC -c "$both/dmastream.c" -o "$tmp/generic.o"
printf '#include "dmastream.h"\nint nothing(dma_device &dev);\nint nothing(dma_device &dev) { return dma_device_block(&dev); }\n' >"$tmp/user.cc"
if have g++; then
	check "its header is C++, too" g++ -std=c++17 -Wall -Wextra -Werror "-I$both" -c "$tmp/user.cc" -o "$tmp/cxx.o"
else
	skip "its header is C++, too" "g++ is missing"
fi
mkdir "$tmp/user"
for file in tests/static/smallest.c tests/hosts/defaults.c; do
	[ -f "$file" ] && sed 's|<dmastream/[a-z]*\.h>|"dmastream.h"|' "$file" >"$tmp/user/${file##*/}"
done
compiler=$(first_of clang gcc) || compiler=gcc # clang takes a fifth of the time
check "the smallest host is built with it" "$compiler" -std=gnu11 -O0 -fsanitize=address,undefined -fno-sanitize-recover=all "-I$both" "$tmp/user/smallest.c" "$both/dmastream.c" \
	-lcmocka -o "$tmp/user/smallest"
check "and passes its tests" "$tmp/user/smallest"
finish
