# SPDX-License-Identifier: MPL-2.0
# The attacking device: QEMU's edu behind an IOMMU, or a disk where there is none.
include platform/bare/build.mk
include apps/build.mk
ATTACKS := $(addprefix tests/attacks/,attacker.c main.c rows.c rows_release.c)
ATTACKS_NVME := $(ATTACKS) tests/attacks/weapon_nvme.c $(DRIVERS)
ATTACKS += tests/attacks/weapon_edu.c drivers/edu.c
$(eval $(call bare_app,q35,attacks,$(ATTACKS)))
$(eval $(call bare_app,arm64,attacks,$(ATTACKS)))
$(eval $(call bare_app,riscv64,attacks,$(ATTACKS)))
$(foreach machine,$(BARE_LOONGARCH),$(eval $(call bare_app,$(machine),attacks,$(ATTACKS_NVME))))
all: $(B)/arm64/attacks.img $(B)/riscv64/attacks.img
TESTS += tests/attacks/attacks.sh tests/attacks/judged.sh

## attacks      a device that attacks, behind each IOMMU: the table of what it reached (nothing)
.PHONY: attacks
attacks: $(B)/q35/attacks.elf $(B)/arm64/attacks.img $(B)/riscv64/attacks.img $(BARE_LOONGARCH:%=$(B)/%/attacks.elf)
	@TABLE=1 tests/attacks/attacks.sh

# The copy job with a mistake: the pieces are mapped for the source a second time instead of for the destination.
$(B)/mistake/pump.c: apps/copy/pump.c
	@mkdir -p $(@D)
	sed 's/dma_list_map(&s->list, c->target->dma/dma_list_map(\&s->list, c->source->dma/' $< >$@
	@! cmp -s $< $@ || { echo "tests/attacks: the line to be spoiled is not there"; rm -f $@; false; }
$(B)/q35/$(B)/mistake/pump.o: CFLAGS_q35 += -Iapps/copy
$(eval $(call bare_app,q35,mistake,$(DRIVERS) $(addprefix apps/copy/,copy.c report.c sha256.c) $(B)/mistake/pump.c))
TESTS += tests/attacks/mistake.sh
