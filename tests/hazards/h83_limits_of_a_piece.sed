# src/device/reach.c
# SPDX-License-Identifier: MPL-2.0
s/if (DMA_CONFIG_LIMITS && dev->boundary && (found.raw ^ last_of(found.raw, nbytes)) >= dev->boundary)/if (0)/
