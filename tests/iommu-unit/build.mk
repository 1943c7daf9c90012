# SPDX-License-Identifier: MPL-2.0
# What unit drivers share: the command queue of the drivers, with real threads and signals.
CC_iommuunit := gcc
CFLAGS_iommuunit = -O2 -g -D_GNU_SOURCE -Iinclude -Isrc/arch -Isrc/arch/$(HOST_ARCH)
$(eval $(call config,iommuunit))

IOMMU_UNIT_TEST := tests/iommu-unit/queue.c
IOMMU_UNIT_REST := tests/iommu-unit/queue_unit.c tests/hosts/defaults.c src/base/cache.c \
	src/iommu/unit/deadline.c $(addprefix src/iommu/,unit/unit_queue.c vtd/vtd_queue.c smmuv3/smmuv3_queue.c riscv/riscv_queue.c amdvi/amdvi_queue.c amdvi/amdvi_control.c)
$(B)/iommuunit/tests/iommu-unit/queue: $(call objects,iommuunit,$(IOMMU_UNIT_TEST) $(IOMMU_UNIT_REST))
	@mkdir -p $(@D)
	$(CC_iommuunit) $^ -lpthread -o $@
TESTS += $(B)/iommuunit/tests/iommu-unit/queue

## queue-stress the command queue of each unit driver from many CPUs, beside a unit that works: no unit is given up; SECONDS=600 CPUS=8
.PHONY: queue-stress
queue-stress: $(B)/iommuunit/tests/iommu-unit/queue
	@$< $(or $(SECONDS),60) $(or $(CPUS),8) 'many CPUs, a unit that works at once'

# Each mistake put back: what tools/putback compiles with, and links.
IOMMU_UNIT_MUTANTS := $(B)/iommuunit/tests/iommu-unit/mutants
all: $(IOMMU_UNIT_MUTANTS)/common
$(IOMMU_UNIT_MUTANTS)/common: $(B)/iommuunit/tests/iommu-unit/queue tests/iommu-unit/build.mk
	@mkdir -p $(@D)
	@echo '$(CFLAGS_iommuunit)' >$(@D)/flags
	@echo '-lpthread' >$(@D)/link
	@echo '$(call objects,iommuunit,$(IOMMU_UNIT_TEST))' >$(@D)/queue.objects
	@echo '$(call objects,iommuunit,$(IOMMU_UNIT_REST))' >$@
TESTS += tests/iommu-unit/mutants.sh
