#!/bin/sh
# SPDX-License-Identifier: MPL-2.0
# Puts each mistake of mutants.txt back, and sees the case that is named for it fail (TAP). ONLY=tdx for some.
cd "$(dirname "$0")/../.." || exit 1
exec tools/putback tests/cvm/mutants.txt "${B:-build}/cvm/tests/cvm/mutants"
