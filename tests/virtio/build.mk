# SPDX-License-Identifier: MPL-2.0
# Virtio devices: QEMU's, and the simulated machine's, which lie on demand.
TESTS += tests/virtio/disks.sh tests/virtio/net.sh
all: $(B)/arm64/copy.img $(B)/riscv64/copy.img $(B)/q35/net.elf $(B)/simfast/net
