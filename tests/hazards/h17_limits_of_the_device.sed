# src/device/reach.c
# SPDX-License-Identifier: MPL-2.0
s/ || last - paddr.raw + first > dev->mask//
