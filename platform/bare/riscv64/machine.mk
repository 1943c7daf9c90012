# SPDX-License-Identifier: MPL-2.0
# riscv64: RV64 machines with a device tree and SBI firmware. What QEMU and boot loaders start is build/riscv64/NAME.img, a
# Linux-style Image; NAME.elf beside it is for debuggers.
BARE_SOURCES_riscv64 := $(BARE_SOURCES) platform/bare/cvm/cvm_none.c $(addprefix platform/bare/,firmware/fdt.c firmware/fdt_boot.c firmware/fdt_bus.c \
	firmware/fdt_find.c firmware/fdt_cpus.c firmware/fdt_machine.c kernel/ticks.c memory/break.c iommu/iommu_requester.c iommu/iommu_units.c iommu/iommu_riscv.c iommu/iommu_virtio.c iommu/virtio_tree.c) \
	$(addprefix platform/bare/riscv64/,boot.S cpu.c harts.c imsic.c machine.c)
BARE_IOMMUS_riscv64 := $(DMASTREAM_RISCV) $(DMASTREAM_VIRTIO)
BARE_SCRIPT_riscv64 := platform/bare/image.ld
CC_riscv64 := $(CLANG) --target=riscv64-none-elf
CFLAGS_riscv64 := $(BARE_FLAGS) -march=rv64imac -mabi=lp64 -mcmodel=medany -mno-relax -msmall-data-limit=0 -Isrc/arch/riscv64 -Iplatform/bare/riscv64
LD_riscv64 := $(LLD) -pie -z notext -z norelro --defsym=linear_base=0xffffffc000000000
$(eval $(call config,riscv64))

$(B)/riscv64/%.img: $(B)/riscv64/%.elf
	llvm-objcopy -O binary $< $@ 2>/dev/null || objcopy -I elf64-little -O binary $< $@

$(eval $(call bare_app,riscv64,selftest,$(BARE_SELFTEST)))
all: $(B)/riscv64/selftest.img
