/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What drivers order against their units' registers: the RISC-V unit's head, which says what is executed and may be
 * read early, and the event log of an AMD unit, whose slots are the hardware's again when the head has passed them.
 */
#include "../../src/iommu/amdvi/amdvi_driver.h"
#include "../../src/iommu/riscv/riscv_driver.h"
#include "programs.h"
#include "world.h"
#include <dmastream/arch.h>

static void finish(void)
{
	explore_check(dma_fini() == 0, "a page is lost");
}

/* ---- The head of a queue of commands ---- */

/* The unit executes a command at each read. Positions as in unit_queue.h. */
static struct riscv_unit riscv;
static struct world_register head;
static uint32_t tail;
static bool executed[2];	       /* of each CPU */
static const struct dma_command *ring; /* no event touches this and the three above: a step of the unit is one */

static void execute(void)
{
	uint32_t at = (uint32_t)world_register_newest(&head);
	const struct dma_command *slot = &ring[at % DMA_QUEUE_SLOTS];

	if (at == tail)
		return;
	for (unsigned cpu = 0; cpu < 2; cpu++)
		if (explore_newest(&slot->word[0]) == riscv_device(1 + cpu).word[0])
			executed[cpu] = true;
	world_register_set(&head, at + 1);
}

static uint64_t read_register(unsigned offset)
{
	if (offset != RISCV_CQH)
		return 0;
	execute();
	return (uint32_t)world_register_read(&head) % DMA_QUEUE_SLOTS;
}

static void write_register(unsigned offset, uint64_t value)
{
	explore_check(offset == RISCV_CQT, "another register is written");
	while (tail % DMA_QUEUE_SLOTS != value)
		tail++;
}

/* So little room that the second submission brings `done` up to date, while the first one waits. */
static void start_queue(void)
{
	struct dma_queue *queue = &riscv.base.queue;

	world_start(2);
	explore_ignore(&head, sizeof(head));
	explore_ignore(&tail, sizeof(tail));
	explore_ignore(executed, sizeof(executed));
	explore_ignore(&ring, sizeof(ring));
	*queue = (struct dma_queue){.ops = &dma_riscv_queue, .name = "queue", .timeout_ns = 1000000};
	queue->regs = riscv.base.regs = world_registers(read_register, write_register);
	queue->ring = explore_memory(DMA_QUEUE_SLOTS * sizeof(struct dma_command), DMA_PAGE_SIZE);
	ring = queue->ring;
	riscv.base.running = true;
	queue->done = (uint32_t)0 - 240;
	queue->tail = tail = 12;
	world_register_set(&head, (uint32_t)0 - 20);
}

static void runs(void)
{
	unsigned cpu = explore_cpu();
	const struct dma_command command = riscv_device(1 + cpu);

	explore_check(dma_riscv_run(&riscv.base, &command, 1) == 0, "a unit that works is given up");
	explore_check(executed[cpu], "comes back before its command is executed");
}

const struct explore_program driver_head = {
	.name = "driver: the head of a RISC-V unit's queue is read early",
	.start = start_queue,
	.cpu = {runs, runs},
	.finish = finish,
	.preemptions = 2,
};

/* ---- An event log ---- */

static struct amdvi_unit amdvi;
static struct dma_ivrs_unit amdvi_found;
static const struct dma_unit_driver amdvi_driver = {.faults = &dma_amdvi_faults};
static uint64_t events[4];

/* An event is there. */
static uint64_t read_tail(unsigned offset)
{
	return offset == AMDVI_EVENT_TAIL ? 16 : 0;
}

/* The head passes the first slot, into which the unit may write another event now. */
static void write_head(unsigned offset, uint64_t value)
{
	explore_check(offset != AMDVI_EVENT_HEAD || value != 16 || explore_published(&events[0]),
		      "zeros may come over the unit's next event");
}

static void start_events(void)
{
	world_start(1);
	amdvi.base = (struct dma_unit){.driver = &amdvi_driver, .found = &amdvi_found, .reach = {.snoops = true}};
	amdvi.base.regs = world_registers(read_tail, write_head);
	amdvi.base.log = (struct dma_unit_log){.events = events,
					       .count = 2,
					       .words = 2,
					       .span = 2,
					       .tail_register = AMDVI_EVENT_TAIL,
					       .head_register = AMDVI_EVENT_HEAD,
					       .step = 16,
					       .cleared = true};
	events[0] = ~(uint64_t)0;
}

static void drops_an_event(void)
{
	dma_unit_faults_clear(&amdvi.base);
	explore_check(amdvi.base.log.head == 1, "the event is still there");
}

const struct explore_program driver_event = {
	.name = "driver: an event of an AMD unit is dropped",
	.start = start_events,
	.cpu = {drops_an_event},
	.finish = finish,
	.preemptions = 1,
};
