# SPDX-License-Identifier: MPL-2.0
# What can be known without running a machine: headers, misuse that must not compile, instructions, freestanding links, lint.
CC_static := $(CC)
CFLAGS_static := -O2 $(DEBUG) -Iinclude -Isrc/arch -Itests/static/mock -Isrc
$(eval $(call config,static))

$(B)/tests/static/ranges: $(call objects,static,tests/static/ranges.c src/base/cache.c)
	@mkdir -p $(@D)
	$(CC) $^ -lcmocka -o $@
TESTS += $(B)/tests/static/ranges

TESTS += tests/static/alias.sh tests/static/arch-order.sh tests/static/arch-encoding.sh tests/static/copies.sh tests/static/headers.sh tests/static/misuse.sh

# The smallest host of platform.h, with the sanitizers, on the architecture that we build on.
include tests/hosts/build.mk
$(eval $(call hosted_program,tests/static/smallest,tests/static/smallest.c $(DMASTREAM_CORE)))
TESTS += $(B)/tests/static/smallest
TESTS += tests/static/freestanding.sh
TESTS += tests/static/house.py tests/static/findings.py tests/static/twice.py tests/static/figures.sh tests/static/runtests.sh tests/static/tools.sh tests/static/options.sh tests/static/errors.py
TESTS += tests/static/install.sh tests/static/build-systems.sh tests/static/install-tools.sh

## lint  formatting, clang-tidy, cppcheck, gcc -fanalyzer, shellcheck, history, and what holds for the tree as a whole (part of check)
LINT := $(addprefix tests/static/lint-,format.sh tidy.sh cppcheck.sh analyzer.sh shell.sh tree.sh history.sh)
TESTS += $(LINT)
.PHONY: lint
lint:
	@for script in $(LINT); do echo "# $$script"; EVERY=1 $$script | grep -v '^ok' || true; done

# The architecture that we build on, run (HOST_ARCH is include/build.mk's).
CC_archtest := $(CC)
CFLAGS_archtest := -O2 $(DEBUG) -fsanitize=address,undefined -fno-sanitize-recover=all -Iinclude -Isrc/arch -Isrc/arch/$(HOST_ARCH)
$(eval $(call config,archtest))
$(B)/tests/static/native: $(call objects,archtest,tests/static/native.c)
	@mkdir -p $(@D)
	$(CC) -fsanitize=address,undefined $^ -lcmocka -o $@
TESTS += $(B)/tests/static/native
