#!/bin/sh
# SPDX-License-Identifier: MPL-2.0
# Puts each mistake of mutants.txt back, and sees the scenario of its hazard fail (TAP). ONLY="hazard 55" for some.
cd "$(dirname "$0")/../.." || exit 1
exec tools/putback tests/toolkit/mutants.txt "${B:-build}/sim/tests/toolkit/mutants"
