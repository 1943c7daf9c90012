#!/bin/sh
# SPDX-License-Identifier: MPL-2.0
# Puts mistakes of mutants.txt back, and sees the test that is named for each fail (TAP): some of each label, EVERY=1 for all,
# ONLY=hazard for those of one.
cd "$(dirname "$0")/../.." || exit 1
exec tools/putback tests/iommu-amdvi/mutants.txt "${B:-build}/sim/tests/iommu-amdvi/mutants"
