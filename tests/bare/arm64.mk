# SPDX-License-Identifier: MPL-2.0
# arm64: the device-tree reader on the host, and the machine under QEMU.
CC_armtest := $(CC)
CFLAGS_armtest := -O1 $(DEBUG) -fsanitize=address,undefined -fno-sanitize-recover=all
$(eval $(call config,armtest))
$(B)/tests/bare/fdt: $(call objects,armtest,tests/bare/fdt.c tests/bare/tree.c platform/bare/firmware/fdt.c platform/bare/firmware/fdt_bus.c \
		platform/bare/firmware/fdt_find.c)
	@mkdir -p $(@D)
	$(CC) -fsanitize=address,undefined $^ -lcmocka -o $@
TESTS += $(B)/tests/bare/fdt

include platform/bare/build.mk
all: $(B)/arm64/selftest.img $(B)/arm64/copy.img
TESTS += tests/bare/boot-arm64.sh tests/bare/arch-lines.sh

## arch-lines   lines that are one architecture's, and lines that all share
.PHONY: arch-lines
arch-lines:
	@tools/arch-lines
