# SPDX-License-Identifier: MPL-2.0
# VT-d on the host: the DMAR parser, and the driver on the register-level model.
CC_vtdtest := gcc
CFLAGS_vtdtest := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all -Iinclude -Isrc/arch -Isrc/arch/generic -Isrc -Itests/vtd
$(eval $(call config,vtdtest))

VTD_DMAR_TEST := $(call objects,vtdtest,tests/vtd/dmar_test.c tests/vtd/tables.c src/iommu/dmar.c)
$(B)/tests/vtd/dmar: $(VTD_DMAR_TEST)
	@mkdir -p $(@D)
	$(CC_vtdtest) -fsanitize=address,undefined $^ -lcmocka -o $@
TESTS += $(B)/tests/vtd/dmar

include platform/sim/build.mk
VTD_MODEL := $(addprefix platform/sim/,vtd.c vtd_cache.c vtd_queue.c vtd_walk.c)
VTD_DRIVER := $(addprefix tests/vtd/,driver.c driver_devices.c driver_firmware.c driver_queue.c driver_regions.c)
VTD_WORLD := tests/vtd/world.c tests/vtd/tables.c $(VTD_MODEL)
$(eval $(call sim_program,sim,tests/vtd/hazards,tests/vtd/hazards.c tests/vtd/hazards_release.c $(VTD_WORLD)))
$(eval $(call sim_program,sim,tests/vtd/driver,$(VTD_DRIVER) $(VTD_WORLD)))
$(eval $(call sim_program,sim,tests/vtd/corners,tests/vtd/corners.c $(VTD_WORLD)))
$(eval $(call sim_program,simtsan,tests/vtd/threads,tests/vtd/threads.c $(VTD_WORLD)))
TESTS += $(B)/sim/tests/vtd/hazards $(B)/sim/tests/vtd/driver $(B)/sim/tests/vtd/corners $(B)/simtsan/tests/vtd/threads

# Each mistake put back: what tools/putback compiles with, and links.
VTD_MUTANTS := $(B)/sim/tests/vtd/mutants
all: $(VTD_MUTANTS)/common
$(VTD_MUTANTS)/common: $(B)/sim/tests/vtd/hazards $(B)/sim/tests/vtd/driver tests/vtd/build.mk
	@mkdir -p $(@D)
	@echo '$(CFLAGS_sim)' >$(@D)/flags
	@echo '-fsanitize=address,undefined -lcmocka -lpthread' >$(@D)/link
	@echo '$(call objects,sim,tests/vtd/hazards.c tests/vtd/hazards_release.c)' >$(@D)/hazards.objects
	@echo '$(call objects,sim,$(VTD_DRIVER))' >$(@D)/driver.objects
	@echo '$(call objects,sim,$(DMASTREAM_CORE) $(DMASTREAM_USER) $(DMASTREAM_IOMMU) $(SIM_SOURCES) $(VTD_WORLD))' >$@
TESTS += tests/vtd/mutants.sh
