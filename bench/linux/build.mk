# SPDX-License-Identifier: MPL-2.0
## bench-linux  the same operations through Linux's DMA API, in the same machine, side by side (Debian's kernel, fetched by name)
.PHONY: bench-linux
bench-linux: $(B)/q35/bench.elf $(B)/linux/guest/pack
	@B=$(B) bench/linux/run
