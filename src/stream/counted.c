/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Counted streams.
 */
#include "../base/state.h"
#include <dmastream/counted.h>
#include <dmastream/errors.h>

static int misuse(const char *what)
{
	dma_log("dmastream: misuse: %s of a counted stream that nobody has a reference to", what);
	return DMA_EINVAL;
}

int dma_counted_stream_init(struct dma_counted_stream *counted, struct dma_stream *s, dma_counted_gone *gone)
{
	if (!s->dev || counted->stream.dev || dma_counted_stream_holders(counted))
		return DMA_EINVAL;
	counted->stream = *s;
	counted->gone = gone;
	*s = (struct dma_stream){0};
	__atomic_store_n(&counted->holders, 1, __ATOMIC_RELAXED); /* who gets it, gets it from the caller */
	return 0;
}

int dma_counted_stream_get(struct dma_counted_stream *counted)
{
	uintptr_t holders = __atomic_load_n(&counted->holders, __ATOMIC_RELAXED);

	do {
		if (holders == 0)
			return misuse("a get");
	} while (!__atomic_compare_exchange_n(&counted->holders, &holders, holders + 1, true, __ATOMIC_RELAXED,
					      __ATOMIC_RELAXED));
	return 0;
}

bool dma_counted_stream_put(struct dma_counted_stream *counted)
{
	uintptr_t holders = __atomic_load_n(&counted->holders, __ATOMIC_RELAXED);
	dma_counted_gone *gone;

	do {
		if (holders == 0) {
			(void)misuse("a put");
			return false;
		}
	} while (!__atomic_compare_exchange_n(&counted->holders, &holders, holders - 1, true, __ATOMIC_ACQ_REL,
					      __ATOMIC_RELAXED));
	if (holders > 1)
		return false;
	gone = counted->gone;
	counted->gone = NULL;
	dma_stream_release(&counted->stream);
	if (gone)
		gone(counted);
	return true;
}
