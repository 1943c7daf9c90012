/* SPDX-License-Identifier: MPL-2.0 */
#include "scene.h"
#include <dmastream/errors.h>
#include <string.h>

bool scene_reaches(const struct scene *w, uint64_t daddr, bool write)
{
	uint64_t paddr;

	return w->look(w->device, daddr, write, &paddr) == 0;
}

void scene_blocked(const struct scene *w, uint64_t daddr)
{
	uint64_t paddr;

	SIM_CHECK(w->look(w->device, daddr, false, &paddr) == DMA_EFAULT);
	SIM_CHECK(w->look(w->device, daddr, true, &paddr) == DMA_EFAULT);
}

/* The device's bytes arrive, the CPU's bytes arrive, and nothing else goes. */
static void use(const struct scene *w, struct dma_stream *s, unsigned dir, unsigned char seed)
{
	unsigned char out[300], in[300];
	uint64_t daddr = dma_stream_daddr(s).raw, at = dma_stream_size(s) - 4096, paddr;

	memset(out, seed, sizeof(out));
	if (dir & DMA_TO_DEVICE) {
		SIM_CHECK(dma_stream_write_bytes(s, at, out, sizeof(out)) == 0);
		SIM_CHECK(dma_stream_sync_to_device(s, at, sizeof(out)) == 0);
		memset(in, 0, sizeof(in));
		SIM_CHECK(sim_device_read(w->device, dma_daddr(daddr + at), in, sizeof(in)) == 0);
		SIM_CHECK(memcmp(in, out, sizeof(in)) == 0);
	} else {
		/* The domain's promise. A unit may keep a device from reading without one. */
		int read = w->look(w->device, daddr + at, false, &paddr);

		SIM_CHECK(read == DMA_EFAULT || (read == 0 && !((*w->domain)->features & DMA_DOMAIN_WRITE_ONLY)));
	}
	memset(out, seed + 1, sizeof(out));
	if (dir & DMA_FROM_DEVICE) {
		SIM_CHECK(sim_device_write(w->device, dma_daddr(daddr + at), out, sizeof(out)) == 0);
		SIM_CHECK(dma_stream_sync_from_device(s, at, sizeof(out)) == 0);
		SIM_CHECK(dma_stream_read_bytes(s, at, in, sizeof(in)) == 0);
		SIM_CHECK(memcmp(in, out, sizeof(in)) == 0);
	} else {
		SIM_CHECK(w->look(w->device, daddr + at, true, &paddr) == DMA_EFAULT);
	}
}

void scene_traffic(const struct scene *w, size_t npages, unsigned char seed)
{
	for (unsigned dir = DMA_TO_DEVICE; dir <= DMA_BIDIRECTIONAL; dir++) {
		struct dma_stream s = {0};
		uint64_t daddr;

		if (!SIM_CHECK(dma_stream_alloc_uninit(&s, w->dev, dir, npages) == 0))
			return;
		daddr = dma_stream_daddr(&s).raw;
		SIM_CHECK(daddr + dma_stream_size(&s) <= 0xfee00000 || daddr > 0xfeefffff);
		use(w, &s, dir, (unsigned char)(dir * 16 + seed));
		dma_stream_release(&s);
		if (!w->deferred || w->untrusted) {
			scene_blocked(w, daddr);
			scene_blocked(w, daddr + ((npages - 1) << DMA_PAGE_SHIFT));
		}
	}
	if (w->deferred)
		SIM_CHECK(dma_domain_flush(*w->domain) == 0);
}
