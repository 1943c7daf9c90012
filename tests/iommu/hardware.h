/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Table walks as each specification words them, written without a look at src/iommu/table/format.c: what the tests
 * believe.
 */
#ifndef TESTS_IOMMU_CORE_HARDWARE_H
#define TESTS_IOMMU_CORE_HARDWARE_H

#include <stdbool.h>
#include <stdint.h>

struct hardware_result {
	bool mapped, read, write;
	uint64_t paddr;
	uint64_t page_bytes; /* of the leaf */
	bool reserved;	     /* a bit that must be zero is set, or a field has a value that the hardware refuses */
};

/* name: that of the dma_format. snoops: reads what CPUs wrote, else only what reached memory. */
struct hardware_result hardware_walk(const char *name, uint64_t root, uint64_t daddr, bool snoops);

/* The best that hardware of that kind can do for a direction: from-device without write-only is read-write. */
bool hardware_write_only(const char *name);

#endif
