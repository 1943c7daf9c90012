/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Slices.
 *
 * Streams may be moved, so a slice does not point to its stream but to a root, a node of the library's that all slices
 * of one stream share:
 *
 *     slice ---- life ----> root.generation        equal: the stream lives
 *       generation             of (device, daddr, CPU view)
 *
 * The root is made with the first slice, which marks the stream DMA_PLACE_SLICED; release and split then come here and
 * clear its generation. A generation is odd and never given twice. The node may serve another purpose afterwards: where
 * the generation was, it has a pointer then, which is even, or nothing, so that a stale slice never finds its own.
 *
 * One root serves streams that cannot be told apart: the same memory mapped more than once for one device. It counts
 * them, and lives as long as one of them does, which keeps the memory where the slices point.
 */
#include "../base/node.h"
#include "../memory/owed.h"
#include "access.h"
#include "stream_own.h"
#include <dmastream/slice.h>

#define BUCKETS 512 /* each with a lock of its own: different streams do not need each other */

/* The low bits of a root's daddr, which is a page's: the number of sliced streams. */
#define STREAMS ((uint64_t)4095)

struct root {
	_Alignas(8) struct root *next; /* in its bucket */
	_Alignas(8) struct dma_device *dev;
	uint64_t daddr_and_streams;
	dma_paddr_t paddr;
	_Alignas(8) unsigned char *view; /* device view, in a mapping that the CPU uses */
	_Alignas(8) uintptr_t
		generation; /* at the place of a pointer, or behind the end, of everything else in a node */
};

_Static_assert(sizeof(struct root) <= DMA_NODE_SIZE, "a root is a node");

static struct bucket {
	struct dma_lock lock;
	struct root *first;
} buckets[BUCKETS];

static uintptr_t last_generation; /* given; changed atomically */

static uint64_t root_daddr(const struct root *root)
{
	return root->daddr_and_streams & ~STREAMS;
}

/* ---- Roots (callers hold the bucket's lock) ---- */

static struct bucket *bucket_of(const struct dma_stream *s)
{
	uint64_t page = s->daddr.raw >> DMA_PAGE_SHIFT;

	return &buckets[(page ^ page >> 9 ^ page >> 18) % BUCKETS];
}

static unsigned char *view_of(const struct dma_stream *s)
{
	return dma_stream_place(s) & DMA_PLACE_BOUNCE ? s->owed->va : s->cpu;
}

/* Where the root of the stream is linked in, or would be. */
static struct root **find(const struct dma_stream *s)
{
	struct root **at = &bucket_of(s)->first;

	while (*at && ((*at)->dev != s->dev || root_daddr(*at) != s->daddr.raw || (*at)->view != view_of(s)))
		at = &(*at)->next;
	return at;
}

static uintptr_t next_generation(void)
{
	return __atomic_add_fetch(&last_generation, 2, __ATOMIC_RELAXED) | 1;
}

static struct root *begin(struct dma_stream *s, struct root **at, struct root *node)
{
	*node = (struct root){
		.dev = s->dev, .daddr_and_streams = s->daddr.raw, .paddr = dma_stream_paddr(s), .view = view_of(s)};
	__atomic_store_n(&node->generation, next_generation(), __ATOMIC_RELAXED);
	*at = node;
	return node;
}

/* The root of the stream, which is marked. NULL: *spare is needed, and is NULL, or there are too many streams. */
static struct root *take(struct dma_stream *s, struct root **spare)
{
	struct root **at = find(s), *root = *at;

	if (dma_stream_place(s) & DMA_PLACE_SLICED)
		return root;
	if (!root && *spare) {
		root = begin(s, at, *spare);
		*spare = NULL;
	}
	if (!root || (root->daddr_and_streams & STREAMS) == STREAMS)
		return NULL;
	root->daddr_and_streams++;
	__atomic_store_n(&s->place, (uint16_t)(s->place | DMA_PLACE_SLICED), __ATOMIC_RELAXED);
	return root;
}

static void end_slices(struct dma_stream *s)
{
	struct bucket *bucket = bucket_of(s);
	uintptr_t irq = dma_host_lock(&bucket->lock);
	struct root **at = find(s), *gone = NULL;

	s->place &= (uint16_t)~DMA_PLACE_SLICED;
	if (*at && (--(*at)->daddr_and_streams & STREAMS) == 0) {
		gone = *at;
		*at = gone->next;
		__atomic_store_n(&gone->generation, 0, __ATOMIC_RELAXED);
	}
	dma_host_unlock(&bucket->lock, irq);
	if (gone)
		dma_node_free(gone);
}

