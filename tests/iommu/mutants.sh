#!/bin/sh
# SPDX-License-Identifier: MPL-2.0
# Puts mistakes of mutants.txt back, and sees the test that is named for each fail (TAP): one of three, EVERY=1 for all, ONLY=walker for
# those of the walker.
cd "$(dirname "$0")/../.." || exit 1
EVERY=${EVERY:-${ONLY:+1}}
EVERY=${EVERY:-3} exec tools/putback tests/iommu/mutants.txt "${B:-build}/iommucore/tests/iommu/mutants"
