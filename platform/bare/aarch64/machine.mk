# SPDX-License-Identifier: MPL-2.0
# arm64: AArch64 machines with a device tree. What QEMU and boot loaders start is build/arm64/NAME.img, a Linux-style Image;
# NAME.elf beside it is for debuggers.
BARE_SOURCES_arm64 := $(BARE_SOURCES) $(BARE_EFI) $(BARE_CVM) $(DMASTREAM_CVM_ARM) platform/sim/cvm/realm_monitor.c $(addprefix platform/bare/,firmware/fdt.c firmware/fdt_boot.c firmware/fdt_bus.c \
	firmware/fdt_find.c firmware/fdt_cpus.c firmware/fw_cfg.c kernel/ticks.c firmware/madt.c iommu/iommu_requester.c iommu/iommu_units.c iommu/iommu_smmuv3.c iommu/iommu_virtio.c \
	iommu/virtio_tree.c) \
	$(addprefix platform/bare/aarch64/,boot.S console.c cpu.c cvm_el2.c cvm_el2_entry.S early.c firmware_call.c gic.c its.c its_firmware.c machine.c mmu.c)
BARE_IOMMUS_arm64 := $(DMASTREAM_SMMUV3) $(DMASTREAM_VIRTIO)
BARE_SCRIPT_arm64 := platform/bare/image.ld
CC_arm64 := $(CLANG) --target=aarch64-none-elf
CFLAGS_arm64 := $(BARE_FLAGS) -march=armv8-a -mgeneral-regs-only -DCVM_WORLD_PAGES=40960 -Isrc/arch/aarch64 -Iplatform/bare/aarch64
LD_arm64 := $(LLD) -pie -z notext -z norelro --defsym=linear_base=0xffff000000000000
$(eval $(call config,arm64))

# GNU objcopy of another architecture needs to be told the format; LLVM's does not.
$(B)/arm64/%.img: $(B)/arm64/%.elf
	llvm-objcopy -O binary $< $@ 2>/dev/null || objcopy -I elf64-little -O binary $< $@

$(eval $(call bare_app,arm64,selftest,$(BARE_SELFTEST)))
$(eval $(call bare_app,arm64,trouble,platform/bare/cvm/trouble.c drivers/edu.c))
all: $(B)/arm64/selftest.img $(B)/arm64/trouble.img
