# SPDX-License-Identifier: MPL-2.0
# The short form of bench/growth: instructions with many live mappings against few.
all: $(B)/q35/growth.elf
TESTS += tests/growth/growth.sh
