# SPDX-License-Identifier: MPL-2.0
# The bare machines. `$(eval $(call bare_app,MACHINE,NAME,SOURCES))` builds build/MACHINE/NAME.elf of the core, the machine and
# SOURCES; an area whose build.mk is read before this one includes platform/bare/build.mk itself. Each architecture's
# folder has a machine.mk: its configuration, BARE_SOURCES_MACHINE, BARE_SCRIPT_MACHINE, LD_MACHINE.
ifndef BARE_SOURCES

BARE_SOURCES := $(addprefix platform/bare/,acpi.c boot.c bus.c firmware.c format.c frames.c hooks.c iommu.c kva.c libc.c main.c \
	options.c pci.c pci_assign.c print.c runs.c vm.c)
BARE_FLAGS := -ffreestanding -fno-builtin -fno-stack-protector -fno-common -fno-asynchronous-unwind-tables \
	-include platform/bare/hidden.h -fpie -O2 -g -fomit-frame-pointer -Iinclude -Isrc/arch -Iplatform/bare

BARE_SELFTEST := $(addprefix platform/bare/,selftest.c selftest_devices.c selftest_ends.c selftest_memory.c)

# $(call bare_app,MACHINE,NAME,SOURCES)
define bare_app
$$(B)/$(1)/$(2).elf: $$(call objects,$(1),$$(DMASTREAM_CORE) $$(DMASTREAM_IOMMU) $$(BARE_SOURCES_$(1)) $(3)) \
		$$(BARE_SCRIPT_$(1))
	$$(LD_$(1)) -nostdlib -static --no-dynamic-linker --gc-sections -z max-page-size=4096 -T $$(BARE_SCRIPT_$(1)) -o $$@ \
		$$(filter %.o,$$^)
all: $$(B)/$(1)/$(2).elf
endef

include $(sort $(wildcard platform/bare/*/machine.mk))

$(eval $(call bare_app,q35,selftest,$(BARE_SELFTEST)))

# ---- Tests: the machine on QEMU, and its parsers and bitmaps on the host ----------------------------------------------
CC_bare_host := $(CC)
CFLAGS_bare_host := -g -O1 -fsanitize=address,undefined -fno-sanitize-recover=all -Iinclude -Itests/bare_host
$(eval $(call config,bare_host))
$(call objects,bare_host,platform/bare/libc.c): CFLAGS_bare_host += -fno-builtin -Dmemcpy=bare_memcpy \
	-Dmemmove=bare_memmove -Dmemset=bare_memset -Dmemcmp=bare_memcmp

BARE_UNIT_TESTS := $(addprefix $(B)/tests/,unit-acpi unit-runs unit-bare)
$(B)/tests/unit-acpi: $(call objects,bare_host,tests/unit-acpi.c platform/bare/acpi.c platform/bare/format.c)
$(B)/tests/unit-runs: $(call objects,bare_host,tests/unit-runs.c platform/bare/runs.c)
$(B)/tests/unit-bare: $(call objects,bare_host,tests/unit-bare.c $(addprefix platform/bare/,boot.c libc.c options.c \
	pci_assign.c))
$(BARE_UNIT_TESTS):
	@mkdir -p $(@D)
	$(CC) -fsanitize=address,undefined $^ -lcmocka -o $@

TESTS += $(BARE_UNIT_TESTS) tests/boot-q35.sh

endif
