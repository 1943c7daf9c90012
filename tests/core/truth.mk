# SPDX-License-Identifier: MPL-2.0
## truth  the truth table under SEEDS=1000 schedules a cell (make check: 60)
$(eval $(call sim_program,simfast,tests/core/truth,tests/core/truth.c tests/core/core.c))
TESTS += $(B)/simfast/tests/core/truth
.PHONY: truth
truth: $(B)/simfast/tests/core/truth
	@SEEDS=$(or $(SEEDS),1000) $<

# Conversions of confidential VMs failing at every call, in every row.
$(eval $(call sim_program,simfast,tests/core/conversions,tests/core/conversions.c $(CORE_HELPERS)))
TESTS += $(B)/simfast/tests/core/conversions
