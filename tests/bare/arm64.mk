# SPDX-License-Identifier: MPL-2.0
# arm64: the device-tree reader on the host, and the machine under QEMU.
include tests/hosts/build.mk
$(eval $(call hosted_program,tests/bare/fdt,tests/bare/fdt.c tests/bare/tree.c $(addprefix platform/bare/firmware/,fdt.c fdt_bus.c fdt_find.c)))
TESTS += $(B)/tests/bare/fdt

include platform/bare/build.mk
all: $(B)/arm64/selftest.img $(B)/arm64/copy.img
TESTS += tests/bare/boot-arm64.sh tests/bare/arch-lines.sh

## arch-lines   lines that are one architecture's, and lines that all share
.PHONY: arch-lines
arch-lines:
	@tools/arch-lines
