/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Where the books live: in library pages, which are taken as the space grows from its lowest addresses on, and given
 * back from the highest on.
 */
#include "../../base/own_page.h"
#include "iova_books.h"
#include <dmastream/errors.h>

#define CPUS_OF_A_PAGE (DMA_PAGE_SIZE / sizeof(struct dma_iova_cpu))

_Static_assert(sizeof(struct dma_iova_cpu) % 128 == 0, "CPUs do not share a pair of lines");

static void free_page(void *page)
{
	if (page)
		dma_own_page_free(page);
}

/* ---- Growing ---- */

/* Bits of a word that are set without an allocation: reserved pages, and pages beyond the end. */
static uint64_t preset_bits(struct dma_iova *v, uint64_t first)
{
	struct dma_iova_place at;
	const struct dma_iova_hole *hole = dma_iova_hole_from(v, first, &at);
	uint64_t set = first >= v->end ? ~(uint64_t)0 : v->end - first < 64 ? ~bits(0, v->end - first) : 0;

	for (; hole && hole->first < first + 64; hole = dma_iova_hole_next(&at)) {
		uint64_t from = hole->first > first ? hole->first - first : 0, to = hole->first + hole->npages - first;

		set |= bits((unsigned)from, (to < 64 ? to : 64) - from);
	}
	return set;
}

static void preset_range(struct dma_iova_chunk *chunk, uint64_t page, uint64_t end)
{
	uint64_t last = chunk->first + DMA_IOVA_CHUNK_PAGES;

	page = page > chunk->first ? page : chunk->first;
	for (end = end < last ? end : last; page < end;) {
		unsigned bit = (unsigned)(page % 64);
		uint64_t count = end - page < 64 - bit ? end - page : 64 - bit;

		chunk->word[(page - chunk->first) / 64] |= bits(bit, count);
		chunk->preset += count;
		page += count;
	}
}

/* Sets these bits in a whole chunk, whose words are 0. It goes by ranges, since few of them lie in one chunk. */
static void preset_chunk(struct dma_iova *v, struct dma_iova_chunk *chunk)
{
	struct dma_iova_place at;
	const struct dma_iova_hole *hole = dma_iova_hole_from(v, chunk->first, &at);

	for (; hole && hole->first < chunk->first + DMA_IOVA_CHUNK_PAGES; hole = dma_iova_hole_next(&at))
		preset_range(chunk, hole->first, hole->first + hole->npages);
	preset_range(chunk, v->end, UINT64_MAX);
}

void dma_iova_refill(struct dma_iova *v)
{
	void *page, *extra = NULL;
	uintptr_t state;

	if (dma_likely(dma_iova_has_spare(v)))
		return;
	page = dma_host_interrupts_on() ? dma_own_page_alloc() : NULL;
	if (!page)
		return;
	state = dma_host_lock(&v->lock);
	if (v->spare)
		extra = page;
	else
		__atomic_store_n(&v->spare, page, __ATOMIC_RELAXED);
	dma_host_unlock(&v->lock, state);
	free_page(extra);
}

/* Makes the next chunk out of the spare page. No search finds it before dma_iova_made() has told the levels above. The
 * lock is held. */
static struct dma_iova_chunk *equip(struct dma_iova *v, uint64_t index)
{
	struct dma_iova_chunk *chunk = v->spare, *group;
	uint64_t first = dma_iova_number_of(v, index) * DMA_IOVA_CHUNK_PAGES;

	if (!chunk)
		return NULL;
	__atomic_store_n(&v->spare, NULL, __ATOMIC_RELAXED);
	chunk->index = index;
	chunk->first = first;
	preset_chunk(v, chunk);
	if (!chunk->preset) /* before anybody sees it: later a trim could be looking, or an allocation be in it */
		dma_iova_all_free(chunk);
	if (index % DMA_IOVA_GROUP_CHUNKS == 0) {
		chunk->chunk[0] = chunk;
		__atomic_store_n(&v->group[index / DMA_IOVA_GROUP_CHUNKS], chunk, __ATOMIC_RELEASE);
	} else {
		group = v->group[index / DMA_IOVA_GROUP_CHUNKS];
		__atomic_store_n(&group->chunk[index % DMA_IOVA_GROUP_CHUNKS], chunk, __ATOMIC_RELEASE);
	}
	if (index > 0 && chunk_at(v, index - 1)->first + DMA_IOVA_CHUNK_PAGES != first)
		dma_iova_apart(v->group[index / DMA_IOVA_GROUP_CHUNKS], index % DMA_IOVA_GROUP_CHUNKS);
	dma_store(&v->grown, index + 1);
	return chunk;
}

/* Two CPUs that find no books at the same time may make a chunk each: the second looks before the first has told the
 * levels above its own. Both are found from then on; nobody waits for a CPU that may have been interrupted. */
int dma_iova_grow(struct dma_iova *v, uint64_t limit)
{
	uint64_t index = dma_load(&v->grown);

	if (index >= DMA_IOVA_CHUNKS || dma_iova_number_of(v, index) * DMA_IOVA_CHUNK_PAGES >= limit)
		return DMA_ENOSPC;
	for (unsigned attempt = 0; attempt < 2; attempt++) {
		uintptr_t state = dma_host_lock(&v->lock);
		bool other = v->grown != index; /* another CPU has grown the space */
		struct dma_iova_chunk *chunk = other ? NULL : equip(v, index);

		dma_host_unlock(&v->lock, state);
		if (chunk) /* the caller is inside the books, so the chunk is not trimmed meanwhile */
			dma_iova_made(v, chunk);
		dma_iova_refill(v);
		if (chunk || other)
			return 0;
	}
	return DMA_ENOMEM;
}

