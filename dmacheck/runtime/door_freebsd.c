/* SPDX-License-Identifier: MPL-2.0 */
/*
 * FreeBSD's door: bus_dma(9). A loaded map is one or more mappings; a map of memory that bus_dmamem_alloc() gave is
 * coherent where BUS_DMA_COHERENT was asked for, else streaming, too.
 */
#include "runtime.h"
#include <stdlib.h>

struct bus_dma_tag {
	struct sim_device *dev;
	size_t maxsize, maxsegsz, align;
	int nsegments;
};
struct bus_dmamap {
	struct mapping *mapping;
	void *memory; /* of bus_dmamem_alloc() */
	size_t nbytes;
	bool coherent;
	uint64_t coherent_daddr;
};
struct bus_dma_segment {
	uint64_t ds_addr;
	size_t ds_len;
};
typedef void bus_dmamap_callback(void *arg, struct bus_dma_segment *segs, int nseg, int error);
enum {
	COHERENT_FLAG = 4,
	ZERO_FLAG = 8,
	PREREAD = 1,
	POSTREAD = 2,
	PREWRITE = 4,
	POSTWRITE = 8,
	ENOMEM_BSD = 12,
	EINVAL_BSD = 22
};

static struct call call(const struct bus_dma_tag *tag, const char *what)
{
	return (struct call){API_FREEBSD, what, tag->dev, false};
}

int dmacheck_bsd_tag_create(struct sim_device *dev, size_t align, size_t maxsize, int nsegments, size_t maxsegsz,
			    struct bus_dma_tag **tag);
int dmacheck_bsd_tag_create(struct sim_device *dev, size_t align, size_t maxsize, int nsegments, size_t maxsegsz,
			    struct bus_dma_tag **tag)
{
	*tag = calloc(1, sizeof(**tag));
	if (!*tag)
		return ENOMEM_BSD;
	**tag = (struct bus_dma_tag){dev, maxsize, maxsegsz, align, nsegments};
	return 0;
}

int bus_dma_tag_destroy(struct bus_dma_tag *tag);
int bus_dma_tag_destroy(struct bus_dma_tag *tag)
{
	free(tag);
	return 0;
}

int bus_dmamap_create(struct bus_dma_tag *tag, int flags, struct bus_dmamap **map);
int bus_dmamap_create(struct bus_dma_tag *tag, int flags, struct bus_dmamap **map)
{
	(void)tag, (void)flags;
	*map = calloc(1, sizeof(**map));
	return *map ? 0 : ENOMEM_BSD;
}

int bus_dmamap_destroy(struct bus_dma_tag *tag, struct bus_dmamap *map);
int bus_dmamap_destroy(struct bus_dma_tag *tag, struct bus_dmamap *map)
{
	struct finding *f;

	(void)tag;
	if (map && map->mapping) {
		f = finding_new(LEAK_RULE, map->mapping, 0);
		finding_say(f, "bus_dmamap_destroy() of a map that is loaded");
		finding_send(f);
	}
	free(map);
	return 0;
}

/* The direction is not known before the syncs: both. */
int bus_dmamap_load(struct bus_dma_tag *tag, struct bus_dmamap *map, void *buf, size_t n, bus_dmamap_callback *callback,
		    void *arg, int flags);
int bus_dmamap_load(struct bus_dma_tag *tag, struct bus_dmamap *map, void *buf, size_t n, bus_dmamap_callback *callback,
		    void *arg, int flags)
{
	struct bus_dma_segment segment = {.ds_len = n};
	struct call c = call(tag, "bus_dmamap_load()");
	struct finding *f;

	(void)flags;
	if (map->coherent && buf == map->memory) {
		segment.ds_addr = map->coherent_daddr;
		callback(arg, &segment, 1, 0);
		return 0;
	}
	if (map->mapping) {
		f = finding_new(OVERLAP, map->mapping, 0);
		finding_say(f, "bus_dmamap_load() of a map that is loaded already");
		finding_send(f);
	}
	map->mapping = n <= tag->maxsize ? call_map(&c, buf, n, DMA_BIDIRECTIONAL) : NULL;
	if (!map->mapping) {
		callback(arg, &segment, 0, EINVAL_BSD);
		return EINVAL_BSD;
	}
	segment.ds_addr = map->mapping->daddr;
	callback(arg, &segment, 1, 0);
	return 0;
}

void bus_dmamap_unload(struct bus_dma_tag *tag, struct bus_dmamap *map);
void bus_dmamap_unload(struct bus_dma_tag *tag, struct bus_dmamap *map)
{
	struct call c = call(tag, "bus_dmamap_unload()");

	c.skip_sync = true; /* bus_dma(9): what was not synced before is lost */
	if (!map->coherent && map->mapping)
		(void)call_unmap(&c, map->mapping->daddr, SIZE_MAX, 0);
	map->mapping = NULL;
}

void bus_dmamap_sync(struct bus_dma_tag *tag, struct bus_dmamap *map, int op);
void bus_dmamap_sync(struct bus_dma_tag *tag, struct bus_dmamap *map, int op)
{
	struct call c = call(tag, op & (PREREAD | PREWRITE) ? "bus_dmamap_sync(PRE)" : "bus_dmamap_sync(POST)");

	door();
	if (map->coherent) { /* an ordering of accesses is left of it */
		if (op & (PREREAD | PREWRITE))
			sim_publish();
		if (op & (POSTREAD | POSTWRITE))
			sim_consume();
		return;
	}
	if (!map->mapping)
		return;
	if (op & POSTREAD)
		call_sync(&c, map->mapping->daddr, SIZE_MAX, 0, false);
	if (op & (PREREAD | PREWRITE))
		call_sync(&c, map->mapping->daddr, SIZE_MAX, 0, true);
}

int bus_dmamem_alloc(struct bus_dma_tag *tag, void **memory, int flags, struct bus_dmamap **map);
int bus_dmamem_alloc(struct bus_dma_tag *tag, void **memory, int flags, struct bus_dmamap **map)
{
	struct call c = call(tag, "bus_dmamem_alloc()");

	if (bus_dmamap_create(tag, flags, map))
		return ENOMEM_BSD;
	(*map)->nbytes = tag->maxsize;
	if (flags & COHERENT_FLAG) {
		struct mapping *m = call_coherent(&c, tag->maxsize, tag->align);

		if (!m)
			return ENOMEM_BSD;
		(*map)->coherent = true;
		(*map)->coherent_daddr = m->daddr;
		(*map)->memory = m->va;
	} else {
		(*map)->memory = heap_take(HEAP, tag->maxsize, tag->align > 128 ? tag->align : 128);
	}
	*memory = (*map)->memory;
	if (*memory && flags & ZERO_FLAG && !(*map)->coherent) {
		page_store(*memory, tag->maxsize, __builtin_return_address(0));
		memset(*memory, 0, tag->maxsize);
		door();
	}
	return *memory ? 0 : ENOMEM_BSD;
}

void bus_dmamem_free(struct bus_dma_tag *tag, void *memory, struct bus_dmamap *map);
void bus_dmamem_free(struct bus_dma_tag *tag, void *memory, struct bus_dmamap *map)
{
	struct call c = call(tag, "bus_dmamem_free()");

	if (map->coherent)
		call_coherent_end(&c, memory, map->nbytes, map->coherent_daddr);
	else
		call_free("bus_dmamem_free()", memory);
	free(map);
}
