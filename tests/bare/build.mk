# SPDX-License-Identifier: MPL-2.0
# The bare machines on QEMU, and their parsers and bitmaps on the host.
include platform/bare/build.mk
include apps/build.mk
CC_bare_host := $(CC)
CFLAGS_bare_host := $(DEBUG) -O1 -fsanitize=address,undefined -fno-sanitize-recover=all -Iinclude -Itests/bare/host
$(eval $(call config,bare_host))
$(call objects,bare_host,platform/bare/kernel/libc.c): CFLAGS_bare_host += -fno-builtin -Dmemcpy=bare_memcpy \
	-Dmemmove=bare_memmove -Dmemset=bare_memset -Dmemcmp=bare_memcmp

BARE_UNIT_TESTS := $(addprefix $(B)/tests/bare/,unit-acpi unit-madt unit-runs unit-bare unit-caches unit-console unit-pci unit-pci-scan unit-efi unit-kept unit-loader unit-loader-kept unit-tree unit-tree-hosts unit-units)
$(B)/tests/bare/unit-acpi: $(call objects,bare_host,tests/bare/unit-acpi.c tests/bare/acpi_tables.c platform/bare/firmware/acpi.c platform/bare/kernel/format.c)
$(B)/tests/bare/unit-madt: $(call objects,bare_host,tests/bare/unit-madt.c platform/bare/firmware/madt.c)
$(B)/tests/bare/unit-runs: $(call objects,bare_host,tests/bare/unit-runs.c platform/bare/memory/runs.c)
$(B)/tests/bare/unit-bare: $(call objects,bare_host,tests/bare/unit-bare.c $(addprefix platform/bare/,kernel/boot.c \
	kernel/libc.c kernel/options.c pci/pci_assign.c))
$(B)/tests/bare/unit-pci: $(call objects,bare_host,tests/bare/unit-pci.c platform/bare/pci/pci_requester.c)
$(B)/tests/bare/unit-caches: $(call objects,bare_host,tests/bare/unit-caches.c platform/bare/loongarch64/caches.c)
$(B)/tests/bare/unit-console: $(call objects,bare_host,tests/bare/unit-console.c platform/bare/firmware/uart_16550.c)
$(B)/tests/bare/unit-pci-scan: $(call objects,bare_host,tests/bare/unit-pci-scan.c $(addprefix platform/bare/,pci/pci.c pci/pci_requester.c kernel/boot.c \
	kernel/format.c))
$(B)/tests/bare/unit-efi: $(call objects,bare_host,tests/bare/unit-efi.c platform/bare/efi/efi.c platform/bare/kernel/boot.c)
$(B)/tests/bare/unit-kept: $(call objects,bare_host,tests/bare/unit-kept.c platform/bare/efi/runtime.c platform/bare/kernel/format.c)
BARE_LOADER := tests/bare/efi_firmware.c $(addprefix platform/bare/,$(addprefix efi/loader/,loader.c facts.c file.c kept.c) \
	firmware/acpi.c kernel/format.c)
$(B)/tests/bare/unit-loader: $(call objects,bare_host,tests/bare/unit-loader.c $(BARE_LOADER))
$(B)/tests/bare/unit-loader-kept: $(call objects,bare_host,tests/bare/unit-loader-kept.c $(BARE_LOADER))
BARE_TREE := tests/bare/tree.c tests/bare/tree_boot.c $(addprefix platform/bare/,kernel/boot.c kernel/options.c firmware/fdt.c \
	firmware/fdt_boot.c firmware/fdt_bus.c firmware/fdt_find.c)
$(B)/tests/bare/unit-tree: $(call objects,bare_host,tests/bare/unit-tree.c $(BARE_TREE))
$(B)/tests/bare/unit-tree-hosts: $(call objects,bare_host,tests/bare/unit-tree-hosts.c $(BARE_TREE))
$(B)/tests/bare/unit-units: $(call objects,bare_host,tests/bare/unit-units.c tests/bare/units_machine.c tests/bare/functions.c platform/bare/iommu/iommu_units.c $(BARE_TREE))
$(BARE_UNIT_TESTS):
	@mkdir -p $(@D)
	$(CC) -fsanitize=address,undefined $^ -lcmocka -o $@

TESTS += $(BARE_UNIT_TESTS) tests/bare/efi.sh tests/bare/boot-q35.sh tests/bare/boot-riscv64.sh
all: $(B)/riscv64/selftest.img $(B)/riscv64/copy.img
TESTS += tests/bare/boot-loongarch64.sh tests/bare/one_cpu.sh
ALONE += tests/bare/cpus.sh tests/bare/stress.sh

# Devices that the machine cuts off.
CUT_OFF := drivers/edu.c tests/bare/cut_off.c platform/bare/selftest/selftest_check.c
$(eval $(call bare_app,q35,cut_off,$(DRIVERS) $(CUT_OFF)))
$(eval $(call bare_app,arm64,cut_off,$(DRIVERS) $(CUT_OFF)))
$(eval $(call bare_app,riscv64,cut_off,$(DRIVERS) $(CUT_OFF)))
all: $(B)/arm64/cut_off.img $(B)/riscv64/cut_off.img
TESTS += tests/bare/cut_off.sh

# Memory from scattered frames, and registers of other devices, behind QEMU's IOMMUs.
TOOLKIT_BOOT := drivers/edu.c tests/bare/toolkit.c tests/bare/toolkit_peer.c platform/bare/selftest/selftest_check.c
$(foreach toolkit_machine,q35 arm64 riscv64,$(eval $(call bare_app,$(toolkit_machine),toolkit,$(DRIVERS) $(TOOLKIT_BOOT))))
all: $(B)/arm64/toolkit.img $(B)/riscv64/toolkit.img
TESTS += tests/bare/toolkit.sh

include tests/bare/arm64.mk
