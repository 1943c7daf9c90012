# SPDX-License-Identifier: MPL-2.0
# AMD-Vi on the host: the parser of IVRS tables, and the driver on the register-level model.
include tests/hosts/build.mk
$(eval $(call hosted_program,tests/iommu-amdvi/ivrs,$(addprefix tests/iommu-amdvi/,ivrs_test.c ivrs_odd.c ivrs_bench.c ivrs_table.c) \
	tests/hosts/lines.c src/iommu/amdvi/ivrs.c src/iommu/amdvi/ivrs_devices.c src/iommu/unit/unit_firmware.c))
TESTS += $(B)/tests/iommu-amdvi/ivrs

# The driver on the register-level model.
include platform/sim/build.mk tests/iommu-unit/scenes.mk
AMDVI_WORLD := $(UNIT_WORLD) tests/iommu-amdvi/world.c tests/iommu-amdvi/ivrs_table.c $(SIM_AMDVI)
AMDVI_DRIVER := $(addprefix tests/iommu-amdvi/,driver.c driver_devices.c driver_firmware.c driver_regions.c driver_trouble.c)
# $(call amdvi_tests,CONFIG)
define amdvi_tests
$(eval $(call sim_program,$(1),tests/iommu-amdvi/hazards,tests/iommu-amdvi/hazards.c $(AMDVI_WORLD)))
$(eval $(call sim_program,$(1),tests/iommu-amdvi/driver,$(AMDVI_DRIVER) $(AMDVI_WORLD)))
$(eval $(call sim_program,$(1),tests/iommu-amdvi/corners,tests/iommu-amdvi/corners.c $(AMDVI_WORLD)))
$(eval $(call sim_program,$(1),tests/iommu-amdvi/handover,tests/iommu-amdvi/handover.c tests/iommu-unit/handover.c $(AMDVI_WORLD)))
TESTS += $(addprefix $(B)/$(1)/tests/iommu-amdvi/,hazards driver corners handover)
endef
$(foreach amdvi_config,sim sim16k sim64k,$(eval $(call amdvi_tests,$(amdvi_config))))
$(eval $(call sim_program,simtsan,tests/iommu-amdvi/threads,tests/iommu-amdvi/threads.c tests/iommu-unit/threads.c $(AMDVI_WORLD)))
TESTS += $(B)/simtsan/tests/iommu-amdvi/threads

# Each mistake put back: what tools/putback compiles with, and links.
AMDVI_MUTANTS := $(B)/sim/tests/iommu-amdvi/mutants
all: $(AMDVI_MUTANTS)/common
$(AMDVI_MUTANTS)/common: $(B)/sim/tests/iommu-amdvi/handover $(B)/sim/tests/iommu-amdvi/hazards $(B)/sim/tests/iommu-amdvi/driver tests/iommu-amdvi/build.mk sources.mk
	@mkdir -p $(@D)
	@echo '$(CFLAGS_sim)' >$(@D)/flags
	@echo '$(LINKER) -fsanitize=address,undefined -lcmocka -lpthread' >$(@D)/link
	@echo '$(call objects,sim,tests/iommu-amdvi/hazards.c)' >$(@D)/hazards.objects
	@echo '$(call objects,sim,$(AMDVI_DRIVER))' >$(@D)/driver.objects
	@echo '$(call objects,sim,tests/iommu-amdvi/handover.c tests/iommu-unit/handover.c)' >$(@D)/handover.objects
	@echo '$(call objects,sim,$(DMASTREAM_ALL) $(SIM_SOURCES) $(AMDVI_WORLD))' >$@
TESTS += tests/iommu-amdvi/mutants.sh
