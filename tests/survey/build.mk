# SPDX-License-Identifier: MPL-2.0
# The survey, from a USB stick under EFI firmware, and what reads its reports.
TESTS += tests/survey/survey.py tests/survey/report.py

# What the survey reads of tables by itself, on tables that firmware should not have. CORPUS=folder: real ones, too.
include tests/hosts/build.mk
$(eval $(call hosted_program,tests/survey/tables,tests/survey/tables.c tests/hosts/lines.c drivers/text.c \
	$(addprefix apps/survey/,units_vtd.c units_amdvi.c units_virtio.c fixed.c) src/iommu/smmuv3/iort.c src/iommu/smmuv3/iort_check.c))
TESTS += $(B)/tests/survey/tables

# A server, on the host.
$(eval $(call hosted_program,tests/survey/server,tests/survey/server.c drivers/text.c src/base/errors.c \
	$(addprefix apps/survey/,machine.c steps.c report.c units.c units_vtd.c units_amdvi.c units_virtio.c units_smmuv3.c fixed.c) \
	src/iommu/smmuv3/iort.c src/iommu/smmuv3/iort_check.c tests/hosts/lines.c))
TESTS += $(B)/tests/survey/server

# The image wants mtools and dosfstools, which building the library does not.
ifneq ($(shell command -v mcopy)$(shell command -v mkfs.fat),)
all: $(B)/usb/dmastream.img
endif

## survey-test  the survey on every machine that QEMU can be told to be (about 20 minutes, 4 of them of CPU time)
.PHONY: survey-test
survey-test: $(B)/usb/dmastream.img
	tests/survey/survey.py --all
