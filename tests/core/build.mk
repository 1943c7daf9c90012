# SPDX-License-Identifier: MPL-2.0
# The core's promises, each in a program of its own on the simulated machine, under the address and undefined-behaviour sanitizers.
CORE_HELPERS := tests/core/core.c tests/hosts/fake.c
CORE_PARTS := tests/core/pointer_driver.c tests/core/pointer_announced.c
MISTAKES := $(wildcard tests/core/mistakes_*.c)
CORE_TESTS := $(patsubst %.c,%,$(filter-out $(CORE_HELPERS) $(CORE_PARTS) $(addprefix tests/core/,truth.c conversions.c pointer.c mistakes.c mistakes_%.c),$(wildcard tests/core/*.c)))
$(foreach core_test,$(CORE_TESTS),$(eval $(call sim_program,sim,$(core_test),$(core_test).c $(CORE_HELPERS))))
TESTS += $(addprefix $(B)/sim/,$(CORE_TESTS))

$(eval $(call sim_program,sim,tests/core/mistakes,tests/core/mistakes.c $(MISTAKES) $(CORE_HELPERS)))
TESTS += $(B)/sim/tests/core/mistakes

# A driver's plain accesses, once as they are and once announced by the compiler: machine and test are compiled as ever.
$(eval $(call sim_program,sim,tests/core/pointer,tests/core/pointer.c $(CORE_PARTS) $(CORE_HELPERS) $(SIM_ANNOUNCED)))
$(B)/sim/tests/core/pointer_announced.o: CFLAGS_sim = -O1 -g $(SIM_ANNOUNCE) $(SIM_INCLUDE)
TESTS += $(B)/sim/tests/core/pointer

# These look at what the library logs.
$(addprefix $(B)/sim/tests/core/,device library): LDFLAGS_sim += -Wl,--wrap=dma_host_log
$(addprefix $(B)/sim64k/tests/core/,device library): LDFLAGS_sim64k += -Wl,--wrap=dma_host_log
# And this one at what it makes of the host's word.
$(B)/sim/tests/core/library: LDFLAGS_sim += -Wl,--wrap=dma_host_info_get
$(B)/sim64k/tests/core/library: LDFLAGS_sim64k += -Wl,--wrap=dma_host_info_get

# This one looks at what the host is asked for, or answers instead of it.
LIMITS_WRAP := -Wl,--wrap=dma_host_frames_alloc -Wl,--wrap=dma_host_frames_alloc_within
$(B)/sim64k/tests/core/limits: LDFLAGS_sim64k += $(LIMITS_WRAP)
$(B)/sim/tests/core/limits: LDFLAGS_sim += $(LIMITS_WRAP)

# Threads: under the thread sanitizer, too.
$(eval $(call sim_program,simtsan,tests/core/threads,tests/core/threads.c $(CORE_HELPERS)))
TESTS += $(B)/simtsan/tests/core/threads

# Pages of 16 and 64 KiB.
CORE_16K := ranges split segments life reach fast_paths
CORE_64K := segments device reach fast_paths library life nodes ranges split interrupts limits
$(foreach core_test,$(CORE_16K),$(eval $(call sim_program,sim16k,tests/core/$(core_test),tests/core/$(core_test).c $(CORE_HELPERS))))
$(foreach core_test,$(CORE_64K),$(eval $(call sim_program,sim64k,tests/core/$(core_test),tests/core/$(core_test).c $(CORE_HELPERS))))
TESTS += $(addprefix $(B)/sim16k/tests/core/,$(CORE_16K)) $(addprefix $(B)/sim64k/tests/core/,$(CORE_64K))

# 32 bits.
TESTS += tests/core/narrow.sh

include tests/core/truth.mk
