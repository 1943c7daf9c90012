# SPDX-License-Identifier: MPL-2.0
# The RISC-V IOMMU's driver on the register-level model; QEMU's unit: tests/attacks, tests/bare.
include platform/sim/build.mk tests/iommu-unit/scenes.mk
RISCV_WORLD := $(UNIT_WORLD) tests/iommu-riscv/world.c tests/iommu-riscv/told.c $(SIM_RISCV)
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

# Each mistake put back: what tools/putback compiles with, and links.
RISCV_MUTANTS := $(B)/sim/tests/iommu-riscv/mutants
RISCV_MUTATED := driver handover hazards messages requests
all: $(RISCV_MUTANTS)/common
$(RISCV_MUTANTS)/common: $(addprefix $(B)/sim/tests/iommu-riscv/,$(RISCV_MUTATED)) tests/iommu-riscv/build.mk sources.mk
	@mkdir -p $(@D)
	@echo '$(CFLAGS_sim)' >$(@D)/flags
	@echo '$(LINKER) -fsanitize=address,undefined -lcmocka -lpthread' >$(@D)/link
	@echo '$(call objects,sim,tests/iommu-riscv/hazards.c)' >$(@D)/hazards.objects
	@echo '$(call objects,sim,tests/iommu-riscv/driver.c)' >$(@D)/driver.objects
	@echo '$(call objects,sim,tests/iommu-riscv/messages.c)' >$(@D)/messages.objects
	@echo '$(call objects,sim,tests/iommu-riscv/requests.c)' >$(@D)/requests.objects
	@echo '$(call objects,sim,tests/iommu-riscv/handover.c tests/iommu-unit/handover.c)' >$(@D)/handover.objects
	@echo '$(call objects,sim,$(DMASTREAM_ALL) $(SIM_SOURCES) $(RISCV_WORLD))' >$@
TESTS += tests/iommu-riscv/mutants.sh
