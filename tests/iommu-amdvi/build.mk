# SPDX-License-Identifier: MPL-2.0
# AMD-Vi: the parser of IVRS tables, on the host. The driver meets QEMU's unit: tests/attacks, tests/bare, tests/main-job.
IVRS_TEST := $(call objects,vtdtest,tests/iommu-amdvi/ivrs_test.c tests/hosts/lines.c \
	src/iommu/amdvi/ivrs.c src/iommu/amdvi/ivrs_devices.c src/iommu/unit/unit_firmware.c)
$(B)/tests/iommu-amdvi/ivrs: $(IVRS_TEST)
	@mkdir -p $(@D)
	$(CC_vtdtest) -fsanitize=address,undefined $^ -lcmocka -o $@
TESTS += $(B)/tests/iommu-amdvi/ivrs
