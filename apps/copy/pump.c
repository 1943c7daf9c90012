/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The ring of slots. Each takes a piece of the file: the list of its frames is mapped from-device for the source, read,
 * synced, hashed in the file's order and unmapped; then mapped to-device for the target, written and unmapped. Reads
 * and writes of many slots are under way at once, and complete in any order; a write's list is unmapped where its
 * completion is met, in an interrupt handler as a rule.
 */
#include <dmastream/platform.h>

#include "bus.h"
#include "copy.h"

/* Adds the time since *mark to that account, and moves the mark. */
static void account(struct copy *c, enum copy_time what, uint64_t *mark)
{
	uint64_t now = dma_host_time_ns();

	c->counts.times[what] += now - *mark;
	*mark = now;
}

static size_t round_up(size_t n, size_t unit)
{
	return (n + unit - 1) / unit * unit;
}

/* Fills new frames with zeros before any device can see them: they hold what their last owner left, and what lies
 * behind the file's end in its last block goes to the disk, too. The frames are ordinary memory until they are mapped
 * for a device. */
static int scrub(const struct dma_segment *frames)
{
	size_t nbytes = dma_segment_size(frames);
	void *va = dma_host_linear(frames->paddr, nbytes);
	int error;

	if (va) {
		dma_arch_fill(va, 0, nbytes);
		return 0;
	}
	error = dma_host_kva_map(frames->paddr, frames->npages, DMA_KVA_CACHED, &va);
	if (error)
		return error;
	dma_arch_fill(va, 0, nbytes);
	dma_host_kva_unmap(va, frames->paddr, frames->npages);
	dma_host_tlb_shootdown(va, frames->npages);
	return 0;
}

/* Allocates the slot's memory: pieces of whole pages that need not lie beside one another, or a single piece if one of
 * the disks takes only one address. False: the host has no more frames. */
static bool fill_slot(struct copy *c, struct slot *s, uint64_t limit)
{
	bool scattered = c->source->dma->max_segments != 1 && c->target->dma->max_segments != 1;
	size_t npages = c->chunk >> DMA_PAGE_SHIFT,
	       most = scattered ? (npages + COPY_PIECES - 1) / COPY_PIECES : npages;
	int error = 0;

	dma_list_init(&s->list, s->pieces, COPY_PIECES);
	while (npages > 0 && !error) {
		struct dma_segment *frames = &s->frames[s->npieces];
		size_t n = npages < most ? npages : most;

		error = dma_segment_alloc(frames, n, limit, 0);
		if (error)
			break;
		s->npieces++;
		npages -= n;
		error = scrub(frames);
		if (!error)
			error = dma_list_add_segment(&s->list, frames, 0, n << DMA_PAGE_SHIFT);
	}
	if (!error)
		return true;
	while (s->npieces > 0)
		dma_segment_drop(&s->frames[--s->npieces]);
	return false;
}

int pump_open(struct copy *c, unsigned slots)
{
	uint64_t limit = c->source->dma->mask < c->target->dma->mask ? c->source->dma->mask : c->target->dma->mask;
	uint64_t pieces = (c->nbytes + c->chunk - 1) / c->chunk;

	while (c->nslots < slots && c->nslots < pieces && fill_slot(c, &c->slots[c->nslots], limit))
		c->nslots++;
	return c->nslots || !pieces ? 0 : copy_fail(c, DMA_ENOMEM, "no memory for a single piece of the file");
}

static void count_event(struct copy *c)
{
	__atomic_add_fetch(&c->events, 1, __ATOMIC_RELEASE);
}

static void finish_read(struct block_request *request)
{
	count_event(request->context);
}

/* A write that failed stays mapped until the device is stopped. */
static void finish_write(struct block_request *request)
{
	struct copy *c = request->context;
	struct slot *s = (struct slot *)((char *)request - offsetof(struct slot, request));

	if (!request->status) {
		dma_list_unmap(&s->list);
		__atomic_store_n(&s->state, SLOT_WRITTEN, __ATOMIC_RELEASE);
	}
	count_event(c);
}

