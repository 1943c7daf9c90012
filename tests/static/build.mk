# SPDX-License-Identifier: MPL-2.0
# What can be known without running a machine: headers, misuse that must not compile, instructions, freestanding links, lint.
CC_static := $(CC)
CFLAGS_static := -O2 -g -Iinclude -Isrc/arch -Itests/static/mock -Isrc
$(eval $(call config,static))

$(B)/tests/static/ranges: $(call objects,static,tests/static/ranges.c src/cache.c)
	@mkdir -p $(@D)
	$(CC) $^ -lcmocka -o $@
TESTS += $(B)/tests/static/ranges

TESTS += tests/static/arch-encoding.sh tests/static/headers.sh tests/static/misuse.sh
