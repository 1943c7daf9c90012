# SPDX-License-Identifier: MPL-2.0
# The parts of src/iommu by themselves, on this host.
CC_iommubench := $(CC)
CFLAGS_iommubench := -O2 -g -Iinclude -Isrc/arch -Isrc/arch/x86_64
$(eval $(call config,iommubench))
$(B)/iommubench/bench/iommu/iommu: $(call objects,iommubench,$(DMASTREAM_CORE) \
		$(DMASTREAM_IOMMU) \
		bench/iommu/iommu.c bench/iommu/host.c tests/hosts/defaults.c)
	$(CC_iommubench) -o $@ $^ -lpthread

## bench-iommu  addresses, page tables and domains by themselves: nanoseconds, instructions, two threads, table bytes
.PHONY: bench-iommu
bench-iommu: $(B)/iommubench/bench/iommu/iommu
	@B=$(B) bench/iommu/run $<
