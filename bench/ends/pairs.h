/* SPDX-License-Identifier: MPL-2.0 */
/* Maps and releases of a page, by one CPU and by two at once, for one device. */
#ifndef BENCH_ENDS_PAIRS_H
#define BENCH_ENDS_PAIRS_H

#include <dmastream/dmastream.h>

/* What so many CPUs do together in about `ns`. */
struct pairs {
	uint64_t pairs, ns, invalidations;
};

/* Lets CPUs 0 to ncpus - 1 (1 or 2) do so. 0; DMA_ENODEV (there are not so many CPUs); what a map says. */
int pairs_run(struct dma_device *dev, unsigned ncpus, uint64_t ns, struct pairs *out);

#endif
