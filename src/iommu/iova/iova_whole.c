/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Ranges longer than a chunk, or aligned to more: they take chunks that are free as a whole. How many of those follow
 * each other is known of each group, in words by the rules of iova_runs.c; so a search reads one word for each 8 GiB,
 * and the lanes of a group that has the run, or of two.
 */
#include "iova_books.h"

#define GROUP	((uint64_t)DMA_IOVA_GROUP_CHUNKS)
#define AT_ONCE 16u /* groups */
#define BEHIND	64u /* chunks that are looked at behind a run's first ones, for one that is aligned */
#define FOUR	((uint64_t)DMA_IOVA_CHUNK_PAGES * 0x0001000100010001ull) /* four lanes of whole chunks */

_Static_assert((DMA_IOVA_CHUNK_PAGES & (DMA_IOVA_CHUNK_PAGES - 1)) == 0, "one bit says that a chunk is whole");

/* ---- Runs of whole chunks ---- */

/* Right behind the chunk with the index before, by address. */
static bool joins(const struct dma_iova_chunk *group, uint64_t lane)
{
	return !(dma_load(&group->apart[lane / 64]) >> lane % 64 & 1);
}

static bool is_whole(const struct dma_iova_chunk *group, uint64_t lane)
{
	return (see(&group->lane[lane / 4]) >> lane % 4 * 16 & 0xffff) == DMA_IOVA_CHUNK_PAGES;
}

/* A bit in each of the four lanes that a lane lies in: that chunk is whole. */
static uint64_t four_whole(const struct dma_iova_chunk *group, uint64_t lane)
{
	return see(&group->lane[lane / 4]) & FOUR;
}

static uint64_t run_of_group(const struct dma_iova_chunk *group)
{
	uint64_t first = 0, run = 0, longest = 0;
	bool ended = false;

	for (uint64_t lane = 0; lane < GROUP; lane++) {
		uint64_t four = four_whole(group, lane);
		bool whole = four >> lane % 4 * 16 & 0xffff;

		if (lane % 4 == 0 && four == FOUR && !(dma_load(&group->apart[lane / 64]) >> lane % 64 & 15)) {
			run += 4;
			lane += 3;
			continue;
		}
		if (!whole || !joins(group, lane)) {
			longest = run > longest ? run : longest;
			first = ended ? first : run;
			ended = true;
			run = 0;
		}
		if (lane % 4 == 0 && four == 0)
			lane += 3;
		run += whole;
	}
	longest = run > longest ? run : longest;
	return (ended ? first : run) << 32 | run << 16 | longest;
}

void dma_iova_whole_changed(struct dma_iova_chunk *group, const struct dma_iova_chunk *chunk, uint64_t was)
{
	uint64_t old = see(&group->whole), next;

	if (was < DMA_IOVA_CHUNK_PAGES && run_longest(see(&chunk->run)) < DMA_IOVA_CHUNK_PAGES)
		return;
	do
		next = ((old >> 48) + 1) << 48 | run_of_group(group);
	while (!__atomic_compare_exchange_n(&group->whole, &old, next, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST));
}

void dma_iova_apart(struct dma_iova_chunk *group, uint64_t lane)
{
	dma_store(&group->apart[lane / 64], dma_load(&group->apart[lane / 64]) | (uint64_t)1 << lane % 64);
}

/* How many whole chunks follow each other from an index on, counted up to `most`. */
static uint64_t run_from(const struct dma_iova *v, uint64_t index, uint64_t most)
{
	uint64_t run = 0;

	for (; run < most && index + run < dma_load(&v->grown); run++) {
		const struct dma_iova_chunk *group = see_chunk(&v->group[(index + run) / GROUP]);
		uint64_t lane = (index + run) % GROUP;

		if (!group || !is_whole(group, lane) || (run > 0 && !joins(group, lane)))
			break;
	}
	return run;
}

/* The runs in a group's word lie in 16 bits each: what is added to two of them makes their highest bit say whether
 * they have n chunks (at most GROUP). */
#define FIRST_AT   32u
#define LAST	   UINT64_C(0xffff0000)
#define LAST_AT	   16u
#define ENOUGH(n)  ((0x8000 - (n)) << FIRST_AT | (0x8000 - (n)))
#define HAS_ENOUGH UINT64_C(0x0000800000008000)

