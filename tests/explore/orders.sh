#!/bin/sh
# SPDX-License-Identifier: MPL-2.0
# Weakens memory orders and sees the explorer find out (TAP): those of runs of frames, one of two; EVERY=1 for each, FILES=src/iommu for others,
# make orders for all.
cd "$(dirname "$0")/../.." || exit 1
CLANG=${CLANG:-clang} RUNS=${RUNS:-5000} exec tools/orders "${B:-build}" --files "${FILES:-src/memory/run.c}" --sample "1/${EVERY:-2}"
