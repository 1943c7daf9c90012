/* SPDX-License-Identifier: MPL-2.0 */
/*
 * A driver's plain C on two rings: one that it fills, one that the device fills. Compiled twice: as any C, and with the
 * compiler announcing each access.
 */
#ifndef TESTS_CORE_POINTER_DRIVER_H
#define TESTS_CORE_POINTER_DRIVER_H

#include <dmastream/dmastream.h>

struct work {
	uint64_t address;
	uint8_t rest[120]; /* so that valid lies in another cache line */
	uint32_t valid, pad;
};

struct done {
	uint64_t result;
	uint8_t rest[120];
	uint32_t phase, pad;
};

DMA_RING(work_ring, volatile struct work);
DMA_RING(done_ring, volatile struct done);

enum { NO_PUBLISH_BEFORE_VALID = 1, NO_PUBLISH_BEFORE_DOORBELL = 2, NO_CONSUME = 4 };

#ifdef ANNOUNCED
#define driver_post announced_post
#define driver_take announced_take
#endif
void driver_post(struct work_ring *ring, uint64_t address, unsigned mistakes);
bool driver_take(struct done_ring *ring, uint64_t *result, unsigned mistakes);
void announced_post(struct work_ring *ring, uint64_t address, unsigned mistakes);
bool announced_take(struct done_ring *ring, uint64_t *result, unsigned mistakes);

#endif
