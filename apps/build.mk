# SPDX-License-Identifier: MPL-2.0
# What ./run runs: the copy job, for each machine. An area that wants DRIVERS and is read before this one includes it itself.
ifndef COPY_MACHINES
include platform/bare/build.mk
include platform/sim/build.mk
include platform/linux/build.mk

DRIVERS := $(addprefix drivers/,block.c inflight.c simblk.c simblk_requests.c text.c $(addprefix nvme/,nvme.c nvme_control.c nvme_identify.c \
	nvme_queue.c nvme_request.c nvme_status.c) $(addprefix virtio/,virtio_blk.c virtio_packed.c virtio_pci.c virtio_queue.c \
	virtio_request.c virtio_split.c))
COPY := $(DRIVERS) $(addprefix apps/copy/,copy.c pump.c report.c sha256.c)

# The machines under QEMU that the job is built for.
COPY_MACHINES := q35 arm64 riscv64 $(BARE_LOONGARCH)
$(foreach machine,$(COPY_MACHINES),$(eval CFLAGS_$(machine) += -Idrivers))
$(foreach machine,$(COPY_MACHINES),$(eval $(call bare_app,$(machine),copy,$(COPY))))
$(foreach machine,$(COPY_MACHINES),$(eval $(call bare_link,$(machine)watch,copy,$(COPY))))
all: $(B)/q35watch/copy.elf

$(foreach machine,$(EFI_MACHINES),$(eval $(call efi_app,$(machine),copy)))

# What a machine's IOMMUs and caches are: on machines that EFI firmware starts.
SURVEY := $(DRIVERS) platform/bare/facts.c $(addprefix apps/survey/,survey.c steps.c report.c machine.c lines.c units.c units_vtd.c \
	units_amdvi.c units_smmuv3.c units_virtio.c fixed.c domains.c disk.c) \
	$(addprefix src/iommu/smmuv3/,iort.c iort_check.c)
$(foreach machine,$(EFI_MACHINES),$(eval $(call bare_app,$(machine),survey,$(SURVEY)))$(eval $(call efi_app,$(machine),survey)))

## usb          build/usb/dmastream.img, to be written to a USB stick: the survey of a PC's or Arm machine's IOMMUs and caches
.PHONY: usb
usb:
	@tools/install usb
	@$(MAKE) -s --no-print-directory $(B)/usb/dmastream.img
	@echo "usb: $(B)/usb/dmastream.img ($$(wc -c <$(B)/usb/dmastream.img) bytes)."
	@echo "Write it to a stick, all of which is overwritten: sudo dd if=$(B)/usb/dmastream.img of=/dev/STICK bs=1M conv=fsync"
$(B)/usb/dmastream.img: $(B)/efi/q35/survey.efi $(B)/efi/arm64/survey.efi tools/usb apps/survey/dmastream.txt
	@mkdir -p $(@D)
	tools/usb $@ $(B)/efi/q35/survey.efi $(B)/efi/arm64/survey.efi

# All CPUs at once.
STRESS := $(DRIVERS) drivers/edu.c $(addprefix apps/stress/,stress.c worker.c churn.c)
$(foreach machine,$(COPY_MACHINES),$(eval $(call bare_app,$(machine),stress,$(STRESS))))
all: $(B)/arm64/stress.img $(B)/riscv64/stress.img

## stress       all CPUs and their interrupt handlers map, sync, split, release: MACHINE=q35|arm64|riscv64|loongarch64 CPUS=4 SECONDS=60
.PHONY: stress
stress: $(B)/q35/stress.elf $(B)/arm64/stress.img $(B)/riscv64/stress.img $(BARE_LOONGARCH:%=$(B)/%/stress.elf)
	@tools/stress

# In a Linux process, on real devices; and in the guest of `./run MACHINE=linux`.
$(eval $(call linux_program,linux,copy,$(LINUX_APP) $(COPY)))
$(eval $(call linux_static,copy,$(LINUX_APP) $(COPY)))
.PHONY: $(B)/linux/guest
$(B)/linux/guest: $(addprefix $(B)/linux/guest/,init pack copy)
all: $(B)/linux/copy $(B)/linux/guest

# On the simulated machine: fast for ./run, with the sanitizers for the tests.
$(eval $(call sim_app,simfast,copy,$(COPY)))
$(eval $(call sim_app,sim,copy,$(COPY)))

## run          the main job: FILE=path APP=copy|net BOOT=efi MACHINE=q35|arm64|riscv64|loongarch64|linux|sim IOMMU=vtd|amdvi|smmuv3|riscv|virtio|none OUT=path (tools/launch lists all options)
.PHONY: run
run:
	@$(MAKE) -s --no-print-directory "$$(tools/launch --image)"
	@tools/launch

## profile      where the copy's instructions go (docs/performance.md): FILE=path MACHINE=q35|arm64|riscv64
.PHONY: profile
profile:
	@$(MAKE) -s --no-print-directory "$$(tools/launch --image)"
	@tools/profile

endif
