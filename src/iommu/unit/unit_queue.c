/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The ring of commands where one look is not enough: waiting, full rings, refused and lost commands, giving up.
 */
#include "../../base/cache.h"
#include "../../base/state.h"
#include "unit_bell.h"
#include <dmastream/deadline.h>

enum {
	RETRIES = 3,	       /* of a submission that the hardware threw away */
	RENEW_EVERY = 1 << 29, /* positions between renewals of words */
	LOOK_EVERY = 64,       /* polls between looks at clock and error bits */
};

void dma_queue_reset(struct dma_queue *queue)
{
	queue->tail = queue->renewed = 0;
	queue->refused = queue->renewing = false;
	__atomic_store_n(&queue->done, 0, __ATOMIC_RELAXED);
	dma_bell_reset(queue);
	dma_publish();
}

/* Words of slots that are free: their fences are executed. A slot that has held no fence for 2^31 positions would seem
 * to be ahead of the next one that it holds. Slots that are not free at the first call are free at a later one, at the
 * last when `done` has come to what was the tail: each begins where the one before it ended, or before. */
static dma_cold void renew_words(struct dma_queue *queue)
{
	for (uint32_t end = queue->tail + 1; end - queue->done <= DMA_QUEUE_SLOTS; end++)
		dma_arch_write_once(&queue->words[dma_queue_word_of(end)], queue->done, 8);
	dma_bell_renew(queue);
	if (!queue->renewing)
		queue->renewed = queue->tail;
	queue->renewing = !dma_queue_reached(queue->done, queue->renewed);
}

/* What is below is executed, or thrown away. Lock held. */
static void set_done(struct dma_queue *queue, uint32_t done)
{
	__atomic_store_n(&queue->done, done, __ATOMIC_RELAXED);
	if (queue->ops->words && dma_unlikely(queue->renewing || done - queue->renewed >= RENEW_EVERY))
		renew_words(queue);
}

/* A position, not before `done`, below which everything is executed. Of words the last one that is written counts. Lock
 * held. */
static uint32_t settled(struct dma_queue *queue)
{
	const struct dma_queue_ops *ops = queue->ops;
	uint32_t end = queue->tail;

	if (!ops->words)
		return dma_queue_passed(ops, queue);
	while (end != queue->done && dma_queue_word(queue, dma_queue_word_of(end)) != end)
		end--;
	return dma_bell_settled(queue, end);
}

void dma_queue_give_up(struct dma_queue *queue, const char *why)
{
	if (__atomic_exchange_n(&queue->leader, DMA_QUEUE_FAILED, __ATOMIC_RELAXED) != DMA_QUEUE_FAILED)
		dma_log("%s: unit %x given up: %s", queue->name, queue->unit, why);
}

/* The position of a slot that is between done and tail. Lock held. */
static uint32_t position_of(const struct dma_queue *queue, uint32_t slot)
{
	return queue->done + ((slot - queue->done) % DMA_QUEUE_SLOTS);
}

bool dma_queue_refused(struct dma_queue *queue, uint32_t slot)
{
	uint32_t position = position_of(queue, slot);

	if (queue->refused && queue->refused_at == position) {
		dma_queue_give_up(queue, "refuses its commands");
		return false;
	}
	queue->refused = true;
	queue->refused_at = position;
	return true;
}

bool dma_queue_widen(struct dma_queue *queue, uint32_t slot)
{
	struct dma_command *refused = &queue->ring[slot], command;

	if (!dma_queue_refused(queue, slot))
		return false;
	dma_arch_copy(&command, refused, sizeof(command));
	dma_queue_put(refused, queue->ops->wider(queue, command));
	dma_publish();
	if (queue->cleaned)
		dma_cache_clean(refused, sizeof(*refused));
	return true;
}

uint32_t dma_queue_head(struct dma_queue *queue)
{
	const struct dma_queue_ops *ops = queue->ops;

	return dma_host_mmio_read32(queue->regs + ops->head_register) / ops->step % DMA_QUEUE_SLOTS;
}

void dma_queue_clean(const struct dma_queue *queue, uint32_t first)
{
	uint32_t n = queue->tail - first, at = first % DMA_QUEUE_SLOTS;
	uint32_t straight = n < DMA_QUEUE_SLOTS - at ? n : DMA_QUEUE_SLOTS - at;

	dma_cache_clean(&queue->ring[at], straight * sizeof(queue->ring[0]));
	if (n > straight)
		dma_cache_clean(queue->ring, (n - straight) * sizeof(queue->ring[0]));
}

