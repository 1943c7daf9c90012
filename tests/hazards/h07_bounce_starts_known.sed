# src/stream/stream.c
# SPDX-License-Identifier: MPL-2.0
/fill_bounce(&view/d
