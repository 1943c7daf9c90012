/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Coherent memory: rings, queues, descriptors. Device and CPU share it without any sync; the caller orders its accesses
 * with dma_publish() and dma_consume() (barrier.h).
 *
 * Throughout: ranges are (off, len) in bytes, as those of a stream (stream.h). Both directions are allowed, and all
 * accesses alias every type.
 */
#ifndef DMASTREAM_COHERENT_H
#define DMASTREAM_COHERENT_H

#include <dmastream/stream.h>

#ifdef __cplusplus
extern "C" {
#endif

/* As struct dma_stream: caller's storage, starts zeroed, may be moved, zeroed again by release. */
struct dma_coherent {
	struct dma_stream stream; /* bidirectional; not to be synced */
};

/* Allocates npages pages within the device's mask that device and CPU see without any sync. flags is 0 or
 * DMA_SPLITTABLE. dma_coherent_alloc() gives zeros; dma_coherent_alloc_uninit() leaves the contents as they are, except
 * for an untrusted device and in a confidential VM, which get zeros all the same. The memory is cached only if the
 * device is coherent. Otherwise it is mapped as uncached normal memory, and where the machine cannot do that the call
 * fails: the memory is never cached instead.
 * Returns: 0, or an error, and *c is empty as before.
 * Errors: DMA_EINVAL (npages is 0, flags has another bit, *c is not empty, dev is NULL or zeroed, or dma_init() has
 * not been called); DMA_ENODEV (the device is blocked, or its IOMMU has been given up); DMA_EBUSY (interrupts are
 * off); DMA_ENOTSUP (the device needs uncached memory and the machine has none, or npages are more than the device
 * takes in one piece: boundary, max_segment_size); DMA_ENOMEM (the host has no frames, kernel addresses or table
 * pages now, or none that meet the device's limits); DMA_ENOSPC (no device address is left that meets mask,
 * alignment and boundary); DMA_EIO (the hypervisor did not share the pages of a confidential VM, and the page in
 * doubt is quarantined); DMA_ETIMEDOUT (the hypervisor or the IOMMU did not answer: the IOMMU is given up then, and
 * frames that the device may reach are quarantined).
 * Context: interrupts on.
 * Example:
 *     struct dma_coherent ring = {0};
 *
 *     error = dma_coherent_alloc(&ring, &dev, 0, 1);
 *     if (!error)
 *             write_register(RING_BASE, dma_coherent_daddr(&ring).raw);
 * See: dma_coherent_release(), dma_coherent_write_once(), dma_publish(), dma_consume(). */
DMA_MUST_CHECK int dma_coherent_alloc(struct dma_coherent *c, struct dma_device *dev, unsigned flags, size_t npages);
DMA_MUST_CHECK int dma_coherent_alloc_uninit(struct dma_coherent *c, struct dma_device *dev, unsigned flags,
					     size_t npages);

/* Cuts the memory at off bytes: *c keeps what is below, *tail (empty before) gets the rest. No address changes; both
 * live and are released alone from then on, in any order, on any CPU.
 * Returns: 0, or an error, and neither has changed.
 * Errors: DMA_EINVAL (off is no multiple of a page and of the device's min_align, or not strictly inside, *tail is
 * not empty, or *c is); DMA_ENOTSUP (the domain cannot unmap a part and the memory was not made DMA_SPLITTABLE);
 * DMA_ENOMEM (no page for what the second part needs, or with interrupts off the reserve is empty); DMA_ETIMEDOUT
 * (the IOMMU did not answer, and has been given up).
 * Context: any; with interrupts off it draws on the reserve (dma_host_info()).
 * See: dma_coherent_release(), dma_stream_split(). */
DMA_MUST_CHECK int dma_coherent_split(struct dma_coherent *c, size_t off, struct dma_coherent *tail);

/* Ends the device's access, then gives the memory back and zeroes *c; empty memory stays empty. The caller has
 * quiesced the device. It never allocates; where the hardware fails, the memory is quarantined, not reused
 * (dma_stats()). Behind a deferred domain a trusted device's access ends later, and the memory waits for that.
 * Returns: nothing.
 * Errors: none: it cannot fail.
 * Context: any; with interrupts off, memory with a kernel mapping of its own waits for dma_reclaim().
 * See: dma_coherent_alloc(), dma_reclaim(), dma_domain_flush(). */
void dma_coherent_release(struct dma_coherent *c);

/* Where the memory begins, as the CPU's bus (paddr) and as the device (daddr) see it, and its size in bytes.
 * Returns: the address or the size; for empty memory DMA_ADDRESS_NONE, or the size 0.
 * Errors: none.
 * Context: any.
 * See: dma_coherent_alloc(). */
static inline dma_paddr_t dma_coherent_paddr(const struct dma_coherent *c)
{
	return dma_stream_paddr(&c->stream);
}

static inline dma_daddr_t dma_coherent_daddr(const struct dma_coherent *c)
{
	return dma_stream_daddr(&c->stream);
}

static inline size_t dma_coherent_size(const struct dma_coherent *c)
{
	return dma_stream_size(&c->stream);
}

/* The memory as plain C sees it: rings and queues are C structures (ring.h brings the positions).
 *
 * The device reads and changes it at any time: declare what is there volatile, or copy it out once and look at the
 * copy; what must not be torn is one aligned access of up to the CPU's word. The order is the caller's, by the three
 * barriers: dma_publish() behind an entry, before the index, valid bit or doorbell that announces it; dma_consume()
 * behind an index or valid bit that was seen, before the entry; dma_barrier() where a store comes before a look. Where
 * the device does not snoop, the memory is uncached: atomic read-modify-write instructions may not work there, and
 * every load goes to memory.
 *
 * The pointer is good until the memory is released or split off. On the simulated machine it leads to real memory: what
 * was stored is seen by the machine at the next event (a barrier, a register, an access of the device, a checked call),
 * in any order; what a device wrote shows at an event, at the latest at dma_consume() or dma_barrier(). In a file that
 * is compiled with -fsanitize=thread every access is an event (docs/simulator.md). After the release an access crashes
 * there.
 * Returns: a pointer to the first byte, at least page aligned; NULL for empty memory.
 * Errors: none.
 * Context: any.
 * Example:
 *     volatile struct descriptor *ring = dma_coherent_pointer(&memory);
 *
 *     ring[i].address = dma_stream_daddr(&s).raw;
 *     dma_publish();
 *     ring[i].flags = VALID;
 * See: dma_coherent_alloc(), dma_ring_alloc(), dma_publish(), dma_consume(), dma_barrier(). */
static inline void *dma_coherent_pointer(const struct dma_coherent *c)
{
	return dma_arch_pointer(c->stream.cpu, dma_stream_size(&c->stream));
}

/* A cursor over all of the memory; it must not outlive it.
 * Returns: 0, or an error, and the cursor has not changed.
 * Errors: DMA_EINVAL (*c is empty).
 * Context: any.
 * See: dma_reader_read_bytes(), dma_writer_write_bytes(), dma_coherent_alloc(). */
DMA_MUST_CHECK static inline int dma_coherent_reader(const struct dma_coherent *c, struct dma_reader *r)
{
	return dma_stream_reader(&c->stream, r);
}

DMA_MUST_CHECK static inline int dma_coherent_writer(const struct dma_coherent *c, struct dma_writer *w)
{
	return dma_stream_writer(&c->stream, w);
}

/* Copies len bytes at off bytes out of the memory, or into it. Nothing is ordered against the device: see
 * dma_publish() and dma_consume(). Where len is 0, the other pointer may be NULL.
 * Returns: 0, or an error, and nothing has been copied.
 * Errors: DMA_EINVAL (the range does not fit, or *c is empty).
 * Context: any.
 * See: dma_coherent_read_once(), dma_coherent_read_val(), dma_coherent_fill(), dma_publish(), dma_consume(). */
DMA_MUST_CHECK static inline int dma_coherent_read_bytes(const struct dma_coherent *c, size_t off, void *dst,
							 size_t len)
{
	return dma_stream_read_bytes(&c->stream, off, dst, len);
}

DMA_MUST_CHECK static inline int dma_coherent_write_bytes(const struct dma_coherent *c, size_t off, const void *src,
							  size_t len)
{
	return dma_stream_write_bytes(&c->stream, off, src, len);
}

/* Copies one object, *value of any TYPE, from off bytes on out of the memory, byte for byte (no alignment asked).
 * The device may change the bytes while they are copied: what it must not tear is read with
 * dma_coherent_read_once().
 * Macro: int MACRO(const struct dma_coherent *c, size_t off, TYPE *value);
 * Returns: 0, or an error, and *value has not changed.
 * Errors: DMA_EINVAL (the object does not fit there, or *c is empty).
 * Context: any.
 * Example:
 *     struct completion seen;
 *
 *     error = dma_coherent_read_val(&ring, index * sizeof(seen), &seen);
 * See: dma_coherent_write_val(), dma_coherent_read_bytes(), dma_coherent_read_once(). */
#define dma_coherent_read_val(c, off, p) dma_coherent_read_bytes((c), (off), (p), DMA_VALUE_SIZE(p))

/* Copies one object, *value of any TYPE, into the memory from off bytes on, byte for byte (no alignment asked).
 * Macro: int MACRO(const struct dma_coherent *c, size_t off, const TYPE *value);
 * Returns: 0, or an error, and the memory has not changed.
 * Errors: DMA_EINVAL (the object does not fit there, or *c is empty).
 * Context: any.
 * See: dma_coherent_read_val(), dma_coherent_write_bytes(), dma_coherent_write_once(), dma_publish(). */
#define dma_coherent_write_val(c, off, p) dma_coherent_write_bytes((c), (off), (p), DMA_VALUE_SIZE(p))

/* Copies from off bytes on out of the memory until the writer is full, or into it until the reader is at its end, and
 * moves the cursor there. The two must not overlap.
 * Returns: 0, or an error, and nothing has been copied and the cursor has not moved.
 * Errors: DMA_EINVAL (what the cursor has left does not fit there, or *c is empty).
 * Context: any.
 * See: dma_coherent_read_bytes(), dma_coherent_write_bytes(), dma_reader_of(), dma_writer_of(). */
DMA_MUST_CHECK static inline int dma_coherent_read(const struct dma_coherent *c, size_t off, struct dma_writer *w)
{
	return dma_stream_read(&c->stream, off, w);
}

DMA_MUST_CHECK static inline int dma_coherent_write(const struct dma_coherent *c, size_t off, struct dma_reader *r)
{
	return dma_stream_write(&c->stream, off, r);
}

/* One load or store that the hardware does not tear, of nbytes (1, 2, 4 or 8) at off, a multiple of nbytes. value
 * points to an object of that many bytes, of any type and alignment.
 * Returns: 0, or an error, and neither side has changed.
 * Errors: DMA_EINVAL (nbytes is another number, off is no multiple of it, the range does not fit, or *c is empty);
 * DMA_ENOTSUP (nbytes is 8 where addresses have 32 bits).
 * Context: any.
 * Example:
 *     uint16_t idx;
 *
 *     error = dma_coherent_read_once(&ring, USED_IDX, &idx, sizeof(idx));
 *     dma_consume();                 // what idx announces is read after it
 * See: dma_coherent_read_bytes(), dma_publish(), dma_consume(), dma_barrier(). */
DMA_MUST_CHECK static inline int dma_coherent_read_once(const struct dma_coherent *c, size_t off, void *value,
							size_t nbytes)
{
	return dma_stream_read_once(&c->stream, off, value, nbytes);
}

DMA_MUST_CHECK static inline int dma_coherent_write_once(const struct dma_coherent *c, size_t off, const void *value,
							 size_t nbytes)
{
	return dma_stream_write_once(&c->stream, off, value, nbytes);
}

/* Writes len bytes of that value from off bytes on.
 * Returns: 0, or an error, and nothing has been written.
 * Errors: DMA_EINVAL (the range does not fit, or *c is empty).
 * Context: any.
 * See: dma_coherent_write_bytes(), dma_publish(). */
DMA_MUST_CHECK static inline int dma_coherent_fill(const struct dma_coherent *c, size_t off, unsigned char value,
						   size_t len)
{
	return dma_stream_fill(&c->stream, off, value, len);
}

#ifdef __cplusplus
}
#endif
#endif
