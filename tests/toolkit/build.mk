# SPDX-License-Identifier: MPL-2.0
# The toolkit on the simulated machine, each concept in a program of its own.
TOOLKIT_HELPERS := $(CORE_HELPERS) tests/toolkit/rig.c
TOOLKIT_LISTS := buffer list
$(foreach toolkit_test,$(TOOLKIT_LISTS),$(eval $(call sim_program,sim,tests/toolkit/$(toolkit_test),tests/toolkit/$(toolkit_test).c $(TOOLKIT_HELPERS))))
TESTS += $(addprefix $(B)/sim/tests/toolkit/,$(TOOLKIT_LISTS))

TOOLKIT_SLICES := slice pool arena counted slices_rows slices_threads
$(foreach toolkit_test,$(TOOLKIT_SLICES),\
	$(eval $(call sim_program,sim,tests/toolkit/$(toolkit_test),tests/toolkit/$(toolkit_test).c $(TOOLKIT_HELPERS))))
TESTS += $(addprefix $(B)/sim/tests/toolkit/,$(TOOLKIT_SLICES))
TESTS += tests/toolkit/examples.sh
# Threads under the thread sanitizer, too.
$(eval $(call sim_program,simtsan,tests/toolkit/slices_threads,tests/toolkit/slices_threads.c $(CORE_HELPERS)))
TESTS += $(B)/simtsan/tests/toolkit/slices_threads
# Pages of 64 KiB.
$(foreach toolkit_test,slice pool arena,\
	$(eval $(call sim_program,sim64k,tests/toolkit/$(toolkit_test),tests/toolkit/$(toolkit_test).c $(CORE_HELPERS))))
TESTS += $(addprefix $(B)/sim64k/tests/toolkit/,slice pool arena)
