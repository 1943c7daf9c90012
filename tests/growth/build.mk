# SPDX-License-Identifier: MPL-2.0
# The short forms of bench/growth: instructions with many live mappings against few, and through the drivers of units.
all: $(B)/q35/growth.elf $(B)/arm64/growth.img $(B)/riscv64/growth.img
TESTS += tests/growth/growth.sh tests/growth/units.sh
