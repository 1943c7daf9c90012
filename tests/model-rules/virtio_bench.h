/* SPDX-License-Identifier: MPL-2.0 */
/*
 * A bench for virtio-iommu: one unit, one device, queues and requests in frames, and the steps that a driver takes,
 * written down from the specification. What a bad driver does on it is in virtio_registers.c and virtio_requests.c.
 */
#ifndef TESTS_MODEL_RULES_VIRTIO_BENCH_H
#define TESTS_MODEL_RULES_VIRTIO_BENCH_H

#include "bench.h"
#include "iommu/sim_virtio.h"
#include "iommu/virtio_rules.h"

#define REGISTERS 0xfed90000u
#define ALL	  (BIT(0) | BIT(1) | BIT(2) | BIT(4) | BIT(5) | BIT(6) | BIT(32) | BIT(33)) /* features */

enum { REQUESTER = 0x20, ENDPOINT = 0x120, DOMAIN = 7 };
enum { SIZE = 16, AVAILABLE = 16 * SIZE }; /* descriptors of a queue; where the available ring is in RING */
enum { RING, EVENTS, REQUEST, DATA };	   /* frames */
enum { STATUS = 0x14, SELECT = 0x16, QUEUE_SIZE = 0x18, ENABLE = 0x1c, NOTIFY = 0x1000, CONFIG = 0x2000 };

enum { RESERVES = OWN_KINDS }; /* a unit that reserves a range */

extern struct sim_virtio *the_unit;

/* Registers, nbytes wide. */
void w(uint64_t offset, uint64_t value, unsigned nbytes);
uint64_t r(uint64_t offset, unsigned nbytes);
void put(uint64_t paddr, uint64_t value, unsigned nbytes);

void add_status(unsigned bits);
void features(uint64_t accepted); /* a reset, and all up to FEATURES_OK */
void queue(unsigned index, uint64_t paddr);
void on(uint64_t accepted); /* all of it */
void attached(void);	    /* the same, and the endpoint is in DOMAIN */

void describe(unsigned index, uint64_t paddr, uint32_t nbytes, unsigned flags, unsigned next);
void offer(unsigned head);
/* A request of n words and so many writable bytes; gives its status, 0xff: none. So do the others. */
unsigned request(const uint32_t *word, unsigned n, uint32_t writable);
unsigned attach(uint32_t domain, uint32_t endpoint, uint32_t flags, uint32_t reserved);
unsigned detach(uint32_t domain, uint32_t endpoint, uint32_t reserved);
unsigned map(uint32_t domain, uint64_t first, uint64_t last, uint32_t flags);
unsigned unmap(uint32_t domain, uint64_t first, uint64_t last, uint32_t reserved);
unsigned probe(uint32_t endpoint, uint32_t reserved, uint32_t properties);

#endif
