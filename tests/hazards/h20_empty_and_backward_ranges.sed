# src/stream/access.c
# SPDX-License-Identifier: MPL-2.0
s/off <= size \&\& len <= size - off/off + len <= size/
