# SPDX-License-Identifier: MPL-2.0
# Each rule of the models of IOMMUs, broken once: the model says just this rule.
include platform/sim/build.mk

RULES_MAIN := tests/model-rules/main.c tests/model-rules/bench.c
RULES_VTD := $(addprefix tests/model-rules/,vtd.c vtd_behaviour.c vtd_bench.c vtd_commands.c vtd_interrupts.c vtd_registers.c vtd_structures.c)
RULES_SMMUV3 := $(addprefix tests/model-rules/,smmuv3.c smmuv3_behaviour.c smmuv3_bench.c smmuv3_commands.c smmuv3_queues.c \
	smmuv3_registers.c smmuv3_structures.c smmuv3_tables.c)
RULES_AMDVI := $(addprefix tests/model-rules/,amdvi.c amdvi_behaviour.c amdvi_bench.c amdvi_commands.c amdvi_registers.c amdvi_structures.c)
RULES_RISCV := $(addprefix tests/model-rules/,riscv.c riscv_behaviour.c riscv_bench.c riscv_commands.c riscv_messages.c \
	riscv_registers.c riscv_requests.c riscv_structures.c)
RULES_VIRTIO := $(addprefix tests/model-rules/,virtio.c virtio_bench.c virtio_registers.c virtio_requests.c)
$(eval $(call sim_program,sim,tests/model-rules/vtd-rules,$(RULES_MAIN) $(RULES_VTD) $(SIM_VTD)))
$(eval $(call sim_program,sim,tests/model-rules/smmuv3-rules,$(RULES_MAIN) $(RULES_SMMUV3) $(SIM_SMMUV3)))
$(eval $(call sim_program,sim,tests/model-rules/amdvi-rules,$(RULES_MAIN) $(RULES_AMDVI) $(SIM_AMDVI)))
$(eval $(call sim_program,sim,tests/model-rules/riscv-rules,$(RULES_MAIN) $(RULES_RISCV) $(SIM_RISCV)))
$(eval $(call sim_program,sim,tests/model-rules/virtio-rules,$(RULES_MAIN) $(RULES_VIRTIO) $(SIM_VIRTIO)))
MODEL_RULES := $(addprefix $(B)/sim/tests/model-rules/,vtd-rules smmuv3-rules amdvi-rules riscv-rules virtio-rules)
TESTS += $(MODEL_RULES)

## model-rules  prints each rule of the IOMMU models: section, the test that breaks it, whether it is caught; and a sum
.PHONY: model-rules
model-rules: $(MODEL_RULES) $(B)/cvm/tests/cvm/rules
	@for program in $^; do $$program --table || echo "$$program failed: NOT CAUGHT"; done | \
		awk '{ print } /^[0-9]+ rules of /{ r += $$1; t += $$5; m += $$10 } /NOT CAUGHT/ { bad = 1 } \
		END { printf "%d rules, %d tests that break them, %d not caught\n", r, t, m; exit bad }'
