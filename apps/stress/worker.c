/* SPDX-License-Identifier: MPL-2.0 */
/*
 * One CPU: its transfers, each a step further, and streams in between.
 */
#include "stress.h"

uint32_t stress_random(struct worker *w, uint32_t below)
{
	w->random ^= w->random << 13;
	w->random ^= w->random >> 17;
	w->random ^= w->random << 5;
	return (uint32_t)((uint64_t)w->random * below >> 32);
}

/* The next state of a random generator (Knuth's, for MMIX). Only its high bits are good. */
static uint64_t step(uint64_t x)
{
	return x * 6364136223846793005u + 1442695040888963407u;
}

void stress_fill(unsigned char *bytes, size_t nbytes, uint64_t *state)
{
	for (size_t i = 0; i < nbytes; i += sizeof(*state)) {
		*state = step(*state);
		__builtin_memcpy(bytes + i, state, sizeof(*state));
	}
}

bool stress_same(const unsigned char *bytes, size_t nbytes, uint64_t *state)
{
	bool same = true;

	for (size_t i = 0; i < nbytes; i += sizeof(*state)) {
		uint64_t word;

		*state = step(*state);
		__builtin_memcpy(&word, bytes + i, sizeof(word));
		same &= word == *state;
	}
	return same;
}

/* ---- Disks ------------------------------------------------------------------------------------------------------- */

static unsigned char *bytes_of(const struct slot *s)
{
	return dma_host_linear(s->memory.paddr, STRESS_PAGES * DMA_PAGE_SIZE);
}

static void set_state(struct slot *s, enum slot_state state)
{
	__atomic_store_n(&s->state, state, __ATOMIC_RELEASE);
}

/* Runs in an interrupt handler as a rule. It releases the head here, where the completion is met; the worker releases
 * the tail later. */
static void on_written(struct block_request *request)
{
	struct slot *s = request->context;

	dma_stream_release(&s->head);
	set_state(s, SLOT_WRITTEN);
}

static void on_read(struct block_request *request)
{
	struct slot *s = request->context;

	s->error = dma_stream_sync_from_device(&s->head, 0, dma_stream_size(&s->head));
	if (!s->error && dma_stream_size(&s->tail))
		s->error = dma_stream_sync_from_device(&s->tail, 0, dma_stream_size(&s->tail));
	if (!s->own)
		dma_stream_release(&s->head);
	set_state(s, SLOT_READ);
}

static int map_memory(struct slot *s, enum dma_dir direction)
{
	struct dma_segment part = {0};
	int error = dma_segment_slice(&s->memory, 0, s->npages, &part);

	if (error)
		return error;
	error = dma_stream_map(&s->head, s->disk->dma, stress_cut(s->disk->dma, direction), &part);
	if (error)
		dma_segment_drop(&part);
	return error;
}

/* Maps the memory for that direction, cuts the mapping now and then, and submits the request. If the disk's queue is
 * full, all of that is undone, to be tried again later. */
static void start(struct worker *w, struct slot *s, enum block_op op)
{
	enum dma_dir direction = op == BLOCK_WRITE ? DMA_TO_DEVICE : DMA_FROM_DEVICE;
	enum slot_state before = s->state;
	dma_daddr_t daddr;
	int error;

	s->own = op == BLOCK_READ && stress_random(w, 3) == 0;
	if (s->own)
		error = dma_stream_alloc_uninit(&s->head, s->disk->dma, stress_cut(s->disk->dma, direction), s->npages);
	else
		error = map_memory(s, direction);
	if (error) {
		stress_fail("a transfer could not be mapped", error);
		return;
	}
	daddr = dma_stream_daddr(&s->head);
	if (op == BLOCK_WRITE && stress_mistake("fault"))
		daddr.raw += (uint64_t)4096 * DMA_PAGE_SIZE;
	if (s->npages > 1 && stress_random(w, 2)) {
		error = dma_stream_split(&s->head, (1 + stress_random(w, (uint32_t)s->npages - 1)) * DMA_PAGE_SIZE,
					 &s->tail);
		if (error)
			stress_fail("a transfer could not be cut", error);
	}
	s->request = (struct block_request){
		.op = op,
		.lba = s->first_byte / s->disk->block_size,
		.nblocks = (uint32_t)(s->npages * DMA_PAGE_SIZE / s->disk->block_size),
		.daddr = daddr,
		.complete = op == BLOCK_WRITE ? on_written : on_read,
		.context = s,
	};
	set_state(s, op == BLOCK_WRITE ? SLOT_WRITING : SLOT_READING);
	error = s->disk->ops->submit(s->disk, &s->request);
	if (!error)
		return;
	s->state = before;
	dma_stream_release(&s->head);
	dma_stream_release(&s->tail);
	if (error != DMA_EBUSY)
		stress_fail("a request could not be given", error);
}

