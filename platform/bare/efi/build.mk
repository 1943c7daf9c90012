# SPDX-License-Identifier: MPL-2.0
# EFI programs: build/efi/MACHINE/NAME.efi carries build/MACHINE/NAME.elf, the image that other boot loaders start, and a loader for
# it, as PE/COFF.
ifndef EFI_LOADER

EFI_LOADER := $(addprefix platform/bare/efi/loader/,facts.c file.c image.c kept.c loader.c) \
	$(addprefix platform/bare/,firmware/acpi.c kernel/format.c kernel/libc.c)
EFI_FLAGS := -ffreestanding -fno-builtin -fno-stack-protector -fshort-wchar -mno-stack-arg-probe -O2 -g0 -Iinclude -Iplatform/bare
CC_efi_q35 := $(CLANG) --target=x86_64-unknown-windows
CFLAGS_efi_q35 := $(EFI_FLAGS) -mno-red-zone -mgeneral-regs-only -Iplatform/bare/x86_64
EFI_LINK_q35 := x64
EFI_ENTER_q35 := platform/bare/efi/loader/enter_x86_64.c
CC_efi_arm64 := $(CLANG) --target=aarch64-unknown-windows
CFLAGS_efi_arm64 := $(filter-out -mno-stack-arg-probe,$(EFI_FLAGS)) -mgeneral-regs-only -Iplatform/bare/aarch64
EFI_LINK_arm64 := arm64
EFI_ENTER_arm64 := platform/bare/efi/loader/enter_aarch64.c
EFI_MACHINES := q35 arm64
$(foreach machine,$(EFI_MACHINES),$(eval $(call config,efi_$(machine))))

# $(call efi_link,MACHINE,NAME): the rule alone
define efi_link
$$(B)/efi/$(1)/$(2).o: $$(B)/$(1)/$(2).elf platform/bare/efi/loader/image.S
	@mkdir -p $$(@D)
	llvm-objcopy --strip-debug $$< $$(@:.o=.image)
	$$(CC_efi_$(1)) -DIMAGE='"$$(@:.o=.image)"' -DRESETS=$(if $(filter survey,$(2)),1,0) -c platform/bare/efi/loader/image.S -o $$@
$$(B)/efi/$(1)/$(2).efi: $$(call objects,efi_$(1),$$(EFI_LOADER) $$(EFI_ENTER_$(1))) $$(B)/efi/$(1)/$(2).o
	$$(LLD_LINK) -machine:$$(EFI_LINK_$(1)) -subsystem:efi_application -entry:efi_main -nodefaultlib -out:$$@ $$^
endef
# $(call efi_app,MACHINE,NAME)
define efi_app
$(call efi_link,$(1),$(2))
all: $$(B)/efi/$(1)/$(2).efi
endef
LLD_LINK := lld-link
endif
