#!/bin/sh
# SPDX-License-Identifier: MPL-2.0
# Puts each mistake of mutants.txt back into drivers/virtio, and sees the scenario that holds it fail (TAP). ONLY="hazard 61" for some.
cd "$(dirname "$0")/../.." || exit 1
exec tools/putback tests/virtio/mutants.txt "${B:-build}/sim/tests/virtio/mutants"
