# SPDX-License-Identifier: MPL-2.0
# The main job from end to end, and the NVMe driver against a controller that lies.
include tests/hosts/build.mk
$(eval $(call hosted_program,tests/main-job/nvme,$(addprefix tests/main-job/,nvme_test.c nvme_interrupts.c nvme_failures.c nvme_model.c nvme_commands.c \
	nvme_host.c) tests/hosts/defaults.c $(DRIVERS) $(DMASTREAM_CORE) $(DMASTREAM_TOOLKIT) src/iommu/unit/deadline.c))
TESTS += $(B)/tests/main-job/nvme
TESTS += tests/main-job/q35.sh tests/main-job/sim.sh tests/main-job/input.sh tests/main-job/accelerator.sh tests/main-job/acpi.sh tests/main-job/bridge.sh
all: $(B)/simfast/copy $(B)/sim/copy

# The README's example, as it stands there.
$(B)/tests/main-job/readme_example.c: README.md
	@mkdir -p $(@D)
	sed -n '/^```c/,/^```/{ /^```/d; p; }' $< | sed '/^int first_word/i int first_word(struct block *disk, uint32_t *word);' >$@
$(eval $(call sim_app,sim,readme,$(B)/tests/main-job/readme_example.c tests/main-job/readme_main.c $(DRIVERS)))
all: $(B)/sim/readme
TESTS += tests/main-job/readme.sh

## copy-cells   the copy on every machine, behind each IOMMU that QEMU gives it, strict and deferred, with 1 and 4 CPUs: minutes
.PHONY: copy-cells
copy-cells: $(B)/q35/copy.elf $(B)/arm64/copy.img $(B)/riscv64/copy.img $(BARE_LOONGARCH:%=$(B)/%/copy.elf)
	@B=$(B) tests/main-job/cells.sh
