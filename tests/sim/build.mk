# SPDX-License-Identifier: MPL-2.0
# The simulated machine's own tests: that it really misbehaves, finds what it should, and tells nothing else.
include platform/sim/build.mk

SIM_TESTS := $(addprefix tests/sim/,caches hooks order reach runs wakeup)
SIM_TEST_RIG := tests/sim/rig.c
$(foreach sim_test,$(SIM_TESTS),$(eval $(call sim_program,sim,$(sim_test),$(sim_test).c $(SIM_TEST_RIG))))
$(foreach sim_test,$(SIM_TESTS),$(eval $(call sim_program,sim16k,$(sim_test),$(sim_test).c $(SIM_TEST_RIG))))
$(foreach sim_test,$(SIM_TESTS),$(eval $(call sim_program,sim64k,$(sim_test),$(sim_test).c $(SIM_TEST_RIG))))
$(eval $(call sim_program,simfast,tests/sim/runs,tests/sim/runs.c $(SIM_TEST_RIG)))
$(eval $(call sim_program,simtsan,tests/sim/runs,tests/sim/runs.c $(SIM_TEST_RIG)))
TESTS += $(addprefix $(B)/sim/,$(SIM_TESTS)) $(addprefix $(B)/sim16k/,$(SIM_TESTS)) $(addprefix $(B)/sim64k/,$(SIM_TESTS))
TESTS += $(B)/simfast/tests/sim/runs $(B)/simtsan/tests/sim/runs

# The guide's example, as it stands there; and with its sync taken out.
$(B)/sim/tests/sim/guide_scenario.h: docs/simulator.md
	@mkdir -p $(@D)
	awk '/^    #include "sim.h"/ { on = 1 } on && !/^(    |$$)/ { exit } on { sub(/^    /, ""); print }' $< >$@
$(B)/sim/tests/sim/guide_mistake.h: $(B)/sim/tests/sim/guide_scenario.h
	sed '/sync_to_device/d; s/void scenario/void mistake/' $< >$@
$(B)/sim/tests/sim/guide.o: CFLAGS_sim += -I$(B)/sim/tests/sim
$(B)/sim/tests/sim/guide.o: $(B)/sim/tests/sim/guide_scenario.h $(B)/sim/tests/sim/guide_mistake.h
$(eval $(call sim_program,sim,tests/sim/guide,tests/sim/guide.c $(SIM_TEST_RIG)))
TESTS += $(B)/sim/tests/sim/guide

# The copy job under many seeds.
TESTS += tests/sim/seeds.sh
## seeds        the copy job on the hostile machine, 1000 seeds of every kind (SEEDS=n)
.PHONY: seeds
seeds: $(B)/simfast/copy
	@B=$(B) SEEDS=$(or $(SEEDS),1000) tests/sim/seeds.sh

## guide        the scenario of docs/simulator.md, and what the simulated machine says when its sync is missing
.PHONY: guide
guide: $(B)/sim/tests/sim/guide
	@SHOW=1 $<
