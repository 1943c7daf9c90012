# SPDX-License-Identifier: MPL-2.0
# arm64: the device-tree reader on the host, and the machine under QEMU.
CC_armtest := $(CC)
CFLAGS_armtest := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all
$(eval $(call config,armtest))
$(B)/tests/arm64/fdt: $(call objects,armtest,tests/arm64/fdt.c tests/arm64/tree.c platform/bare/fdt.c platform/bare/fdt_bus.c \
		platform/bare/fdt_find.c)
	@mkdir -p $(@D)
	$(CC) -fsanitize=address,undefined $^ -lcmocka -o $@
TESTS += $(B)/tests/arm64/fdt

include platform/bare/build.mk
all: $(B)/arm64/selftest.img $(B)/arm64/copy.img
TESTS += tests/arm64/boot.sh tests/arm64/lines.sh

## arch-lines   lines that are one architecture's, and lines that all share
.PHONY: arch-lines
arch-lines:
	@tools/arch-lines
