/* SPDX-License-Identifier: MPL-2.0 */
/*
 * One ring of commands, as every IOMMU has it: submitted under a lock, executed by the hardware in order, waited for
 * without the lock by any number of CPUs and their interrupt handlers.
 *
 * 	     done                      tail
 * 	      |                         |           A submission is some commands and a fence: the command by which
 * 	+-----v-------------------------v-----+     the hardware tells that everything up to it has been executed.
 * 	| free | C F | C F | C C C F | C F | free   `end` names a submission: the position behind its fence.
 * 	+-------------------------------------+
 *
 * Positions count on for ever, modulo 2^32; the slot is the position modulo DMA_QUEUE_SLOTS. The lock's holder alone
 * moves tail and done, so neither can go back, whoever is interrupted or delayed (hazard 65). `done` may be behind the
 * hardware: it says which slots may be used again, and is brought up to date when the ring looks full. A waiter asks
 * the hardware about its own `end`, and needs nobody else.
 *
 * A unit that does not answer within its limit is given up for good: whoever needs an invalidation from it is told so
 * at once from then on.
 */
#ifndef DMASTREAM_IOMMU_UNIT_QUEUE_H
#define DMASTREAM_IOMMU_UNIT_QUEUE_H

#include "../../base/atomic.h"
#include <dmastream/arch.h>
#include <dmastream/barrier.h>
#include <dmastream/errors.h>
#include <dmastream/platform.h>

enum {
	DMA_QUEUE_SLOTS = 256, /* of 16 bytes: the ring is 4 KiB */
	DMA_QUEUE_LINE = 64,   /* bytes of a cache line, on most CPUs: others are slower, no less right */
};

struct dma_command {
	uint64_t word[2];
};

struct dma_queue;

/* What a driver supplies. */
struct dma_queue_ops {
	/* A fence. Where fences write, it writes `value` to the word at paddr. */
	struct dma_command (*fence)(dma_paddr_t paddr, uint32_t value);

	/* The hardware's error bits that say that the queue stands still; 0: it does not. Any context. */
	uint32_t (*errors)(struct dma_queue *queue);
	/* Gets it going again: dma_queue_widen(), dma_queue_refused(), dma_queue_aborted(), dma_queue_give_up(). Lock
	 * held. */
	void (*mend)(struct dma_queue *queue, uint32_t errors);

	/* What takes the place of a command that was refused: one that invalidates more, which is right whatever that
	 * one named; or the same once more. Lock held. */
	struct dma_command (*wider)(struct dma_queue *queue, struct dma_command refused);

	/* Two registers of 32 bits, by offset, whose index counts in steps of so many: where the driver writes the tail
	 * of the ring, and reads which slot the hardware takes next, or is standing still at. The tail is written
	 * modulo `span`: DMA_QUEUE_SLOTS, or twice that with a wrap bit. */
	uint32_t tail_register, head_register, step, span;

	bool words;  /* fences write to `words`; else a fence is executed when the head has passed it, and step is 1 */
	bool cleans; /* a unit that does not snoop reads the ring past the caches */
};

/* What a CPU asks of the one that rings for it, too (unit_bell.h). */
struct dma_request {
	uint32_t number; /* written last */
	uint32_t back;	 /* means nothing: written to have the cache line back */
	struct dma_command command;
};

/* Fields that are written at different times, or by different CPUs, lie in different cache lines. */
struct dma_queue {
	/* Changed with the lock held, and read so, where nothing else is said. */
	struct dma_lock lock;
	uint32_t tail;
	uint32_t done;	      /* read by all */
	uint32_t refused_at;  /* position of the last command that was refused */
	uint32_t renewed;     /* words are not older than that position, when no more are `renewing` */
	bool refused;	      /* there was one */
	bool renewing;	      /* some words are still to be renewed */
	bool joint_waits;     /* the last joint submission may not be executed yet */
	uint8_t lonely;	      /* how often in a row the leader found no request */
	uint8_t disappointed; /* how often in a row it did not pay to have a leader */
	uint32_t came;	      /* the CPU that came first of the two that are looked at */
	uint32_t met;	      /* how often the second was another one, while there was no leader */
	uint32_t taken;	      /* number of the last request that was taken, or withdrawn */
	uint32_t joint;	      /* number, end, and aborts of the last joint submission */
	uint32_t joint_end, joint_aborts, joined; /* joined: how many there were under this leader */

