# src/stream/view.c
# SPDX-License-Identifier: MPL-2.0
s/uncertain = 1;/uncertain = 0;/