/* The next of the groups from i to `end` that may have a run of `n`, or part of one that ends
 * before it, *run, is in. n is at most GROUP, so that a group which is free as a whole has one. */
static uint64_t skip_some(const struct dma_iova *v, uint64_t i, uint64_t end, uint64_t n, uint64_t *run)
{
	const uint64_t enough = ENOUGH(n);
	uint64_t before = *run << FIRST_AT;

	for (; i < end; i++) {
		const struct dma_iova_chunk *group = see_chunk(&v->group[i]);
		uint64_t word;

		if (dma_unlikely(!group))
			break;
		word = see(&group->whole);
		if (dma_unlikely((word + before + enough) & HAS_ENOUGH))
			break;
		before = (word & LAST) << (FIRST_AT - LAST_AT);
	}
	*run = before >> FIRST_AT;
	return i;
}

/* No chunk of AT_ONCE groups is whole. */
static bool none_whole(const struct dma_iova *v, uint64_t i)
{
	uint64_t some = 0;

	for (unsigned k = 0; k < AT_ONCE / 4; k++)
		some |= see(&v->lane[i / 4 + k]);
	return !(some & FOUR);
}

/* Goes over groups, from the one that *at is the first chunk of, by their words alone: `run` whole chunks end right
 * before it. True: a run of `n` ends in one of them, and *at is where it begins; false: *at is the first chunk of a
 * group that has the run within it, or lies beyond the books. */
static bool skip_groups(const struct dma_iova *v, uint64_t *at, uint64_t run, uint64_t n, uint64_t grown)
{
	uint64_t groups = (grown + GROUP - 1) / GROUP, i = *at / GROUP;

	while (i < groups) {
		uint64_t end = (i | (AT_ONCE - 1)) + 1 < groups ? (i | (AT_ONCE - 1)) + 1 : groups;
		const struct dma_iova_chunk *group;
		uint64_t word, first;

		if (i % AT_ONCE == 0 && none_whole(v, i)) {
			run = 0;
			i += AT_ONCE;
			continue;
		}
		if (dma_likely(n <= GROUP)) {
			i = skip_some(v, i, end, n, &run);
			if (i == end)
				continue;
		}
		group = see_chunk(&v->group[i]);
		word = group ? see(&group->whole) : 0;
		first = run_first(word);
		if (dma_unlikely(run + first >= n)) { /* run < n */
			*at = i * GROUP - run;
			return true;
		}
		if (dma_unlikely(run_longest(word) >= n))
			break;
		run = first < GROUP ? run_last(word) : run + GROUP;
		i++;
	}
	*at = i * GROUP;
	return false;
}

/* The first index, from `from` on, at which a run of `n` whole chunks begins; DMA_IOVA_CHUNKS: there is none. */
static uint64_t next_run(const struct dma_iova *v, uint64_t from, uint64_t n)
{
	uint64_t run = 0, at = from, grown = dma_load(&v->grown);

	for (;;) {
		const struct dma_iova_chunk *group;

		if (at % GROUP == 0) {
			if (skip_groups(v, &at, run, n, grown))
				return at;
			run = 0;
		}
		group = at < grown ? see_chunk(&v->group[at / GROUP]) : NULL;
		if (!group)
			return DMA_IOVA_CHUNKS;
		do { /* chunk by chunk, to the end of the group */
			uint64_t four = four_whole(group, at % GROUP);

			if (at % 4 == 0 && four == 0) {
				run = 0;
				at += 4;
				continue;
			}
			if (four >> at % 4 * 16 & 0xffff)
				run = run > 0 && joins(group, at % GROUP) ? run + 1 : 1;
			else
				run = 0;
			at++;
		} while (run < n && at % GROUP != 0);
		if (run >= n)
			return at - run;
	}
}

/* ---- Claiming ---- */

