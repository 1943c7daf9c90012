# SPDX-License-Identifier: MPL-2.0
## truth  the truth table under SEEDS=1000 schedules a cell (make check: 60)
$(eval $(call sim_program,simfast,tests/truth/truth,tests/truth/truth.c tests/core/core.c))
TESTS += $(B)/simfast/tests/truth/truth
.PHONY: truth
truth: $(B)/simfast/tests/truth/truth
	@SEEDS=$(or $(SEEDS),1000) $<
