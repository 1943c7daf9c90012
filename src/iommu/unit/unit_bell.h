/* SPDX-License-Identifier: MPL-2.0 */
/*
 * One doorbell for two CPUs.
 *
 * A doorbell is the dearest part of a strict release: a write to a register, and the queue, its lock, and all that the
 * hardware keeps beside them, go to the CPU that rings. Two CPUs that release without pause ring in turns, and wait for
 * each other longer than one of them works. So when it was seen several times that one CPU came behind another, it
 * becomes the leader, and any other that comes with one command may follow:
 *
 * 	follower: claims the request, writes command and number             waits until its number is executed
 * 	leader:                   locks, waits a little for it, puts both commands and one fence, rings, unlocks
 *
 * The fence of such a joint submission writes the request's number to a word that both look at; where fences write
 * nothing, the leader tells the number when it has seen its end. Numbers are not used twice, so no late fence is taken
 * for another.
 *
 * Nobody depends on the other: a follower that is not answered in time takes the lock and withdraws its request, or, if
 * it was taken, waits for the submission's end as if it were its own. A leader that finds no request rings for itself.
 * CPU numbers are hints: two leaders, or none, are right, and slower. When it does not pay, the leader resigns, and it
 * takes twice as many meetings until there is another one.
 */
#ifndef DMASTREAM_IOMMU_UNIT_BELL_H
#define DMASTREAM_IOMMU_UNIT_BELL_H

#include "unit_queue.h"

/* Nobody leads, and no request was made. Nobody uses the queue. */
void dma_bell_reset(struct dma_queue *queue);

/* `settled`, or the end of the last joint submission, if that is executed and further. Lock held. */
uint32_t dma_bell_settled(struct dma_queue *queue, uint32_t settled);

/* Requests that were withdrawn have written no number: the word of joint submissions, if none waits, gets older than
 * 2^31 of them. Lock held. */
void dma_bell_renew(struct dma_queue *queue);

/* Waits for a submission; joint: its number, if it is a joint one. 0: executed; 1: thrown away; DMA_ETIMEDOUT. */
int dma_queue_wait(struct dma_queue *queue, const uint32_t *joint, uint32_t end, uint32_t aborts);

/* Lock held: what the leader, who has rung, leaves in the queue. */
static inline void dma_bell_joined(struct dma_queue *queue, uint32_t number)
{
	queue->taken = queue->joint = number;
	queue->joint_end = queue->tail;
	queue->joint_aborts = queue->aborts;
	queue->joint_waits = true;
	queue->lonely = 0;
	queue->joined++;
}

/* Lock held: there was no request, which counts as so many times. The leader may resign. */
void dma_bell_missed(struct dma_queue *queue, uint8_t count);

/* That joint submission is executed: where no fence tells it, its follower hears it from the leader. */
static inline __attribute__((always_inline)) void dma_bell_tell(const struct dma_queue_ops *ops,
								struct dma_queue *queue, uint32_t number)
{
	if (!ops->words)
		__atomic_store_n(&queue->answer, number, __ATOMIC_RELEASE);
}

/* Waits for a joint submission, and tells. If it was thrown away, each of the two submits its command again, alone. */
int dma_bell_finish(struct dma_queue *queue, struct dma_command command, uint32_t number, uint32_t end,
		    uint32_t aborts);

/* A follower was not answered yet. */
int dma_bell_follow_slowly(struct dma_queue *queue, struct dma_command command, uint32_t number);

/* The same as dma_queue_run_one(), by this CPU alone. */
int dma_bell_alone(struct dma_queue *queue, struct dma_command command);

/* Looks of the leader for a request, with the lock held: less than what it takes to ring a second time. Looks of a
 * follower, until it takes the lock: more than what a joint submission takes. (A test that tries all orders has fewer.)
 */
#ifndef DMA_BELL_LOOKS
#define DMA_BELL_LOOKS	  256u
#define DMA_BELL_PATIENCE 4096u
#endif

/* As dma_queue_look(), for the joint submission with that number and end. */
static inline __attribute__((always_inline)) int dma_bell_look(const struct dma_queue_ops *ops, struct dma_queue *queue,
							       uint32_t number, uint32_t end, uint32_t aborts)
{
	if (!ops->words)
		return dma_queue_look(ops, queue, end, aborts);
	if (!dma_queue_reached(dma_queue_word(queue, DMA_QUEUE_JOINT_WORD), number))
		return -1;
	dma_consume();
	return __atomic_load_n(&queue->aborts, __ATOMIC_RELAXED) != aborts;
}

/* ---- The leader ---- */

/* Lock held: somebody asks, or asks within a moment. */
static inline bool is_asked(const struct dma_queue *queue, uint32_t number)
{
	for (unsigned i = 0; i < DMA_BELL_LOOKS; i++)
		if (__atomic_load_n(&queue->request.number, __ATOMIC_ACQUIRE) == number)
			return true;
	return false;
}

static inline struct dma_command request_of(const struct dma_queue *queue)
{
	const uint64_t *word = queue->request.command.word;

	return (struct dma_command){{dma_load(&word[0]), dma_load(&word[1])}};
}

/* Lock held, room for three. True: it was a joint submission. */
static inline __attribute__((always_inline)) bool lead_locked(const struct dma_queue_ops *ops, struct dma_queue *queue,
							      struct dma_command command)
{
	struct dma_command *ring = queue->ring;
	uint32_t first = queue->tail, number = queue->taken + 1;
	bool asked;

