/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What the DMAR parser keeps, in pages of its own that grow with the table; and its lines about what makes no sense.
 */
#include <dmastream/platform.h>

#include "../../base/state.h"
#include "dmar.h"
#include <dmastream/arch.h>

enum { MOST_LINES = 256 }; /* a table of nothing but nonsense must not fill the log */

struct dma_dmar_page {
	struct dma_dmar_page *next;
	size_t used; /* bytes, this head included */
};

void *dma_dmar_take(struct dma_dmar *dmar, size_t nbytes)
{
	struct dma_dmar_page *page = dmar->pages;
	void *taken;

	nbytes = (nbytes + 7) & ~(size_t)7;
	if (!page || nbytes > DMA_PAGE_SIZE - page->used) {
		page = dma_host_page_alloc();
		if (!page)
			return NULL;
		page->next = dmar->pages;
		page->used = sizeof(*page);
		dmar->pages = page;
	}
	taken = (char *)page + page->used;
	page->used += nbytes;
	dma_arch_fill(taken, 0, nbytes);
	return taken;
}

void dma_dmar_free(struct dma_dmar *dmar)
{
	while (dmar->pages) {
		struct dma_dmar_page *page = dmar->pages;

		dmar->pages = page->next;
		dma_host_page_free(page);
	}
	*dmar = (struct dma_dmar){0};
}

void dma_dmar_odd(struct dma_dmar_parser *p, const char *structure, uint32_t at, const char *field, uint64_t value,
		  const char *decision)
{
	if (p->out->odd < MOST_LINES)
		dma_log("vtd: DMAR: %s at offset %u: %s %x: %s", structure, at, field, value, decision);
	else if (p->out->odd == MOST_LINES)
		dma_log("vtd: DMAR: more of the table makes no sense than is listed here");
	p->out->odd++;
}
