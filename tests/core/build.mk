# SPDX-License-Identifier: MPL-2.0
# The core's promises, each in a program of its own on the simulated machine, under the address and undefined-behaviour sanitizers.
CORE_TESTS := $(patsubst %.c,%,$(filter-out tests/core/core.c,$(wildcard tests/core/*.c)))
$(foreach core_test,$(CORE_TESTS),$(eval $(call sim_program,sim,$(core_test),$(core_test).c tests/core/core.c)))
TESTS += $(addprefix $(B)/sim/,$(CORE_TESTS))

# These look at what the library logs.
$(addprefix $(B)/sim/tests/core/,device library): LDFLAGS_sim += -Wl,--wrap=dma_host_log
