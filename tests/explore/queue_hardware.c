/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The hardware of the programs of queue*.c: it executes commands when it is told of them, or some looks later.
 */
#include "queue.h"

struct dma_queue queue;
struct queue_hardware hardware;
uint64_t queue_table[COMMANDS];

/* The word of each slot, into which the hardware writes the position behind the last fence that it has executed there.
 * What it writes comes after what it was told of: who has seen it, and orders its loads, sees that, too. */
static uint64_t status[DMA_QUEUE_JOINT_WORD + 1];

/* The head, where that is what tells: a register, which may be read early. */
static struct world_register passed;

enum { TAIL = 0, HEAD = 8 }; /* registers */

static struct dma_command fence(dma_paddr_t paddr, uint32_t value)
{
	return (struct dma_command){{COMMANDS + paddr.raw / 8, value}};
}

static void execute(void)
{
	if (hardware.executes) /* what another CPU has it do: it comes to the rest, too */
		return;
	hardware.executes = true;
	while (hardware.head != hardware.tail) {
		uint32_t at = hardware.head++;
		const struct dma_command *slot = &hardware.ring[at % DMA_QUEUE_SLOTS];
		uint64_t number = explore_newest(&slot->word[0]), other = explore_newest(&slot->word[1]);

		if (number < COMMANDS) {
			explore_check(other == ~number, "the hardware executes a command that is not whole");
			explore_check(!hardware.asked[number] || explore_newest(&queue_table[number]) != 0,
				      "the hardware executes a command before it finds what that speaks of");
			__atomic_store_n(&queue_table[number], 2, __ATOMIC_RELAXED);
			hardware.done[number]++;
		} else {
			uint64_t word = number - COMMANDS;

			explore_check(word == DMA_QUEUE_JOINT_WORD || !queue.ops->words ||
					      (word == at % DMA_QUEUE_SLOTS && other == at + 1),
				      "a fence is in the wrong place");
			__atomic_store_n((uint32_t *)&status[word], (uint32_t)other, __ATOMIC_RELEASE);
		}
	}
	hardware.executes = false;
	if (world_register_newest(&passed) != hardware.head)
		world_register_set(&passed, hardware.head);
}

/* What the command speaks of has arrived when the hardware is told of it. */
static void tell(uint64_t number)
{
	explore_check(number >= COMMANDS || explore_published(&queue_table[number]),
		      "the hardware is told of a command before what that speaks of may have arrived");
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
		tell(explore_newest(&slot->word[0]));
	}
	hardware.tail = queue.tail;
	if (hardware.throws) {
		hardware.head =
			hardware.tail - !queue.ops->words; /* stands at the fence, where the head is what tells */
		world_register_set(&passed, hardware.head);
		hardware.throws = false;
		hardware.aborts = true;
		hardware.stopped = true;
	}
	if (hardware.slow == 0 && !hardware.stopped)
		execute();
}

/* What the CPU that mends has stored, and ordered, comes before what the hardware does then: also for who sees that. */
static uint32_t mended;

static uint64_t read_register(unsigned offset)
{
	explore_check(offset == HEAD, "another register is read");
	if (hardware.slow > 0 && --hardware.slow == 0)
		execute();
	if (queue.ops->words) /* a look at how far it is, which decides nothing but how long it is waited for */
		return hardware.head % DMA_QUEUE_SLOTS;
	if (hardware.aborts)
		(void)__atomic_fetch_add(&mended, 1, __ATOMIC_RELAXED); /* an update finds the newest value */
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
	if (queue.ops->words)
		hardware.head = hardware.tail; /* also what came after it stopped */
	dma_queue_aborted(q, hardware.head % DMA_QUEUE_SLOTS);
	(void)__atomic_fetch_add(&mended, 1, __ATOMIC_RELAXED);
	hardware.stopped = false;
	execute();
}

#define REGISTERS                                                                                                      \
	.fence = fence, .errors = errors, .mend = mend, .tail_register = TAIL, .head_register = HEAD, .step = 1,       \
	.span = DMA_QUEUE_SLOTS
const struct dma_queue_ops queue_by_words = {REGISTERS, .words = true};
const struct dma_queue_ops queue_by_head = {REGISTERS};

void queue_start_at(const struct dma_queue_ops *ops, uint32_t done, uint32_t tail, unsigned slow)
{
	world_start(EXPLORE_CPUS);
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
	hardware.late = slow && !ops->words;
	world_register_set(&passed, tail);
	for (uint32_t end = tail; end != tail - DMA_QUEUE_SLOTS; end--)
		status[(end - 1) % DMA_QUEUE_SLOTS] = end;
}

void queue_run(uint64_t number)
{
	struct dma_command command = {{number, ~number}};

	hardware.asked[number]++;
	__atomic_store_n(&queue_table[number], 1, __ATOMIC_RELAXED);
	explore_check(dma_queue_run(queue.ops, &queue, &command, 1) == 0, "a unit that works is given up");
	explore_check(hardware.done[number] >= 1, "comes back before its command is executed");
	explore_check(hardware.late || __atomic_load_n(&queue_table[number], __ATOMIC_RELAXED) == 2,
		      "comes back before it sees what the hardware did");
}

void queue_finish(void)
{
	for (unsigned i = 0; i < COMMANDS; i++)
		explore_check(hardware.done[i] == hardware.asked[i], "a command is lost, or executed twice");
	explore_check(!dma_queue_failed(&queue), "a unit that works is given up");
}
