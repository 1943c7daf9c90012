# SPDX-License-Identifier: MPL-2.0
# What unit drivers share: the command queue of the drivers, with real threads and signals.
CC_iommuunit := gcc
CFLAGS_iommuunit = -O2 $(DEBUG) -D_GNU_SOURCE -Iinclude -Isrc/arch -Isrc/arch/$(HOST_ARCH) -include tests/iommu-unit/queue_looks.h
$(eval $(call config,iommuunit))

IOMMU_UNIT_PROGRAMS := queue queue_bell queue_leader queue_words
IOMMU_UNIT_REST := $(addprefix tests/iommu-unit/,queue_unit.c queue_host.c queue_case.c queue_race.c queue_pair.c) tests/hosts/defaults.c src/base/cache.c \
	src/iommu/unit/deadline.c $(addprefix src/iommu/,unit/unit_queue.c unit/unit_bell.c unit/unit_bell_wait.c vtd/vtd_queue.c smmuv3/smmuv3_queue.c riscv/riscv_queue.c amdvi/amdvi_queue.c amdvi/amdvi_control.c)
define iommu_unit_program
$$(B)/iommuunit/tests/iommu-unit/$(1): $$(call objects,iommuunit,tests/iommu-unit/$(1).c $$(IOMMU_UNIT_REST))
	@mkdir -p $$(@D)
	$$(CC_iommuunit) $$^ -lpthread -o $$@
TESTS += $$(B)/iommuunit/tests/iommu-unit/$(1)
endef
$(foreach program,$(IOMMU_UNIT_PROGRAMS),$(eval $(call iommu_unit_program,$(program))))

## queue-stress the command queue of each unit driver from many CPUs, beside a unit that works: no unit is given up; SECONDS=600 CPUS=8
.PHONY: queue-stress
queue-stress: $(IOMMU_UNIT_PROGRAMS:%=$(B)/iommuunit/tests/iommu-unit/%)
	@$(B)/iommuunit/tests/iommu-unit/queue $(or $(SECONDS),60) $(or $(CPUS),8) 'many CPUs, a unit that works at once'
	@$(B)/iommuunit/tests/iommu-unit/queue_bell $(or $(SECONDS),60) $(or $(CPUS),8) 'many CPUs that wait for each other'

# Each mistake put back: what tools/putback compiles with, and links.
IOMMU_UNIT_MUTANTS := $(B)/iommuunit/tests/iommu-unit/mutants
all: $(IOMMU_UNIT_MUTANTS)/common
$(IOMMU_UNIT_MUTANTS)/common: $(IOMMU_UNIT_PROGRAMS:%=$(B)/iommuunit/tests/iommu-unit/%) tests/iommu-unit/build.mk
	@mkdir -p $(@D)
	@echo '$(CFLAGS_iommuunit)' >$(@D)/flags
	@echo '$(LINKER) -lpthread' >$(@D)/link
	@$(foreach program,$(IOMMU_UNIT_PROGRAMS),echo '$(call objects,iommuunit,tests/iommu-unit/$(program).c)' >$(@D)/$(program).objects;)
	@echo '$(call objects,iommuunit,$(IOMMU_UNIT_REST))' >$@
TESTS += tests/iommu-unit/mutants.sh
