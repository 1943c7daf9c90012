/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The ring of commands that every IOMMU driver uses (src/iommu/unit/unit_queue.c): no command is lost, changed before the hardware has
 * executed it, or executed before it is written; who waits comes back; a unit that works is never given up.
 */
#include "../../src/iommu/unit/unit_queue.h"
#include "programs.h"
#include "world.h"

#define COMMANDS 8u

static struct dma_queue queue;

/* The hardware, and what it was asked for: no event touches them. */
static struct {
	uint32_t head, tail;	  /* positions */
	uint64_t asked[COMMANDS]; /* by number: 0, or how often it was submitted */
	uint64_t done[COMMANDS];
	unsigned slow; /* looks until it executes anything */
	const struct dma_command *ring;
} hardware;

static struct dma_command fence(struct dma_queue *q, uint32_t end)
{
	(void)q;
	return (struct dma_command){{COMMANDS, end}};
}

static void execute(void)
{
	while (hardware.head != hardware.tail) {
		const struct dma_command *slot = &hardware.ring[hardware.head++ % DMA_QUEUE_SLOTS];
		uint64_t number = explore_newest(&slot->word[0]), other = explore_newest(&slot->word[1]);

		if (number < COMMANDS) {
			explore_check(other == ~number, "the hardware executes a command that is not whole");
			hardware.done[number]++;
		} else {
			explore_check(number == COMMANDS && other == hardware.head, "a fence is in the wrong place");
		}
	}
}

static void doorbell(struct dma_queue *q, uint32_t first)
{
	for (uint32_t at = first; at != q->tail; at++) {
		explore_check(explore_published(&dma_queue_slot(q, at)->word[0]) &&
				      explore_published(&dma_queue_slot(q, at)->word[1]),
			      "the hardware is told of a command that may not have arrived");
		explore_check(at - hardware.head < DMA_QUEUE_SLOTS,
			      "a command is written over one that was not executed");
	}
	hardware.tail = q->tail;
	if (hardware.slow == 0)
		execute();
}

static bool executed(struct dma_queue *q, uint32_t end)
{
	(void)q;
	if (hardware.slow > 0 && --hardware.slow == 0)
		execute();
	return dma_queue_reached(hardware.head, end);
}

static uint32_t settled(struct dma_queue *q)
{
	(void)q;
	return hardware.head;
}

static uint32_t head(struct dma_queue *q)
{
	(void)q;
	return hardware.head % DMA_QUEUE_SLOTS;
}

static void repair(struct dma_queue *q)
{
	(void)q;
	explore_look();
}

static const struct dma_queue_ops ops = {fence, doorbell, executed, settled, head, repair};

static void start_at(uint32_t done, uint32_t tail, unsigned slow)
{
	world_start(2);
	explore_ignore(&hardware, sizeof(hardware));
	queue = (struct dma_queue){.ops = &ops, .name = "queue", .timeout_ns = 1000000};
	queue.ring = explore_memory(DMA_QUEUE_SLOTS * sizeof(struct dma_command), 4096);
	hardware.ring = queue.ring;
	queue.done = done;
	queue.tail = tail;
	hardware.head = hardware.tail = tail;
	hardware.slow = slow;
}

static void start(void)
{
	start_at(0, 0, 0);
}

static void start_slow(void)
{
	start_at(0, 0, 3);
}

/* Executed, but nobody has looked: the next submission finds no room, and looks. Positions wrap. */
static void start_full(void)
{
	start_at((uint32_t)0 - 240, 14, 0);
}

static void run(uint64_t number)
{
	struct dma_command command = {{number, ~number}};

	hardware.asked[number]++;
	explore_check(dma_queue_run(&ops, &queue, &command, 1) == 0, "a unit that works is given up");
	explore_check(hardware.done[number] >= 1, "comes back before its command is executed");
}

static void runs_two(void)
{
	run(0);
	run(1);
}

static void runs_one(void)
{
	run(2);
}

static void in_interrupt(void)
{
	run(3);
}

static void finish(void)
{
	for (unsigned i = 0; i < COMMANDS; i++)
		explore_check(hardware.done[i] == hardware.asked[i], "a command is lost, or executed twice");
	explore_check(!dma_queue_failed(&queue), "a unit that works is given up");
}

const struct explore_program queue_two_cpus = {"queue: two CPUs", start, {runs_two, runs_one}, NULL, finish, 3};
const struct explore_program queue_slow = {
	"queue: two CPUs, slow hardware", start_slow, {runs_two, runs_one}, NULL, finish, 2};
const struct explore_program queue_full = {
	"queue: two CPUs, a full ring", start_full, {runs_two, runs_one}, NULL, finish, 3};
const struct explore_program queue_interrupt = {"queue: an interrupt", start_full, {runs_two, runs_one},
						in_interrupt,	       finish,	   2};
