# src/stream/view.c
# SPDX-License-Identifier: MPL-2.0
/dma_flush_linear_alias(/d;s/if (dma_state.host.can_sync)$/;/
