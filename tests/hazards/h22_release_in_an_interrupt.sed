# src/memory/hold.c
# SPDX-License-Identifier: MPL-2.0
s/ || dma_host_interrupts_on()) {/ || true) {/
