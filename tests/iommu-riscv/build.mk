# SPDX-License-Identifier: MPL-2.0
# The RISC-V IOMMU's driver on the register-level model; QEMU's unit: tests/attacks, tests/bare.
include platform/sim/build.mk tests/iommu-unit/scenes.mk
RISCV_UNITS := $(UNIT_SCENES) tests/iommu-riscv/world.c $(SIM_RISCV)
RISCV_WORLD := tests/iommu-unit/world.c tests/iommu-riscv/told.c $(RISCV_UNITS)
# $(call riscv_tests,CONFIG)
define riscv_tests
$(eval $(call sim_program,$(1),tests/iommu-riscv/hazards,tests/iommu-riscv/hazards.c $(RISCV_WORLD)))
$(eval $(call sim_program,$(1),tests/iommu-riscv/messages,tests/iommu-riscv/messages.c $(RISCV_WORLD)))
$(eval $(call sim_program,$(1),tests/iommu-riscv/requests,tests/iommu-riscv/requests.c $(RISCV_WORLD)))
$(eval $(call sim_program,$(1),tests/iommu-riscv/driver,tests/iommu-riscv/driver.c $(RISCV_WORLD)))
$(eval $(call sim_program,$(1),tests/iommu-riscv/handover,tests/iommu-riscv/handover.c tests/iommu-unit/handover.c $(RISCV_WORLD)))
TESTS += $(addprefix $(B)/$(1)/tests/iommu-riscv/,hazards messages requests driver handover)
endef
$(foreach riscv_config,sim sim16k sim64k,$(eval $(call riscv_tests,$(riscv_config))))
$(eval $(call sim_program,simtsan,tests/iommu-riscv/threads,tests/iommu-riscv/threads.c tests/iommu-unit/threads.c $(RISCV_WORLD)))
TESTS += $(B)/simtsan/tests/iommu-riscv/threads

# Firmware's bytes, the bare machine's code that reads them, and the units that they name.
RISCV_FIRMWARE := tests/iommu-riscv/firmware.c tests/bare/functions.c $(BARE_TREE) $(addprefix platform/bare/iommu/,iommu.c iommu_requester.c \
	iommu_riscv.c iommu_units.c)
# The simulated machine has functions of its own, by the same names.
$(call objects,sim,$(RISCV_FIRMWARE)): CFLAGS_sim += -Itests/bare/host $(foreach call,find_class bar enable,-Dbus_pci_$(call)=bare_pci_$(call))
$(eval $(call sim_program,sim,tests/iommu-riscv/firmware,$(RISCV_FIRMWARE) $(RISCV_UNITS)))
TESTS += $(B)/sim/tests/iommu-riscv/firmware

# Each mistake put back: what tools/putback compiles with, and links.
RISCV_MUTANTS := $(B)/sim/tests/iommu-riscv/mutants
RISCV_MUTATED := driver firmware handover hazards messages requests
all: $(RISCV_MUTANTS)/common
$(RISCV_MUTANTS)/common: $(addprefix $(B)/sim/tests/iommu-riscv/,$(RISCV_MUTATED)) tests/iommu-riscv/build.mk sources.mk
	@mkdir -p $(@D)
	@echo '$(CFLAGS_sim)' >$(@D)/flags
	@echo '$(LINKER) -fsanitize=address,undefined -lcmocka -lpthread' >$(@D)/link
	@echo '$(call objects,sim,$(RISCV_FIRMWARE))' >$(@D)/firmware.objects
	@for test in driver hazards messages requests; do echo $(B)/sim/tests/iommu-riscv/$$test.o '$(call objects,sim,$(filter-out $(RISCV_UNITS),$(RISCV_WORLD)))' >$(@D)/$$test.objects; done
	@echo '$(call objects,sim,tests/iommu-riscv/handover.c tests/iommu-unit/handover.c $(filter-out $(RISCV_UNITS),$(RISCV_WORLD)))' >$(@D)/handover.objects
	@echo '$(call objects,sim,$(DMASTREAM_ALL) $(SIM_SOURCES) $(RISCV_UNITS))' >$@
TESTS += tests/iommu-riscv/mutants.sh
