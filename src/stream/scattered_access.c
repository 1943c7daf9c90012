/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Scattered memory: synced and accessed. The order is that of a list's sync: to the device every line, then one
 * barrier; from the device a barrier, then every line.
 */
#include "../base/cache.h"
#include "../memory/placement.h"
#include "scattered_own.h"
#include <dmastream/arch.h>
#include <dmastream/errors.h>

static int check(const struct dma_scattered *s, unsigned dir, size_t off, size_t len)
{
	size_t size = dma_scattered_size(s);

	if (!s->dev || !dma_arch_handle_lives(s->dev, s->daddr.raw, size))
		return DMA_EINVAL;
	if (!(s->dir & dir))
		return DMA_EACCES;
	return off <= size && len <= size - off ? 0 : DMA_EINVAL;
}

/* ---- Parts of a range that the CPU has at one address ---- */

struct parts {
	const struct dma_owed_node *run; /* NULL: all is at `cpu` */
	unsigned char *cpu;
	size_t at, left; /* in the run; of the range */
};

static struct parts parts_of(const struct dma_scattered *s, size_t off, size_t len)
{
	struct parts p = {.cpu = s->cpu, .at = off, .left = len};

	if (!s->cpu && len > 0) {
		p.run = dma_chain_find(s->first, s->daddr.raw + off);
		p.at = off - (size_t)(p.run->owed.daddr - s->daddr.raw);
	}
	return p;
}

static bool next_part(struct parts *p, unsigned char **cpu, size_t *len)
{
	size_t room;

	if (p->left == 0)
		return false;
	*len = p->left;
	if (!p->run) {
		*cpu = p->cpu + p->at;
		p->left = 0;
		return true;
	}
	room = ((size_t)p->run->owed.npages << DMA_PAGE_SHIFT) - p->at;
	*cpu = (unsigned char *)p->run->va + p->at;
	if (*len > room)
		*len = room;
	p->left -= *len;
	p->run = p->left ? p->run->next : p->run;
	p->at = 0;
	return true;
}

/* ---- Sync ---- */

static void maintain(struct parts p, bool to_device)
{
	unsigned char *cpu;
	size_t len;

	dma_arch_maintenance_begin();
	while (next_part(&p, &cpu, &len)) {
		if (to_device)
			dma_cache_clean_lines(cpu, len);
		else
			dma_cache_invalidate_lines(cpu, len);
	}
	dma_arch_maintenance_end();
}

static void tell(struct parts p, unsigned dir)
{
	unsigned char *cpu;
	size_t len;

	while (DMA_ARCH_TOLD && next_part(&p, &cpu, &len))
		dma_arch_stream_synced(cpu, len, dir);
}

int dma_scattered_sync_to_device_slow(const struct dma_scattered *s, size_t off, size_t len)
{
	int error = check(s, DMA_TO_DEVICE, off, len);
	struct parts parts;

	if (error)
		return error;
	parts = parts_of(s, off, len);
	if ((s->place & DMA_PLACE_MAINTAIN) && len > 0)
		maintain(parts, true);
	tell(parts, DMA_TO_DEVICE);
	dma_publish();
	return 0;
}

int dma_scattered_sync_from_device_slow(const struct dma_scattered *s, size_t off, size_t len)
{
	int error = check(s, DMA_FROM_DEVICE, off, len);
	struct parts parts;

	if (error)
		return error;
	parts = parts_of(s, off, len);
	dma_consume();
	if ((s->place & DMA_PLACE_MAINTAIN) && len > 0)
		maintain(parts, false);
	tell(parts, DMA_FROM_DEVICE);
	return 0;
}

int dma_scattered_rearm(const struct dma_scattered *s, size_t off, size_t len)
{
	int error = check(s, DMA_FROM_DEVICE, off, len);
	struct parts parts;

	if (error)
		return error;
	parts = parts_of(s, off, len);
	if ((s->place & DMA_PLACE_MAINTAIN) && len > 0)
		maintain(parts, true); /* no dirty line may be evicted over what the device writes */
	dma_arch_barrier();	       /* what was read before is read before the device can write */
	tell(parts, DMA_TO_DEVICE);
	tell(parts, DMA_FROM_DEVICE);
	return 0;
}

/* ---- Access ---- */

int dma_scattered_read_bytes(const struct dma_scattered *s, size_t off, void *dst, size_t len)
{
	int error = check(s, DMA_FROM_DEVICE, off, len);
	unsigned char *to = dst, *cpu;
	struct parts parts;

	if (error)
		return error;
	for (parts = parts_of(s, off, len); next_part(&parts, &cpu, &len); to += len)
		dma_arch_copy(to, cpu, len);
	return 0;
}

int dma_scattered_write_bytes(const struct dma_scattered *s, size_t off, const void *src, size_t len)
{
	int error = check(s, DMA_TO_DEVICE, off, len);
	const unsigned char *from = src;
	struct parts parts;
	unsigned char *cpu;

	if (error)
		return error;
	for (parts = parts_of(s, off, len); next_part(&parts, &cpu, &len); from += len)
		dma_arch_copy(cpu, from, len);
	return 0;
}

int dma_scattered_fill(const struct dma_scattered *s, size_t off, unsigned char value, size_t len)
{
	int error = check(s, DMA_TO_DEVICE, off, len);
	struct parts parts;
	unsigned char *cpu;

	if (error)
		return error;
	parts = parts_of(s, off, len);
	while (next_part(&parts, &cpu, &len))
		dma_arch_fill(cpu, value, len);
	return 0;
}

/* From off on, as far as the CPU has it at one address. */
static int stretch(const struct dma_scattered *s, unsigned dir, size_t off, unsigned char **cpu, size_t *len)
{
	int error = check(s, dir, off, 1);
	struct parts parts;

	if (error)
		return error;
	parts = parts_of(s, off, dma_scattered_size(s) - off);
	(void)next_part(&parts, cpu, len); /* there is at least a byte */
	return 0;
}

int dma_scattered_reader(const struct dma_scattered *s, size_t off, struct dma_reader *r)
{
	unsigned char *cpu = NULL;
	size_t len = 0;
	int error = stretch(s, DMA_FROM_DEVICE, off, &cpu, &len);

	if (!error)
		*r = dma_reader_of(cpu, len);
	return error;
}

int dma_scattered_writer(const struct dma_scattered *s, size_t off, struct dma_writer *w)
{
	unsigned char *cpu = NULL;
	size_t len = 0;
	int error = stretch(s, DMA_TO_DEVICE, off, &cpu, &len);

	if (!error)
		*w = dma_writer_of(cpu, len);
	return error;
}
