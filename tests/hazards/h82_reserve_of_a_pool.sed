# src/stream/pool_chunk.c
# SPDX-License-Identifier: MPL-2.0
s/bool is_short = pool->nfree < pool->reserve;/bool is_short = false;/
