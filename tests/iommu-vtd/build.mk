# SPDX-License-Identifier: MPL-2.0
# VT-d on the host: the DMAR parser, and the driver on the register-level model.
include tests/hosts/build.mk
$(eval $(call hosted_program,tests/iommu-vtd/dmar,$(addprefix tests/iommu-vtd/,dmar_test.c dmar_bench.c dmar_odd.c tables.c) tests/hosts/lines.c \
	src/iommu/vtd/dmar.c src/iommu/unit/unit_firmware.c src/iommu/vtd/dmar_scope.c))
TESTS += $(B)/tests/iommu-vtd/dmar

include platform/sim/build.mk tests/iommu-unit/scenes.mk
VTD_DRIVER := $(addprefix tests/iommu-vtd/,driver.c driver_devices.c driver_firmware.c driver_queue.c driver_regions.c driver_unit.c)
VTD_WORLD := $(UNIT_WORLD) tests/iommu-vtd/world.c tests/iommu-vtd/tables.c $(SIM_VTD)
# $(call vtd_tests,CONFIG)
define vtd_tests
$(eval $(call sim_program,$(1),tests/iommu-vtd/hazards,tests/iommu-vtd/hazards.c $(VTD_WORLD)))
$(eval $(call sim_program,$(1),tests/iommu-vtd/driver,$(VTD_DRIVER) $(VTD_WORLD)))
$(eval $(call sim_program,$(1),tests/iommu-vtd/corners,tests/iommu-vtd/corners.c $(VTD_WORLD)))
$(eval $(call sim_program,$(1),tests/iommu-vtd/handover,tests/iommu-vtd/handover.c tests/iommu-unit/handover.c $(VTD_WORLD)))
TESTS += $(addprefix $(B)/$(1)/tests/iommu-vtd/,hazards driver corners handover)
endef
$(foreach vtd_config,sim sim16k sim64k,$(eval $(call vtd_tests,$(vtd_config))))
$(eval $(call sim_program,simtsan,tests/iommu-vtd/threads,tests/iommu-vtd/threads.c tests/iommu-unit/threads.c $(VTD_WORLD)))
TESTS += $(B)/simtsan/tests/iommu-vtd/threads

# Each mistake put back: what tools/putback compiles with, and links.
VTD_MUTANTS := $(B)/sim/tests/iommu-vtd/mutants
all: $(VTD_MUTANTS)/common
$(VTD_MUTANTS)/common: $(B)/sim/tests/iommu-vtd/handover $(B)/sim/tests/iommu-vtd/hazards $(B)/sim/tests/iommu-vtd/driver tests/iommu-vtd/build.mk sources.mk
	@mkdir -p $(@D)
	@echo '$(CFLAGS_sim)' >$(@D)/flags
	@echo '$(LINKER) -fsanitize=address,undefined -lcmocka -lpthread' >$(@D)/link
	@echo '$(call objects,sim,tests/iommu-vtd/hazards.c)' >$(@D)/hazards.objects
	@echo '$(call objects,sim,$(VTD_DRIVER))' >$(@D)/driver.objects
	@echo '$(call objects,sim,tests/iommu-vtd/handover.c tests/iommu-unit/handover.c)' >$(@D)/handover.objects
	@echo '$(call objects,sim,$(DMASTREAM_ALL) $(SIM_SOURCES) $(VTD_WORLD))' >$@
TESTS += tests/iommu-vtd/mutants.sh
