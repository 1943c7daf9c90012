/* SPDX-License-Identifier: MPL-2.0 */
#include "pairs.h"
#include "bus.h"

/* A page of each CPU's, so many apart that the device counts their streams in different cache lines (device.h). */
enum { CPUS = 2, AT_ONCE = 64, APART = 9 };

/* Each counts its pairs in cache lines of its own: what is measured is the library's sharing. */
static struct worker {
	_Alignas(128) struct dma_device *dev;
	struct dma_segment memory, borrowed;
	uint64_t pairs, until;
	int error;
} workers[CPUS];

static void work(void *context)
{
	struct worker *w = context;

	while (!w->error && (int64_t)(dma_host_time_ns() - w->until) < 0)
		for (unsigned i = 0; i < AT_ONCE && !w->error; i++) {
			struct dma_stream s = {0};
			struct dma_segment seg = {0};

			w->error = dma_segment_clone(&w->borrowed, &seg);
			if (!w->error)
				w->error = dma_stream_map(&s, w->dev, DMA_BIDIRECTIONAL, &seg);
			if (w->error)
				break;
			dma_stream_release(&s);
			w->pairs++;
		}
}

int pairs_run(struct dma_device *dev, unsigned ncpus, uint64_t ns, struct pairs *out)
{
	struct dma_stats before, after;
	uint64_t began;
	int error = ncpus > CPUS || ncpus > bus_cpus() ? DMA_ENODEV : 0;

	for (unsigned i = 0; i < ncpus && !error; i++) {
		workers[i] = (struct worker){.dev = dev};
		error = dma_segment_alloc(&workers[i].memory, APART, UINT64_MAX, 0);
		if (!error)
			error = dma_segment_borrow(&workers[i].borrowed, workers[i].memory.paddr, 1);
	}
	dma_stats(&before);
	began = dma_host_time_ns();
	*out = (struct pairs){0};
	for (unsigned i = 0; i < ncpus && !error; i++)
		workers[i].until = began + ns;
	for (unsigned i = 1; i < ncpus && !error; i++)
		if (!bus_cpu_run(i, work, &workers[i]))
			error = DMA_ENODEV;
	if (!error)
		work(&workers[0]);
	for (unsigned i = 0; i < ncpus; i++) {
		while (i && bus_cpu_busy(i))
			bus_relax();
		error = error ? error : workers[i].error;
		out->pairs += workers[i].pairs;
	}
	out->ns = dma_host_time_ns() - began;
	dma_stats(&after);
	out->invalidations = after.iotlb_invalidations - before.iotlb_invalidations;
	for (unsigned i = 0; i < ncpus; i++)
		dma_segment_drop(&workers[i].memory);
	return error;
}
