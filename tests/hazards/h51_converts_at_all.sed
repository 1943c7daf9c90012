# src/stream/view.c
# SPDX-License-Identifier: MPL-2.0
s/error = share(view);/error = 0;/
