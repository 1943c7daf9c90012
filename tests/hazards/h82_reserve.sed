# src/init.c
# SPDX-License-Identifier: MPL-2.0
s/if (!dma_node_init(/if (false \&\& !dma_node_init(/
