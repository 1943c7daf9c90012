# SPDX-License-Identifier: MPL-2.0
# The configuration header: the amalgamation built with each switch off, with all off, and small, on the simulated machine; what a
# small core weighs; configurations that contradict themselves.
include platform/sim/build.mk

CONFIG_SWITCHES := IOMMU NONCOHERENT CVM HIGHMEM BOUNCE WINDOWS LIMITS SPLIT SMP LEDGER LOG INLINE
CONFIG_NAMES := $(CONFIG_SWITCHES) SMALL NONE LATE
# A confidential VM bounces, so the one without bounces is none.
CONFIG_FLAGS_BOUNCE := -DDMA_CONFIG_BOUNCE=0 -DDMA_CONFIG_CVM=0
CONFIG_FLAGS_LATE := -DDMA_CONFIG_LATE_FREES=1 -DDMA_CONFIG_HIGHMEM=0
CONFIG_FLAGS_SMALL := -DDMA_CONFIG_SMALL=1
CONFIG_FLAGS_NONE := $(foreach switch,$(CONFIG_SWITCHES),-DDMA_CONFIG_$(switch)=0)

# What the machine runs of the library, in one file. With the drivers of IOMMUs, which no program here has, the sanitizers take three times as long.
CONFIG_RUN := $(AMALGAMATION)/run
$(CONFIG_RUN)/dmastream.c: $(AMALGAMATION)/dmastream.c
	@mkdir -p $(@D)
	tools/amalgamate $(@D) $(DMASTREAM_CORE) $(DMASTREAM_USER) $(DMASTREAM_TOOLKIT)

# $(call config_program,NAME,FLAGS): that one file with the sanitizers, by gcc; and all of the library without, by clang: that it compiles,
# links and runs, which wants no optimiser (gcc's takes seven times as long, here for each switch; `make configs`). The machine is the one of
# all other tests.
define config_program
CC_config$(1) := gcc
CFLAGS_config$(1) = $$(CFLAGS_sim) $(2)
$$(eval $$(call config,config$(1)))
$$(B)/config$(1)/switches.o: $$(CONFIG_RUN)/dmastream.c
	@mkdir -p $$(@D)
	$$(CC_config$(1)) -std=c11 $$(WARN) $$(WARN_C) -O1 $$(DEBUG) $$(SIM_SANITIZE) -I$$(<D) -Iplatform/sim '-DDMA_ARCH_HEADER=<dmastream/arch.h>' $(2) -c $$< -o $$@
$$(B)/config$(1)/whole.o: $$(AMALGAMATION)/dmastream.c
	@mkdir -p $$(@D)
	$$(CLANG) -std=c11 $$(WARN) $$(WARN_C) -O0 -I$$(<D) -Iplatform/sim '-DDMA_ARCH_HEADER=<dmastream/arch.h>' $(2) -c $$< -o $$@
CONFIG_WHOLES += $$(B)/config$(1)/optimised.o
$$(B)/config$(1)/optimised.o: $$(AMALGAMATION)/dmastream.c
	@mkdir -p $$(@D)
	$$(CC_config$(1)) -std=c11 $$(WARN) $$(WARN_C) -O1 -I$$(<D) -Iplatform/sim '-DDMA_ARCH_HEADER=<dmastream/arch.h>' $(2) -c $$< -o $$@
$$(addprefix $$(B)/config$(1)/tests/config/,switches whole): $$(B)/config$(1)/tests/config/%: $$(B)/config$(1)/%.o \
		$$(call objects,config$(1),tests/config/switches.c tests/core/core.c $(if $(filter IOMMU SMALL NONE,$(1)),,tests/hosts/fake.c)) \
		$$(call objects,sim,$$(SIM_SOURCES))
	@mkdir -p $$(@D)
	$$(CC_config$(1)) $$(SIM_SANITIZE) -Wl,--wrap=dma_host_log $$^ -lcmocka -lpthread -o $$@
TESTS += $$(addprefix $$(B)/config$(1)/tests/config/,switches whole)
endef
$(foreach name,$(CONFIG_NAMES),$(eval $(call config_program,$(name),$(or $(CONFIG_FLAGS_$(name)),-DDMA_CONFIG_$(name)=0))))

## configs      all of the library in one file with each switch off, through gcc's optimiser: no warning (make check: clang, and gcc's of what runs)
.PHONY: configs
configs: $(CONFIG_WHOLES)

TESTS += tests/config/contradictions.sh tests/config/size.sh

## size  what the core weighs in a small kernel: bytes of text for every architecture and configuration; fails past its limits
.PHONY: size
size:
	@tests/config/size.sh all
