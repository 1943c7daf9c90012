#!/bin/sh
# SPDX-License-Identifier: MPL-2.0
# Puts mistakes of mutants.txt back, and sees the scenario that is named for each fail (TAP): one of three, EVERY=1 for all.
cd "$(dirname "$0")/../.." || exit 1
EVERY=${EVERY:-${ONLY:+1}}
EVERY=${EVERY:-3} exec tools/putback tests/iommu-virtio/mutants.txt "${B:-build}/sim/tests/iommu-virtio/mutants"
