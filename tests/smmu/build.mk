# SPDX-License-Identifier: MPL-2.0
# SMMUv3 on the host: the driver on the register-level model, and the IORT reader.
include platform/sim/build.mk

SMMU_MODEL := $(addprefix platform/sim/,smmuv3.c smmuv3_cache.c smmuv3_queue.c smmuv3_walk.c) tests/smmu/setup.c
SMMU_TESTS := driver streams trouble corners
$(foreach smmu_test,$(SMMU_TESTS),$(eval $(call sim_program,sim,tests/smmu/$(smmu_test),tests/smmu/$(smmu_test).c $(SMMU_MODEL))))
TESTS += $(addprefix $(B)/sim/tests/smmu/,$(SMMU_TESTS))

# Each mistake put back: what tools/putback compiles with, and links.
SMMU_MUTANTS := $(B)/sim/tests/smmu/mutants
all: $(SMMU_MUTANTS)/common
$(SMMU_MUTANTS)/common: $(addprefix $(B)/sim/tests/smmu/,$(SMMU_TESTS)) tests/smmu/build.mk
	@mkdir -p $(@D)
	@echo '$(CFLAGS_sim)' >$(@D)/flags
	@echo '-fsanitize=address,undefined -lcmocka -lpthread' >$(@D)/link
	@for test in $(SMMU_TESTS); do echo $(B)/sim/tests/smmu/$$test.o >$(@D)/$$test.objects; done
	@echo '$(call objects,sim,$(DMASTREAM_CORE) $(DMASTREAM_USER) $(DMASTREAM_IOMMU) $(SIM_SOURCES) $(SMMU_MODEL))' >$@
TESTS += tests/smmu/mutants.sh

CC_smmutest := $(CC)
CFLAGS_smmutest := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all
$(eval $(call config,smmutest))
$(B)/tests/smmu/iort: $(call objects,smmutest,tests/smmu/iort.c src/iommu/iort.c)
	@mkdir -p $(@D)
	$(CC) -fsanitize=address,undefined $^ -lcmocka -o $@
TESTS += $(B)/tests/smmu/iort
