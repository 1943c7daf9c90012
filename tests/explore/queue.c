/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The ring of commands that every IOMMU driver uses (src/iommu/unit/unit_queue.c): no command is lost, changed before
 * the hardware has executed it, or executed before it is written; who waits comes back; a unit that works is never
 * given up.
 */
#include "queue.h"

static void start(void)
{
	queue_start_at(&queue_by_words, 0, 0, 0);
}

static void start_slow(void)
{
	queue_start_at(&queue_by_head, 0, 0, 3);
}

/* Executed, but nobody has looked: the next submission finds no room, and looks. Positions wrap. */
static void start_full(void)
{
	queue_start_at(&queue_by_words, (uint32_t)0 - 240, 14, 0);
}

static void runs_two(void)
{
	queue_run(0);
	queue_run(1);
}

static void runs_one(void)
{
	queue_run(2);
}

/* ---- The hardware throws commands away, and the ring goes round before their owner has looked ---- */

static void start_aborted(void)
{
	queue_start_at(&queue_by_words, 0, 0, 0);
	hardware.throws = true;
}

static void goes_round(void)
{
	struct dma_command many[32];

	for (unsigned i = 0; i < 32; i++)
		many[i] = (struct dma_command){{7, ~(uint64_t)7}};
	queue_run(2);
	for (unsigned i = 0; i < 7; i++)
		explore_check(dma_queue_run(queue.ops, &queue, many, 32) == 0, "a unit that works is given up");
	/* This one's fence lies in the slot of the other CPU's. */
	explore_check(dma_queue_run(queue.ops, &queue, many, 20) == 0, "a unit that works is given up");
}

static void runs_thrown(void)
{
	queue_run(0);
}

static void finish_aborted(void)
{
	explore_check(hardware.done[0] >= 1 && hardware.done[2] >= 1, "a command is lost");
	explore_check(!dma_queue_failed(&queue), "a unit that works is given up");
}

const struct explore_program queue_aborted = {
	.name = "queue: commands are thrown away, and the ring goes round",
	.start = start_aborted,
	.cpu = {runs_thrown, goes_round},
	.finish = finish_aborted,
	.preemptions = 1,
};

/* The ring has gone round when the first CPU looks, and another fence of that slot is executed. */
static void start_behind(void)
{
	start_aborted();
	hardware.behind = true;
}

/* As dma_queue_run(), with all that the other CPU does between the submission and the first look. */
static void looks_late(void)
{
	struct dma_command command = {{0, ~(uint64_t)0}};
	uint32_t end = 0, aborts = 0;
	bool submitted = dma_queue_submit(queue.ops, &queue, &command, 1, &end, &aborts);

	while (hardware.behind)
		explore_wait();
	explore_check(dma_queue_run_slowly(&queue, &command, 1, submitted, end, aborts) == 0,
		      "a unit that works is given up");
	explore_check(hardware.done[0] >= 1, "comes back before its command is executed");
}

static void goes_round_first(void)
{
	goes_round();
	hardware.behind = false;
}

const struct explore_program queue_behind = {
	.name = "queue: commands are thrown away, and their owner looks late",
	.start = start_behind,
	.cpu = {looks_late, goes_round_first},
	.finish = finish_aborted,
	.preemptions = 1,
};

/* Another CPU mends: the head passes the fence of what was thrown away, and its owner looks for the first time. */
static void start_passed(void)
{
	queue_start_at(&queue_by_head, 0, 0, 0);
	hardware.throws = true;
	hardware.behind = true;
}

static void mends_first(void)
{
	uintptr_t state;

	while (!hardware.stopped)
		explore_wait();
	state = dma_host_lock(&queue.lock);
	queue.ops->mend(&queue, 1);
	dma_host_unlock(&queue.lock, state);
	hardware.behind = false;
}

static void finish_passed(void)
{
	explore_check(hardware.done[0] == 1, "a command is lost");
	explore_check(!dma_queue_failed(&queue), "a unit that works is given up");
}

const struct explore_program queue_passed = {
	.name = "queue: the head passes what was thrown away",
	.start = start_passed,
	.cpu = {looks_late, mends_first},
	.finish = finish_passed,
	.preemptions = 1,
};

/* ---- What is in the ring before the hardware looks, or goes on: it has arrived ---- */

static struct dma_command wider(struct dma_queue *q, struct dma_command refused)
{
	(void)q, (void)refused;
	return (struct dma_command){{1, 2}};
}

static const struct dma_queue_ops wider_ops = {.wider = wider};

static bool ring_has_arrived(void)
{
	for (unsigned i = 0; i < 2; i++)
		if (!explore_published(&queue.ring[0].word[i]))
			return false;
	return true;
}

static void start_refused(void)
{
	start();
	queue.ops = &wider_ops;
}

static void resets(void)
{
	dma_arch_fill(queue.ring, 0, DMA_PAGE_SIZE);
	dma_queue_reset(&queue);
	explore_check(ring_has_arrived(), "the hardware may find what was in a ring before");
}

static void mends(void)
{
	explore_check(dma_queue_widen(&queue, 0), "a unit is given up");
	explore_check(ring_has_arrived(), "the hardware goes on, and may find the command that it has refused");
}

const struct explore_program queue_reset = {
	.name = "queue: reset",
	.start = start_refused,
	.cpu = {resets},
	.preemptions = 1,
};
const struct explore_program queue_widened = {
	.name = "queue: a command that was refused becomes a wider one",
	.start = start_refused,
	.cpu = {mends},
	.preemptions = 1,
};

static void in_interrupt(void)
{
	queue_run(3);
}

const struct explore_program queue_two_cpus = {
	.name = "queue: two CPUs",
	.start = start,
	.cpu = {runs_two, runs_one},
	.finish = queue_finish,
	.preemptions = 3,
};
const struct explore_program queue_slow = {
	.name = "queue: two CPUs, slow hardware",
	.start = start_slow,
	.cpu = {runs_two, runs_one},
	.finish = queue_finish,
	.preemptions = 2,
};
const struct explore_program queue_full = {
	.name = "queue: two CPUs, a full ring",
	.start = start_full,
	.cpu = {runs_two, runs_one},
	.finish = queue_finish,
	.preemptions = 3,
};
const struct explore_program queue_interrupt = {
	.name = "queue: an interrupt",
	.start = start_full,
	.cpu = {runs_two, runs_one},
	.interrupt = in_interrupt,
	.finish = queue_finish,
	.preemptions = 2,
};

/* ---- The hardware stops for good ---- */

static void start_mute(void)
{
	queue_start_at(&queue_by_words, 0, 0, UINT32_MAX);
	queue.timeout_ns = 100;
	(void)world_logged("given up");
}

static void runs_in_vain(void)
{
	struct dma_command command = {{0, ~(uint64_t)0}};

	explore_check(dma_queue_run(queue.ops, &queue, &command, 1) == DMA_ETIMEDOUT,
		      "a command is executed that was not");
}

static void finish_mute(void)
{
	explore_check(dma_queue_failed(&queue) && world_logged("given up") == 1, "a unit is given up twice");
}

const struct explore_program queue_mute = {
	.name = "queue: the hardware does not answer",
	.start = start_mute,
	.cpu = {runs_in_vain, runs_in_vain},
	.finish = finish_mute,
	.preemptions = 2,
};
