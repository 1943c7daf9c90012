#!/bin/sh
# SPDX-License-Identifier: MPL-2.0
# `make install`: a small user is built against the installed tree alone, through pkg-config, and runs; what lands where; the
# other architectures' libraries are theirs.
. "$(dirname "$0")/tap.sh"
unset MAKEFLAGS MFLAGS MAKELEVEL ARCH PAGE_SHIFT PREFIX DESTDIR
root=$tmp/root

# What `make built` has made for dmacheck is not compiled again; make sees to it that it is not old.
built=${B:-build}
if [ -d "$built/simfast/src" ] && [ -d "$built/dmacheck" ]; then
	mkdir -p "$tmp/build"
	(cd "$built" && tar cf - simfast/src simfast/platform dmacheck) | (cd "$tmp/build" && tar xf -)
	find "$tmp/build" -name '*.d' -exec sed -i "s|^$built/|$tmp/build/|" {} +
fi

# The library as everybody gets it is the first one. Where a row is about page size or architecture, none looks at the optimiser's work.
plain=-O0
put() { # install's arguments
	make -s --no-print-directory "B=$tmp/build" "DESTDIR=$root" PREFIX=/opt/dma "$@" install
}

linux=no # a process on this machine is a host
[ "$(uname -s)" != Linux ] || [ ! -d "src/arch/$(uname -m | sed 's/arm64/aarch64/')" ] || linux=yes

installed() { # paths below DESTDIR, sorted
	(cd "$root" && find . -type f | sort)
}

