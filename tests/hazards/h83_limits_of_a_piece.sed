# src/device/reach.c
# SPDX-License-Identifier: MPL-2.0
s/if (dev->boundary && (first ^ last) >= dev->boundary)/if (0)/
