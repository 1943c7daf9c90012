# src/memory/placement.c
# SPDX-License-Identifier: MPL-2.0
/if (!cached && !c->uncached_ok)/{n;s/return DMA_ENOTSUP;/cached = true;/;}