	/* Between the request and the doorbell two CPUs wait: all that can be done is done before. */
	dma_queue_put(&ring[first % DMA_QUEUE_SLOTS], command);
	dma_queue_put(&ring[(first + 2) % DMA_QUEUE_SLOTS],
		      ops->fence(dma_queue_word_paddr(queue, DMA_QUEUE_JOINT_WORD), number));
	asked = is_asked(queue, number);
	dma_queue_put(&ring[(first + 1) % DMA_QUEUE_SLOTS],
		      asked ? request_of(queue) : dma_queue_fence(ops, queue, first + 2));
	queue->tail = first + 2 + asked;
	dma_publish(); /* as in dma_queue_submit(); the follower has done it for what its command speaks of */
	if (ops->cleans && dma_unlikely(queue->cleaned))
		dma_queue_clean(queue, first);
	dma_queue_ring(ops, queue);
	if (asked)
		dma_bell_joined(queue, number);
	else
		dma_bell_missed(queue, 1);
	return asked;
}

static inline __attribute__((always_inline)) int lead(const struct dma_queue_ops *ops, struct dma_queue *queue,
						      struct dma_command command)
{
	uintptr_t state = dma_host_lock(&queue->lock);
	uint32_t end, aborts, number;
	bool room, joint = false;

	room = queue->tail + 3 - queue->done < DMA_QUEUE_SLOTS || dma_queue_make_room(queue, 3);
	if (room)
		joint = lead_locked(ops, queue, command);
	end = queue->tail;
	aborts = queue->aborts;
	number = queue->joint;
	dma_host_unlock(&queue->lock, state);
	if (!joint) {
		if (room && dma_queue_look(ops, queue, end, aborts) == 0)
			return 0;
		return dma_queue_run_one_slowly(queue, command, room, end, aborts);
	}
	if (dma_bell_look(ops, queue, number, end, aborts) != 0)
		return dma_bell_finish(queue, command, number, end, aborts);
	dma_bell_tell(ops, queue, number);
	return 0;
}

/* ---- The follower ---- */

static inline __attribute__((always_inline)) bool is_answered(const struct dma_queue_ops *ops,
							      const struct dma_queue *queue, uint32_t number)
{
	if (ops->words)
		return dma_queue_word(queue, DMA_QUEUE_JOINT_WORD) == number;
	return __atomic_load_n(&queue->answer, __ATOMIC_RELAXED) == number; /* dma_consume() follows */
}

static inline __attribute__((always_inline)) int follow(const struct dma_queue_ops *ops, struct dma_queue *queue,
							struct dma_command command)
{
	uint32_t aborts = __atomic_load_n(&queue->aborts, __ATOMIC_RELAXED), number = queue->request.number + 1;

	dma_store(&queue->request.command.word[0], command.word[0]);
	dma_store(&queue->request.command.word[1], command.word[1]);
	dma_publish(); /* the command, and the tables that it speaks of, before its number */
	__atomic_store_n(&queue->request.number, number, __ATOMIC_RELAXED);
	for (unsigned i = 0; i < DMA_BELL_PATIENCE; i++)
		if (is_answered(ops, queue, number)) {
			dma_consume();
			/* The leader has read the request. Its cache line comes back while the caller goes on, so that
			 * the next request does not wait for it. */
			__atomic_store_n(&queue->request.back, number, __ATOMIC_RELAXED);
			if (__atomic_load_n(&queue->aborts, __ATOMIC_RELAXED) == aborts)
				return 0;
			break;
		}
	return dma_bell_follow_slowly(queue, command, number);
}

/* One command, while somebody leads, or the queue was given up. */
static __attribute__((noinline, unused)) int dma_bell_run(const struct dma_queue_ops *ops, struct dma_queue *queue,
							  struct dma_command command)
{
	uint32_t leader = dma_queue_leader(queue);
	int result;

	if (dma_unlikely(leader == DMA_QUEUE_FAILED))
		return DMA_ETIMEDOUT;
	if (leader == dma_host_cpu() + 1)
		return lead(ops, queue, command);
	if (__atomic_exchange_n(&queue->claimed, 1, __ATOMIC_ACQUIRE)) /* another CPU's, or what was interrupted here */
		return dma_bell_alone(queue, command);
	result = follow(ops, queue, command);
	__atomic_store_n(&queue->claimed, 0, __ATOMIC_RELEASE);
	return result;
}

/* Runs 1 to 32 commands and waits until they are executed. 0 or DMA_ETIMEDOUT: the unit has been given up. A driver
 * passes its ops as a constant, so that they are inlined. Any context; no lock is held. */
static inline __attribute__((always_inline)) int dma_queue_run(const struct dma_queue_ops *ops, struct dma_queue *queue,
							       const struct dma_command *commands, unsigned n)
{
	uint32_t end, aborts;
	bool submitted;

	if (dma_unlikely(dma_queue_leader(queue))) {
		if (n == 1)
			return dma_bell_run(ops, queue, commands[0]);
		if (dma_queue_failed(queue))
			return DMA_ETIMEDOUT;
	}
	if (dma_queue_run_fast(ops, queue, commands, n, &submitted, &end, &aborts))
		return 0;
	return dma_queue_run_slowly(queue, commands, n, submitted, end, aborts);
}

/* The same for one command, which stays in registers. */
static inline __attribute__((always_inline)) int dma_queue_run_one(const struct dma_queue_ops *ops,
								   struct dma_queue *queue, struct dma_command command)
{
	uint32_t end, aborts;
	bool submitted;

	if (dma_unlikely(dma_queue_leader(queue)))
		return dma_bell_run(ops, queue, command);
	if (dma_queue_run_fast(ops, queue, &command, 1, &submitted, &end, &aborts))
		return 0;
	return dma_queue_run_one_slowly(queue, command, submitted, end, aborts);
}

#endif