static int submit(struct copy *c, struct block *disk, struct slot *s, enum block_op op)
{
	int error;

	s->request = (struct block_request){
		.op = op,
		.lba = s->began / disk->block_size,
		.nblocks = (uint32_t)(round_up(s->nbytes, disk->block_size) / disk->block_size),
		.list = &s->list,
		.complete = op == BLOCK_READ ? finish_read : finish_write,
		.context = c,
	};
	error = disk->ops->submit(disk, &s->request);
	return error ? copy_fail(c, error,
				 op == BLOCK_READ ? "a read could not be started" : "a write could not be started")
		     : 0;
}

static int start_read(struct copy *c, struct slot *s)
{
	uint64_t mark = dma_host_time_ns();
	uint64_t left = c->nbytes - c->read_at;
	int error = dma_list_map(&s->list, c->source->dma, DMA_FROM_DEVICE);

	if (error)
		return copy_fail(c, error, "memory could not be mapped for disk 0");
	c->counts.maps++;
	account(c, COPY_DMA, &mark);
	s->began = c->read_at;
	s->nbytes = left < c->chunk ? (size_t)left : c->chunk;
	s->state = SLOT_READING;
	c->reading++;
	error = submit(c, c->source, s, BLOCK_READ);
	account(c, COPY_DISKS, &mark);
	c->read_at += s->nbytes;
	return error;
}

/* The file's bytes in the slot, piece by piece. */
static int hash(struct copy *c, const struct slot *s)
{
	static unsigned char part[16384];
	struct dma_reader reader;
	int error = 0;

	for (size_t off = 0, n; off < s->nbytes && !error; off += n) {
		error = dma_list_reader(&s->list, off, &reader);
		if (error)
			break;
		n = dma_reader_remain(&reader) < sizeof(part) ? dma_reader_remain(&reader) : sizeof(part);
		n = n < s->nbytes - off ? n : s->nbytes - off;
		error = dma_reader_read_bytes(&reader, part, n);
		sha256_add(&c->sha256, part, n);
	}
	return error;
}

/* The source has delivered: the list is synced, hashed through its readers, and unmapped. */
static int take(struct copy *c, struct slot *s)
{
	uint64_t mark = dma_host_time_ns();
	int error = dma_list_sync_from_device(&s->list, 0, s->nbytes);

	if (error)
		return copy_fail(c, error, "a piece could not be synced from the device");
	c->counts.syncs_from_device++;
	account(c, COPY_DMA, &mark);
	error = c->hashing ? hash(c, s) : 0;
	if (error)
		return copy_fail(c, error, "a piece could not be read");
	account(c, COPY_HASHING, &mark);
	dma_list_unmap(&s->list);
	c->counts.unmaps++;
	account(c, COPY_DMA, &mark);
	c->hash_at += s->nbytes;
	c->written += c->dry ? s->nbytes : 0; /* as far as it gets */
	c->reading--;
	s->state = SLOT_FREE;
	return 0;
}

/* The last block is filled up with zeros behind the end of the file, so that nothing that the frames held before goes
 * to the disk. */
static int pad(struct copy *c, struct slot *s)
{
	static const unsigned char zeros[4096]; /* the largest block */
	size_t end = round_up(s->nbytes, c->target->block_size);
	int error;

	if (end == s->nbytes)
		return 0;
	error = dma_list_write_bytes(&s->list, s->nbytes, zeros, end - s->nbytes);
	if (!error)
		error = dma_list_sync_to_device(&s->list, s->nbytes, end - s->nbytes);
	if (!error)
		c->counts.syncs_to_device++;
	return error;
}

static int start_write(struct copy *c, struct slot *s)
{
	uint64_t mark = dma_host_time_ns();
	int error = dma_list_map(&s->list, c->target->dma, DMA_TO_DEVICE);

	if (error)
		return copy_fail(c, error, "memory could not be mapped for disk 1");
	c->counts.maps++;
	c->counts.syncs_to_device++;
	s->state = SLOT_WRITING;
	c->writing++;
	error = pad(c, s);
	account(c, COPY_DMA, &mark);
	if (error)
		return copy_fail(c, error, "the last block could not be filled up");
	error = submit(c, c->target, s, BLOCK_WRITE);
	account(c, COPY_DISKS, &mark);
	return error;
}

static void take_back(struct copy *c, struct slot *s)
{
	c->counts.unmaps++;
	c->written += s->nbytes;
	c->writing--;
	s->state = SLOT_FREE;
}