	/* Read by all, and seldom changed. */
	_Alignas(DMA_QUEUE_LINE) uint32_t leader; /* 0, or who rings for two: 1 + its CPU number; or DMA_QUEUE_FAILED */
	uint32_t aborts;	  /* how often the hardware threw submissions away: written with the lock held */
	struct dma_command *ring; /* a page; 256 entries of it are used */
	dma_paddr_t paddr;
	uint64_t *words; /* a page: one for each slot, if a fence is a command that writes to memory; else NULL */
	dma_paddr_t words_paddr;
	volatile char *regs; /* the unit's */
	bool cleaned;	     /* what is new in the ring has to be: ops->cleans, and the unit does not snoop */
	const struct dma_queue_ops *ops;
	uint64_t timeout_ns; /* for one command */
	const char *name;    /* of the driver, and the unit's address: for the log */
	uint64_t unit;

	_Alignas(DMA_QUEUE_LINE) struct dma_request request; /* the follower writes it, the leader reads it */
	_Alignas(DMA_QUEUE_LINE) uint8_t claimed; /* whose request it is: changed atomically, by followers alone */
	_Alignas(DMA_QUEUE_LINE) uint32_t answer; /* number of the last request that the leader saw executed */
};

static inline bool dma_queue_reached(uint32_t position, uint32_t end)
{
	return (int32_t)(position - end) >= 0;
}

/* Given up, in the place of a leader: the fast paths look at one word. Final. */
#define DMA_QUEUE_FAILED UINT32_MAX

static inline uint32_t dma_queue_leader(const struct dma_queue *queue)
{
	return __atomic_load_n(&queue->leader, __ATOMIC_RELAXED);
}

static inline bool dma_queue_failed(const struct dma_queue *queue)
{
	return dma_queue_leader(queue) == DMA_QUEUE_FAILED;
}

static inline void dma_queue_put(struct dma_command *slot, struct dma_command command)
{
	dma_arch_write_once(&slot->word[0], command.word[0], 8);
	dma_arch_write_once(&slot->word[1], command.word[1], 8);
}

/* ---- Fences that write their end position to memory --------------------------------------------------------

 * Each slot has a word of its own, 8 bytes from the next; the hardware writes 4 or 8. A fence writes its end position
 * to its slot's word: an older value is never taken for a newer one, since words are renewed (unit_queue.c) before they
 * are 2^31 positions old. The fence of a joint submission (unit_bell.h) writes the number of the request to a word
 * behind those. A fence is done after everything before it. The words are coherent, whatever the unit does with tables.
 */
enum { DMA_QUEUE_JOINT_WORD = DMA_QUEUE_SLOTS };

static inline dma_paddr_t dma_queue_word_paddr(const struct dma_queue *queue, unsigned index)
{
	return dma_paddr(queue->words_paddr.raw + 8 * index);
}

static inline uint32_t dma_queue_word(const struct dma_queue *queue, unsigned index)
{
	return (uint32_t)dma_arch_read_once(&queue->words[index], 4);
}

static inline unsigned dma_queue_word_of(uint32_t end)
{
	return (end - 1) % DMA_QUEUE_SLOTS;
}

static inline struct dma_command dma_queue_fence(const struct dma_queue_ops *ops, const struct dma_queue *queue,
						 uint32_t end)
{
	return ops->fence(dma_queue_word_paddr(queue, dma_queue_word_of(end)), end);
}

/* ---- Fences that the head passes ----------------------------------------------------------------------------

 * The position below which everything is executed. The head is at most a ring ahead of `done`; where it counts with a
 * wrap bit, a greater difference was read against a `done` that others have moved on meanwhile. Where it does not, the
 * ring is never full, so that the index alone says how far it is. What has gone round since is behind the truth, never
 * ahead of it. */
static inline __attribute__((always_inline)) uint32_t dma_queue_passed(const struct dma_queue_ops *ops,
								       const struct dma_queue *queue)
{
	uint32_t done = __atomic_load_n(&queue->done, __ATOMIC_ACQUIRE);
	uint32_t ahead = (dma_host_mmio_read32(queue->regs + ops->head_register) - done) & (ops->span - 1);

	return ops->span > DMA_QUEUE_SLOTS && ahead > DMA_QUEUE_SLOTS ? done : done + ahead;
}

static inline __attribute__((always_inline)) bool dma_queue_executed(const struct dma_queue_ops *ops,
								     struct dma_queue *queue, uint32_t end)
{
	return dma_queue_reached(
		ops->words ? dma_queue_word(queue, dma_queue_word_of(end)) : dma_queue_passed(ops, queue), end);
}

/* ---- Life ---------------------------------------------------------------------------------------------------- */

/* Empty, positions from 0 on; what was set up beside them, and that it was given up, stays. Ring and words are zeros,
 * and visible to the hardware, which does not look at them yet: call it before the registers are written that lead
 * there. */
void dma_queue_reset(struct dma_queue *queue);

/* No command is waited for from now on; the first call says why. Any context. */
void dma_queue_give_up(struct dma_queue *queue, const char *why);

