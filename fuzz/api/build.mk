# SPDX-License-Identifier: MPL-2.0
# The public interface under libFuzzer, with the sanitizers, on the simulated machine.
include platform/sim/build.mk
CC_apifuzz := $(CLANG)
CFLAGS_apifuzz = -O1 $(DEBUG) -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all $(SIM_INCLUDE)
$(eval $(call config,apifuzz))
$(B)/fuzz/api: $(call objects,apifuzz,$(DMASTREAM_CORE) $(DMASTREAM_USER) $(DMASTREAM_TOOLKIT) $(SIM_SOURCES) fuzz/api/api.c)
	@mkdir -p $(@D)
	$(CLANG) -fsanitize=fuzzer,address,undefined $^ -o $@

built: $(B)/fuzz/api
TESTS += fuzz/api/api.sh

## fuzz-api  the public interface on the simulated machine for SECONDS (600)
.PHONY: fuzz-api
fuzz-api: $(B)/fuzz/api
	@SECONDS_EACH=$${SECONDS:-600} fuzz/api/api.sh

## fuzz  everything that has a fuzzer, for SECONDS each
.PHONY: fuzz
fuzz: fuzz-api $(if $(wildcard fuzz/firmware/build.mk),fuzz-firmware) $(if $(wildcard fuzz/arm/build.mk),fuzz-arm)
