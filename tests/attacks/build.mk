# SPDX-License-Identifier: MPL-2.0
# The attacking device: QEMU's edu behind an IOMMU.
include platform/bare/build.mk
ATTACKS := drivers/edu.c $(addprefix tests/attacks/,attacker.c main.c rows.c rows_release.c)
$(eval $(call bare_app,q35,attacks,$(ATTACKS)))
TESTS += tests/attacks/attacks.sh

## attacks      a device that attacks, behind each IOMMU: the table of what it reached (nothing)
.PHONY: attacks
attacks: $(B)/q35/attacks.elf
	@TABLE=1 tests/attacks/attacks.sh
