/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Inside the virtio-iommu model: virtio.c is its place in the machine, virtio_registers.c configuration space and
 * registers, virtio_ring.c its queues, virtio_request.c what requests do, virtio_report.c faults and broken rules.
 * Numbers are the specification's, written down a second time on purpose: the driver's header could be wrong.
 */
#ifndef PLATFORM_SIM_VIRTIO_MODEL_H
#define PLATFORM_SIM_VIRTIO_MODEL_H

#include "sim_virtio.h"
#include "virtio_rules.h"

enum { UNITS = 4, QUEUES = 2, MAPPINGS = 4096, ENDPOINTS = 64, MOST = 256, HELD = 256 };

#define F_INPUT_RANGE	((uint64_t)1 << 0)
#define F_DOMAIN_RANGE	((uint64_t)1 << 1)
#define F_MAP_UNMAP	((uint64_t)1 << 2)
#define F_BYPASS	((uint64_t)1 << 3)
#define F_PROBE		((uint64_t)1 << 4)
#define F_MMIO		((uint64_t)1 << 5)
#define F_BYPASS_CONFIG ((uint64_t)1 << 6)
#define F_VERSION_1	((uint64_t)1 << 32)
#define F_PLATFORM	((uint64_t)1 << 33) /* ACCESS_PLATFORM */
#define F_NEEDED	(F_VERSION_1 | F_PLATFORM)

enum { S_OK = 0, S_UNSUPP = 2, S_DEVERR = 3, S_INVAL = 4, S_RANGE = 5, S_NOENT = 6, S_NOMEM = 8 };
enum { FOUND = 1, KNOWN = 2, OK_DRIVER = 4, OK_FEATURES = 8 }; /* ACKNOWLEDGE and DRIVER, first */

struct queue {
	uint16_t size, notify_off;
	bool enabled;
	uint64_t areas[3]; /* descriptors, available, used */
	uint16_t taken, returned;
	bool in_flight[MOST];
};

struct mapping {
	bool used;
	uint32_t domain, flags;
	uint64_t first, last, paddr;
};

struct endpoint {
	uint32_t number, domain;
	bool attached, bypass, probed;
};

struct part { /* one descriptor of a chain */
	uint64_t paddr;
	uint32_t nbytes;
	bool write;
};

struct chain {
	uint16_t head;
	unsigned nparts;
	struct part part[MOST];
	uint32_t readable, writable; /* bytes */
};

struct sim_virtio {
	struct sim_virtio_config config;
	struct sim_virtio_seen seen;
	unsigned broken[VIRTIO_NRULES];
	uint8_t pci[256];
	/* registers */
	uint32_t offered_select, accepted_select;
	uint64_t accepted;
	uint8_t status, bypass;
	bool reset_unseen;
	uint16_t select;
	struct queue queue[QUEUES];
	/* what requests made */
	struct mapping mappings[MAPPINGS];
	struct endpoint endpoints[ENDPOINTS];
	unsigned nendpoints;
	unsigned taken; /* requests since the beginning */
	unsigned maps;
	struct held { /* executed, not returned yet */
		uint16_t head;
		uint32_t nbytes;
	} held[HELD];
	unsigned nheld;
	void (*before)(void *ctx);
	void *before_ctx;
};

/* virtio.c */
struct sim_virtio *virtio_unit_of(uint32_t requester);

/* virtio_registers.c */
void virtio_registers_reset(struct sim_virtio *unit);
uint64_t virtio_register_read(struct sim_virtio *unit, uint64_t offset, unsigned nbytes);
void virtio_register_write(struct sim_virtio *unit, uint64_t offset, uint64_t value, unsigned nbytes);

/* virtio_ring.c */
bool virtio_chain_take(struct sim_virtio *unit, unsigned index, struct chain *chain); /* false: none is there */
void virtio_chain_return(struct sim_virtio *unit, unsigned index, uint32_t head, uint32_t nbytes);
/* Bytes of the part that the device reads, or writes, from an offset on. */
void virtio_chain_read(const struct chain *chain, uint32_t offset, void *bytes, size_t n);
void virtio_chain_write(const struct chain *chain, uint32_t offset, const void *bytes, size_t n);
void virtio_used_leap(struct sim_virtio *unit, unsigned index);

/* virtio_request.c */
void virtio_work(struct sim_virtio *unit, bool all); /* executes and returns requests: some, or all */
struct endpoint *virtio_endpoint(struct sim_virtio *unit, uint32_t number);
const struct mapping *virtio_mapping(const struct sim_virtio *unit, uint32_t domain, uint64_t daddr);
void virtio_forget_all(struct sim_virtio *unit);

/* virtio_report.c */
void virtio_violation(struct sim_virtio *unit, enum virtio_rule rule, uint64_t value);
/* True if the adversary wants it; on a plain machine what it would be by itself. */
bool virtio_whim(bool otherwise);
/* Reports a fault, if a buffer is there; gives DMA_EFAULT. */
int virtio_blocked(struct sim_virtio *unit, uint32_t endpoint, uint64_t daddr, bool write, unsigned reason);

#endif
