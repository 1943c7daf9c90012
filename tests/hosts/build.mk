# SPDX-License-Identifier: MPL-2.0
# hosted: a part of the library or of a driver on a host of the test's own, under the address and undefined-behaviour sanitizers. One
# configuration for all who want that, so that what several programs have is compiled once. An area whose build.mk is read before this one
# includes it itself.
ifndef HOSTED
HOSTED := -fsanitize=address,undefined
CC_hosted := $(CC)
CFLAGS_hosted := -O1 $(DEBUG) $(HOSTED) -fno-sanitize-recover=all -Iinclude -Isrc/arch -Isrc/arch/generic -Isrc -Idrivers
$(eval $(call config,hosted))

# $(call hosted_program,NAME,SOURCES): build/NAME of them, with cmocka.
define hosted_program
$$(B)/$(1): $$(call objects,hosted,$(2))
	@mkdir -p $$(@D)
	$$(CC_hosted) $$(LINKER) $$(HOSTED) $$^ -lcmocka -o $$@
endef
endif