static bool claim_chunks(struct dma_iova *v, uint64_t index, uint64_t npages)
{
	for (uint64_t done = 0; done < npages;) {
		struct dma_iova_chunk *chunk = chunk_at(v, index++);
		uint64_t n = npages - done < DMA_IOVA_CHUNK_PAGES ? npages - done : DMA_IOVA_CHUNK_PAGES;

		if (!chunk || !dma_iova_claim(v, chunk, chunk->first, n)) {
			for (index--; done > 0; done -= DMA_IOVA_CHUNK_PAGES)
				dma_iova_give_back(v, chunk_at(v, --index)->first, DMA_IOVA_CHUNK_PAGES);
			return false;
		}
		done += n;
	}
	return true;
}

/* True: the chunk right behind has the rest of the run. */
static bool follows(const struct dma_iova *v, uint64_t index, uint64_t first, uint64_t rest)
{
	const struct dma_iova_chunk *chunk = index < dma_load(&v->grown) ? chunk_at(v, index) : NULL;

	return chunk && chunk->first == first && run_first(see(&chunk->run)) >= rest;
}

/* Looks at runs of `n` chunks, one after the other. *some: there is one. */
static uint64_t search_runs(struct dma_iova *v, const struct dma_iova_constraints *c, uint64_t n, bool *some)
{
	uint64_t whole = c->npages / DMA_IOVA_CHUNK_PAGES, rest = c->npages % DMA_IOVA_CHUNK_PAGES, run;

	*some = false;
	for (uint64_t i = 0, tries = DMA_IOVA_FEW_TRIES; tries > 0; tries--, i += run) {
		const struct dma_iova_chunk *chunk;
		uint64_t first, skip;

		i = next_run(v, i, n);
		chunk = i < DMA_IOVA_CHUNKS ? chunk_at(v, i) : NULL;
		if (!chunk || chunk->first + c->npages > c->limit)
			return 0;
		*some = true;
		first = dma_iova_fit(c, chunk->first);
		skip = (first - chunk->first) / DMA_IOVA_CHUNK_PAGES;
		run = skip + whole <= n || skip > BEHIND ? n : run_from(v, i, skip + whole);
		if (skip + whole <= run && first + c->npages <= c->limit &&
		    (rest == 0 || follows(v, i + skip + whole, first + whole * DMA_IOVA_CHUNK_PAGES, rest)) &&
		    claim_chunks(v, i + skip, c->npages))
			return first;
		run = run > 0 ? run : 1;
	}
	return 0;
}

/* Chunks that are free at the end of the books, behind which more can be made: how many the request can use. */
static uint64_t at_the_end(struct dma_iova *v, const struct dma_iova_constraints *c, uint64_t most)
{
	uint64_t grown = dma_load(&v->grown), have = 0, first, skip;

	while (have < most && have < grown && run_from(v, grown - have - 1, 2) > (have > 0))
		have++;
	if (have == 0)
		return 0;
	first = dma_iova_number_of(v, grown - have) * DMA_IOVA_CHUNK_PAGES;
	skip = (dma_iova_fit(c, first) - first) / DMA_IOVA_CHUNK_PAGES;
	return have > skip ? have - skip : 0;
}

static uint64_t search_chunks(struct dma_iova *v, const struct dma_iova_constraints *c, uint64_t *lacking)
{
	uint64_t whole = c->npages / DMA_IOVA_CHUNK_PAGES, rest = c->npages % DMA_IOVA_CHUNK_PAGES,
		 n = whole + (rest > 0);
	bool some;
	uint64_t page = search_runs(v, c, whole > 0 ? whole : 1, &some);

	if (!page && some && rest && whole > 0)
		page = search_runs(v, c, n, &some);
	if (!page && some && c->align > DMA_IOVA_CHUNK_PAGES)
		page = search_runs(v, c, n + c->align / DMA_IOVA_CHUNK_PAGES - 1, &some);
	if (!page)
		*lacking = n - at_the_end(v, c, n - 1);
	return page;
}

int dma_iova_take_chunks(struct dma_iova *v, const struct dma_iova_constraints *tight, uint64_t *page)
{
	struct dma_iova_constraints c = *tight;
	uint64_t lacking;

	if (c.align < DMA_IOVA_CHUNK_PAGES)
		c.align = DMA_IOVA_CHUNK_PAGES;
	for (;;) {
		*page = search_chunks(v, &c, &lacking);
		if (*page)
			return 0;
		for (; lacking > 0; lacking--) {
			int error = dma_iova_grow(v, c.limit);

			if (error)
				return error;
		}
	}
}
