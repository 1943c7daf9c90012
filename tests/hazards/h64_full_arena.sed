# src/stream/arena.c
# SPDX-License-Identifier: MPL-2.0
s/^		error = add_extent(arena, len, &extent);/		error = DMA_ENOMEM;/
