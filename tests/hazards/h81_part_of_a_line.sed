# src/device/device.c
# SPDX-License-Identifier: MPL-2.0
s/unit = dma_state.host.line_align;/unit = 1;/
