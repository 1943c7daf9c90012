# SPDX-License-Identifier: MPL-2.0
# Each rule of the models of IOMMUs, broken once: the model says just this rule.
include platform/sim/build.mk

MODEL_RULES := $(addprefix tests/model-rules/,main.c vtd.c vtd_bench.c vtd_commands.c vtd_registers.c vtd_structures.c)
$(eval $(call sim_program,sim,tests/model-rules/rules,$(MODEL_RULES) $(sort $(SIM_VTD))))
TESTS += $(B)/sim/tests/model-rules/rules

## model-rules  prints each rule of the IOMMU models: section, the test that breaks it, whether it is caught; and a sum
.PHONY: model-rules
model-rules: $(B)/sim/tests/model-rules/rules
	@$< --table
