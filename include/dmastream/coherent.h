/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Coherent memory: rings, queues, descriptors. Device and CPU share it without any sync; the order of accesses is the
 * caller's, with dma_publish() and dma_consume() (barrier.h).
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

/* npages of zeros within the device's mask, visible to both sides; _uninit leaves them as they are, except for an
 * untrusted device and in a confidential VM. May be ORed: flags is 0 or DMA_SPLITTABLE. Cached only if the device is
 * coherent; where it must be uncached and the machine cannot do that as normal memory: DMA_ENOTSUP, never a silent
 * cached mapping. Other errors as dma_stream_alloc(). Interrupts on. */
DMA_MUST_CHECK int dma_coherent_alloc(struct dma_coherent *c, struct dma_device *dev, unsigned flags, size_t npages);
DMA_MUST_CHECK int dma_coherent_alloc_uninit(struct dma_coherent *c, struct dma_device *dev, unsigned flags,
					     size_t npages);

/* As dma_stream_split(), dma_stream_release(). */
DMA_MUST_CHECK int dma_coherent_split(struct dma_coherent *c, size_t off, struct dma_coherent *tail);
void dma_coherent_release(struct dma_coherent *c);

/* As dma_stream_paddr(), dma_stream_daddr(), dma_stream_size(). */
static inline dma_paddr_t dma_coherent_paddr(const struct dma_coherent *c)
{
	return dma_stream_paddr(&c->stream);
}

static inline dma_daddr_t dma_coherent_daddr(const struct dma_coherent *c)
{
	return c->stream.daddr;
}

static inline size_t dma_coherent_size(const struct dma_coherent *c)
{
	return dma_stream_size(&c->stream);
}

/* The CPU's access: as in stream.h, both directions allowed. Any context. */
DMA_MUST_CHECK static inline int dma_coherent_reader(const struct dma_coherent *c, struct dma_reader *r)
{
	return dma_stream_reader(&c->stream, r);
}

DMA_MUST_CHECK static inline int dma_coherent_writer(const struct dma_coherent *c, struct dma_writer *w)
{
	return dma_stream_writer(&c->stream, w);
}

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

#define dma_coherent_read_val(c, off, p)  dma_coherent_read_bytes((c), (off), (p), sizeof(*(p)))
#define dma_coherent_write_val(c, off, p) dma_coherent_write_bytes((c), (off), (p), sizeof(*(p)))

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

DMA_MUST_CHECK static inline int dma_coherent_fill(const struct dma_coherent *c, size_t off, unsigned char value,
						   size_t len)
{
	return dma_stream_fill(&c->stream, off, value, len);
}

#ifdef __cplusplus
}
#endif
#endif
