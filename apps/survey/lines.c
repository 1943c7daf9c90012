/* SPDX-License-Identifier: MPL-2.0 */
/* What a cache line costs to maintain, clean and dirty, and what the barriers cost: the least of several rounds. */
#include "survey.h"

#include <dmastream/arch.h>
#include <dmastream/barrier.h>
#include <dmastream/errors.h>
#include <dmastream/platform.h>

enum {
	PAGES = 8,
	ROUNDS = 16,
	BARRIERS = 1000,
};

struct buffer {
	volatile char *bytes;
	size_t nbytes;
	size_t step;
};

/* ns / 1000 a line, over the whole buffer. */
static uint64_t cost(const struct buffer *buffer, void (*one)(const void *line), bool dirty)
{
	uint64_t best = UINT64_MAX;

	for (unsigned round = 0; round < ROUNDS && step_has_time(); round++) {
		uint64_t began, took;

		for (size_t i = 0; i < buffer->nbytes; i += buffer->step) {
			if (dirty)
				buffer->bytes[i] = (char)round;
			else
				(void)buffer->bytes[i];
		}
		dma_barrier();
		began = dma_host_time_ns();
		dma_arch_maintenance_begin();
		for (size_t i = 0; i < buffer->nbytes; i += buffer->step)
			one((const void *)(uintptr_t)(buffer->bytes + i));
		dma_arch_maintenance_end();
		took = dma_host_time_ns() - began;
		best = took < best ? took : best;
		for (size_t i = 0; i < buffer->nbytes; i += buffer->step) /* the next round begins with clean lines */
			dma_arch_line_clean((const void *)(uintptr_t)(buffer->bytes + i));
		dma_arch_maintenance_end();
	}
	return best * 1000 / (buffer->nbytes / buffer->step);
}

static void clean(const void *line)
{
	dma_arch_line_clean(line);
}

static void flush(const void *line)
{
	dma_arch_line_flush(line);
}

static void invalidate(const void *line)
{
	dma_arch_line_invalidate(line);
}

/* Measured with interrupts on: the least round has none in it. */
static uint64_t barrier_cost(void (*which)(void))
{
	void (*volatile one)(void) = which; /* so that each is a call */
	uint64_t best = UINT64_MAX;

	for (unsigned round = 0; round < ROUNDS; round++) {
		uint64_t began = dma_host_time_ns(), took;

		for (unsigned i = 0; i < BARRIERS; i++)
			one();
		took = dma_host_time_ns() - began;
		best = took < best ? took : best;
	}
	return best * 1000 / BARRIERS;
}

static void publish(void)
{
	dma_publish();
}

static void consume(void)
{
	dma_consume();
}

static void barrier(void)
{
	dma_barrier();
}

static void nothing(void)
{
}

static void report_barrier(const char *name, void (*one)(void))
{
	uint64_t loop = barrier_cost(nothing), cost_of_one = barrier_cost(one);

	report_thousandths(name, cost_of_one > loop ? cost_of_one - loop : 0);
}

static void report_costs(size_t step)
{
	struct buffer buffer = {.nbytes = (size_t)PAGES << DMA_PAGE_SHIFT, .step = step};
	dma_paddr_t paddr;

	if (dma_host_frames_alloc(PAGES, UINT64_MAX, DMA_PAGE_SIZE, &paddr))
		return;
	buffer.bytes = dma_host_linear(paddr, buffer.nbytes);
	report_row("line_ns");
	report_thousandths("clean_of_clean", cost(&buffer, clean, false));
	report_thousandths("clean_of_dirty", cost(&buffer, clean, true));
	report_thousandths("flush_of_clean", cost(&buffer, flush, false));
	report_thousandths("flush_of_dirty", cost(&buffer, flush, true));
	report_thousandths("invalidate", cost(&buffer, invalidate, false));
	report_end();
	dma_host_frames_free(paddr, PAGES);
}

void lines_report(void)
{
	struct facts_machine machine;
	struct dma_host_info info = {0};

	facts_machine(&machine);
	(void)dma_host_info(&info);
	report_object("cache");
	report_string("instructions", machine.instructions);
	report_bool("can_sync", info.can_sync);
	report_number("line_step", info.line_step);
	report_number("line_align", info.line_align);
	if (info.can_sync && info.line_step)
		report_costs(info.line_step);
	report_row("barrier_ns");
	report_barrier("publish", publish);
	report_barrier("consume", consume);
	report_barrier("barrier", barrier);
	report_end();
	report_end();
}
