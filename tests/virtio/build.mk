# SPDX-License-Identifier: MPL-2.0
# Virtio devices: QEMU's, and the simulated machine's, which lie on demand.
TESTS += tests/virtio/disks.sh tests/virtio/net.sh
all: $(B)/arm64/copy.img $(B)/riscv64/copy.img $(B)/q35/net.elf $(B)/simfast/net

# The drivers against the simulated machine's devices.
include apps/build.mk
$(eval $(call sim_program,sim,tests/virtio/disk,tests/virtio/disk.c tests/virtio/rig.c $(DRIVERS)))
VIRTIO_NET := drivers/text.c $(addprefix drivers/virtio/,virtio_frames.c virtio_net.c virtio_packed.c virtio_pci.c virtio_queue.c virtio_split.c)
VIRTIO_CARD := card card_offloads card_lies
$(foreach t,$(VIRTIO_CARD),$(eval $(call sim_program,sim,tests/virtio/$t,$(addprefix tests/virtio/,$t.c card_rig.c rig.c) $(VIRTIO_NET))))
TESTS += $(addprefix $(B)/sim/tests/virtio/,disk $(VIRTIO_CARD))
