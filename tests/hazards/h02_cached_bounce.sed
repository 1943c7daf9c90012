# src/memory/placement.c
# SPDX-License-Identifier: MPL-2.0
s/(c->can_sync \&\& c->purpose != DMA_FOR_COHERENT)/false/
