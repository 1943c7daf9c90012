# src/memory/placement.c
# SPDX-License-Identifier: MPL-2.0
s/if ((!cached && !c->uncached_ok) || (bounce && !DMA_CONFIG_BOUNCE))/cached = cached || !c->uncached_ok;\
	if (bounce \&\& !DMA_CONFIG_BOUNCE)/
