# SPDX-License-Identifier: MPL-2.0
# Device tree and IORT under libFuzzer, with the address and undefined-behaviour sanitizers. Seeds: the trees that QEMU gives
# its virt machines, and a server's IORT.
ARM_FUZZ := $(CLANG) -std=c11 $(WARN) $(WARN_C) $(DEBUG) -O1 -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all \
	-Iinclude -Isrc/arch -Isrc/arch/generic

$(B)/fuzz/fdt: fuzz/fdt.c platform/bare/firmware/fdt.c platform/bare/firmware/fdt_bus.c platform/bare/firmware/fdt_find.c platform/bare/firmware/fdt.h
$(B)/fuzz/iort: fuzz/iort.c src/iommu/smmuv3/iort.c src/iommu/smmuv3/iort_check.c tests/hosts/lines.c include/dmastream/iort.h src/iommu/smmuv3/iort_nodes.h
$(B)/fuzz/fdt $(B)/fuzz/iort: fuzz/claim.h
	@mkdir -p $(@D)
	$(ARM_FUZZ) $(filter %.c,$^) -o $@

$(B)/fuzz/seed_iort: fuzz/arm/seed.c
	@mkdir -p $(@D)
	$(CC) -std=c11 $(WARN) $(WARN_C) -O1 $< -o $@

all: $(B)/fuzz/fdt $(B)/fuzz/iort $(B)/fuzz/seed_iort
TESTS += fuzz/arm/arm.sh

## fuzz-arm     the device-tree and IORT parsers for SECONDS (60) each
.PHONY: fuzz-arm
fuzz-arm: $(B)/fuzz/fdt $(B)/fuzz/iort $(B)/fuzz/seed_iort
	@SECONDS_EACH=$${SECONDS:-60} fuzz/arm/arm.sh
