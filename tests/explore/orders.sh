#!/bin/sh
# SPDX-License-Identifier: MPL-2.0
# Weakens some memory orders of the lock-free code, and sees the explorer find out (TAP): SAMPLE of those in FILES, drawn by SEED from all
# folders, as many as fit in ORDERS_SECONDS (30), the first one in any case. make orders for all.
cd "$(dirname "$0")/../.." || exit 1
CLANG=${CLANG:-clang} exec tools/orders "${B:-build}" --files "${FILES:-}" --sample "${SAMPLE:-24}" --seed "${SEED:-1}" --seconds "${ORDERS_SECONDS:-30}"