void dma_queue_aborted(struct dma_queue *queue, uint32_t slot)
{
	uint32_t position = position_of(queue, slot);

	/* Owners that find their submission executed look at `aborts` afterwards, so it is raised before the slots are
	 * used again: that takes the lock, which is all the order that `aborts` and `done` need. */
	__atomic_store_n(&queue->aborts, queue->aborts + 1, __ATOMIC_RELAXED);
	set_done(queue, position);
	dma_publish(); /* before the hardware goes on, and its head passes fences whose commands it threw away */
}

bool dma_queue_make_room(struct dma_queue *queue, unsigned n)
{
	uint32_t done = settled(queue);

	set_done(queue, done);
	return queue->tail + n - done < DMA_QUEUE_SLOTS;
}

/* ---- Waiting ------------------------------------------------------------------------------------------------ */

/* How long one command has been waited for. */
struct patience {
	struct dma_deadline deadline;
	uint32_t left; /* commands before `end`, at the last look */
};

static struct patience patience(const struct dma_queue *queue)
{
	return (struct patience){.deadline = dma_deadline_after(queue->timeout_ns), .left = DMA_QUEUE_SLOTS};
}

/* Another CPU may have mended the queue before the lock is taken. */
static void repair(struct dma_queue *queue)
{
	const struct dma_queue_ops *ops = queue->ops;
	uintptr_t state;
	uint32_t errors;

	if (!ops->errors(queue))
		return;
	state = dma_host_lock(&queue->lock);
	errors = ops->errors(queue);
	if (errors)
		ops->mend(queue, errors);
	dma_host_unlock(&queue->lock, state);
}

/* A look at error bits and clock, while `end` is waited for. The limit is for one command: it begins anew whenever the
 * hardware has come nearer to the end. 0, or DMA_ETIMEDOUT: the unit has been given up. */
static int be_patient(struct dma_queue *queue, struct patience *patience, uint32_t end)
{
	uint32_t left;

	if (dma_queue_failed(queue))
		return DMA_ETIMEDOUT;
	repair(queue);
	left = (end - 1 - dma_queue_head(queue)) % DMA_QUEUE_SLOTS;
	if (left < patience->left) {
		patience->left = left;
		patience->deadline = dma_deadline_after(queue->timeout_ns);
	} else if (dma_deadline_over(&patience->deadline)) {
		dma_queue_give_up(queue, "a command took too long");
		return DMA_ETIMEDOUT;
	}
	return 0;
}

int dma_queue_wait(struct dma_queue *queue, const uint32_t *joint, uint32_t end, uint32_t aborts)
{
	struct patience waiter = patience(queue);

	for (unsigned spins = 1;; spins++) {
		int result = joint ? dma_bell_look(queue->ops, queue, *joint, end, aborts)
				   : dma_queue_look(queue->ops, queue, end, aborts);

		if (result >= 0)
			return result;
		if (spins % LOOK_EVERY)
			continue;
		result = be_patient(queue, &waiter, end);
		if (__atomic_load_n(&queue->aborts, __ATOMIC_RELAXED) != aborts)
			return 1;
		if (result)
			return result;
	}
}

/* Waits until n commands fit in, or somebody else has taken the room again, which is progress, too. */
static int wait_for_room(struct dma_queue *queue, unsigned n)
{
	struct patience waiter = patience(queue);
	uint32_t seen = __atomic_load_n(&queue->done, __ATOMIC_RELAXED);

	for (unsigned spins = 1;; spins++) {
		uintptr_t state = dma_host_lock(&queue->lock);
		bool room = dma_queue_make_room(queue, n);

		dma_host_unlock(&queue->lock, state);
		if (room || __atomic_load_n(&queue->done, __ATOMIC_RELAXED) != seen)
			return 0;
		if (spins % LOOK_EVERY == 0) {
			int error = be_patient(queue, &waiter, seen); /* any step of the hardware's is progress */

			if (error)
				return error;
		}
	}
}

int dma_queue_run_slowly(struct dma_queue *queue, const struct dma_command *commands, unsigned n, bool submitted,
			 uint32_t end, uint32_t aborts)
{
	for (unsigned tries = 1;;) {
		int result;

		if (submitted) {
			result = dma_queue_wait(queue, NULL, end, aborts);
			if (result <= 0)
				return result;
			if (tries++ > RETRIES) {
				dma_queue_give_up(queue, "throws commands away");
				return DMA_ETIMEDOUT;
			}
		}
		submitted = dma_queue_submit(queue->ops, queue, commands, n, &end, &aborts);
		if (!submitted) {
			result = wait_for_room(queue, n + 1);
			if (result)
				return result;
		}
	}
}

int dma_queue_run_one_slowly(struct dma_queue *queue, struct dma_command command, bool submitted, uint32_t end,
			     uint32_t aborts)
{
	return dma_queue_run_slowly(queue, &command, 1, submitted, end, aborts);
}
