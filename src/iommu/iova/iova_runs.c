/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The longest free run of every block, quarter, chunk and group. Whoever changes bits brings these up to date.
 *
 * The rule, at every level: change what lies below; then read the word above, compute it anew from all that lies below,
 * and swap the new value in if the word is still the one that was read; otherwise do it again. So whoever swaps last
 * has read after every change, and nobody waits: a swap fails only because another one succeeded. (The idea is
 * Jayanti's f-array.) Each swap counts in `changes`, so that a value computed before somebody else's change cannot be
 * swapped in after it. If a word comes out as it was, the levels above it are right already, or another CPU is about to
 * bring them up to date.
 *
 * Lanes have no room for a count: whoever writes a lane reads its source once more, and writes again if the source has
 * changed.
 *
 * All of this only guides searches. Who owns a page is decided by its bit alone, which is claimed by compare and swap.
 */
#include "iova_books.h"

#define LANES 0x0001000100010001ull
#define HIGH  (LANES << 15)

static uint64_t run_word(uint64_t first, uint64_t last, uint64_t longest)
{
	return first << 32 | last << 16 | longest;
}

/* False: another CPU has changed the word, and *old is its new value. */
static inline bool swap_run(uint64_t *run, uint64_t *old, uint64_t value)
{
	uint64_t next = ((*old >> 48) + 1) << 48 | value;

	return __atomic_compare_exchange_n(run, old, next, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
}

static inline uint64_t value_of(uint64_t run)
{
	return run & (((uint64_t)1 << 48) - 1);
}

/* ---- Runs below one word ---- */

/* The longest run within a word, or `longest` if that is longer. */
static inline uint64_t longest_within(uint64_t taken, uint64_t longest)
{
	uint64_t begin = longest < 62 ? starts(taken, longest + 1) : 0;

	for (; begin; begin &= begin >> 1)
		longest++;
	return longest;
}

static uint64_t run_of_block(const uint64_t *word)
{
	uint64_t first = 0, run = 0, longest = 0;
	bool some_taken = false;

	for (unsigned i = 0; i < BLOCK_WORDS; i++) {
		uint64_t taken = see(&word[i]);

		if (!taken) {
			run += 64;
			continue;
		}
		if (taken == ~(uint64_t)0) {
			longest = run > longest ? run : longest;
			first = some_taken ? first : run;
			some_taken = true;
			run = 0;
			continue;
		}
		run += (unsigned)__builtin_ctzll(taken);
		if (!some_taken)
			first = run;
		some_taken = true;
		longest = run > longest ? run : longest;
		run = (unsigned)__builtin_clzll(taken);
		longest = longest_within(taken, longest);
	}
	longest = run > longest ? run : longest;
	return run_word(some_taken ? first : run, run, longest);
}

/* Joins `n` run words, each of which describes `pages` pages, into the one that describes all of them. */
static uint64_t run_of_runs(const uint64_t *below, unsigned n, uint64_t pages)
{
	uint64_t first = 0, run = 0, longest = 0;
	bool some_taken = false;

	for (unsigned i = 0; i < n; i++) {
		uint64_t one = see(&below[i]);

		if (run_longest(one) == pages) {
			run += pages;
			continue;
		}
		run += run_first(one);
		if (!some_taken)
			first = run;
		some_taken = true;
		longest = run > longest ? run : longest;
		longest = run_longest(one) > longest ? run_longest(one) : longest;
		run = run_last(one);
	}
	longest = run > longest ? run : longest;
	return run_word(some_taken ? first : run, run, longest);
}

/* What a run word says before and after a change. */
struct change {
	uint64_t was, is;
};

/* ---- One word after another, upwards ---- */

/* Computes a block's word after any change, from all of its bits. */
static struct change block_changed(struct dma_iova_chunk *chunk, unsigned block)
{
	uint64_t old = see(&chunk->block[block]);
	struct change change;

	do {
		change.was = value_of(old);
		change.is = run_of_block(&chunk->word[block * BLOCK_WORDS]);
	} while (!swap_run(&chunk->block[block], &old, change.is));
	return change;
}

/* How many pages right below a page of the block are free, and how many from a page on. */
static uint64_t free_below(const uint64_t *word, uint64_t page)
{
	uint64_t run = 0;

	while (page > 0) {
		unsigned bit = (unsigned)((page - 1) % 64);
		uint64_t taken = see(&word[(page - 1) / 64]) << (63 - bit);

		if (taken)
			return run + (unsigned)__builtin_clzll(taken);
		run += bit + 1;
		page -= bit + 1;
	}
	return run;
}

static uint64_t free_above(const uint64_t *word, uint64_t page)
{
	uint64_t run = 0;

	while (page < DMA_IOVA_BLOCK_PAGES) {
		unsigned bit = (unsigned)(page % 64);
		uint64_t taken = see(&word[page / 64]) >> bit;

		if (taken)
			return run + (unsigned)__builtin_ctzll(taken);
		run += 64 - bit;
		page += 64 - bit;
	}
	return run;
}

/* Updates a block's word after pages [first, end) became free: only the run that they are part of is new. If two
 * neighbours are freed at the same time, the CPU that looks last sees both.
 *
 * Meanwhile the pages may have been claimed again, or pages beside them. What is read twice alike was a run at the
 * moment in between, so that whoever claims part of it later knows that it may have been the longest; otherwise the
 * word is computed from all bits. */
static struct change block_freed(struct dma_iova_chunk *chunk, unsigned block, uint64_t first, uint64_t end)
{
	const uint64_t *word = &chunk->word[block * BLOCK_WORDS];
	uint64_t old = see(&chunk->block[block]);
	struct change change;

	do {
		uint64_t from = first - free_below(word, first), to = first + free_above(word, first);
		uint64_t longest = to - from > run_longest(old) ? to - from : run_longest(old);

		if (to < end || from + free_above(word, from) != to)
			return block_changed(chunk, block);
		change.was = value_of(old);
		change.is = run_word(from == 0 ? to : run_first(old),
				     to == DMA_IOVA_BLOCK_PAGES ? to - from : run_last(old), longest);
	} while (!swap_run(&chunk->block[block], &old, change.is));
	return change;
}

/* Updates a block's word after part of a run of `run` pages was claimed, with taken pages on both sides of the run. If
 * that run was not the longest, the word stays as it is; it only counts the change, so that nobody swaps in what was
 * computed before. */
static struct change block_claimed(struct dma_iova_chunk *chunk, unsigned block, uint64_t run)
{
	uint64_t old = see(&chunk->block[block]);

	while (run < run_longest(old))
		if (swap_run(&chunk->block[block], &old, value_of(old)))
			return (struct change){value_of(old), value_of(old)};
	return block_changed(chunk, block);
}

/* Updates a word after one of the `n` words below it has changed. The neighbours of that word are read only if they
 * matter: if a run at its ends has changed, if the run that got shorter may have been the longest of all, or if the
 * word has changed once more. */
static struct change runs_changed(uint64_t *run, const uint64_t *below, unsigned n, uint64_t pages, unsigned one,
				  struct change below_change)
{
	uint64_t was = run_longest(below_change.was), is = run_longest(below_change.is), old = see(run);
	bool inside = (below_change.was ^ below_change.is) >> 16 == 0;
	struct change change;

	do {
		change.was = value_of(old);
		if (inside && value_of(see(&below[one])) == below_change.is && (is > was || was < run_longest(old)))
			change.is = is > run_longest(old) ? value_of(old) - run_longest(old) + is : value_of(old);
		else
			change.is = run_of_runs(below, n, pages);
	} while (!swap_run(run, &old, change.is));
	return change;
}

/* ---- Lanes: 4 of 16 bits in a word, the highest of which is 0 ---- */

static inline unsigned lane_shift(uint64_t lane)
{
	return (unsigned)(lane % 4) * 16;
}

/* Copies the longest run of `source` into its lane. True: the lane has changed; *was is what it was. */
static bool lane_changed(uint64_t *lanes, uint64_t lane, const uint64_t *source, uint64_t *was)
{
	uint64_t *word = &lanes[lane / 4], longest;
	bool first = true, changed = false;

	do {
		uint64_t old = see(word), next;

		longest = run_longest(see(source));
		next = (old & ~((uint64_t)0xffff << lane_shift(lane))) | longest << lane_shift(lane);
		if (!__atomic_compare_exchange_n(word, &old, next, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)) {
			longest = UINT64_MAX;
			continue;
		}
		if (first)
			*was = old >> lane_shift(lane) & 0xffff;
		else
			*was = UINT64_MAX; /* it had several values: then the level above is computed anew */
		first = false;
		changed = changed || old != next;
	} while (longest != run_longest(see(source)));
	return changed;
}

static uint64_t highest_lane(const uint64_t *lanes, uint64_t nlanes)
{
	uint64_t highest = 0, best = 0;

	for (uint64_t i = 0; i < (nlanes + 3) / 4; i++) {
		uint64_t word = see(&lanes[i]), larger = ((word | HIGH) - highest) & HIGH;
		uint64_t mask = (larger - (larger >> 15)) | larger;

		highest = (word & mask) | (highest & ~mask);
	}
	for (unsigned i = 0; i < 4; i++)
		best = (highest >> 16 * i & 0xffff) > best ? highest >> 16 * i & 0xffff : best;
	return best;
}

/* How many lanes of a group are in use. */
static uint64_t lanes_of(const struct dma_iova *v, uint64_t number)
{
	uint64_t chunks = dma_load(&v->grown) - number * DMA_IOVA_GROUP_CHUNKS;

	return chunks < DMA_IOVA_GROUP_CHUNKS ? chunks : DMA_IOVA_GROUP_CHUNKS;
}

/* Updates a group's word after one of its lanes went from `was` to `is`. The lane above is looked at even if the word
 * comes out as it was: whoever changed the word last may have been interrupted before telling that lane, and a search
 * that does not find the group would make new books, again and again until that CPU goes on. */
static void group_changed(struct dma_iova *v, struct dma_iova_chunk *group, uint64_t number, uint64_t was, uint64_t is)
{
	uint64_t old = see(&group->group_run), longest, value;

	do {
		longest = run_longest(old);
		value = longest;
		if (is > longest || was >= longest) /* else another lane is the highest: only the count moves on */
			value = highest_lane(group->lane, lanes_of(v, number));
	} while (!swap_run(&group->group_run, &old, value));
	if (value != longest || (see(&v->lane[number / 4]) >> lane_shift(number) & 0xffff) != value)
		(void)lane_changed(v->lane, number, &group->group_run, &was);
}

static void chunk_changed(struct dma_iova *v, struct dma_iova_chunk *chunk)
{
	uint64_t number = chunk->index / DMA_IOVA_GROUP_CHUNKS, lane = chunk->index % DMA_IOVA_GROUP_CHUNKS, was;
	struct dma_iova_chunk *group = see_chunk(&v->group[number]);

	if (!group || !lane_changed(group->lane, lane, &chunk->run, &was))
		return;
	group_changed(v, group, number, was, was == UINT64_MAX ? was : run_longest(see(&chunk->run)));
	dma_iova_whole_changed(group, chunk, was);
}

/* Updates the words above a block whose word has changed. */
static void above_block(struct dma_iova *v, struct dma_iova_chunk *chunk, unsigned block, struct change change)
{
	unsigned quarter = block / QUARTER_BLOCKS;

	if (change.was == change.is)
		return;
	change = runs_changed(&chunk->quarter[quarter], &chunk->block[quarter * QUARTER_BLOCKS], QUARTER_BLOCKS,
			      DMA_IOVA_BLOCK_PAGES, block % QUARTER_BLOCKS, change);
	if (change.was == change.is)
		return;
	change = runs_changed(&chunk->run, chunk->quarter, QUARTERS, QUARTER_PAGES, quarter, change);
	if (run_longest(change.was) != run_longest(change.is))
		chunk_changed(v, chunk);
}

void dma_iova_changed(struct dma_iova *v, struct dma_iova_chunk *chunk, uint64_t first, uint64_t end)
{
	unsigned last = (unsigned)((end - 1 - chunk->first) / DMA_IOVA_BLOCK_PAGES);

	for (unsigned block = (unsigned)((first - chunk->first) / DMA_IOVA_BLOCK_PAGES); block <= last; block++)
		above_block(v, chunk, block, block_changed(chunk, block));
}

void dma_iova_all_free(struct dma_iova_chunk *chunk)
{
	for (unsigned i = 0; i < CHUNK_BLOCKS; i++)
		chunk->block[i] = run_word(DMA_IOVA_BLOCK_PAGES, DMA_IOVA_BLOCK_PAGES, DMA_IOVA_BLOCK_PAGES);
	for (unsigned i = 0; i < QUARTERS; i++)
		chunk->quarter[i] = run_word(QUARTER_PAGES, QUARTER_PAGES, QUARTER_PAGES);
	chunk->run = run_word(DMA_IOVA_CHUNK_PAGES, DMA_IOVA_CHUNK_PAGES, DMA_IOVA_CHUNK_PAGES);
}

void dma_iova_made(struct dma_iova *v, struct dma_iova_chunk *chunk)
{
	if (chunk->preset)
		dma_iova_changed(v, chunk, chunk->first, chunk->first + DMA_IOVA_CHUNK_PAGES);
	else
		chunk_changed(v, chunk);
}

void dma_iova_freed(struct dma_iova *v, struct dma_iova_chunk *chunk, uint64_t first, uint64_t end)
{
	unsigned block = (unsigned)((first - chunk->first) / DMA_IOVA_BLOCK_PAGES);

	if ((first ^ (end - 1)) >= DMA_IOVA_BLOCK_PAGES)
		dma_iova_changed(v, chunk, first, end);
	else
		above_block(
			v, chunk, block,
			block_freed(chunk, block, first % DMA_IOVA_BLOCK_PAGES, (end - 1) % DMA_IOVA_BLOCK_PAGES + 1));
}

void dma_iova_claimed(struct dma_iova *v, struct dma_iova_chunk *chunk, unsigned index, uint64_t run)
{
	unsigned block = index / BLOCK_WORDS;

	above_block(v, chunk, block, block_claimed(chunk, block, run));
}

/* ---- Search ---- */

/* The first lane, from `from` on and below `end`, that has a run of at least that many pages. */
static uint64_t lane_from(const uint64_t *lanes, uint64_t from, uint64_t end, uint64_t npages)
{
	uint64_t mask = ~(uint64_t)0 << lane_shift(from);

	for (uint64_t word = from / 4; word * 4 < end; word++) {
		uint64_t hits = ((see(&lanes[word]) | HIGH) - npages * LANES) & HIGH & mask;

		if (hits)
			return word * 4 + (unsigned)__builtin_ctzll(hits) / 16;
		mask = ~(uint64_t)0;
	}
	return end;
}

uint64_t dma_iova_next_chunk(struct dma_iova *v, uint64_t from, uint64_t npages)
{
	uint64_t grown = dma_load(&v->grown);
	uint64_t groups = (grown + DMA_IOVA_GROUP_CHUNKS - 1) / DMA_IOVA_GROUP_CHUNKS;

	for (uint64_t index = from; index < grown;) {
		uint64_t group = lane_from(v->lane, index / DMA_IOVA_GROUP_CHUNKS, groups, npages), lane, lanes;
		const struct dma_iova_chunk *at;

		if (group >= groups)
			break;
		at = see_chunk(&v->group[group]);
		lane = group == index / DMA_IOVA_GROUP_CHUNKS ? index % DMA_IOVA_GROUP_CHUNKS : 0;
		lanes = at ? lanes_of(v, group) : 0;
		lane = lane_from(at ? at->lane : NULL, lane, lanes, npages);
		if (lane < lanes)
			return group * DMA_IOVA_GROUP_CHUNKS + lane;
		index = (group + 1) * DMA_IOVA_GROUP_CHUNKS;
	}
	return DMA_IOVA_CHUNKS;
}
