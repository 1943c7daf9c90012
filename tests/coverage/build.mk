# SPDX-License-Identifier: MPL-2.0
## coverage  lines and branches of src/ that the hosted tests reach; fails if a line is neither reached nor explained; needs gcovr
COVERAGE_CC := tests/coverage/cc
.PHONY: coverage coverage-programs
coverage:
	@command -v gcovr >/dev/null || { echo 'make coverage: gcovr is missing (Debian: package gcovr)' >&2; exit 1; }
	@$(MAKE) -s $(COVERAGE_MAKE) B=$(B)/coverage coverage-programs $(foreach c,sim simfast iommucore iommuunit hosted cvm cvmtest linuxsan linuxnarrow static,CC_$(c)=$(COVERAGE_CC)) \
		CC=$(COVERAGE_CC)
	@tests/coverage/run.sh $(B)/coverage

# Every hosted program with the sanitizers' machine or none: of the core, the toolkit, the IOMMU code, ranges in a process of Linux, each driver and each
# confidential VM on its model.
COVERAGE_PROGRAMS = $(filter $(addprefix $(B)/,sim/tests/core/% sim/tests/toolkit/% sim/tests/iommu% simfast/tests/core/truth \
	iommucore/% iommuunit/% cvm/% cvmtest/% tests/iommu% tests/static/% linuxsan/tests/linux/% linuxnarrow/tests/linux/%),$(filter-out %.sh,$(TESTS)))
coverage-programs: $(B)/coverage.programs
.PHONY: $(B)/coverage.programs
$(B)/coverage.programs:
	@$(MAKE) -s $(COVERAGE_MAKE) $(COVERAGE_PROGRAMS) && echo $(COVERAGE_PROGRAMS) >$@
