# SPDX-License-Identifier: MPL-2.0
# SMMUv3 on the host: the driver on the register-level model, and the IORT reader.
include platform/sim/build.mk tests/iommu-unit/scenes.mk

SMMU_MODEL := $(SIM_SMMUV3) tests/iommu-smmuv3/setup.c
SMMU_TESTS := driver streams corners devices
# $(call smmu_tests,CONFIG,TESTS)
define smmu_tests
$(foreach smmu_test,$(2),$(eval $(call sim_program,$(1),tests/iommu-smmuv3/$(smmu_test),tests/iommu-smmuv3/$(smmu_test).c $(SMMU_MODEL))))
$(eval $(call sim_program,$(1),tests/iommu-smmuv3/handover,tests/iommu-smmuv3/handover.c tests/iommu-unit/handover.c $(SMMU_MODEL)))
TESTS += $(addprefix $(B)/$(1)/tests/iommu-smmuv3/,$(2) handover)
endef
$(eval $(call smmu_tests,sim,$(SMMU_TESTS)))
$(foreach smmu_config,sim16k sim64k,$(eval $(call smmu_tests,$(smmu_config),$(SMMU_TESTS))))
SMMU_WORLD := tests/iommu-smmuv3/world.c $(UNIT_SCENES)
$(foreach smmu_config,sim sim16k sim64k,$(eval $(call sim_program,$(smmu_config),tests/iommu-smmuv3/trouble,tests/iommu-smmuv3/trouble.c $(SMMU_WORLD) $(SMMU_MODEL))))
TESTS += $(foreach smmu_config,sim sim16k sim64k,$(B)/$(smmu_config)/tests/iommu-smmuv3/trouble)
$(foreach smmu_test,scenes pause,$(eval $(call sim_program,sim,tests/iommu-smmuv3/$(smmu_test),tests/iommu-smmuv3/$(smmu_test).c $(SMMU_WORLD) $(SMMU_MODEL))))
TESTS += $(addprefix $(B)/sim/tests/iommu-smmuv3/,scenes pause)

# Firmware's bytes, and the units that they name.
$(eval $(call sim_program,sim,tests/iommu-smmuv3/firmware,tests/iommu-smmuv3/firmware.c tests/iommu-smmuv3/iort_table.c tests/bare/tree.c \
	$(addprefix platform/bare/firmware/,fdt.c fdt_bus.c fdt_find.c) $(UNIT_SCENES) $(SMMU_MODEL)))
TESTS += $(B)/sim/tests/iommu-smmuv3/firmware

# Threads, under the thread sanitizer.
$(eval $(call sim_program,simtsan,tests/iommu-smmuv3/threads,tests/iommu-smmuv3/threads.c tests/iommu-unit/threads.c $(SMMU_WORLD) $(SMMU_MODEL)))
TESTS += $(B)/simtsan/tests/iommu-smmuv3/threads

# Each mistake put back: what tools/putback compiles with, and links.
SMMU_MUTANTS := $(B)/sim/tests/iommu-smmuv3/mutants
all: $(SMMU_MUTANTS)/common
$(SMMU_MUTANTS)/common: $(B)/sim/tests/iommu-smmuv3/handover $(B)/sim/tests/iommu-smmuv3/pause $(B)/sim/tests/iommu-smmuv3/trouble $(addprefix $(B)/sim/tests/iommu-smmuv3/,$(SMMU_TESTS)) tests/iommu-smmuv3/build.mk sources.mk
	@mkdir -p $(@D)
	@echo '$(CFLAGS_sim)' >$(@D)/flags
	@echo '$(LINKER) -fsanitize=address,undefined -lcmocka -lpthread' >$(@D)/link
	@for test in $(SMMU_TESTS); do echo $(B)/sim/tests/iommu-smmuv3/$$test.o >$(@D)/$$test.objects; done
	@echo '$(call objects,sim,tests/iommu-smmuv3/handover.c tests/iommu-unit/handover.c)' >$(@D)/handover.objects
	@echo '$(call objects,sim,tests/iommu-smmuv3/pause.c $(SMMU_WORLD))' >$(@D)/pause.objects
	@echo '$(call objects,sim,tests/iommu-smmuv3/trouble.c $(SMMU_WORLD))' >$(@D)/trouble.objects
	@echo '$(call objects,sim,$(DMASTREAM_ALL) $(SIM_SOURCES) $(SMMU_MODEL))' >$@
TESTS += tests/iommu-smmuv3/mutants.sh

include tests/hosts/build.mk
$(eval $(call hosted_program,tests/iommu-smmuv3/iort,$(addprefix tests/iommu-smmuv3/,iort.c iort_odd.c iort_table.c) tests/hosts/lines.c \
	$(addprefix src/iommu/smmuv3/,iort.c iort_check.c)))
TESTS += $(B)/tests/iommu-smmuv3/iort