/* For a driver's repair. Lock held: the hardware stands still at `slot`, whose command it refused. False: it did so
 * already after the last repair, and it is given up. */
bool dma_queue_refused(struct dma_queue *queue, uint32_t slot);
/* The same, and a wider command takes its place. */
bool dma_queue_widen(struct dma_queue *queue, uint32_t slot);
/* The slot that the hardware takes next, or is standing still at. */
uint32_t dma_queue_head(struct dma_queue *queue);

/* For a driver's repair. Lock held: what was submitted before `slot` and has not been executed was thrown away. Its
 * owners submit it again. */
void dma_queue_aborted(struct dma_queue *queue, uint32_t slot);

/* ---- Running commands ------------------------------------------------------------------------------------ */

/* Writes the tail to the hardware: also for a driver's repair, since some hardware starts again only then. Lock held.
 */
static inline __attribute__((always_inline)) void dma_queue_ring(const struct dma_queue_ops *ops,
								 struct dma_queue *queue)
{
	dma_host_mmio_write32(queue->regs + ops->tail_register, queue->tail % ops->span * ops->step);
}

/* The four that follow are for dma_queue_run() alone. Lock held: at two submissions of
 * sixteen, one behind the other, it is looked who comes. */
enum { DMA_BELL_SAMPLED = 28, DMA_BELL_SECOND = 2 }; /* bits of a position */
void dma_bell_sample(struct dma_queue *queue);
/* Lock held: makes the slots from position `first` to the tail visible to a unit that does not snoop. */
void dma_queue_clean(const struct dma_queue *queue, uint32_t first);
/* Lock held: makes room for n more commands, as far as the hardware has got. */
bool dma_queue_make_room(struct dma_queue *queue, unsigned n);
/* Waits for the submission that ends at `end`, submits it again if it was thrown away. end of 0 commands: it was not
 * submitted yet, since the ring was full. */
int dma_queue_run_slowly(struct dma_queue *queue, const struct dma_command *commands, unsigned n, bool submitted,
			 uint32_t end, uint32_t aborts);

/* Puts n commands and a fence into the ring and tells the hardware; false if there is no room now. */
static inline __attribute__((always_inline)) bool dma_queue_submit(const struct dma_queue_ops *ops,
								   struct dma_queue *queue,
								   const struct dma_command *commands, unsigned n,
								   uint32_t *end, uint32_t *aborts)
{
	uintptr_t state = dma_host_lock(&queue->lock);
	uint32_t first = queue->tail, last = first + n;
	bool room = last + 1 - queue->done < DMA_QUEUE_SLOTS; /* a full ring would look empty */
	struct dma_command *ring = queue->ring;

	if (dma_likely(room) || (room = dma_queue_make_room(queue, n + 1))) {
		for (unsigned i = 0; i < n; i++)
			dma_queue_put(&ring[(first + i) % DMA_QUEUE_SLOTS], commands[i]);
		dma_queue_put(&ring[last % DMA_QUEUE_SLOTS], dma_queue_fence(ops, queue, last + 1));
		*end = queue->tail = last + 1;
		*aborts = queue->aborts;
		dma_publish(); /* the commands, and the tables that they speak of, before the hardware looks */
		if (ops->cleans && dma_unlikely(queue->cleaned))
			dma_queue_clean(queue, first);
		dma_queue_ring(ops, queue);
		if (dma_unlikely(((last + 1) & DMA_BELL_SAMPLED) == 0))
			dma_bell_sample(queue);
	}
	dma_host_unlock(&queue->lock, state);
	return room;
}

/* 0 if the submission is executed, 1 if it may have been thrown away, -1 if it is not executed yet. */
static inline int dma_queue_look(const struct dma_queue_ops *ops, struct dma_queue *queue, uint32_t end,
				 uint32_t aborts)
{
	if (!dma_queue_executed(ops, queue, end))
		return -1;
	dma_consume();
	return __atomic_load_n(&queue->aborts, __ATOMIC_RELAXED) != aborts;
}

/* The same for one command. */
int dma_queue_run_one_slowly(struct dma_queue *queue, struct dma_command command, bool submitted, uint32_t end,
			     uint32_t aborts);

/* True: the commands are submitted and executed already. */
static inline __attribute__((always_inline)) bool dma_queue_run_fast(const struct dma_queue_ops *ops,
								     struct dma_queue *queue,
								     const struct dma_command *commands, unsigned n,
								     bool *submitted, uint32_t *end, uint32_t *aborts)
{
	*end = *aborts = 0;
	*submitted = dma_queue_submit(ops, queue, commands, n, end, aborts);
	return dma_likely(*submitted) && dma_likely(dma_queue_look(ops, queue, *end, *aborts) == 0);
}

#endif
