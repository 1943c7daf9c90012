# SPDX-License-Identifier: MPL-2.0
# loongarch64: LA64 machines with UEFI's system table and a device tree. What QEMU starts is build/loongarch64/NAME.elf, linked for the
# physical address 2 MiB. It wants an LLVM of 17 or newer: BARE_LOONGARCH is empty where there is none, and nothing is built for it then.
LOONGARCH_LLVM := $(shell for v in "" -21 -20 -19 -18 -17; do command -v ld.lld$$v clang$$v >/dev/null 2>&1 && \
	echo 'int x;' | clang$$v --target=loongarch64-none-gnusf -mstrict-align -xc -fsyntax-only - 2>/dev/null && echo "v$$v" && break; done)
BARE_LOONGARCH := $(if $(LOONGARCH_LLVM),loongarch64)
BARE_SOURCES_loongarch64 := $(BARE_SOURCES) platform/bare/cvm/cvm_none.c $(addprefix platform/bare/,firmware/fdt.c firmware/fdt_boot.c firmware/fdt_bus.c \
	firmware/fdt_find.c firmware/fdt_cpus.c firmware/fdt_machine.c firmware/uart_16550.c kernel/ticks.c memory/break.c efi/system.c iommu/iommu_requester.c iommu/iommu_virtio.c iommu/virtio_tree.c) \
	$(addprefix platform/bare/loongarch64/,boot.S caches.c cpu.c eiointc.c machine.c)
BARE_IOMMUS_loongarch64 := $(DMASTREAM_VIRTIO)
BARE_SCRIPT_loongarch64 := platform/bare/image.ld
CC_loongarch64 := clang$(LOONGARCH_LLVM:v%=%) --target=loongarch64-none-gnusf
CFLAGS_loongarch64 := $(filter-out -fpie,$(BARE_FLAGS)) -mstrict-align -mfpu=none -Isrc/arch/loongarch64 \
	-Iplatform/bare/loongarch64
LD_loongarch64 := ld.lld$(LOONGARCH_LLVM:v%=%) -z norelro --defsym=linear_base=0xffffffc000200000 --defsym=image_load=0x200000 -e 0x200000
$(eval $(call config,loongarch64))

$(if $(BARE_LOONGARCH),$(eval $(call bare_app,loongarch64,selftest,$(BARE_SELFTEST))))
