# SPDX-License-Identifier: MPL-2.0
# The parsers of firmware tables under libFuzzer, with the address and undefined-behaviour sanitizers. Seeds are the tables that QEMU's
# firmware gives the bare machine.
include platform/bare/build.mk

FIRMWARE_FUZZ := $(CLANG) -std=c11 $(WARN) $(WARN_C) $(DEBUG) -O1 -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all \
	-Iinclude -Isrc/arch -Isrc/arch/generic

$(B)/fuzz/dmar: fuzz/firmware/dmar_fuzz.c src/iommu/vtd/dmar.c src/iommu/unit/unit_firmware.c src/iommu/vtd/dmar_scope.c tests/hosts/lines.c src/iommu/vtd/dmar.h
$(B)/fuzz/acpi: fuzz/firmware/acpi_fuzz.c platform/bare/firmware/acpi.c platform/bare/kernel/format.c platform/bare/firmware/acpi.h
$(B)/fuzz/ivrs: fuzz/firmware/ivrs_fuzz.c src/iommu/amdvi/ivrs.c src/iommu/amdvi/ivrs_devices.c src/iommu/unit/unit_firmware.c \
	tests/hosts/lines.c src/iommu/amdvi/ivrs.h
$(B)/fuzz/viot: fuzz/firmware/viot_fuzz.c src/iommu/virtio/viot.c src/iommu/unit/unit_firmware.c tests/hosts/lines.c src/iommu/virtio/viot.h
$(B)/fuzz/dmar $(B)/fuzz/ivrs $(B)/fuzz/viot $(B)/fuzz/acpi: fuzz/claim.h
	@mkdir -p $(@D)
	$(FIRMWARE_FUZZ) $(filter %.c,$^) -o $@

$(B)/fuzz/pack: fuzz/firmware/pack.c
	@mkdir -p $(@D)
	$(CC) -std=c11 $(WARN) $(WARN_C) -O1 $< -o $@

$(eval $(call bare_app,q35,tables,fuzz/firmware/dump.c))

all: $(B)/fuzz/dmar $(B)/fuzz/ivrs $(B)/fuzz/viot $(B)/fuzz/acpi $(B)/fuzz/pack
all: $(B)/tests/iommu-amdvi/ivrs $(B)/tests/iommu-virtio/viot
TESTS += fuzz/firmware/firmware.sh

## fuzz-firmware  the DMAR, IVRS, VIOT, XSDT and MCFG parsers for SECONDS (60) each
.PHONY: fuzz-firmware
fuzz-firmware: $(B)/fuzz/dmar $(B)/fuzz/ivrs $(B)/fuzz/viot $(B)/fuzz/acpi $(B)/fuzz/pack $(B)/q35/tables.elf
	@SECONDS_EACH=$${SECONDS:-60} fuzz/firmware/firmware.sh