/* ---- Trimming ---- */

/* True if no CPU looks into the books. One that enters later does not find what was unlinked before the call. */
static bool nobody_inside(const struct dma_iova *v)
{
	for (uint32_t i = 0; i < v->cpus; i++)
		if (see(&v->cpu[i]->inside))
			return false;
	return true;
}

/* Sets the first words of a chunk back to what they are without allocations. The stores are relaxed, as the trimmer's
 * claims were: the trimmer has owned none of the pages, so it has nothing to publish. What the last owners released
 * stays visible through the words, since an atomic update passes on the release of the value that it replaces. */
static void unclaim(struct dma_iova *v, struct dma_iova_chunk *chunk, unsigned words)
{
	for (unsigned i = 0; i < words; i++) {
		uint64_t preset = chunk->preset ? preset_bits(v, chunk->first + i * 64u) : 0;

		(void)__atomic_fetch_and(&chunk->word[i], preset, __ATOMIC_RELAXED);
	}
	dma_iova_changed(v, chunk, chunk->first, chunk->first + DMA_IOVA_CHUNK_PAGES);
}

static bool unused(const struct dma_iova_chunk *chunk)
{
	uint64_t taken = 0;

	for (unsigned i = 0; i < CHUNK_WORDS && taken <= chunk->preset; i++)
		taken += count_bits(see(&chunk->word[i]));
	return taken == chunk->preset;
}

/* Takes the last chunk out, if nobody has a page of it. The lock is held. */
static struct dma_iova_chunk *unlink_last(struct dma_iova *v)
{
	uint64_t index = v->grown - 1, lane = index % DMA_IOVA_GROUP_CHUNKS;
	struct dma_iova_chunk *chunk = chunk_at(v, index);
	struct dma_iova_chunk **group = &v->group[index / DMA_IOVA_GROUP_CHUNKS];

	if (!unused(chunk))
		return NULL;
	for (unsigned i = 0; i < CHUNK_WORDS; i++) {
		uint64_t free = chunk->preset ? preset_bits(v, chunk->first + i * 64u) : 0;

		if (!__atomic_compare_exchange_n(&chunk->word[i], &free, ~(uint64_t)0, false, __ATOMIC_RELAXED,
						 __ATOMIC_RELAXED)) {
			unclaim(v, chunk, i);
			return NULL;
		}
	}
	dma_iova_changed(v, chunk, chunk->first, chunk->first + DMA_IOVA_CHUNK_PAGES);
	dma_store(&v->grown, index);
	__atomic_store_n(lane ? &(*group)->chunk[lane] : group, NULL, __ATOMIC_SEQ_CST);
	if (nobody_inside(v))
		return chunk;
	__atomic_store_n(lane ? &(*group)->chunk[lane] : group, chunk, __ATOMIC_RELEASE);
	dma_store(&v->grown, index + 1);
	unclaim(v, chunk, CHUNK_WORDS);
	return NULL;
}

bool dma_iova_trim(struct dma_iova *v)
{
	struct dma_iova_cpu *cpu = cpu_here(v);
	bool some = false;

	if (!dma_host_interrupts_on())
		return false;
	(void)books_enter(cpu);
	(void)dma_iova_drain(v);
	books_leave(cpu);
	for (;;) {
		uintptr_t state = dma_host_lock(&v->lock);
		struct dma_iova_chunk *chunk = v->grown ? unlink_last(v) : NULL;

		dma_host_unlock(&v->lock, state);
		if (!chunk)
			return some;
		free_page(chunk);
		some = true;
	}
}

/* ---- Life ---- */

int dma_iova_init(struct dma_iova *v, uint64_t end_page)
{
	int error;

	if (end_page < 2 || end_page > DMA_IOVA_LIMIT)
		return DMA_EINVAL;
	*v = (struct dma_iova){
		.end = end_page,
		.announced = 1,
		.cpus = dma_state.host.cpus < DMA_IOVA_CPUS ? dma_state.host.cpus : DMA_IOVA_CPUS,
	};
	dma_iova_holes_init(v);
	for (uint32_t i = 0; i < v->cpus; i++) {
		struct dma_iova_cpu **page = (struct dma_iova_cpu **)&v->cpu_page[i / CPUS_OF_A_PAGE];

		if (!*page)
			*page = dma_own_page_alloc();
		if (!*page) {
			dma_iova_fini(v);
			return DMA_ENOMEM;
		}
		v->cpu[i] = *page + i % CPUS_OF_A_PAGE;
		v->cpu[i]->mask = DMA_IOVA_FEW_RECENT - 1;
		v->cpu[i]->generation = 1;
	}
	dma_iova_refill(v);
	error = v->spare ? dma_iova_reserve(v, 0, 1) : DMA_ENOMEM; /* so that no mapping is at 0 */
	if (error)
		dma_iova_fini(v);
	return error;
}

void dma_iova_defer(struct dma_iova *v)
{
	for (uint32_t i = 0; i < v->cpus; i++)
		v->cpu[i]->mask = DMA_IOVA_RECENT - 1;
}

void dma_iova_fini(struct dma_iova *v)
{
	while (v->grown) { /* the highest chunk first: the directory of a group lies in its first chunk */
		struct dma_iova_chunk *chunk = chunk_at(v, --v->grown);

		free_page(chunk);
	}
	dma_iova_holes_free(v);
	free_page(v->spare);
	for (unsigned i = 0; i < DMA_IOVA_CPUS; i++)
		free_page(v->cpu_page[i]);
	*v = (struct dma_iova){0};
}
