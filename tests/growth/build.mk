# SPDX-License-Identifier: MPL-2.0
# The short forms of bench/growth: instructions with many live mappings against few, and through the drivers of units.
TESTS += tests/growth/growth.sh tests/growth/units.sh
