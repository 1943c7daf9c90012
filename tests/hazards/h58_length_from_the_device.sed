# src/stream/access.c
# SPDX-License-Identifier: MPL-2.0
s/len <= size - off ? 0/true ? 0/