static struct root *root_of(struct dma_stream *s)
{
	struct bucket *bucket = bucket_of(s);
	struct root *root, *spare = NULL;
	bool tried = false;
	uintptr_t irq;

	__atomic_store_n(&dma_stream_slices_end, end_slices, __ATOMIC_RELAXED);
	for (;;) {
		irq = dma_host_lock(&bucket->lock);
		root = take(s, &spare);
		dma_host_unlock(&bucket->lock, irq);
		if (root || tried)
			break;
		spare = dma_node_alloc();
		tried = true;
	}
	if (spare)
		dma_node_free(spare);
	return root;
}

/* Streams that share the root keep their slices, and then the arena's old ones are not told apart. */
void dma_stream_renew_slices(struct dma_stream *s, struct dma_slice *whole)
{
	struct bucket *bucket = bucket_of(s);
	uintptr_t irq = dma_host_lock(&bucket->lock);
	struct root *root = *find(s);

	if (root && (root->daddr_and_streams & STREAMS) == 1) {
		whole->generation = next_generation();
		__atomic_store_n(&root->generation, whole->generation, __ATOMIC_RELAXED);
	}
	dma_host_unlock(&bucket->lock, irq);
}

/* ---- Made ---- */

size_t dma_slice_align(const struct dma_device *dev)
{
	size_t line;

	if (!dev->domain)
		return 0;
	line = dev->coherent ? 1 : dma_state.host.line_align;
	return line > dev->min_align ? line : dev->min_align;
}

/* Hazards 4, 81, 83. */
static bool placed_well(const struct dma_device *dev, dma_daddr_t daddr, size_t len)
{
	if (daddr.raw & (dma_slice_align(dev) - 1))
		return false;
	return dev->coherent || len % dma_state.host.line_align == 0;
}

static int make(struct dma_stream *s, size_t off, size_t len, unsigned lines, struct dma_slice *slice)
{
	size_t size = dma_stream_size(s);
	unsigned place = dma_stream_place(s);
	const struct root *root;

	if (!s->dev || off > size || len > size - off || dma_stream_stale(s))
		return DMA_EINVAL;
	if (lines && !placed_well(s->dev, dma_daddr(s->daddr.raw + off), len))
		return DMA_EINVAL;
	root = root_of(s);
	if (!root)
		return DMA_ENOMEM;
	*slice = (struct dma_slice){
		.life = &root->generation,
		.generation = root->generation,
		.to_device_end = s->to_device_end ? len + 1 : 0,
		.from_device_end = s->from_device_end ? len + 1 : 0,
		.cpu = s->cpu + off,
		.daddr = dma_daddr(s->daddr.raw + off),
		.nbytes = len,
		.dir = s->dir & DMA_BIDIRECTIONAL,
		.place = (uint16_t)((place & (DMA_PLACE_BOUNCE | DMA_PLACE_MAINTAIN)) | lines),
	};
	return 0;
}

int dma_stream_slice(struct dma_stream *s, size_t off, size_t len, struct dma_slice *slice)
{
	return make(s, off, len, DMA_PLACE_LINES, slice);
}

int dma_coherent_slice(struct dma_coherent *c, size_t off, size_t len, struct dma_slice *slice)
{
	return make(&c->stream, off, len, 0, slice);
}

/* ---- Used ---- */

static const struct root *root_behind(const struct dma_slice *slice)
{
	return (const struct root *)((uintptr_t)slice->life - offsetof(struct root, generation));
}

static bool outlived(const struct dma_slice *slice)
{
	if (dma_slice_lives(slice))
		return false;
	if (slice->life)
		dma_log("dmastream: misuse: a slice of %u bytes at %x is used, but its stream, arena or block was "
			"given back",
			(unsigned)slice->nbytes, slice->daddr.raw);
	return true;
}

static int check(const struct dma_slice *slice, unsigned dir, size_t off, size_t len)
{
	if (outlived(slice))
		return DMA_EINVAL;
	if (!(slice->dir & dir))
		return DMA_EACCES;
	return off <= slice->nbytes && len <= slice->nbytes - off ? 0 : DMA_EINVAL;
}

