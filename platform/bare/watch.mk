# SPDX-License-Identifier: MPL-2.0
# Images that keep the ledger of streams (dmastream/watch.h): build/MACHINEwatch/NAME, as build/MACHINE/NAME otherwise, with frame pointers, so
# that a place in the log is a chain of callers. With the option trace=1 the console ends with a trace of what happened.
WATCHED := q35 arm64 riscv64 $(BARE_LOONGARCH)

# $(call watched,MACHINE)
define watched
CC_$(1)watch = $$(CC_$(1))
CFLAGS_$(1)watch = $$(filter-out -fomit-frame-pointer,$$(CFLAGS_$(1))) -fno-omit-frame-pointer -fno-optimize-sibling-calls \
	-DDMA_CONFIG_WATCH=1 -DDMA_WATCH_CALLERS=1
LD_$(1)watch = $$(LD_$(1))
BARE_IOMMUS_$(1)watch := $$(BARE_IOMMUS_$(1))
BARE_SCRIPT_$(1)watch := $$(BARE_SCRIPT_$(1))
BARE_SOURCES_$(1)watch := $$(BARE_SOURCES_$(1)) $$(DMASTREAM_WATCH)
$(call config,$(1)watch)
$$(B)/$(1)watch/%.img: $$(B)/$(1)watch/%.elf
	llvm-objcopy -O binary $$< $$@ 2>/dev/null || objcopy -I elf64-little -O binary $$< $$@
endef
$(foreach machine,$(WATCHED),$(eval $(call watched,$(machine))))