static void check(struct worker *w, struct slot *s)
{
	static struct dma_segment leak;
	static const char wrong[] = "bytes came back wrong";
	size_t nbytes = s->npages * DMA_PAGE_SIZE, head = dma_stream_size(&s->head);
	unsigned char piece[256];
	uint64_t state = s->seed;

	if (s->error)
		stress_fail("a sync in a completion", s->error);
	if (!s->own && stress_mistake("byte"))
		bytes_of(s)[nbytes - 1] ^= 1;
	if (stress_mistake("leak"))
		(void)dma_segment_clone(&s->memory, &leak);
	if (!s->own && !stress_same(bytes_of(s), nbytes, &state))
		stress_fail(wrong, 0);
	for (size_t at = 0; s->own && at < nbytes; at += sizeof(piece)) {
		int error = at < head ? dma_stream_read_bytes(&s->head, at, piece, sizeof(piece))
				      : dma_stream_read_bytes(&s->tail, at - head, piece, sizeof(piece));

		if (error || !stress_same(piece, sizeof(piece), &state))
			stress_fail(wrong, error);
	}
	dma_stream_release(&s->head);
	dma_stream_release(&s->tail);
	w->counts.transfers++;
	w->counts.bytes += nbytes;
}

static void advance(struct worker *w, struct slot *s, bool ending)
{
	uint64_t state;

	switch (__atomic_load_n(&s->state, __ATOMIC_ACQUIRE)) {
	case SLOT_IDLE:
		if (ending)
			return;
		s->disk = stress.disks[stress_random(w, stress.ndisks)];
		s->npages = 1 + stress_random(w, STRESS_PAGES);
		state = s->seed = stress_random(w, UINT32_MAX);
		stress_fill(bytes_of(s), s->npages * DMA_PAGE_SIZE, &state);
		start(w, s, BLOCK_WRITE);
		break;
	case SLOT_WRITTEN:
		dma_stream_release(&s->tail);
		if (s->request.status) {
			stress_fail("a write", s->request.status);
			break;
		}
		dma_arch_fill(bytes_of(s), 0x5a, s->npages * DMA_PAGE_SIZE);
		start(w, s, BLOCK_READ);
		break;
	case SLOT_READ:
		if (s->request.status)
			stress_fail("a read", s->request.status);
		check(w, s);
		s->state = SLOT_IDLE;
		break;
	case SLOT_WRITING:
	case SLOT_READING:
		break;
	}
}

/* ---- edu --------------------------------------------------------------------------------------------------------- */

static struct edu *own_edu(const struct worker *w)
{
	for (unsigned i = 0; i < stress.nedus; i++)
		if (stress.edu_owner[i] == w->cpu + 1)
			return &stress.edus[i];
	return NULL;
}

static void edu_end(struct worker *w)
{
	dma_stream_release(&w->edu_out);
	dma_stream_release(&w->edu_in);
	for (unsigned i = 0; i < stress.nedus; i++)
		if (stress.edu_owner[i] == w->cpu + 1)
			__atomic_store_n(&stress.edu_owner[i], 0, __ATOMIC_RELEASE);
	w->edu_phase = 0;
}

/* Moves a page through the device's buffer, out of one stream and into another. Each call does one step, since the
 * device takes its time. */
