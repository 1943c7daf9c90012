#!/bin/sh
# SPDX-License-Identifier: MPL-2.0
# Puts each mistake of mutants.txt back, and sees the case that is named for it fail (TAP). ONLY=hazard for some.
cd "$(dirname "$0")/../.." || exit 1
exec tools/putback tests/iommu-amdvi/mutants.txt "${B:-build}/sim/tests/iommu-amdvi/mutants"
