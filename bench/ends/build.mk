# SPDX-License-Identifier: MPL-2.0
# From end to end: a disk's reads, a card's frames.
include apps/build.mk

ENDS := $(DRIVERS) $(addprefix drivers/virtio/,virtio_frames.c virtio_net.c virtio_start.c) $(addprefix bench/ends/,ends.c ends_frames.c ends_reads.c pairs.c)
$(eval $(call bare_app,q35,ends,$(ENDS)))
$(B)/tools/wire: bench/ends/wire.c
	@mkdir -p $(@D)
	$(CC) -std=c11 -O2 -g $(WARN) $(WARN_C) -D_GNU_SOURCE $< -o $@

## bench-ends   a driver's work from end to end, Linux's and ours: NVMe reads, frames; instructions of DMA (build/bench/ends.*)
.PHONY: bench-ends
bench-ends: $(B)/q35/ends.elf $(B)/tools/wire $(B)/linux/guest/pack
	@B=$(B) bench/ends/run
