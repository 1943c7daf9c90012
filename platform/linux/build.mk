# SPDX-License-Identifier: MPL-2.0
# Programs in a Linux process. $(eval $(call linux_program,NAME,SOURCES)) builds build/linux/NAME of the library, this host and SOURCES;
# linux_app the same for programs that start at app_main(). An area whose build.mk is read before this one includes it itself.
ifndef LINUX_SOURCES

LINUX_SOURCES := $(sort $(wildcard platform/linux/host/*.c platform/linux/vfio/*.c))
LINUX_APP := platform/linux/app/main.c platform/linux/app/bus.c
LINUX_ARCH := $(subst arm64,aarch64,$(shell uname -m))
LINUX_INCLUDE := -D_GNU_SOURCE -Iinclude -Iplatform/linux -Isrc/arch -Isrc/arch/$(LINUX_ARCH) -Idrivers
CC_linux = $(CC)
CFLAGS_linux = -O2 -g $(LINUX_INCLUDE)
# With the sanitizers, for tests.
CC_linuxsan = $(CC)
CFLAGS_linuxsan = -O1 $(DEBUG) -fsanitize=address,undefined -fno-sanitize-recover=all $(LINUX_INCLUDE)
LDFLAGS_linuxsan = -fsanitize=address,undefined
$(foreach linux_config,linux linuxsan,$(eval $(call config,$(linux_config))))

# $(call linux_program,CONFIG,NAME,SOURCES). LINUX_CORE: configurations whose programs use no toolkit.
define linux_program
$$(B)/$(1)/$(2): $$(call objects,$(1),$$(DMASTREAM_CORE) $$(if $$(filter $(1),$$(LINUX_CORE)),,$$(DMASTREAM_USER) $$(DMASTREAM_TOOLKIT)) $$(DMASTREAM_SPACE) $$(DMASTREAM_RANGES) \
		$$(LINUX_SOURCES) $(3))
	@mkdir -p $$(@D)
	$$(CC_$(1)) $$^ $$(LDFLAGS_$(1)) -lpthread -o $$@
endef

# What the guest of `./run MACHINE=linux` consists of, beside a kernel and its modules (tools/launch_linux.sh): $(call linux_static,NAME,SOURCES).
define linux_static
$$(B)/linux/guest/$(1): $$(call objects,linux,$$(DMASTREAM_CORE) $$(DMASTREAM_USER) $$(DMASTREAM_TOOLKIT) $$(DMASTREAM_SPACE) \
		$$(DMASTREAM_RANGES) $$(LINUX_SOURCES) $(2))
	@mkdir -p $$(@D)
	$$(CC_linux) -static $$^ -lpthread -o $$@
endef
$(B)/linux/guest/init: platform/linux/guest/init.c
	@mkdir -p $(@D)
	$(CC_linux) -std=c11 $(WARN) $(WARN_C) $(CFLAGS_linux) -static $< -o $@
$(B)/linux/guest/pack: platform/linux/guest/pack.c
	@mkdir -p $(@D)
	$(CC_linux) -std=c11 $(WARN) $(WARN_C) $(CFLAGS_linux) $< -o $@

endif
