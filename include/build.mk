# SPDX-License-Identifier: MPL-2.0
## install  headers, libdmastream.a, dmastream.pc, dmacheck (where the architecture is this machine's), and what make man has made: make install [ARCH=native|x86_64|aarch64|riscv64|loongarch64|generic] [PREFIX=/usr/local] [DESTDIR=] [PAGE_SHIFT=12]
# ARCH chooses src/arch/<ARCH>, whose arch.h is installed beside the public headers. LIB_CC, LIB_CFLAGS and LIB_AR are for those
# whose kernel wants its own compiler and code model.
VERSION := 0.1.0
PREFIX ?= /usr/local
PAGE_SHIFT ?= 12
ARCH ?= native

HOST_ARCH := $(subst arm64,aarch64,$(shell uname -m))
HOST_ARCH := $(if $(wildcard src/arch/$(HOST_ARCH)),$(HOST_ARCH),generic)
LIB_ARCH := $(if $(filter native,$(ARCH)),$(HOST_ARCH),$(ARCH))

LIB_NAME := lib-$(LIB_ARCH)-$(PAGE_SHIFT)

# Another architecture's library is made by the first clang that knows it (LLVM 16 and later know LoongArch).
LIB_FOREIGN := $(if $(filter $(LIB_ARCH),$(HOST_ARCH) generic),,yes)
lib_clangs := clang clang-19 clang-20 clang-18 clang-17 clang-16
LIB_CC ?= $(if $(LIB_FOREIGN),$(shell for c in $(lib_clangs); do echo 'int x;' | \
	$$c --target=$(LIB_ARCH)-unknown-elf -xc -fsyntax-only - 2>/dev/null && echo $$c && break; done) \
	--target=$(LIB_ARCH)-unknown-elf,$(CC))
LIB_AR ?= $(if $(LIB_FOREIGN),llvm-ar,ar)
LIB_CFLAGS ?= -O2 -g $(if $(LIB_FOREIGN),,-fPIC)

CC_$(LIB_NAME) = $(LIB_CC)
CFLAGS_$(LIB_NAME) = $(LIB_CFLAGS) -ffreestanding -DDMA_PAGE_SHIFT=$(PAGE_SHIFT) -Iinclude -Isrc/arch -Isrc/arch/$(LIB_ARCH)
$(eval $(call config,$(LIB_NAME)))

DMASTREAM_CVM_OF_x86_64 := $(DMASTREAM_CVM_X86)
DMASTREAM_CVM_OF_aarch64 := $(DMASTREAM_CVM_ARM)
LIB := $(B)/$(LIB_NAME)/libdmastream.a
$(LIB): $(call objects,$(LIB_NAME),$(DMASTREAM_ALL) $(DMASTREAM_CVM_OF_$(LIB_ARCH)))
	rm -f $@
	$(LIB_AR) rcs $@ $^

# For Linux processes, where that is what this machine is: the host's side beside the library, and all of it as a shared library. (The
# library alone asks its user for the host's side.)
include platform/linux/build.mk
LIB_LINUX := $(if $(filter Linux,$(shell uname -s)),$(if $(LIB_FOREIGN),,$(filter-out generic,$(LIB_ARCH))))
LIB_LINUX_NAME := $(LIB_NAME)-linux
CC_$(LIB_LINUX_NAME) = $(LIB_CC)
CFLAGS_$(LIB_LINUX_NAME) = $(LIB_CFLAGS) -DDMA_PAGE_SHIFT=$(PAGE_SHIFT) $(LINUX_INCLUDE)
$(eval $(call config,$(LIB_LINUX_NAME)))
LIB_LINUX_A := $(B)/$(LIB_NAME)/libdmastream-linux.a
LIB_LINUX_SO := $(B)/$(LIB_NAME)/libdmastream.so.$(VERSION)
LIB_LINUX_FILES := $(if $(LIB_LINUX),$(LIB_LINUX_A) $(LIB_LINUX_SO) $(B)/$(LIB_NAME)/dmastream-linux.pc $(B)/$(LIB_NAME)/dmastream-config.cmake)
$(LIB_LINUX_A): $(call objects,$(LIB_LINUX_NAME),$(LINUX_SOURCES))
	rm -f $@
	$(LIB_AR) rcs $@ $^
$(LIB_LINUX_SO): $(call objects,$(LIB_NAME),$(DMASTREAM_ALL)) $(call objects,$(LIB_LINUX_NAME),$(LINUX_SOURCES))
	printf '{ global: dma_*; local: *; };\n' >$(@D)/symbols.map
	$(LIB_CC) -shared -Wl,-soname,libdmastream.so.0 -Wl,--version-script=$(@D)/symbols.map -Wl,--no-undefined $^ -lpthread -o $@
.PHONY: $(B)/$(LIB_NAME)/dmastream-linux.pc $(B)/$(LIB_NAME)/dmastream-config.cmake
$(B)/$(LIB_NAME)/dmastream-linux.pc:
	@mkdir -p $(@D)
	@printf '%s\n' 'prefix=$(PREFIX)' 'includedir=$${prefix}/include' 'libdir=$${prefix}/lib' '' 'Name: dmastream-linux' \
		'Description: streaming DMA memory in a Linux process, on PCI devices behind VFIO' 'Version: $(VERSION)' \
		'Cflags: -I$${includedir} -DDMA_PAGE_SHIFT=$(PAGE_SHIFT)' 'Libs: -L$${libdir} -ldmastream-linux -l:libdmastream.a -lpthread' >$@
