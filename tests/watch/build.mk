# SPDX-License-Identifier: MPL-2.0
# The ledger (watch.h): mistakes of drivers are told with file and line, on a host without a model of memory.
include platform/bare/build.mk
CC_watch := gcc
CFLAGS_watch = -O2 -g -fno-omit-frame-pointer -fno-optimize-sibling-calls -Iinclude -Isrc/arch -Isrc/arch/$(HOST_ARCH) \
	-DDMA_CONFIG_WATCH=1 -DDMA_WATCH_CALLERS=1
$(eval $(call config,watch))
$(B)/watch/tests/watch/ledger: $(call objects,watch,$(DMASTREAM_CORE) $(DMASTREAM_TOOLKIT) $(DMASTREAM_WATCH) tests/watch/ledger.c \
		bench/host.c tests/hosts/defaults.c)
	$(CC_watch) -o $@ $^
all: $(B)/watch/tests/watch/ledger
TESTS += tests/watch/ledger.sh tests/watch/bare.sh
