# SPDX-License-Identifier: MPL-2.0
# The bare machines. `$(eval $(call bare_app,MACHINE,NAME,SOURCES))` builds build/MACHINE/NAME.elf of the core, the machine and
# SOURCES; an area whose build.mk is read before this one includes platform/bare/build.mk itself. Each architecture's
# folder has a machine.mk: its configuration, BARE_SOURCES_MACHINE, BARE_IOMMUS_MACHINE (the drivers of the units that the machine
# can have), BARE_SCRIPT_MACHINE, LD_MACHINE.
ifndef BARE_SOURCES

BARE_SOURCES := $(addprefix platform/bare/,hooks.c main.c firmware/acpi.c firmware/firmware.c iommu/iommu.c \
	$(addprefix kernel/,boot.c cpu.c end.c font.c format.c interrupt.c libc.c options.c print.c screen.c spin.c) \
	$(addprefix memory/,frames.c kva.c runs.c torn.c vm.c) $(addprefix pci/,bus.c msix.c pci.c pci_assign.c pci_cut_off.c pci_peer.c pci_requester.c))
# Guests of confidential VMs, and the other side of their instructions (cvm/cvm_mock.h).
BARE_CVM := $(addprefix platform/bare/cvm/,cvm_guest.c cvm_mock.c) platform/sim/cvm/cvm_world.c
# What the machines have that EFI firmware can start (efi/build.mk).
BARE_EFI := $(addprefix platform/bare/efi/,efi.c runtime.c)
BARE_FLAGS := -ffreestanding -fno-builtin -fno-stack-protector -fno-common -fno-asynchronous-unwind-tables \
	-include platform/bare/hidden.h -fpie -O2 -g -fomit-frame-pointer -Iinclude -Isrc/arch -Iplatform/bare

BARE_SELFTEST := $(addprefix platform/bare/selftest/,selftest.c selftest_check.c selftest_cpus.c selftest_devices.c \
	selftest_ends.c selftest_memory.c)

# $(call bare_link,MACHINE,NAME,SOURCES): the rule alone
define bare_link
$$(B)/$(1)/$(2).elf: $$(call objects,$(1),$$(DMASTREAM_CORE) $$(DMASTREAM_TOOLKIT) $$(DMASTREAM_IOMMU) $$(BARE_IOMMUS_$(1)) $$(BARE_SOURCES_$(1)) $(3)) \
		$$(BARE_SCRIPT_$(1))
	$$(LD_$(1)) -nostdlib -static --no-dynamic-linker --gc-sections -z max-page-size=4096 -T $$(BARE_SCRIPT_$(1)) -o $$@ \
		$$(filter %.o,$$^)
endef
# $(call bare_app,MACHINE,NAME,SOURCES)
define bare_app
$(call bare_link,$(1),$(2),$(3))
all: $$(B)/$(1)/$(2).elf
endef

include $(sort $(wildcard platform/bare/*/machine.mk))

$(eval $(call bare_app,q35,selftest,$(BARE_SELFTEST)))
$(eval $(call bare_app,q35,trouble,platform/bare/cvm/trouble.c drivers/edu.c))

include platform/bare/efi/build.mk
include platform/bare/watch.mk

endif