$(B)/$(LIB_NAME)/dmastream-config.cmake:
	@mkdir -p $(@D)
	@printf '%s\n' '# find_package(dmastream): dmastream::linux is the library for a Linux process, dmastream::dmastream the one that asks for a host.' \
		'get_filename_component(dmastream_prefix "$${CMAKE_CURRENT_LIST_DIR}/../../.." ABSOLUTE)' \
		'foreach(dmastream_kind IN ITEMS dmastream linux)' \
		'  if(NOT TARGET dmastream::$${dmastream_kind})' \
		'    add_library(dmastream::$${dmastream_kind} STATIC IMPORTED)' \
		'    set_target_properties(dmastream::$${dmastream_kind} PROPERTIES INTERFACE_INCLUDE_DIRECTORIES "$${dmastream_prefix}/include"' \
		'      INTERFACE_COMPILE_DEFINITIONS DMA_PAGE_SHIFT=$(PAGE_SHIFT))' \
		'  endif()' 'endforeach()' \
		'set_target_properties(dmastream::dmastream PROPERTIES IMPORTED_LOCATION "$${dmastream_prefix}/lib/libdmastream.a")' \
		'set_target_properties(dmastream::linux PROPERTIES IMPORTED_LOCATION "$${dmastream_prefix}/lib/libdmastream-linux.a"' \
		'  INTERFACE_LINK_LIBRARIES "dmastream::dmastream;pthread")' >$@

# Always made anew: PREFIX may have changed.
.PHONY: $(B)/$(LIB_NAME)/dmastream.pc
$(B)/$(LIB_NAME)/dmastream.pc:
	@mkdir -p $(@D)
	@printf '%s\n' 'prefix=$(PREFIX)' 'includedir=$${prefix}/include' 'libdir=$${prefix}/lib' '' 'Name: dmastream' \
		'Description: streaming DMA memory ($(LIB_ARCH))' 'Version: $(VERSION)' \
		'Cflags: -I$${includedir} -DDMA_PAGE_SHIFT=$(PAGE_SHIFT)' 'Libs: -L$${libdir} -ldmastream' >$@

.PHONY: install
install: $(LIB) $(B)/$(LIB_NAME)/dmastream.pc $(if $(LIB_FOREIGN),,install-dmacheck) $(LIB_LINUX_FILES)
	@test -f src/arch/$(LIB_ARCH)/dmastream/arch.h || { echo 'make install: there is no src/arch/$(LIB_ARCH)' >&2; exit 1; }
	install -d '$(DESTDIR)$(PREFIX)/include/dmastream' '$(DESTDIR)$(PREFIX)/lib/pkgconfig'
	install -m 644 include/dmastream/*.h src/arch/dmastream/native.h src/arch/$(LIB_ARCH)/dmastream/arch.h \
		'$(DESTDIR)$(PREFIX)/include/dmastream/'
	install -m 644 $(LIB) '$(DESTDIR)$(PREFIX)/lib/'
	install -m 644 $(B)/$(LIB_NAME)/dmastream.pc '$(DESTDIR)$(PREFIX)/lib/pkgconfig/'
	$(if $(LIB_LINUX),install -m 644 platform/linux/dmastream/linux.h '$(DESTDIR)$(PREFIX)/include/dmastream/')
	$(if $(LIB_LINUX),install -m 644 $(LIB_LINUX_A) '$(DESTDIR)$(PREFIX)/lib/')
	$(if $(LIB_LINUX),install -m 755 $(LIB_LINUX_SO) '$(DESTDIR)$(PREFIX)/lib/')
	$(if $(LIB_LINUX),ln -sf libdmastream.so.$(VERSION) '$(DESTDIR)$(PREFIX)/lib/libdmastream.so.0')
	$(if $(LIB_LINUX),ln -sf libdmastream.so.0 '$(DESTDIR)$(PREFIX)/lib/libdmastream.so')
	$(if $(LIB_LINUX),install -m 644 $(B)/$(LIB_NAME)/dmastream-linux.pc '$(DESTDIR)$(PREFIX)/lib/pkgconfig/')
	$(if $(LIB_LINUX),install -d '$(DESTDIR)$(PREFIX)/lib/cmake/dmastream')
	$(if $(LIB_LINUX),install -m 644 $(B)/$(LIB_NAME)/dmastream-config.cmake '$(DESTDIR)$(PREFIX)/lib/cmake/dmastream/')
	$(if $(wildcard $(B)/man/man3/*.3),install -d '$(DESTDIR)$(PREFIX)/share/man/man3')
	$(if $(wildcard $(B)/man/man3/*.3),install -m 644 $(B)/man/man3/*.3 '$(DESTDIR)$(PREFIX)/share/man/man3/')

## amalgamation  all of the library in two files, build/amalgamation/dmastream.c and .h
AMALGAMATION := $(B)/amalgamation
.PHONY: amalgamation
amalgamation: $(AMALGAMATION)/dmastream.c
$(AMALGAMATION)/dmastream.c: tools/amalgamate sources.mk $(DMASTREAM_ALL) $(wildcard src/*/*.h src/*/*/*.h src/arch/*/dmastream/*.h include/dmastream/*.h)
	@mkdir -p $(@D)
	tools/amalgamate $(@D) $(DMASTREAM_ALL)
