/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What the tests of the core share: the machines that they run on, a device, memory with known bytes, and data sent
 * both ways and judged by what device and CPU see.
 */
#ifndef TESTS_CORE_CORE_H
#define TESTS_CORE_CORE_H

#include "sim.h"
#include <dmastream/dmastream.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define PAGE DMA_PAGE_SIZE

struct core_device {
	struct sim_device *sim;
	struct dma_device dma;
};

/* ---- Machines ---- */

/* Runs body on that machine (words as in SIM=) once plainly and under some seeds of the adversary. The failures, which
 * are printed. */
unsigned core_run(const char *words, sim_scenario body, void *arg);

/* The same on one machine of every kind: devices that snoop or not, with or without cache maintenance, confidential,
 * with a short mask, without a linear map for high memory, with a linear map of one offset. */
unsigned core_run_all(sim_scenario body, void *arg);

/* Once on that machine, whose linear map is one offset as far as it goes. */
unsigned core_run_with_offset(const struct sim_config *machine, sim_scenario body, void *arg);

/* Once on that machine, whose pool of shared memory grows by so many pages; 0: as the library likes. */
unsigned core_run_pool(const char *words, unsigned run_pages, sim_scenario body, void *arg);

/* The failures of a body's own run are failures of a test. */
#define core_test(words, body) assert_int_equal(core_run((words), (body), NULL), 0)
#define core_test_all(body)    assert_int_equal(core_run_all((body), NULL), 0)

/* ---- Devices and memory ---- */

/* A device as the machine's configuration says. */
void core_open(struct core_device *dev);
void core_open_as(struct core_device *dev, const struct sim_device_config *config);
void core_close(struct core_device *dev);

/* A segment of the highest memory, full of the CPU's bytes (core_byte), or of nobody's; false: reported. */
bool core_segment(struct dma_segment *seg, size_t npages, unsigned seed);
bool core_segment_raw(struct dma_segment *seg, size_t npages);

/* A stream of npages; mapped from core_segment(seed) or, if not, alloc_uninit. */
bool core_stream(struct dma_stream *s, struct core_device *dev, unsigned dir, size_t npages, bool mapped,
		 unsigned seed);

/* ---- Bytes ---- */

static inline unsigned char core_byte(unsigned seed, size_t off)
{
	return (unsigned char)((seed * 131 + off * 7 + (off >> 8) * 13) | 1);
}

void core_pattern(unsigned char *bytes, unsigned seed, size_t off, size_t len);
bool core_is_pattern(const unsigned char *bytes, unsigned seed, size_t off, size_t len);

/* What the CPU writes, syncs and the device must then see; what the device writes and the CPU must see after a sync: in
 * the range, as far as the direction allows. */
void core_send(struct core_device *dev, const struct dma_stream *s, size_t off, size_t len, unsigned seed);
void core_receive(struct core_device *dev, const struct dma_stream *s, size_t off, size_t len, unsigned seed);
void core_exchange(struct core_device *dev, const struct dma_stream *s, unsigned seed); /* both, all over */

/* ---- Counters ---- */

struct dma_stats core_stats(void);

/* Pages that the library has in streams, bounces, and waiting. */
uint64_t core_pages(void);

/* ---- Nodes ---- */

/* Takes all nodes of the library but some, and lets the host give no more pages, until refill. */
void core_drain(unsigned leave);
void core_refill(void);

#endif
