# src/stream/stream.c
# SPDX-License-Identifier: MPL-2.0
s/ || !dev->trusted//
