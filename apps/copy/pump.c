/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The ring of slots. Each takes a piece of the file: its frames are mapped from-device for the source, read, synced,
 * hashed in the file's order and released; then mapped to-device for the target, written and released. Reads and writes
 * of many slots are under way at once, and complete in any order; a write's stream is released where its completion is
 * met, in an interrupt handler as a rule.
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

/* New frames hold what their last owner left, and the rest of the file's last page goes to the disk as it is: zeros,
 * before any device can see them. They are ordinary memory until they are mapped for a device. */
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

int pump_open(struct copy *c, unsigned slots)
{
	uint64_t limit = c->source->dma->mask < c->target->dma->mask ? c->source->dma->mask : c->target->dma->mask;
	uint64_t pieces = (c->nbytes + c->chunk - 1) / c->chunk;
	int error = 0;

	while (c->nslots < slots && c->nslots < pieces && !error) {
		struct dma_segment *frames = &c->slots[c->nslots].frames;

		error = dma_segment_alloc(frames, c->chunk >> DMA_PAGE_SHIFT, limit, 0);
		if (error)
			break;
		error = scrub(frames);
		if (error)
			dma_segment_drop(frames);
		else
			c->nslots++;
	}
	return c->nslots || !pieces ? 0 : copy_fail(c, error, "no memory for a single piece of the file");
}

/* Another reference to the slot's frames: map takes it over. */
static int borrow_frames(struct slot *s, struct dma_segment *frames)
{
	*frames = (struct dma_segment){0};
	return dma_segment_clone(&s->frames, frames);
}

static void count_event(struct copy *c)
{
	__atomic_add_fetch(&c->events, 1, __ATOMIC_RELEASE);
}

static void finish_read(struct block_request *request)
{
	count_event(request->context);
}

/* A write that failed keeps its stream until the device is stopped. */
static void finish_write(struct block_request *request)
{
	struct copy *c = request->context;
	struct slot *s = (struct slot *)((char *)request - offsetof(struct slot, request));

	if (!request->status) {
		dma_stream_release(&s->to);
		__atomic_store_n(&s->state, SLOT_WRITTEN, __ATOMIC_RELEASE);
	}
	count_event(c);
}

static int submit(struct copy *c, struct block *disk, struct slot *s, enum block_op op, dma_daddr_t daddr)
{
	int error;

	s->request = (struct block_request){
		.op = op,
		.lba = s->began / disk->block_size,
		.nblocks = (uint32_t)(round_up(s->nbytes, disk->block_size) / disk->block_size),
		.daddr = daddr,
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
	struct dma_segment frames;
	uint64_t mark = dma_host_time_ns();
	uint64_t left = c->nbytes - c->read_at;
	int error = borrow_frames(s, &frames);

	if (error)
		return copy_fail(c, error, "the frames could not be shared");
	error = dma_stream_map(&s->from, c->source->dma, 0, &frames);
	if (error) {
		dma_segment_drop(&frames);
		return copy_fail(c, error, "memory could not be mapped for disk 0");
	}
	c->counts.maps++;
	account(c, COPY_DMA, &mark);
	s->began = c->read_at;
	s->nbytes = left < c->chunk ? (size_t)left : c->chunk;
	s->state = SLOT_READING;
	c->reading++;
	error = submit(c, c->source, s, BLOCK_READ, dma_stream_daddr(&s->from));
	account(c, COPY_DISKS, &mark);
	c->read_at += s->nbytes;
	return error;
}

/* The source has delivered: the stream is synced, hashed through its reader, and released. */
static int take(struct copy *c, struct slot *s)
{
	static unsigned char piece[16384];
	struct dma_reader reader;
	uint64_t mark = dma_host_time_ns();
	int error = dma_stream_sync_from_device(&s->from, 0, s->nbytes);

	if (error)
		return copy_fail(c, error, "a piece could not be synced from the device");
	c->counts.syncs_from_device++;
	account(c, COPY_DMA, &mark);
	error = c->hashing ? dma_stream_reader(&s->from, &reader) : 0;
	if (c->hashing && !error) {
		dma_reader_limit(&reader, s->nbytes);
		while (!error && dma_reader_remain(&reader)) {
			size_t n =
				dma_reader_remain(&reader) < sizeof(piece) ? dma_reader_remain(&reader) : sizeof(piece);

			error = dma_reader_read_bytes(&reader, piece, n);
			sha256_add(&c->sha256, piece, n);
		}
	}
	if (error)
		return copy_fail(c, error, "a piece could not be read");
	account(c, COPY_HASHING, &mark);
	dma_stream_release(&s->from);
	c->counts.unmaps++;
	account(c, COPY_DMA, &mark);
	c->hash_at += s->nbytes;
	c->reading--;
	s->state = SLOT_FREE;
	return 0;
}

/* Past the end of the file the last block is zeros: what the frames held before is nobody's business. */
static int pad(struct copy *c, struct slot *s)
{
	size_t end = round_up(s->nbytes, c->target->block_size);
	int error;

	if (end == s->nbytes)
		return 0;
	error = dma_stream_fill(&s->to, s->nbytes, 0, end - s->nbytes);
	if (!error)
		error = dma_stream_sync_to_device(&s->to, s->nbytes, end - s->nbytes);
	if (!error)
		c->counts.syncs_to_device++;
	return error;
}

static int start_write(struct copy *c, struct slot *s)
{
	struct dma_segment frames;
	uint64_t mark = dma_host_time_ns();
	int error = borrow_frames(s, &frames);

	if (error)
		return copy_fail(c, error, "the frames could not be shared");
	error = dma_stream_map(&s->to, c->target->dma, 0, &frames);
	if (error) {
		dma_segment_drop(&frames);
		return copy_fail(c, error, "memory could not be mapped for disk 1");
	}
	c->counts.maps++;
	c->counts.syncs_to_device++;
	s->state = SLOT_WRITING;
	c->writing++;
	error = pad(c, s);
	account(c, COPY_DMA, &mark);
	if (error)
		return copy_fail(c, error, "the last block could not be filled up");
	error = submit(c, c->target, s, BLOCK_WRITE, dma_stream_daddr(&s->to));
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
			if (!error)
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
	if (!error)
		error = flush(c);
	c->nanoseconds = dma_host_time_ns() - began;
	return error;
}

void pump_close(struct copy *c)
{
	for (unsigned i = 0; i < c->nslots; i++) {
		struct slot *s = &c->slots[i];

		c->counts.unmaps += s->state != SLOT_FREE; /* a written one has only not been counted */
		dma_stream_release(&s->from);
		dma_stream_release(&s->to);
		dma_segment_drop(&s->frames);
		s->state = SLOT_FREE;
	}
	c->nslots = 0;
}
