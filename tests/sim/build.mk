# SPDX-License-Identifier: MPL-2.0
# The simulated machine's own tests: that it really misbehaves, finds what it should, and tells nothing else.
include platform/sim/build.mk

SIM_TESTS := $(addprefix tests/sim/,caches order)
SIM_TEST_CONFIGS := sim sim16k
$(foreach sim_config,$(SIM_TEST_CONFIGS),$(foreach sim_test,$(SIM_TESTS),\
	$(eval $(call sim_program,$(sim_config),$(sim_test),$(sim_test).c tests/sim/rig.c))))
TESTS += $(foreach sim_config,$(SIM_TEST_CONFIGS),$(addprefix $(B)/$(sim_config)/,$(SIM_TESTS)))
