#!/bin/sh
# SPDX-License-Identifier: MPL-2.0
# Weakens some memory orders of the lock-free code, and sees the explorer find out (TAP): SAMPLE of those in FILES, drawn by SEED. make orders
# for all.
cd "$(dirname "$0")/../.." || exit 1
CLANG=${CLANG:-clang} exec tools/orders "${B:-build}" --files "${FILES:-src/memory/run.c}" --sample "${SAMPLE:-8}" --seed "${SEED:-1}"