expected() {
	for header in include/dmastream/*.h; do
		echo "./opt/dma/$header"
	done
	printf './opt/dma/%s\n' include/dmastream/arch.h include/dmastream/native.h lib/libdmastream.a lib/pkgconfig/dmastream.pc
	printf './opt/dma/%s\n' bin/dmacheck lib/dmacheck/libdmacheck.a share/dmacheck/include/dmacheck.h share/dmacheck/include/sim.h \
		share/dmacheck/include/dmastream/arch.h share/dmacheck/models/dmacheck_models.h
	for header in include/dmastream/*.h; do
		echo "./opt/dma/share/dmacheck/$header"
	done
	[ "$linux" != yes ] || printf './opt/dma/%s\n' include/dmastream/linux.h lib/libdmastream-linux.a lib/libdmastream.so.0.1.0 \
		lib/pkgconfig/dmastream-linux.pc lib/cmake/dmastream/dmastream-config.cmake
	find dmacheck/doors -name '*.h' | sed 's|^dmacheck|./opt/dma/share/dmacheck|'
}

nothing_else() {
	expected | sort >"$tmp/expected"
	installed | diff "$tmp/expected" -
}

flags() { # pkg-config's answer for the tree below DESTDIR
	PKG_CONFIG_LIBDIR=$root/opt/dma/lib/pkgconfig PKG_CONFIG_SYSROOT_DIR=$root pkg-config "$@" dmastream
}

user_runs() { # COMPILER: the smallest host and its streams, from another folder, so that nothing of this tree is found
	cp tests/static/smallest.c "$tmp/user.c"
	# shellcheck disable=SC2046 # flags are words
	(cd "$tmp" && "$1" -std=c11 -Wall -Wextra -Werror $(flags --cflags) user.c $(flags --libs) -lcmocka -o "user-$1" &&
		LD_LIBRARY_PATH=$root/opt/dma/lib "./user-$1")
}

dmacheck_finds() {
	cp tests/corpus/corpus.h tests/corpus/h37_gve_no_sync.c "$tmp/"
	(cd "$tmp" && "$root/opt/dma/bin/dmacheck" cc -o gve h37_gve_no_sync.c && ! "$root/opt/dma/bin/dmacheck" run gve --seeds 1 >found) &&
		grep -q '^h37_gve_no_sync.c:[0-9]*: error: the CPU wrote 64 bytes' "$tmp/found"
}

# The program of examples/ that drives a device in a process, built against the tree from another folder: it starts, and says in one line
# what is wrong with the device's name.
example_says() { # PROGRAM
	LD_LIBRARY_PATH=$root/opt/dma/lib "$1" nonsense 2>"$tmp/said"
	[ $? -eq 3 ] && grep -q 'error: nonsense is no name of a PCI device' "$tmp/said"
}
linux_flags() {
	PKG_CONFIG_LIBDIR=$root/opt/dma/lib/pkgconfig PKG_CONFIG_SYSROOT_DIR=$root pkg-config "$@" dmastream-linux
}
linux_user_runs() { # static|shared
	mkdir -p "$tmp/process"
	cp examples/vfio_nvme.c "$tmp/process/"
	libs="-L$root/opt/dma/lib -ldmastream"
	[ "$1" = shared ] || libs=$(linux_flags --libs)
	# shellcheck disable=SC2046,SC2086
	(cd "$tmp/process" && gcc -std=c11 -Wall -Wextra -Werror $(linux_flags --cflags) vfio_nvme.c $libs -o "vfio-$1") && example_says "$tmp/process/vfio-$1"
}
linux_user_with_cmake() {
	mkdir -p "$tmp/cmake"
	cp examples/vfio_nvme.c "$tmp/cmake/"
	printf '%s\n' 'cmake_minimum_required(VERSION 3.13)' 'project(user C)' 'find_package(dmastream REQUIRED)' 'add_executable(user vfio_nvme.c)' \
		'target_link_libraries(user dmastream::linux)' >"$tmp/cmake/CMakeLists.txt"
	cmake -S "$tmp/cmake" -B "$tmp/cmake/build" "-DCMAKE_PREFIX_PATH=$root/opt/dma" && cmake --build "$tmp/cmake/build" && example_says "$tmp/cmake/build/user"
}
linux_user_with_meson() {
	mkdir -p "$tmp/meson"
	cp examples/vfio_nvme.c "$tmp/meson/"
	printf '%s\n' "project('user', 'c')" "executable('user', 'vfio_nvme.c', dependencies: dependency('dmastream-linux'))" >"$tmp/meson/meson.build"
	(cd "$tmp/meson" && export PKG_CONFIG_LIBDIR="$root/opt/dma/lib/pkgconfig" PKG_CONFIG_SYSROOT_DIR="$root" && meson setup build && meson compile -C build) &&
		example_says "$tmp/meson/build/user"
}

cxx_user_compiles() {
	cat >"$tmp/user.cc" <<'EOF'
#include <dmastream/dmastream.h>
#include <cstring>
int send(dma_device &dev, const char *text);
int send(dma_device &dev, const char *text)
{
	dma_stream_to_device s = {};
	int error = dma_stream_alloc(&s, &dev, 0, 1);
	if (!error)
		error = dma_stream_write_bytes(&s, 0, text, std::strlen(text));
	if (!error)
		error = dma_stream_sync_to_device(&s, 0, std::strlen(text));
	dma_stream_release(&s);
	return error;
}
EOF
	# shellcheck disable=SC2046
	(cd "$tmp" && g++ -std=c++17 -Wall -Wextra -Werror $(flags --cflags) -c user.cc -o user.o)
}

check "make install" put
check "installs the headers, the library, the pkg-config file, dmacheck, no more" nothing_else
check "the installed dmacheck finds a mistake of a driver, from another folder" dmacheck_finds
check "the library defines no global name that does not begin with dma_" sh -c \
	"nm -g --defined-only '$root/opt/dma/lib/libdmastream.a' | awk 'NF == 3 && \$3 !~ /^dma_/ { print; bad = 1 } END { exit bad }'"
printf 'int stray(void);\nint stray(void) { return 0; }\n' >"$tmp/stray.c"
check "which would be seen" sh -c "gcc -c '$tmp/stray.c' -o '$tmp/stray.o' && nm -g --defined-only '$tmp/stray.o' | awk 'NF == 3 && \$3 !~ /^dma_/ { bad = 1 } END { exit !bad }'"
check "the pkg-config file does not know DESTDIR" sh -c "! grep -q '$root' '$root/opt/dma/lib/pkgconfig/dmastream.pc'"
if have pkg-config; then
	check "pkg-config finds it" flags --exists
	check "a user in C builds against it and runs" user_runs gcc
	if have clang; then check "the same with clang" user_runs clang; else skip "the same with clang" "clang is missing"; fi
	if have g++; then check "a user in C++ builds against it" cxx_user_compiles; else skip "a user in C++" "g++ is missing"; fi
else
	skip "a user builds against it and runs" "pkg-config is missing"
fi

if [ "$linux" != yes ]; then
	skip "a user in a Linux process" "this machine is not a Linux host with an architecture of src/arch"
elif have pkg-config; then
	check "a user in a Linux process builds against the static library" linux_user_runs static
	check "and against the shared one" linux_user_runs shared
	if have cmake; then check "and with CMake" linux_user_with_cmake; else skip "and with CMake" "cmake is missing"; fi
	if have meson ninja; then check "and with Meson" linux_user_with_meson; else skip "and with Meson" "meson is missing"; fi
	check "the shared library shows no name that does not begin with dma_" sh -c \
		"nm -D --defined-only '$root/opt/dma/lib/libdmastream.so' | awk 'NF == 3 && \$3 !~ /^dma_/ { print; bad = 1 } END { exit bad }'"
	check "nor does the host's static one" sh -c \
		"nm -g --defined-only '$root/opt/dma/lib/libdmastream-linux.a' | awk 'NF == 3 && \$3 !~ /^dma_/ { print; bad = 1 } END { exit bad }'"
else
	skip "a user in a Linux process" "pkg-config is missing"
fi

rm -rf "$root"
check "make install PAGE_SHIFT=14" put PAGE_SHIFT=14 "LIB_CFLAGS=$plain -fPIC"
if have pkg-config; then
	check "its users get the same page size" sh -c "grep -q 'DMA_PAGE_SHIFT=14' '$root/opt/dma/lib/pkgconfig/dmastream.pc'"
	check "and run" user_runs gcc
fi

for arch in aarch64:AArch64 riscv64:RISC-V loongarch64:LoongArch; do
	machine=${arch#*:} arch=${arch%:*}
	found=
	for clang in clang clang-19 clang-20 clang-18 clang-17 clang-16; do
		if echo 'int x;' | $clang --target=$arch-unknown-elf -xc -fsyntax-only - 2>/dev/null; then
			found=$clang
			break
		fi
	done
	if [ -z "$found" ]; then
		skip "make install ARCH=$arch" "no clang for $arch"
		continue
	fi
	rm -rf "$root"
	check "make install ARCH=$arch" put "ARCH=$arch" "LIB_CFLAGS=$plain"
	check "its arch.h is that of $arch" cmp "src/arch/$arch/dmastream/arch.h" "$root/opt/dma/include/dmastream/arch.h"
	check "its library is made for $machine" sh -c "readelf -h '$root/opt/dma/lib/libdmastream.a' | awk -v want=$machine \
		'/Machine:/ { n++; if (index(\$0, want) == 0 && \$2 != \"258\" && \$NF != \"0x102\") bad = 1 } END { exit bad || n == 0 }'"
	echo '#include <dmastream/dmastream.h>' >"$tmp/header.c"
	check "its headers compile" "$found" --target=$arch-unknown-elf -std=c11 -Wall -Wextra -Werror -ffreestanding \
		"-I$root/opt/dma/include" -fsyntax-only "$tmp/header.c"
done

# The manual, if it was made.
rm -rf "$root"
mkdir -p "$tmp/build/man/man3"
echo '.TH DMA_INIT 3' >"$tmp/build/man/man3/dma_init.3"
check "make install takes the manual along" put
check "to where man looks for it" test -f "$root/opt/dma/share/man/man3/dma_init.3"

rm -rf "$root"
if put ARCH=vax >"$tmp/log" 2>&1; then not_ok "an unknown ARCH is refused"; else ok "an unknown ARCH is refused"; fi
check "and nothing is installed" test ! -e "$root/opt"
finish
