/* SPDX-License-Identifier: MPL-2.0 */
/*
 * FreeBSD's bus_dma(9) and bus_space(9), as far as a data path goes, for dmacheck. Written from the manual pages; what
 * the calls do is in runtime/door_freebsd.c.
 */
#ifndef DMACHECK_FREEBSD_BUS_H
#define DMACHECK_FREEBSD_BUS_H

#include <dmacheck.h>
#include <stdint.h>
#include <string.h>
#include <sys/types.h>

typedef uint64_t bus_addr_t;
typedef size_t bus_size_t;
typedef struct bus_dma_tag *bus_dma_tag_t;
typedef struct bus_dmamap *bus_dmamap_t;
typedef struct bus_dma_segment {
	bus_addr_t ds_addr;
	bus_size_t ds_len;
} bus_dma_segment_t;
typedef int bus_dmasync_op_t;
typedef void bus_dmamap_callback_t(void *arg, bus_dma_segment_t *segs, int nseg, int error);
typedef int bus_dma_filter_t(void *arg, bus_addr_t addr);
typedef void bus_dma_lock_t(void *arg, int op);
/* A device is the machine's: what dmacheck_device() gives. */
typedef struct sim_device *device_t;

#define BUS_SPACE_MAXADDR	(~(bus_addr_t)0)
#define BUS_SPACE_MAXADDR_32BIT 0xffffffffu
#define BUS_SPACE_MAXSIZE	(~(bus_size_t)0)
#define BUS_DMA_WAITOK		0
#define BUS_DMA_NOWAIT		1
#define BUS_DMA_ALLOCNOW	2
#define BUS_DMA_COHERENT	4
#define BUS_DMA_ZERO		8
#define BUS_DMASYNC_PREREAD	1
#define BUS_DMASYNC_POSTREAD	2
#define BUS_DMASYNC_PREWRITE	4
#define BUS_DMASYNC_POSTWRITE	8

static inline device_t bus_get_dma_tag_device(device_t dev)
{
	return dev;
}
/* The parent tag of a device: the device itself here. */
#define bus_get_dma_tag(dev) ((bus_dma_tag_t)(dev))
int dmacheck_bsd_tag_create(device_t dev, bus_size_t align, bus_size_t maxsize, int nsegments, bus_size_t maxsegsz,
			    bus_dma_tag_t *tag);
#define bus_dma_tag_create(parent, align, boundary, low, high, filter, filterarg, maxsize, nsegs, maxsegsz, flags,     \
			   lock, lockarg, tag)                                                                         \
	((void)(boundary), (void)(low), (void)(high), (void)(flags),                                                   \
	 dmacheck_bsd_tag_create((device_t)(void *)(parent), align, maxsize, nsegs, maxsegsz, tag))
int bus_dma_tag_destroy(bus_dma_tag_t tag);
int bus_dmamap_create(bus_dma_tag_t tag, int flags, bus_dmamap_t *map);
int bus_dmamap_destroy(bus_dma_tag_t tag, bus_dmamap_t map);
int bus_dmamap_load(bus_dma_tag_t tag, bus_dmamap_t map, void *buf, bus_size_t nbytes, bus_dmamap_callback_t *callback,
		    void *arg, int flags);
void bus_dmamap_unload(bus_dma_tag_t tag, bus_dmamap_t map);
void bus_dmamap_sync(bus_dma_tag_t tag, bus_dmamap_t map, bus_dmasync_op_t op);
int bus_dmamem_alloc(bus_dma_tag_t tag, void **memory, int flags, bus_dmamap_t *map);
void bus_dmamem_free(bus_dma_tag_t tag, void *memory, bus_dmamap_t map);

/* bus_space(9): a handle is the registers' address. */
typedef int bus_space_tag_t;
typedef char *bus_space_handle_t;
#define bus_space_read_4(t, h, off)	      ((void)(t), (uint32_t)dmacheck_register_read(h, off, 4))
#define bus_space_write_4(t, h, off, value)   ((void)(t), dmacheck_register_write(h, off, value, 4))
#define bus_space_read_8(t, h, off)	      ((void)(t), dmacheck_register_read(h, off, 8))
#define bus_space_write_8(t, h, off, value)   ((void)(t), dmacheck_register_write(h, off, value, 8))
#define bus_space_barrier(t, h, off, n, what) ((void)(t), (void)(h), dmacheck_barrier())
void dmacheck_barrier(void);
#define mb()	  dmacheck_barrier()
#define rmb()	  dmacheck_barrier()
#define wmb()	  dmacheck_barrier()
#define DELAY(us) ((void)(us), dmacheck_wait())

#define M_NOWAIT	       1
#define M_WAITOK	       2
#define M_ZERO		       0x100
#define M_DEVBUF	       0
#define MALLOC_DEFINE(a, b, c) struct dmacheck_unused
static inline void *dmacheck_bsd_malloc(size_t nbytes, int flags)
{
	void *at = dmacheck_alloc(nbytes);

	return at && flags & M_ZERO ? memset(at, 0, nbytes) : at;
}
#define malloc(nbytes, type, flags) dmacheck_bsd_malloc(nbytes, flags)
#define free(at, type)		    dmacheck_free(at)

#endif
