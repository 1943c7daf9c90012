# SPDX-License-Identifier: MPL-2.0
# Does what a map and a release cost grow with what lives? The same program on a bare machine and on this host.
include platform/bare/build.mk

GROWTH := $(addprefix bench/growth/,growth.c growth_world.c growth_edges.c growth_torn.c report.c locks.c)
comma := ,
GROWTH_WRAP := --wrap=dma_host_lock --wrap=dma_host_unlock
GROWTH_MACHINES := q35 arm64 riscv64 $(BARE_LOONGARCH)
$(foreach machine,$(GROWTH_MACHINES),$(eval $(call bare_app,$(machine),growth,$(GROWTH) bench/growth/bare.c)))
$(foreach machine,$(GROWTH_MACHINES),$(eval $(B)/$(machine)/growth.elf: LD_$(machine) += $(GROWTH_WRAP)))

$(eval $(call bare_app,q35,candidates,$(addprefix bench/growth/,candidates.c report.c)))

# On this host there is no unit. The library is that of bench/iommu, the host larger.
CC_growth := $(CC)
CFLAGS_growth = $(CFLAGS_iommubench) -DBENCH_POOL_MIB=12288 -DBENCH_CPUS=4
$(eval $(call config,growth))
$(B)/growth/bench/growth/growth: $(call objects,growth,$(GROWTH) bench/growth/native.c bench/iommu/host.c) \
		$(call objects,iommubench,$(DMASTREAM_CORE) $(DMASTREAM_SPACE) tests/hosts/defaults.c)
	$(CC_growth) -Wl,--gc-sections $(addprefix -Wl$(comma),$(GROWTH_WRAP)) -o $@ $^ -lpthread
all: $(B)/growth/bench/growth/growth

## growth       what map and release cost when more lives: hours; goes on where it was stopped; build/growth/*.json, docs/growth.svg; with MACHINE=q35 or IOMMU=vtd as growth-units
.PHONY: growth
growth: $(if $(MACHINE)$(IOMMU),growth-units,$(B)/q35/growth.elf $(B)/growth/bench/growth/growth)
	@$(if $(MACHINE)$(IOMMU),,B=$(B) bench/growth/run all)

GROWTH_IMAGES := $(B)/q35/growth.elf $(B)/arm64/growth.img $(B)/riscv64/growth.img $(BARE_LOONGARCH:%=$(B)/%/growth.elf)
## growth-units what map and release cost beside 100, 10,000 and 100,000 that live, through the driver of each machine's IOMMU: MACHINE=q35 IOMMU=vtd of some; minutes; build/growth/units*
.PHONY: growth-units
growth-units: $(GROWTH_IMAGES)
	@B=$(B) bench/growth/run units $(or $(MACHINE),$(GROWTH_MACHINES))

## growth-short what map and release cost beside 100 and 10,000 that live, on every machine: minutes; build/growth/MACHINE.json
.PHONY: growth-short
growth-short: $(GROWTH_IMAGES)
	@B=$(B) MEMORY=$(or $(MEMORY),512) OPTIONS="lives=100,10000 samples=2000 churn=10000 masks=48 narrow=0 torn=0 cut=1 threads=1 $(OPTIONS)" \
		bench/growth/run $(GROWTH_MACHINES)

## growth-candidates  other structures for addresses beside the one that was chosen: instructions on q35
.PHONY: growth-candidates
growth-candidates: $(B)/q35/candidates.elf
	@B=$(B) bench/growth/run candidates
