/* SPDX-License-Identifier: MPL-2.0 */
/*
 * How long two CPUs look for each other (../../src/iommu/unit/unit_bell.h) is in the hands of the test: each source is
 * built with this in front of it. See host_leads and host_follows in queue_host.h.
 */
#ifndef TESTS_IOMMU_UNIT_QUEUE_LOOKS_H
#define TESTS_IOMMU_UNIT_QUEUE_LOOKS_H

unsigned host_looks_leading(void);
unsigned host_looks_following(void);

#define DMA_BELL_LOOKS	  host_looks_leading()
#define DMA_BELL_PATIENCE host_looks_following()

#endif
