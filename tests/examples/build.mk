# SPDX-License-Identifier: MPL-2.0
# The drivers of examples/, each with a hostile device of its own on the simulated machine, and their lines beside Linux's.
## examples  builds and runs the three example drivers on the simulated machine; prints their lines beside Linux's; fails if one is longer
include platform/sim/build.mk
EXAMPLES := receive_ring scattered_list command_response
$(foreach example,$(EXAMPLES),$(eval $(call sim_program,sim,examples/$(example),examples/$(example).c tests/examples/$(example).c)))
EXAMPLE_TESTS := $(EXAMPLES:%=$(B)/sim/examples/%) tests/examples/lines.sh
TESTS += $(EXAMPLE_TESTS)
.PHONY: examples
examples: $(EXAMPLES:%=$(B)/sim/examples/%)
	@failed=0; for test in $(EXAMPLE_TESTS); do CMOCKA_MESSAGE_OUTPUT=TAP $$test || failed=1; done; exit $$failed