int dma_slice_slice(const struct dma_slice *outer, size_t off, size_t len, struct dma_slice *inner)
{
	struct dma_slice part = *outer;

	if (outlived(outer) || off > outer->nbytes || len > outer->nbytes - off)
		return DMA_EINVAL;
	part.daddr = dma_daddr(outer->daddr.raw + off);
	if ((outer->place & DMA_PLACE_LINES) && !placed_well(root_behind(outer)->dev, part.daddr, len))
		return DMA_EINVAL;
	part.cpu += off;
	part.nbytes = len;
	part.to_device_end = outer->to_device_end ? len + 1 : 0;
	part.from_device_end = outer->from_device_end ? len + 1 : 0;
	*inner = part;
	return 0;
}

static unsigned char *device_view(const struct dma_slice *slice)
{
	const struct root *root = root_behind(slice);

	return root->view + (size_t)(slice->daddr.raw - root_daddr(root));
}

int dma_slice_sync_to_device_slow(const struct dma_slice *slice, size_t off, size_t len)
{
	int error = check(slice, DMA_TO_DEVICE, off, len);

	if (error)
		dma_arch_stream_refused(slice->cpu, off, len, DMA_TO_DEVICE, error);
	else
		dma_access_to_device(slice->place, slice->cpu + off, device_view(slice) + off, len);
	return error;
}

int dma_slice_sync_from_device_slow(const struct dma_slice *slice, size_t off, size_t len)
{
	int error = check(slice, DMA_FROM_DEVICE, off, len);

	if (error)
		dma_arch_stream_refused(slice->cpu, off, len, DMA_FROM_DEVICE, error);
	else
		dma_access_from_device(slice->place, slice->cpu + off, device_view(slice) + off, len);
	return error;
}

int dma_slice_rearm(const struct dma_slice *slice, size_t off, size_t len)
{
	int error = check(slice, DMA_FROM_DEVICE, off, len);

	if (error)
		dma_arch_stream_refused(slice->cpu, off, len, DMA_FROM_DEVICE, error);
	else
		dma_access_rearm(slice->place, slice->cpu + off, device_view(slice) + off, len);
	return error;
}

dma_paddr_t dma_slice_paddr(const struct dma_slice *slice)
{
	const struct root *root;

	if (outlived(slice))
		return dma_paddr(DMA_ADDRESS_NONE);
	root = root_behind(slice);
	return dma_paddr(root->paddr.raw + (slice->daddr.raw - root_daddr(root)));
}

int dma_slice_check_read(const struct dma_slice *slice, size_t off, size_t len)
{
	return check(slice, DMA_FROM_DEVICE, off, len);
}

int dma_slice_check_write(const struct dma_slice *slice, size_t off, size_t len)
{
	return check(slice, DMA_TO_DEVICE, off, len);
}

int dma_slice_reader(const struct dma_slice *slice, struct dma_reader *r)
{
	int error = check(slice, DMA_FROM_DEVICE, 0, 0);

	if (!error)
		*r = dma_reader_of(slice->cpu, slice->nbytes);
	return error;
}

int dma_slice_writer(const struct dma_slice *slice, struct dma_writer *w)
{
	int error = check(slice, DMA_TO_DEVICE, 0, 0);

	if (!error)
		*w = dma_writer_of(slice->cpu, slice->nbytes);
	return error;
}

static int check_once(const struct dma_slice *slice, unsigned dir, size_t off, size_t nbytes)
{
	int error = dma_access_once((uintptr_t)slice->cpu + off, nbytes);

	return error ? error : check(slice, dir, off, nbytes);
}

int dma_slice_read_once(const struct dma_slice *slice, size_t off, void *value, size_t nbytes)
{
	int error = check_once(slice, DMA_FROM_DEVICE, off, nbytes);

	if (!error)
		dma_access_store_value(value, dma_arch_read_once(slice->cpu + off, nbytes), nbytes);
	return error;
}

int dma_slice_write_once(const struct dma_slice *slice, size_t off, const void *value, size_t nbytes)
{
	int error = check_once(slice, DMA_TO_DEVICE, off, nbytes);

	if (!error)
		dma_arch_write_once(slice->cpu + off, dma_access_load_value(value, nbytes), nbytes);
	return error;
}

int dma_slice_fill(const struct dma_slice *slice, size_t off, unsigned char value, size_t len)
{
	int error = check(slice, DMA_TO_DEVICE, off, len);

	if (!error)
		dma_arch_fill(slice->cpu + off, value, len);
	return error;
}
