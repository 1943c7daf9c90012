/* SPDX-License-Identifier: MPL-2.0 */
/*
 * A domain of the tests' own that translates: it keeps its mappings in a table, looks at the frames when they are
 * mapped and unmapped, fails when told to, and defers.
 */
#ifndef TESTS_CORE_FAKE_H
#define TESTS_CORE_FAKE_H

#include "../../src/device/domain_ops.h"
#include "../../src/memory/owed.h"
#include "../core/core.h"

#define MAPPINGS 64
#define RETIRED	 64
#define IOVA	 UINT64_C(0x10000000)

struct fake {
	struct dma_domain domain;
	struct mapping {
		uint64_t daddr, paddr;
		size_t npages;
		unsigned dir;
		uint32_t tag;
	} mappings[MAPPINGS];
	uint64_t next;
	uint32_t next_tag;
	unsigned attached, blocked, flushed, retired, split, unmapped;
	int attach_error, map_error, split_error, unmap_error;
	bool maps_all_the_same; /* although map_error says that it failed */
	struct dma_owed batch[RETIRED];
	unsigned waiting;
};

extern struct fake fake;

/* The mapping of that address, NULL if there is none. */
struct mapping *fake_find(uint64_t daddr);

/* A device behind a fresh fake with these features (enum dma_domain_feature); and its end, when nothing must be
 * mapped. */
void fake_open(struct core_device *dev, unsigned features);
void fake_close(struct core_device *dev);

/* Whether release defers, on this machine. */
bool fake_defers(void);

#endif
