# SPDX-License-Identifier: MPL-2.0
# The detector for other people's drivers (docs/dmacheck.md): tools/dmacheck compiles and runs, this builds what it links.
include platform/sim/build.mk

DMACHECK_SOURCES := $(sort $(wildcard dmacheck/runtime/*.c dmacheck/models/*.c)) $(SIM_ANNOUNCED)
CC_dmacheck := gcc
CFLAGS_dmacheck = $(CFLAGS_simfast) -Idmacheck/include
$(eval $(call config,dmacheck))

# The library and the machine are those of simfast.
DMACHECK := $(B)/dmacheck/libdmacheck.a
$(DMACHECK): $(call objects,simfast,$(DMASTREAM_ALL) $(SIM_SOURCES)) $(call objects,dmacheck,$(DMACHECK_SOURCES))
	@rm -f $@
	@ar rcs $@ $^

## dmacheck  what tools/dmacheck links: the detector of DMA mistakes in C drivers (docs/dmacheck.md)
.PHONY: dmacheck
dmacheck: $(DMACHECK)
all: $(DMACHECK)

## corpus  the mistakes of HAZARDS C as small drivers: which are found, and repairs under SEEDS (100) on each machine
SEEDS ?= 100
.PHONY: corpus
corpus: $(DMACHECK) $(B)/watch/tests/watch/ledger
	@tests/corpus/corpus.sh $(SEEDS) table
	@tests/corpus/misuse.sh table
TESTS += tests/corpus/corpus.sh tests/corpus/accesses.sh tests/corpus/misuse.sh tests/corpus/trace.py

# Installed: the program, what it links, the headers of the doors and models.
DMACHECK_SHARE = $(DESTDIR)$(PREFIX)/share/dmacheck
.PHONY: install-dmacheck
install-dmacheck: $(DMACHECK)
	install -d '$(DESTDIR)$(PREFIX)/bin' '$(DESTDIR)$(PREFIX)/lib/dmacheck' '$(DMACHECK_SHARE)/include/dmastream' \
		'$(DMACHECK_SHARE)/models'
	install -m 755 tools/dmacheck '$(DESTDIR)$(PREFIX)/bin/'
	install -m 644 $(DMACHECK) '$(DESTDIR)$(PREFIX)/lib/dmacheck/'
	install -m 644 dmacheck/include/*.h platform/sim/sim.h '$(DMACHECK_SHARE)/include/'
	install -m 644 include/dmastream/*.h platform/sim/dmastream/arch.h '$(DMACHECK_SHARE)/include/dmastream/'
	install -m 644 dmacheck/models/*.h '$(DMACHECK_SHARE)/models/'
	cd dmacheck/doors && find . -name '*.h' -exec install -D -m 644 {} '$(DMACHECK_SHARE)/doors/{}' ';'

## sarif  what dmacheck writes as SARIF, validated by npm's @microsoft/sarif-multitool (which it installs below build/)
.PHONY: sarif
sarif: $(DMACHECK)
	@tests/corpus/sarif.sh

## without  each sync and barrier of the drivers and examples taken out in turn: does dmacheck say so? (minutes)
.PHONY: without
without: $(DMACHECK)
	@tests/corpus/without.py

## speed  instrumented accesses a second under dmacheck, on one CPU
.PHONY: speed
speed: $(DMACHECK)
	@tools/dmacheck cc -o $(B)/dmacheck/speed tests/corpus/ours/speed.c
	@tools/dmacheck run $(B)/dmacheck/speed --seeds 1
