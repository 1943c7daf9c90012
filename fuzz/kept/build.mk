# SPDX-License-Identifier: MPL-2.0
# A fuzzer whose faults are known, and the test that an input that fails is kept and printed.
$(B)/fuzz/planted: fuzz/kept/planted.c fuzz/claim.h
	@mkdir -p $(@D)
	$(CLANG) -std=c11 $(WARN) $(WARN_C) $(DEBUG) -O1 -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all $(filter %.c,$^) -o $@

all: $(B)/fuzz/planted
TESTS += fuzz/kept/kept.sh
