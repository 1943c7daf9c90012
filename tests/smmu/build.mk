# SPDX-License-Identifier: MPL-2.0
# SMMUv3 on the host: the driver on the register-level model, and the IORT reader.
include platform/sim/build.mk

SMMU_MODEL := $(addprefix platform/sim/,smmuv3.c smmuv3_cache.c smmuv3_queue.c smmuv3_walk.c) tests/smmu/setup.c
$(foreach smmu_test,driver trouble,$(eval $(call sim_program,sim,tests/smmu/$(smmu_test),tests/smmu/$(smmu_test).c $(SMMU_MODEL))))
TESTS += $(B)/sim/tests/smmu/driver $(B)/sim/tests/smmu/trouble

CC_smmutest := $(CC)
CFLAGS_smmutest := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all
$(eval $(call config,smmutest))
$(B)/tests/smmu/iort: $(call objects,smmutest,tests/smmu/iort.c src/iommu/iort.c)
	@mkdir -p $(@D)
	$(CC) -fsanitize=address,undefined $^ -lcmocka -o $@
TESTS += $(B)/tests/smmu/iort
