# SPDX-License-Identifier: MPL-2.0
## mutants  every small mistake in the core and the toolkit, one at a time: the score of the hosted tests, and what survived
# All judge in one program: a test that replaces a function of the host does so for all, and passes on what it does not want.
MUTANT_TESTS = $(addprefix tests/core/,$(addsuffix .c,placement library nodes cursors segments device bypass reach fast_paths limits reclaim translated coherent \
	life domain interrupts ranges split quarantine failures access ask rearm rings shared shared_size truth)) \
	$(addprefix tests/toolkit/,$(addsuffix .c,$(filter-out %_threads,$(TOOLKIT_SLICES) $(TOOLKIT_LISTS)) lines))

# Headers have code, too.
MUTANT_HEADERS := $(filter-out $(addprefix include/dmastream/,$(addsuffix .h,amdvi iommu iort riscv smmuv3 virtio vtd)),\
	$(sort $(wildcard include/dmastream/*.h $(addprefix src/,base/*.h memory/*.h device/*.h stream/*.h))))

$(B)/mutants/config: tests/mutants/build.mk sources.mk $(wildcard tests/core/*.c tests/toolkit/*.c)
	@mkdir -p $(@D)
	@{ echo 'cc=$(CC)'; echo 'flags=-O1 $(SIM_INCLUDE)'; echo 'core=$(DMASTREAM_CORE) $(DMASTREAM_USER) $(DMASTREAM_TOOLKIT)'; \
	echo 'link=-Wl,--wrap=dma_host_log,--wrap=sim_line_operation,--wrap=dma_host_info_get $(LIMITS_WRAP)'; \
	echo 'headers=$(MUTANT_HEADERS)'; echo 'sample=$(DMASTREAM_CORE) $(DMASTREAM_USER)'; \
	echo 'support=$(DMASTREAM_IOMMU) $(SIM_SOURCES) $(TOOLKIT_HELPERS) $(SLICE_HELPERS)'; \
	echo 'tests=$(MUTANT_TESTS)'; } >$@

built: $(B)/mutants/config
TESTS += tests/mutants/sample.sh

.PHONY: mutants
mutants: $(B)/mutants/config
	@tools/mutate $(B) $(MUTATE)

## putback  puts every mistake of tests/*/mutants.txt back, and sees the test that is named for each fail; FOLDERS="cvm toolkit" for some
.PHONY: putback
putback: all
	@failed=0; for suite in $(filter $(patsubst %,tests/%/mutants.sh,$(or $(FOLDERS),%)),$(TESTS)); do \
	echo "# $$suite"; EVERY=$(or $(EVERY),1) B=$(B) $$suite || failed=1; done; exit $$failed