static struct slot *slot_of(struct copy *c, uint64_t offset)
{
	/* NOLINTNEXTLINE(clang-analyzer-core.DivideZero): neither is 0 where there is something to copy */
	return &c->slots[offset / c->chunk % c->nslots];
}

/* Everything that can be done now, once. *busy says that something was. */
static int turn(struct copy *c, bool *busy)
{
	int error = 0;

	for (unsigned i = 0; i < c->nslots; i++) {
		struct slot *s = &c->slots[i];

		enum slot_state state = __atomic_load_n(&s->state, __ATOMIC_ACQUIRE);

		if (state == SLOT_WRITING && block_done(&s->request) && s->request.status)
			return copy_fail(c, s->request.status, c->target->error);
		if (state == SLOT_WRITTEN) {
			take_back(c, s);
			*busy = true;
		}
	}
	while (c->read_at < c->nbytes && c->reading < c->source->depth && slot_of(c, c->read_at)->state == SLOT_FREE) {
		error = start_read(c, slot_of(c, c->read_at));
		if (error)
			return error;
		*busy = true;
	}
	if (c->hash_at < c->nbytes && c->writing < c->target->depth) {
		struct slot *s = slot_of(c, c->hash_at);

		if (s->state == SLOT_READING && block_done(&s->request)) {
			if (s->request.status)
				return copy_fail(c, s->request.status, c->source->error);
			error = take(c, s);
			if (!error && !c->dry)
				error = start_write(c, s);
			*busy = true;
			report_progress(c, false);
		}
	}
	return error;
}

static int poll(struct copy *c, struct block *disk, bool *busy)
{
	int got = disk->ops->poll(disk);

	if (got < 0)
		return copy_fail(c, got, disk->error);
	*busy = *busy || got > 0;
	return 0;
}

static int flush(struct copy *c)
{
	struct block_request request = {.op = BLOCK_FLUSH};
	bool busy = false;
	int error = c->target->ops->submit(c->target, &request);

	while (!error && !block_done(&request)) {
		error = poll(c, c->target, &busy);
		bus_relax();
	}
	if (!error && request.status)
		error = request.status;
	return error ? copy_fail(c, error, c->target->error) : 0;
}

static bool has_event(void *context)
{
	struct copy *c = context;

	return __atomic_load_n(&c->events, __ATOMIC_ACQUIRE) != c->seen;
}

int pump_run(struct copy *c)
{
	uint64_t began = dma_host_time_ns();
	int error = 0;

	while (!error && c->written < c->nbytes) {
		uint64_t mark = dma_host_time_ns();
		bool busy = false;

		c->seen = __atomic_load_n(&c->events, __ATOMIC_ACQUIRE);
		error = poll(c, c->source, &busy);
		if (!error)
			error = poll(c, c->target, &busy);
		if (busy)
			account(c, COPY_DISKS, &mark);
		if (!error)
			error = turn(c, &busy);
		if (busy)
			continue;
		report_progress(c, false);
		bus_wait(has_event, c);
		account(c, COPY_WAITING, &mark);
	}
	if (!error && !c->dry)
		error = flush(c);
	c->nanoseconds = dma_host_time_ns() - began;
	return error;
}

void pump_close(struct copy *c)
{
	struct dma_stats stats;
	bool flushed;

	for (unsigned i = 0; i < c->nslots; i++) {
		struct slot *s = &c->slots[i];

		c->counts.unmaps += s->state != SLOT_FREE; /* a written one has only not been counted */
		dma_list_release(&s->list);
		s->state = SLOT_FREE;
	}
	/* The lists only borrowed the frames. Behind a deferred domain the disks reach the frames until these flushes
	 * end that. If an IOMMU does not answer, the disks may reach them for ever: then the frames are not given back.
	 * */
	flushed = !dma_domain_flush(c->source->dma->domain);
	flushed = !dma_domain_flush(c->target->dma->domain) && flushed;
	dma_stats(&stats);
	for (unsigned i = 0; flushed && !stats.pages_quarantined && i < c->nslots; i++)
		while (c->slots[i].npieces > 0)
			dma_segment_drop(&c->slots[i].frames[--c->slots[i].npieces]);
	c->nslots = 0;
}
