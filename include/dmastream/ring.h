/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Rings: queues of entries of one type in coherent memory, as NVMe, virtio and network cards have them. The entries are
 * C structures behind a plain pointer; two positions say how far the ring is filled and worked off.
 *
 *     struct command { ... };                        // as the hardware's manual lays it out
 *     DMA_RING(command_ring, volatile struct command);
 *     struct command_ring ring = {0};
 *
 *     error = dma_ring_alloc(&ring, &dev, 64);
 *     write64(regs + QUEUE_BASE, dma_ring_daddr(&ring).raw);
 *
 *     if (dma_ring_room(&ring) > 0) {
 *             fill(dma_ring_tail_entry(&ring));      // a volatile struct command *
 *             dma_ring_produce(&ring);
 *             dma_publish();                         // the entry before the doorbell
 *             write32(regs + DOORBELL, dma_ring_tail(&ring));
 *     }
 *
 *     DMA_RING(completion_ring, volatile struct completion);   // the device fills this one
 *
 *     while ((dma_ring_head_entry(&done)->status & 1) == dma_ring_head_phase(&done)) {
 *             dma_consume();                         // the phase bit before the rest of the entry
 *             handle(dma_ring_head_entry(&done));
 *             dma_ring_follow(&done);
 *     }
 *
 * A position counts the entries of two rounds, so that a full ring is not an empty one. Each round has a phase: 1 in
 * the first, then 0, 1, … (NVMe base specification, "Phase Tag"; virtio's wrap counter, Virtual I/O Device 1.2, 2.8.1).
 * Nothing here orders anything or talks to the device: barriers (barrier.h) and doorbells are the driver's. A ring is
 * used by one CPU at a time.
 */
#ifndef DMASTREAM_RING_H
#define DMASTREAM_RING_H

#include <dmastream/coherent.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Caller's storage, starts zeroed, may be moved, zeroed again by release. The fields are the library's. */
struct dma_ring {
	struct dma_coherent memory;
	unsigned char *entries;
	uint32_t entry_size; /* bytes */
	uint32_t count;	     /* entries; 0: empty */
	uint32_t tail, head; /* positions, 0 to 2 * count - 1: the next to be filled, the next to be worked off */
};

#define DMA_RING_MOST ((uint32_t)1 << 30) /* entries of a ring */

/* Declares struct TAG, a ring of entries of that type. Make it volatile: the device changes entries, or reads them.
 * Macro: MACRO(TAG, TYPE);
 * Returns: nothing: it is a declaration.
 * Errors: none.
 * Context: any.
 * See: dma_ring_alloc(), dma_ring_entry(). */
#define DMA_RING(tag, type)                                                                                            \
	struct tag {                                                                                                   \
		union {                                                                                                \
			struct dma_ring ring;                                                                          \
			/* never used: it says the type */                                                             \
			type *of; /* NOLINT(bugprone-macro-parentheses): a declaration */                              \
		};                                                                                                     \
	}

/* What dma_ring_alloc() and its like call. */
DMA_MUST_CHECK int dma_typed_ring_make(struct dma_ring *r, struct dma_device *dev, size_t entry_size, uint32_t count);
void dma_typed_ring_unmake(struct dma_ring *r);

/* Allocates a ring of `count` entries, all zeros to both sides, which begins at a page.
 * Macro: int MACRO(RING *r, struct dma_device *dev, uint32_t count);
 * Returns: 0, or an error, and *r is empty as before.
 * Errors: DMA_EINVAL (count is 0 or beyond DMA_RING_MOST, an entry has 0 bytes or more than 32 bits count, *r is not
 * empty, dev is NULL or zeroed, or dma_init() has not been called); DMA_ENODEV (the device is blocked, or its IOMMU has
 * been given up); DMA_EBUSY (interrupts are off); DMA_ENOTSUP (the device needs uncached memory and the machine has
 * none, or the ring is more than the device takes in one piece: boundary, max_segment_size); DMA_ENOMEM (the host has
 * no frames, kernel addresses or table pages now, or none that meet the device's limits); DMA_ENOSPC (no device address
 * is left that meets mask, alignment and boundary); DMA_EIO (the hypervisor did not share the pages of a confidential
 * VM); DMA_ETIMEDOUT (the hypervisor or the IOMMU did not answer).
 * Context: interrupts on.
 * See: DMA_RING(), dma_ring_release(), dma_coherent_alloc(). */
#define dma_ring_alloc(r, dev, count) dma_typed_ring_make(&(r)->ring, (dev), sizeof(*(r)->of), (count))

/* Ends the device's access, then gives the memory back and zeroes *r; an empty ring stays empty. The caller has
 * quiesced the device.
 * Macro: void MACRO(RING *r);
 * Returns: nothing.
 * Errors: none: it cannot fail.
 * Context: any; as dma_coherent_release().
 * See: dma_ring_alloc(), dma_coherent_release(). */
#define dma_ring_release(r) dma_typed_ring_unmake(&(r)->ring)

/* ---- Where entries are ------------------------------------------------------------------------------------ */

/* What the macros below call. */
static inline void *dma_typed_ring_slot(const struct dma_ring *r, uint32_t slot)
{
	return slot < r->count ? r->entries + DMA_CAST(size_t, slot) * r->entry_size : DMA_NULL;
}

/* What the macros below call. */
static inline uint32_t dma_typed_ring_slot_of(const struct dma_ring *r, uint32_t position)
{
	return position < r->count ? position : position - r->count;
}

/* An entry by its number in the ring.
 * Macro: TYPE *MACRO(const RING *r, uint32_t slot);
 * Returns: a pointer to it; NULL if slot is not below the ring's count.
 * Errors: none.
 * Context: any.
 * See: dma_ring_tail_entry(), dma_ring_head_entry(), dma_ring_entry_daddr(). */
#define dma_ring_entry(r, slot) DMA_CAST(__typeof__((r)->of + 0), dma_typed_ring_slot(&(r)->ring, (slot)))

/* The entry that is filled next.
 * Macro: TYPE *MACRO(const RING *r);
 * Returns: a pointer to it; NULL for an empty ring.
 * Errors: none.
 * Context: any.
 * See: dma_ring_produce(), dma_ring_room(), dma_ring_head_entry(). */
#define dma_ring_tail_entry(r) dma_ring_entry(r, dma_ring_tail(r))

/* The entry that is worked off next.
 * Macro: TYPE *MACRO(const RING *r);
 * Returns: a pointer to it; NULL for an empty ring.
 * Errors: none.
 * Context: any.
 * See: dma_ring_consume(), dma_ring_follow(), dma_ring_tail_entry(). */
#define dma_ring_head_entry(r) dma_ring_entry(r, dma_ring_head(r))

/* What the macros below call. */
static inline dma_daddr_t dma_typed_ring_address(const struct dma_ring *r, uint32_t slot)
{
	return slot < r->count
		       ? dma_daddr(dma_coherent_daddr(&r->memory).raw + DMA_CAST(uint64_t, slot) * r->entry_size)
		       : dma_daddr(DMA_ADDRESS_NONE);
}

/* Where the device finds an entry, or the first one: what its base register is told.
 * Macro: dma_daddr_t MACRO(const RING *r, uint32_t slot);
 * Returns: the address; DMA_ADDRESS_NONE if slot is not below the ring's count.
 * Errors: none.
 * Context: any.
 * See: dma_ring_daddr(), dma_coherent_daddr(). */
#define dma_ring_entry_daddr(r, slot) dma_typed_ring_address(&(r)->ring, (slot))

/* Where the device finds the ring: what its base register is told.
 * Macro: dma_daddr_t MACRO(const RING *r);
 * Returns: the address of entry 0; DMA_ADDRESS_NONE for an empty ring.
 * Errors: none.
 * Context: any.
 * See: dma_ring_entry_daddr(). */
#define dma_ring_daddr(r) dma_typed_ring_address(&(r)->ring, 0)

/* ---- Positions --------------------------------------------------------------------------------------------- */

/* What the macros below call. */
static inline uint32_t dma_typed_ring_behind(const struct dma_ring *r, uint32_t position)
{
	return position + 1 == 2 * r->count ? 0 : position + 1;
}

/* What the macros below call. */
static inline uint32_t dma_typed_ring_filled(const struct dma_ring *r)
{
	return r->tail >= r->head ? r->tail - r->head : r->tail + 2 * r->count - r->head;
}

/* How many entries the ring has.
 * Macro: uint32_t MACRO(const RING *r);
 * Returns: the number; 0 for an empty ring.
 * Errors: none.
 * Context: any.
 * See: dma_ring_alloc(), dma_ring_room(). */
#define dma_ring_count(r) ((r)->ring.count)

/* How many entries are filled and not worked off.
 * Macro: uint32_t MACRO(const RING *r);
 * Returns: the number; 0 for an empty ring.
 * Errors: none.
 * Context: any.
 * See: dma_ring_consume(), dma_ring_room(). */
#define dma_ring_used(r) dma_typed_ring_filled(&(r)->ring)

/* How many entries could be filled. A device that tells a full ring from an empty one by two indices alone (NVMe) takes
 * one fewer: keep a room of 1.
 * Macro: uint32_t MACRO(const RING *r);
 * Returns: the number; 0 for an empty ring.
 * Errors: none.
 * Context: any.
 * See: dma_ring_produce(), dma_ring_used(). */
#define dma_ring_room(r) ((r)->ring.count - dma_typed_ring_filled(&(r)->ring))

/* The index of the entry that is filled next: what the device's doorbell is told.
 * Macro: uint32_t MACRO(const RING *r);
 * Returns: the index, 0 to count - 1; 0 for an empty ring.
 * Errors: none.
 * Context: any.
 * See: dma_ring_tail_entry(), dma_ring_tail_phase(). */
#define dma_ring_tail(r) dma_typed_ring_slot_of(&(r)->ring, (r)->ring.tail)

/* The index of the entry that is worked off next: what the device's doorbell is told.
 * Macro: uint32_t MACRO(const RING *r);
 * Returns: the index, 0 to count - 1; 0 for an empty ring.
 * Errors: none.
 * Context: any.
 * See: dma_ring_head_entry(), dma_ring_head_phase(). */
#define dma_ring_head(r) dma_typed_ring_slot_of(&(r)->ring, (r)->ring.head)

/* The phase of the round that the tail is in.
 * Macro: unsigned MACRO(const RING *r);
 * Returns: 1 in the first round, 0 in the second, and so on.
 * Errors: none.
 * Context: any.
 * See: dma_ring_tail(), dma_ring_head_phase(). */
#define dma_ring_tail_phase(r) ((r)->ring.tail < (r)->ring.count ? 1u : 0u)

/* The phase of the round that the head is in.
 * Macro: unsigned MACRO(const RING *r);
 * Returns: 1 in the first round, 0 in the second, and so on.
 * Errors: none.
 * Context: any.
 * See: dma_ring_head_entry(), dma_ring_tail_phase(). */
#define dma_ring_head_phase(r) ((r)->ring.head < (r)->ring.count ? 1u : 0u)

/* What the macros below call. */
static inline int dma_typed_ring_move_tail(struct dma_ring *r)
{
	if (dma_typed_ring_filled(r) == r->count)
		return DMA_ENOSPC; /* an empty ring, too */
	r->tail = dma_typed_ring_behind(r, r->tail);
	return 0;
}

/* What the macros below call. */
static inline int dma_typed_ring_move_head(struct dma_ring *r)
{
	if (r->head == r->tail)
		return DMA_EINVAL;
	r->head = dma_typed_ring_behind(r, r->head);
	return 0;
}

/* What the macros below call. */
static inline void dma_typed_ring_move_both(struct dma_ring *r)
{
	if (r->count == 0)
		return;
	r->head = dma_typed_ring_behind(r, r->head);
	r->tail = r->head;
}

/* The tail entry is filled: moves the tail on by one. The device is told by the driver.
 * Macro: int MACRO(RING *r);
 * Returns: 0, or an error, and nothing has changed.
 * Errors: DMA_ENOSPC (the ring is full).
 * Context: any.
 * See: dma_ring_tail_entry(), dma_ring_room(), dma_publish(). */
#define dma_ring_produce(r) dma_typed_ring_move_tail(&(r)->ring)

/* The head entry is worked off: moves the head on by one.
 * Macro: int MACRO(RING *r);
 * Returns: 0, or an error, and nothing has changed.
 * Errors: DMA_EINVAL (no entry is filled).
 * Context: any.
 * See: dma_ring_head_entry(), dma_ring_produce(). */
#define dma_ring_consume(r) dma_typed_ring_move_head(&(r)->ring)

/* In a ring that the device fills, the head entry was seen: moves head and tail on by one.
 * Macro: void MACRO(RING *r);
 * Returns: nothing.
 * Errors: none: in an empty ring nothing moves.
 * Context: any.
 * See: dma_ring_head_entry(), dma_ring_head_phase(), dma_consume(). */
#define dma_ring_follow(r) dma_typed_ring_move_both(&(r)->ring)

#ifdef __cplusplus
}
#endif
#endif
