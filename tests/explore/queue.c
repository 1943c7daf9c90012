/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The ring of commands that every IOMMU driver uses (src/iommu/unit/unit_queue.c): no command is lost, changed before
 * the hardware has executed it, or executed before it is written; who waits comes back; a unit that works is never
 * given up.
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
	bool throws;   /* what is submitted next is thrown away, and nothing is executed until that is acknowledged */
	bool stopped;
	bool behind; /* CPU 0 does not look until CPU 1 is done */
	const struct dma_command *ring;
} hardware;

/* The word of each slot, into which the hardware writes the position behind the last fence that it has executed there.
 * What it writes comes after what it was told of: who has seen it, and orders its loads, sees that, too. */
static uint64_t status[DMA_QUEUE_SLOTS];

/* The head, where that is what tells: a register, which may be read early. */
static struct world_register passed;

enum { TAIL = 0, HEAD = 8 }; /* registers */

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
			__atomic_store_n((uint32_t *)&status[(hardware.head - 1) % DMA_QUEUE_SLOTS], hardware.head,
					 __ATOMIC_RELEASE);
		}
	}
	if (world_register_newest(&passed) != hardware.head)
		world_register_set(&passed, hardware.head);
}

/* The tail: the hardware is told. Lock held. */
static void write_register(unsigned offset, uint64_t value)
{
	explore_check(offset == TAIL && value == queue.tail % DMA_QUEUE_SLOTS, "another register is written");
	for (uint32_t at = hardware.tail; at != queue.tail; at++) {
		const struct dma_command *slot = &queue.ring[at % DMA_QUEUE_SLOTS];

		explore_check(explore_published(&slot->word[0]) && explore_published(&slot->word[1]),
			      "the hardware is told of a command that may not have arrived");
		explore_check(at - hardware.head < DMA_QUEUE_SLOTS,
			      "a command is written over one that was not executed");
	}
	hardware.tail = queue.tail;
	if (hardware.throws) {
		hardware.head = hardware.tail;
		hardware.throws = false;
		hardware.stopped = true;
	}
	if (hardware.slow == 0 && !hardware.stopped)
		execute();
}

static uint64_t read_register(unsigned offset)
{
	explore_check(offset == HEAD, "another register is read");
	if (queue.ops->words) /* a look at how far it is, which decides nothing but how long it is waited for */
		return hardware.head % DMA_QUEUE_SLOTS;
	if (hardware.slow > 0 && --hardware.slow == 0)
		execute();
	return world_register_read(&passed) % DMA_QUEUE_SLOTS;
}

static uint32_t errors(struct dma_queue *q)
{
	(void)q;
	explore_look();
	return hardware.stopped;
}

static void mend(struct dma_queue *q, uint32_t stopped)
{
	(void)stopped;
	hardware.head = hardware.tail; /* also what came after it stopped */
	world_register_set(&passed, hardware.head);
	dma_queue_aborted(q, hardware.head % DMA_QUEUE_SLOTS);
	hardware.stopped = false;
}

#define REGISTERS                                                                                                      \
	.fence = fence, .errors = errors, .mend = mend, .tail_register = TAIL, .head_register = HEAD, .step = 1,       \
	.span = DMA_QUEUE_SLOTS
static const struct dma_queue_ops by_words = {REGISTERS, .words = true};
static const struct dma_queue_ops by_head = {REGISTERS};

static void start_at(const struct dma_queue_ops *ops, uint32_t done, uint32_t tail, unsigned slow)
{
	world_start(2);
	explore_ignore(&hardware, sizeof(hardware));
	explore_ignore(&passed, sizeof(passed));
	queue = (struct dma_queue){.ops = ops, .name = "queue", .timeout_ns = 1000000, .words = status};
	queue.regs = world_registers(read_register, write_register);
	queue.ring = explore_memory(DMA_QUEUE_SLOTS * sizeof(struct dma_command), 4096);
	hardware.ring = queue.ring;
	queue.done = done;
	queue.tail = tail;
	hardware.head = hardware.tail = tail;
	hardware.slow = slow;
	world_register_set(&passed, tail);
	for (uint32_t end = tail; end != tail - DMA_QUEUE_SLOTS; end--)
		status[(end - 1) % DMA_QUEUE_SLOTS] = end;
}

static void start(void)
{
	start_at(&by_words, 0, 0, 0);
}

static void start_slow(void)
{
	start_at(&by_head, 0, 0, 3);
}

/* Executed, but nobody has looked: the next submission finds no room, and looks. Positions wrap. */
static void start_full(void)
{
	start_at(&by_words, (uint32_t)0 - 240, 14, 0);
}

static void run(uint64_t number)
{
	struct dma_command command = {{number, ~number}};

	hardware.asked[number]++;
	explore_check(dma_queue_run(queue.ops, &queue, &command, 1) == 0, "a unit that works is given up");
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

/* ---- The hardware throws commands away, and the ring goes round before their owner has looked ---- */

static void start_aborted(void)
{
	start_at(&by_words, 0, 0, 0);
	hardware.throws = true;
}

static void goes_round(void)
{
	struct dma_command many[32];

	for (unsigned i = 0; i < 32; i++)
		many[i] = (struct dma_command){{7, ~(uint64_t)7}};
	run(2);
	for (unsigned i = 0; i < 7; i++)
		explore_check(dma_queue_run(queue.ops, &queue, many, 32) == 0, "a unit that works is given up");
	/* This one's fence lies in the slot of the other CPU's. */
	explore_check(dma_queue_run(queue.ops, &queue, many, 20) == 0, "a unit that works is given up");
}

static void runs_thrown(void)
{
	run(0);
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
	run(3);
}

static void finish(void)
{
	for (unsigned i = 0; i < COMMANDS; i++)
		explore_check(hardware.done[i] == hardware.asked[i], "a command is lost, or executed twice");
	explore_check(!dma_queue_failed(&queue), "a unit that works is given up");
}

const struct explore_program queue_two_cpus = {
	.name = "queue: two CPUs",
	.start = start,
	.cpu = {runs_two, runs_one},
	.finish = finish,
	.preemptions = 3,
};
const struct explore_program queue_slow = {
	.name = "queue: two CPUs, slow hardware",
	.start = start_slow,
	.cpu = {runs_two, runs_one},
	.finish = finish,
	.preemptions = 2,
};
const struct explore_program queue_full = {
	.name = "queue: two CPUs, a full ring",
	.start = start_full,
	.cpu = {runs_two, runs_one},
	.finish = finish,
	.preemptions = 3,
};
const struct explore_program queue_interrupt = {
	.name = "queue: an interrupt",
	.start = start_full,
	.cpu = {runs_two, runs_one},
	.interrupt = in_interrupt,
	.finish = finish,
	.preemptions = 2,
};

/* ---- The hardware stops for good ---- */

static void start_mute(void)
{
	start_at(&by_words, 0, 0, UINT32_MAX);
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
