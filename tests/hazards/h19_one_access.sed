# src/stream/access.c
# SPDX-License-Identifier: MPL-2.0
s/ || off % nbytes//
