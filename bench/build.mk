# SPDX-License-Identifier: MPL-2.0
# What operations cost: the same source on every machine and natively.
include platform/bare/build.mk

BENCH := $(addprefix bench/,bench.c rows.c rows_many.c objects.c)
BENCH_MACHINES := q35 arm64 riscv64 $(BARE_LOONGARCH)
$(foreach machine,$(BENCH_MACHINES),$(eval $(call bare_app,$(machine),bench,$(BENCH))))
# What the ledger of streams costs.
$(eval $(call bare_link,q35watch,bench,$(BENCH)))

CC_native := $(CC)
CFLAGS_native = -O2 -g -Iinclude -Isrc/arch -Isrc/arch/$(HOST_ARCH)
$(eval $(call config,native))
# Padding in front of a loop would be counted, and differs from row to row.
$(foreach machine,$(BENCH_MACHINES) q35watch native,$(eval $(B)/$(machine)/bench/rows.o: CFLAGS_$(machine) += -falign-loops=1))
$(B)/native/bench/bench: $(call objects,native,$(DMASTREAM_CORE) $(DMASTREAM_TOOLKIT) $(BENCH) bench/host.c tests/hosts/defaults.c)
	$(CC_native) -o $@ $^

## bench        what each operation costs: guest instructions, and nanoseconds on this host; MACHINE=q35 IOMMU=vtd of some; build/bench/*.json
.PHONY: bench
bench: $(B)/q35/bench.elf $(B)/q35watch/bench.elf $(B)/arm64/bench.img $(B)/riscv64/bench.img $(BARE_LOONGARCH:%=$(B)/%/bench.elf) $(B)/native/bench/bench
	@B=$(B) bench/run $(or $(MACHINE),$(BENCH_MACHINES))
