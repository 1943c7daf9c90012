# SPDX-License-Identifier: MPL-2.0
# What unit drivers share: the command queue of both drivers, with real threads and signals.
CC_iommuunit := gcc
CFLAGS_iommuunit = -O2 -g -D_GNU_SOURCE -Iinclude -Isrc/arch -Isrc/arch/$(HOST_ARCH)
$(eval $(call config,iommuunit))

$(B)/iommuunit/tests/iommu-unit/queue: $(call objects,iommuunit,$(addprefix tests/iommu-unit/,queue.c queue_unit.c) tests/hosts/defaults.c src/base/cache.c \
		src/iommu/unit/unit_queue.c src/iommu/vtd/vtd_queue.c src/iommu/smmuv3/smmuv3_queue.c)
	@mkdir -p $(@D)
	$(CC_iommuunit) $^ -lpthread -o $@
TESTS += $(B)/iommuunit/tests/iommu-unit/queue
