# SPDX-License-Identifier: MPL-2.0
# The parts of src/iommu by themselves, on this host, which has no unit. Built with everything else, so that it links.
CC_iommubench := $(CC)
CFLAGS_iommubench = -O2 -g -ffunction-sections -Iinclude -Isrc/arch -Isrc/arch/$(HOST_ARCH)
$(eval $(call config,iommubench))
$(B)/iommubench/bench/iommu/iommu: $(call objects,iommubench,$(DMASTREAM_CORE) \
		$(DMASTREAM_SPACE) \
		bench/iommu/iommu.c bench/iommu/host.c tests/hosts/defaults.c)
	$(CC_iommubench) -Wl,--gc-sections -o $@ $^ -lpthread
all: $(B)/iommubench/bench/iommu/iommu

## bench-iommu  addresses, page tables and domains by themselves: nanoseconds, instructions, two threads, table bytes
.PHONY: bench-iommu
bench-iommu: $(B)/iommubench/bench/iommu/iommu
	@B=$(B) bench/iommu/run $<