static void edu_step(struct worker *w, bool ending)
{
	struct edu *edu = own_edu(w);
	unsigned char bytes[DMA_PAGE_SIZE];
	uint64_t state;
	int error = 0;

	if (edu && edu_busy(edu))
		return;
	switch (w->edu_phase) {
	case 0:
		for (unsigned i = 0; !ending && !edu && i < stress.nedus; i++) {
			unsigned nobody = 0;

			if (__atomic_compare_exchange_n(&stress.edu_owner[i], &nobody, w->cpu + 1, false,
							__ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
				edu = &stress.edus[i];
		}
		if (!edu)
			return;
		state = w->edu_seed = stress_random(w, UINT32_MAX);
		stress_fill(bytes, sizeof(bytes), &state);
		error = dma_stream_alloc(&w->edu_out, &edu->dma, DMA_TO_DEVICE, 1);
		if (!error)
			error = dma_stream_alloc_uninit(&w->edu_in, &edu->dma, DMA_FROM_DEVICE, 1);
		if (!error)
			error = dma_stream_write_bytes(&w->edu_out, 0, bytes, sizeof(bytes));
		if (!error)
			error = dma_stream_sync_to_device(&w->edu_out, 0, sizeof(bytes));
		if (!error)
			error = edu_start_fetch(edu, dma_stream_daddr(&w->edu_out), 0, DMA_PAGE_SIZE);
		w->edu_phase = 1;
		break;
	case 1:
		error = edu_start_store(edu, dma_stream_daddr(&w->edu_in), 0, DMA_PAGE_SIZE);
		w->edu_phase = 2;
		break;
	case 2:
		error = dma_stream_sync_from_device(&w->edu_in, 0, sizeof(bytes));
		if (!error)
			error = dma_stream_read_bytes(&w->edu_in, 0, bytes, sizeof(bytes));
		state = w->edu_seed;
		if (!error && !stress_same(bytes, sizeof(bytes), &state))
			stress_fail("edu brought other bytes", 0);
		w->counts.edu++;
		edu_end(w);
		break;
	default:
		break;
	}
	if (error)
		stress_fail("edu", error);
}

/* ---- All of it --------------------------------------------------------------------------------------------------- */

static bool under_way(struct worker *w)
{
	for (unsigned i = 0; i < STRESS_SLOTS; i++)
		if (__atomic_load_n(&w->slots[i].state, __ATOMIC_ACQUIRE) != SLOT_IDLE)
			return true;
	return w->edu_phase != 0;
}

void worker_run(void *worker)
{
	struct worker *w = worker;
	bool ending = false;

	while (!stress_failed() && (!ending || under_way(w))) {
		ending = dma_host_time_ns() >= w->end;
		for (unsigned i = 0; i < STRESS_SLOTS && !stress_failed(); i++)
			advance(w, &w->slots[i], ending);
		edu_step(w, ending);
		if (!ending)
			churn(w);
		for (unsigned i = 0; i < stress.ndisks; i++) {
			int error = stress.disks[i]->ops->poll(stress.disks[i]);

			if (error < 0)
				stress_fail(stress.disks[i]->error, error);
		}
		if (ending)
			bus_relax();
	}
}

int worker_open(struct worker *w, unsigned cpu)
{
	int error = dma_segment_alloc(&w->spare, 2, UINT64_MAX, 0);

	w->cpu = cpu;
	w->random = 0x9e3779b9u * (cpu + 1);
	for (unsigned i = 0; i < STRESS_SLOTS && !error; i++) {
		w->slots[i].first_byte = (uint64_t)(cpu * STRESS_SLOTS + i) * STRESS_PAGES * DMA_PAGE_SIZE;
		error = dma_segment_alloc(&w->slots[i].memory, STRESS_PAGES, UINT64_MAX, 0);
	}
	return error;
}

void worker_close(struct worker *w)
{
	for (unsigned i = 0; i < STRESS_SLOTS; i++) {
		dma_stream_release(&w->slots[i].head);
		dma_stream_release(&w->slots[i].tail);
		dma_segment_drop(&w->slots[i].memory);
	}
	edu_end(w);
	dma_segment_drop(&w->spare);
}
