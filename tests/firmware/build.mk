# SPDX-License-Identifier: MPL-2.0
# Firmware tables of real machines, and odd ones made here, through their parsers and on to units that work.
include platform/sim/build.mk

CORPUS_MODELS := $(sort $(SIM_VTD) $(SIM_SMMUV3) $(SIM_AMDVI))
CORPUS_PARSERS := $(addprefix platform/bare/,firmware/acpi.c firmware/fdt.c kernel/format.c)
CORPUS_SOURCES := $(addprefix tests/firmware/,corpus.c corpus_dmar.c corpus_ivrs.c corpus_others.c sha1.c)
$(eval $(call sim_program,sim,tests/firmware/corpus,$(CORPUS_SOURCES) $(CORPUS_MODELS) $(CORPUS_PARSERS)))

$(B)/tests/firmware/odd: tests/firmware/odd.c tests/iommu-vtd/tables.c tests/iommu-vtd/tables.h \
	tests/iommu-amdvi/ivrs_table.c tests/iommu-amdvi/ivrs_table.h
	@mkdir -p $(@D)
	$(CC) -std=c11 $(WARN) $(WARN_C) -O1 $(filter %.c,$^) -o $@
all: $(B)/sim/tests/firmware/corpus $(B)/tests/firmware/odd $(B)/fuzz/seed_iort
TESTS += tests/firmware/corpus.sh tests/firmware/fields.sh

## firmware-corpus  every firmware table below CORPUS=folder through its parser and, where there is a driver, on to a unit that works
.PHONY: firmware-corpus
firmware-corpus: $(B)/sim/tests/firmware/corpus
	@$(B)/sim/tests/firmware/corpus tests/firmware/refused.txt $(or $(CORPUS),../shared/firmware)
