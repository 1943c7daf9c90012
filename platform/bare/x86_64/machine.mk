# SPDX-License-Identifier: MPL-2.0
# q35, x86_64. CC_q35 may also be gcc for x86-64 (with -fno-tree-loop-distribute-patterns), LD_q35 GNU ld.
BARE_SOURCES_q35 := $(BARE_SOURCES) $(BARE_EFI) $(BARE_CVM) $(DMASTREAM_CVM_X86) $(addprefix platform/sim/cvm/,snp_guest.c tdx_module.c) $(addprefix platform/bare/,firmware/madt.c firmware/uart_16550.c memory/break.c iommu/amdvi_remap.c iommu/iommu_requester.c iommu/iommu_amdvi.c iommu/iommu_vtd.c iommu/vtd_remap.c iommu/iommu_virtio.c iommu/virtio_acpi.c $(addprefix x86_64/,apic.c boot.S \
	console.c cpu.c cvm_svm.c cvm_svm_exits.c cvm_svm_guest.c cvm_svm_run.S firmware_call.c machine.c start.c time.c traps.c vectors.S))
BARE_IOMMUS_q35 := $(DMASTREAM_VTD) $(DMASTREAM_AMDVI) $(DMASTREAM_VIRTIO)
BARE_SCRIPT_q35 := platform/bare/x86_64/link.ld
CC_q35 := $(CLANG) --target=x86_64-unknown-none-elf
CFLAGS_q35 := $(BARE_FLAGS) -mno-red-zone -mgeneral-regs-only -DCVM_WORLD_PAGES=28672 -Isrc/arch/x86_64 -Iplatform/bare/x86_64
LD_q35 := $(LLD) --emit-relocs
$(eval $(call config,q35))
