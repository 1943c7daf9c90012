# src/memory/convert.c
# SPDX-License-Identifier: MPL-2.0
s/return rest ? 1 : 0;/return 0;/
