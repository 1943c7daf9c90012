# SPDX-License-Identifier: MPL-2.0
## mutants  every small mistake in the core, one at a time: the score of the hosted tests, and what survived
# The quick ones first.
MUTANT_TESTS := placement library nodes cursors segments device reach limits reclaim translated coherent life domain interrupts ranges split quarantine failures

# Headers with code in them.
MUTANT_HEADERS := $(addprefix include/dmastream/,stream.h cursor.h device.h segment.h barrier.h) src/base/atomic.h src/memory/run.h src/device/reach.h

$(B)/mutants/config: tests/mutants/build.mk sources.mk $(wildcard tests/core/*.c)
	@mkdir -p $(@D)
	@{ echo 'cc=$(CC)'; echo 'flags=-O1 $(SIM_INCLUDE)'; echo 'core=$(DMASTREAM_CORE) $(DMASTREAM_USER)'; \
	echo 'link=-Wl,--wrap=dma_host_log $(LIMITS_WRAP)'; \
	echo 'headers=$(MUTANT_HEADERS)'; \
	echo 'support=$(SIM_SOURCES) $(CORE_HELPERS)'; \
	echo 'tests=$(addprefix tests/core/,$(addsuffix .c,$(MUTANT_TESTS))) tests/core/truth.c'; \
	echo 'inline=$(addprefix tests/core/,core.c ranges.c cursors.c life.c reach.c limits.c split.c translated.c coherent.c interrupts.c)'; } >$@

check: $(B)/mutants/config
TESTS += tests/mutants/sample.sh

.PHONY: mutants
mutants: $(B)/mutants/config
	@tools/mutate $(B) $(MUTATE)
