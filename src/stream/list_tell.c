/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Lists, as a machine that looks on is told of them (dma_arch_stream_begins()). Nothing calls it elsewhere.
 */
#include "../memory/placement.h"
#include "list_own.h"
#include <dmastream/arch.h>

void dma_pieces_tell(const struct dma_list *l, const struct dma_piece *pieces, bool begins)
{
	struct dma_parts parts = dma_parts_begin(l, pieces, 0, l->nbytes);
	struct dma_part part;
	bool plain = (l->place & DMA_PLACE_PLAIN) != 0;
	uint64_t page = 0; /* of its device view */

	for (;;) {
		const struct dma_piece *piece = parts.piece;
		size_t at = parts.at;
		uint64_t cpu, device, daddr;

		if (!dma_parts_next(&parts, &part))
			return;
		cpu = device = piece->paddr.raw + at;
		if (part.view != part.cpu)
			device = at < piece->head_len ? piece->head->owed.paddr.raw + piece->shift + at
						      : piece->tail->owed.paddr.raw + dma_page_offset(dma_paddr(cpu));
		daddr = l->place & DMA_PLACE_TRANSLATED
				? l->daddr.raw + (page << DMA_PAGE_SHIFT) +
					  (plain ? dma_page_offset(piece->paddr) : piece->shift) + at
				: device + (plain ? l->daddr.raw : 0);
		if (begins)
			dma_arch_stream_begins(l->dev, part.cpu, cpu, device, daddr, part.len, l->dir | DMA_ARCH_PIECE);
		else
			(void)dma_arch_stream_ends(part.cpu, cpu, device, daddr, part.len);
		if (parts.piece != piece)
			page += dma_piece_pages(piece, plain);
	}
}
