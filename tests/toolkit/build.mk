# SPDX-License-Identifier: MPL-2.0
# The toolkit on the simulated machine, each concept in a program of its own.
TOOLKIT_HELPERS := $(CORE_HELPERS) tests/toolkit/rig.c
TOOLKIT_LISTS := edges edges_memory known seldom buffer buffer_whole list list_limits list_trouble batch scattered scattered_trouble peer
$(foreach toolkit_test,$(TOOLKIT_LISTS),$(eval $(call sim_program,sim,tests/toolkit/$(toolkit_test),tests/toolkit/$(toolkit_test).c $(TOOLKIT_HELPERS))))

TOOLKIT_SLICES := slice slice_life pool pool_life arena counted slices_rows slices_threads rows rows_access rows_lists \
	rows_rearm
SLICE_HELPERS := tests/toolkit/slices.c
$(foreach toolkit_test,$(TOOLKIT_SLICES),$(eval $(call sim_program,sim,tests/toolkit/$(toolkit_test),\
	tests/toolkit/$(toolkit_test).c $(SLICE_HELPERS) $(TOOLKIT_HELPERS))))
TESTS += $(addprefix $(B)/sim/tests/toolkit/,$(TOOLKIT_SLICES))
TESTS += tests/toolkit/examples.sh
# Threads under the thread sanitizer, too.
$(eval $(call sim_program,simtsan,tests/toolkit/slices_threads,tests/toolkit/slices_threads.c $(CORE_HELPERS)))
TESTS += $(B)/simtsan/tests/toolkit/slices_threads
# Pages of 64 KiB.
TOOLKIT_64K := slice slice_life pool pool_life arena
$(foreach toolkit_test,$(TOOLKIT_64K),\
	$(eval $(call sim_program,sim64k,tests/toolkit/$(toolkit_test),tests/toolkit/$(toolkit_test).c $(SLICE_HELPERS) $(CORE_HELPERS))))
TESTS += $(addprefix $(B)/sim64k/tests/toolkit/,$(TOOLKIT_64K))

# This one counts what is maintained.
$(B)/sim/tests/toolkit/lines: LDFLAGS_sim += -Wl,--wrap=sim_line_operation
$(eval $(call sim_program,sim,tests/toolkit/lines,tests/toolkit/lines.c $(TOOLKIT_HELPERS)))
TESTS += $(addprefix $(B)/sim/tests/toolkit/,$(TOOLKIT_LISTS) lines)

# Each mistake put back: what tools/putback compiles with, and links.
TOOLKIT_MUTANTS := $(B)/sim/tests/toolkit/mutants
all: $(TOOLKIT_MUTANTS)/common
$(TOOLKIT_MUTANTS)/common: $(addprefix $(B)/sim/tests/toolkit/,$(TOOLKIT_LISTS)) tests/toolkit/build.mk sources.mk
	@mkdir -p $(@D)
	@echo '$(CFLAGS_sim)' >$(@D)/flags
	@echo '$(LINKER) -fsanitize=address,undefined -lcmocka -lpthread' >$(@D)/link
	@for program in $(TOOLKIT_LISTS); do echo "$(B)/sim/tests/toolkit/$$program.o" >$(@D)/$$program.objects; done
	@echo '$(call objects,sim,$(DMASTREAM_ALL) $(SIM_SOURCES) $(TOOLKIT_HELPERS))' >$@
TESTS += tests/toolkit/mutants.sh

# Threads: under the thread sanitizer.
$(eval $(call sim_program,simtsan,tests/toolkit/list_threads,tests/toolkit/list_threads.c $(TOOLKIT_HELPERS)))
TESTS += $(B)/simtsan/tests/toolkit/list_threads

# What becomes of handles.
$(eval $(call sim_program,sim,tests/toolkit/handles,tests/toolkit/handles.c tests/toolkit/handles_kinds.c $(TOOLKIT_HELPERS)))
TESTS += $(B)/sim/tests/toolkit/handles

# Each operation under each condition; its threads under the thread sanitizer, too.
MATRIX_SOURCES := $(addprefix tests/toolkit/,matrix.c matrix_ops.c matrix_streams.c matrix_memory.c matrix_access.c matrix_frames.c) \
	$(TOOLKIT_HELPERS)
$(foreach variant,sim simtsan,$(eval $(call sim_program,$(variant),tests/toolkit/matrix,$(MATRIX_SOURCES))))
TESTS += $(foreach variant,sim simtsan,$(B)/$(variant)/tests/toolkit/matrix)
TESTS += tests/toolkit/matrix_calls.sh
