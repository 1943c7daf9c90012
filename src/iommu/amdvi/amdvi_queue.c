/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The command buffer (AMD IOMMU specification 48882, 2.4): the unit's side of ../unit/unit_queue.h.
 *
 * The fence is COMPLETION_WAIT, which stores to a word. The head tells only what the unit has fetched.
 */
#include "../unit/unit_bell.h"
#include "amdvi_driver.h"

static inline struct dma_command fence(dma_paddr_t paddr, uint32_t value)
{
	return amdvi_wait(paddr.raw, value);
}

/* A wait is tried again, and so is what nothing wider can stand for. */
static dma_cold struct dma_command wider(struct dma_queue *queue, struct dma_command refused)
{
	unsigned operation = (unsigned)(refused.word[0] >> 60);

	if (operation == AMDVI_INVALIDATE_PAGES)
		return amdvi_invalidate_domain((uint16_t)(refused.word[0] >> 32));
	if (operation != AMDVI_COMPLETION_WAIT &&
	    dma_amdvi_unit_of(dma_unit_of_queue(queue))->features & AMDVI_FEATURE_ALL)
		return amdvi_command(AMDVI_INVALIDATE_ALL, 0, 0);
	return refused;
}

static dma_cold uint32_t errors(struct dma_queue *queue)
{
	return !(dma_unit_read64(dma_unit_of_queue(queue), AMDVI_STATUS) & AMDVI_STATUS_COMMANDS);
}

/* 2.4, 2.5.6: after a command that it refuses, or cannot read, the unit stops at it, and says so in STATUS; CmdBufEn
 * switched off and on again lets it go on from there. */
static dma_cold void mend(struct dma_queue *queue, uint32_t stopped)
{
	struct amdvi_unit *unit = dma_amdvi_unit_of(dma_unit_of_queue(queue));

	(void)stopped;
	if (!dma_queue_widen(queue, dma_queue_head(queue)))
		return;
	dma_amdvi_control(unit, 0, AMDVI_CONTROL_COMMANDS);
	dma_amdvi_control(unit, AMDVI_CONTROL_COMMANDS, 0);
	dma_queue_ring(&dma_amdvi_queue, queue);
}

const struct dma_queue_ops dma_amdvi_queue = {
	.fence = fence,
	.errors = errors,
	.mend = mend,
	.wider = wider,
	.tail_register = AMDVI_COMMAND_TAIL,
	.head_register = AMDVI_COMMAND_HEAD,
	.step = 16,
	.span = DMA_QUEUE_SLOTS,
	.words = true,
};

/* A unit that is not running knows nothing, and takes no commands. */
int dma_amdvi_run(struct amdvi_unit *unit, const struct dma_command *commands, unsigned n)
{
	if (dma_unlikely(!unit->base.running))
		return 0;
	return dma_queue_run(&dma_amdvi_queue, &unit->base.queue, commands, n);
}

/* Old units have no INVALIDATE_IOMMU_ALL: everything that there can be, one by one. */
static int forget_each(struct amdvi_unit *unit)
{
	int error = 0;

	for (uint32_t id = 0; id < unit->base.tables.requesters && !error; id++) {
		struct dma_command commands[] = {amdvi_command(AMDVI_INVALIDATE_ENTRY, id, 0),
						 amdvi_command(AMDVI_INVALIDATE_INTERRUPTS, id, 0)};

		error = dma_amdvi_run(unit, commands, 2);
	}
	for (unsigned id = 0; id < AMDVI_DOMAINS && !error; id++) {
		struct dma_command command = amdvi_invalidate_domain(id);

		error = dma_amdvi_run(unit, &command, 1);
	}
	return error;
}

int dma_amdvi_forget_all(struct amdvi_unit *unit)
{
	struct dma_command all = amdvi_command(AMDVI_INVALIDATE_ALL, 0, 0);

	return unit->features & AMDVI_FEATURE_ALL ? dma_amdvi_run(unit, &all, 1) : forget_each(unit);
}
