#!/bin/sh
# SPDX-License-Identifier: MPL-2.0
# Puts each mistake of mutants.txt back, and sees the scenario of its hazard fail (TAP). ONLY=h30 for some.
cd "$(dirname "$0")/../.." || exit 1
exec tools/putback tests/iommu-vtd/mutants.txt "${B:-build}/sim/tests/iommu-vtd/mutants"
