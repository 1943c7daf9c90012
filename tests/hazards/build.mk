# SPDX-License-Identifier: MPL-2.0
## hazards  each hazard, the test that holds it off, and by what the mistake is caught when it is put back
HAZARDS := $(patsubst tests/hazards/%.c,%,$(wildcard tests/hazards/h[0-9]*.c))
HAZARD_LIBRARY := $(call objects,simfast,$(DMASTREAM_ALL) $(SIM_SOURCES) \
	tests/core/core.c tests/hazards/hazard.c)

$(foreach hazard,$(HAZARDS),$(eval $(call sim_program,simfast,tests/hazards/$(hazard),\
	tests/hazards/$(hazard).c tests/hazards/hazard.c tests/core/core.c)))
HAZARD_RIGHT := $(addprefix $(B)/simfast/tests/hazards/,$(HAZARDS))
HAZARD_MISTAKEN := $(addsuffix .mistaken,$(HAZARD_RIGHT))

$(HAZARD_MISTAKEN): %.mistaken: %.o $(HAZARD_LIBRARY) tests/hazards/mistake $(wildcard tests/hazards/*.sed)
	@tests/hazards/mistake $(notdir $*) $@ $(B)/simfast $(CC_simfast) "$(CFLAGS_simfast)" $(filter %.o,$^)

$(B)/hazards.stamp: $(HAZARD_RIGHT) $(HAZARD_MISTAKEN)
	@touch $@

.PHONY: hazards
hazards: $(B)/hazards.stamp
	@tests/hazards/run.sh table

built: $(B)/hazards.stamp
TESTS += tests/hazards/run.sh
