/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The copy from its beginning to its end: options, disks, and everything given back in order whatever happened.
 */
#include <dmastream/platform.h>

#include "bus.h"
#include "copy.h"

enum { CHUNK_MAX = 512 * 1024 };

int copy_fail(struct copy *c, int error, const char *what)
{
	struct text t = text_in(c->error, sizeof(c->error));

	if (c->error[0])
		return error;
	text_put(&t, what[0] ? what : dma_strerror(error));
	return error;
}

static int option(struct copy *c, const char *key, uint64_t least, uint64_t most, uint64_t *value)
{
	const char *string = bus_option(key, "");
	char line[120];
	struct text t = text_in(line, sizeof(line));

	if (!string[0] || (!text_number(string, value) && *value >= least && *value <= most))
		return 0;
	text_put(&t, "option ");
	text_put(&t, key);
	text_put(&t, "=");
	text_put(&t, string);
	text_put(&t, " is not a number in its range");
	return copy_fail(c, DMA_EINVAL, line);
}

static int open_disk(struct copy *c, unsigned index, struct block **disk)
{
	char line[160];
	struct text t = text_in(line, sizeof(line));
	int error;

	text_put(&t, "disk ");
	text_put_number(&t, index);
	text_put(&t, ": ");
	error = block_open(index, disk, &t);
	return error ? copy_fail(c, error, line) : 0;
}

static uint64_t capacity(const struct block *disk)
{
	return disk->nblocks * disk->block_size;
}

static int too_small(struct copy *c, const struct block *disk)
{
	char line[160];
	struct text t = text_in(line, sizeof(line));

	text_put(&t, disk->name);
	text_put(&t, disk == c->source ? " (disk 0, the source)" : " (disk 1, the destination)");
	text_put(&t, " is too small: it has ");
	text_put_number(&t, capacity(disk));
	text_put(&t, " bytes, and ");
	text_put_number(&t, c->nbytes);
	text_put(&t, " are to be copied");
	return copy_fail(c, DMA_EINVAL, line);
}

/* What one slot takes: what both disks can move at once, no more than there is to copy, whole pages (and so whole
 * blocks). */
static size_t chunk_of(const struct copy *c, uint64_t wanted)
{
	uint64_t chunk = wanted < CHUNK_MAX ? wanted : CHUNK_MAX;
	const struct block *disks[] = {c->source, c->target};

	for (unsigned i = 0; i < 2; i++) {
		if (chunk > (uint64_t)disks[i]->max_blocks * disks[i]->block_size)
			chunk = (uint64_t)disks[i]->max_blocks * disks[i]->block_size;
	}
	if (chunk > c->nbytes)
		chunk = c->nbytes + DMA_PAGE_SIZE - 1;
	chunk &= ~(uint64_t)(DMA_PAGE_SIZE - 1);
	return chunk ? (size_t)chunk : DMA_PAGE_SIZE;
}

static int copy(struct copy *c)
{
	uint64_t slots = 32, chunk = CHUNK_MAX;
	int error;

	c->nbytes = capacity(c->source);
	error = option(c, "bytes", 0, UINT64_MAX, &c->nbytes);
	if (!error)
		error = option(c, "slots", 1, COPY_SLOTS, &slots);
	if (!error)
		error = option(c, "chunk", DMA_PAGE_SIZE, CHUNK_MAX, &chunk);
	if (error)
		return error;
	c->hashing = text_same(bus_option("hash", "on"), "on");
	if (capacity(c->source) < c->nbytes)
		return too_small(c, c->source);
	if (capacity(c->target) < c->nbytes)
		return too_small(c, c->target);
	if (c->target->read_only && !c->dry)
		return copy_fail(c, DMA_EACCES, "disk 1, the destination, is read-only");
	c->chunk = chunk_of(c, chunk);
	sha256_init(&c->sha256);
	error = pump_open(c, (unsigned)slots);
	if (!error)
		error = pump_run(c);
	if (!error)
		report_progress(c, true);
	if (!error && c->hashing)
		sha256_end(&c->sha256, c->digest);
	return error;
}

static int close_disk(struct copy *c, struct block *disk)
{
	int error = disk->ops->close(disk);

	return error ? copy_fail(c, error, "a disk is still in use at the end") : 0;
}

/* Both disks, from opening to closing. */
static int with_disks(struct copy *c)
{
	const char *dry = bus_option("dry", "off");
	int late, error = open_disk(c, 0, &c->source);
	bool alone;

	if (error)
		return error;
	alone = text_same(dry, "alone");
	c->dry = alone || text_same(dry, "on");
	c->target = c->source; /* whose limits count twice then */
	if (!alone)
		error = open_disk(c, 1, &c->target);
	if (error)
		goto no_target;
	error = copy(c);
	/* Nothing is given back before both devices are quiet. */
	if (!alone)
		c->target->ops->stop(c->target);
	c->source->ops->stop(c->source);
	pump_close(c);
	c->faults = c->source->ops->faults(c->source);
	c->interrupts = c->source->interrupts;
	if (!alone) {
		c->faults += c->target->ops->faults(c->target);
		c->interrupts += c->target->interrupts;
		late = close_disk(c, c->target);
		error = error ? error : late;
	}
no_target:
	late = close_disk(c, c->source);
	return error ? error : late;
}

int app_main(void)
{
	static struct copy c;
	uint64_t frames = bus_frames_in_use();
	int late, error = dma_init();

	if (error) {
		(void)copy_fail(&c, error, "the library refused this machine");
	} else {
		error = with_disks(&c);
		dma_reclaim();
		dma_stats(&c.stats);
		late = dma_fini();
		if (late)
			error = copy_fail(&c, late, "memory is still in use at the end");
	}
	if (c.stats.faults > c.faults)
		c.faults = c.stats.faults;
	frames = bus_frames_in_use() - frames;
	c.frames_leaked =
		frames > INT64_MAX
			? 0 - frames
			: frames; /* fewer at the end than at the start: the count is wrong, which is a failure, too */
	if (!error && c.faults)
		error = copy_fail(&c, DMA_EIO, "the IOMMU blocked accesses of a disk");
	if (!error && c.frames_leaked)
		error = copy_fail(&c, DMA_EIO, "frames were leaked");
	if (!error && c.counts.maps != c.counts.unmaps)
		error = copy_fail(&c, DMA_EIO, "maps and unmaps differ");
	report_result(&c);
	return error ? 1 : 0;
}
