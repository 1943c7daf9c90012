# SPDX-License-Identifier: MPL-2.0
# The benchmark itself is bench/; here is what may not be exceeded.
all: $(B)/q35/bench.elf $(B)/arm64/bench.img $(B)/riscv64/bench.img
TESTS += tests/bench/limits.sh tests/bench/apart.sh
all: $(B)/q35/ends.elf $(B)/tools/wire
# A disk that answers late is looked for more often.
ALONE += tests/bench/ends.sh
