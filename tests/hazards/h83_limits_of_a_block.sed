# src/stream/pool_life.c
# SPDX-License-Identifier: MPL-2.0
s/if (dev->boundary && dev->boundary < most)/if (false)/
