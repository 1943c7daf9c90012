/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Several CPUs at once, for the thread sanitizer, too: one pool, one arena, one counted stream and slices of one stream
 * that all share, with interrupts on and off, while dma_reclaim() shrinks the pool.
 */
#include "../core/core.h"
#include <pthread.h>

#define THREADS 4
#define STEPS	400
#define HELD	24
#define PART	((size_t)512)

static struct core_device dev;
static struct dma_stream shared;
static struct dma_pool pool;
static struct dma_arena arena;
static struct dma_counted_stream counted;
static struct dma_block *contended;
static unsigned puts_of_contended;
static pthread_barrier_t all_here;
static unsigned owner[65536]; /* of blocks, by where they lie: 0, or a thread's number + 1 */

struct thread {
	unsigned number;
	uint64_t random;
	struct dma_block *block[HELD];
};

static size_t draw(struct thread *t, size_t n)
{
	t->random = t->random * 6364136223846793005u + 1442695040888963407u;
	return (size_t)(t->random >> 33) % n;
}

static unsigned *owner_of(const struct dma_block *block)
{
	uint64_t at = dma_block_daddr(block).raw;

	return &owner[(at >> 7 ^ at >> 32 << 15) % 65536];
}

/* A block is one thread's alone; the bytes that it writes are there until it puts it. */
static void with_block(struct thread *t)
{
	struct dma_block **at = &t->block[draw(t, HELD)];
	uint32_t value = t->number;
	unsigned before;

	if (draw(t, 2))
		sim_interrupts(false);
	if (*at) {
		SIM_CHECK(dma_slice_read_val(&(*at)->slice, 8, &value) == 0 && value == t->number);
		before = __atomic_exchange_n(owner_of(*at), 0, __ATOMIC_RELAXED);
		SIM_CHECK(before == t->number + 1);
		SIM_CHECK(dma_pool_put(&pool, *at) == 0);
		*at = NULL;
	} else if (dma_pool_get(&pool, at) == 0) {
		before = __atomic_exchange_n(owner_of(*at), t->number + 1, __ATOMIC_RELAXED);
		SIM_CHECK(before == 0);
		SIM_CHECK(dma_slice_write_val(&(*at)->slice, 8, &value) == 0);
		SIM_CHECK(dma_slice_sync_to_device(&(*at)->slice, 0, 64) == 0);
	} else {
		*at = NULL;
	}
	sim_interrupts(true);
}

static void with_slice(struct thread *t)
{
	uint32_t value = t->number, seen = 0;
	struct dma_slice slice, inner;

	SIM_CHECK(dma_stream_slice(&shared, t->number * PART, PART, &slice) == 0);
	SIM_CHECK(dma_slice_slice(&slice, 128, 128, &inner) == 0);
	SIM_CHECK(dma_slice_write_val(&inner, 0, &value) == 0 && dma_slice_sync_to_device(&inner, 0, 128) == 0);
	SIM_CHECK(dma_slice_sync_from_device(&inner, 0, 128) == 0);
	SIM_CHECK(dma_slice_read_val(&slice, 128, &seen) == 0 && seen == t->number);
}

static void *live(void *arg)
{
	struct thread *t = arg;
	struct dma_slice slice;

	sim_set_cpu(t->number);
	for (unsigned i = 0; i < STEPS; i++) {
		switch (draw(t, 8)) {
		case 0:
			with_slice(t);
			break;
		case 1:
			if (SIM_CHECK(dma_arena_alloc(&arena, 1 + draw(t, 700), 64, &slice) == 0))
				SIM_CHECK(dma_slice_fill(&slice, 0, (unsigned char)t->number, dma_slice_size(&slice)) ==
					  0);
			break;
		case 2:
			SIM_CHECK(dma_counted_stream_get(&counted) == 0 && !dma_counted_stream_put(&counted));
			break;
		case 3:
			if (draw(t, 8) == 0)
				(void)dma_reclaim();
			break;
		default:
			with_block(t);
		}
	}
	/* All put the same block, which nobody gets any more: one of them has it. */
	pthread_barrier_wait(&all_here);
	if (dma_pool_put(&pool, contended) == 0)
		(void)__atomic_fetch_add(&puts_of_contended, 1, __ATOMIC_RELAXED);
	for (unsigned i = 0; i < HELD; i++) {
		if (t->block[i])
			SIM_CHECK(dma_pool_put(&pool, t->block[i]) == 0);
	}
	(void)dma_counted_stream_put(&counted);
	sim_handover();
	return NULL;
}

static void ignore(const char *line)
{
	(void)line;
}

static void lives(void *unused)
{
	const struct dma_pool_config config = {.name = "p",
					       .dir = DMA_BIDIRECTIONAL,
					       .block_size = 128,
					       .blocks = 20,
					       .reserve = 8,
					       .high = 30,
					       .most = 70};
	static struct thread threads[THREADS];
	struct dma_pool_stats stats;
	struct dma_stream s;
	pthread_t ids[THREADS];

	(void)unused;
	memset(threads, 0, sizeof(threads));
	memset(owner, 0, sizeof(owner));
	pool = (struct dma_pool){0}, arena = (struct dma_arena){0}, counted = (struct dma_counted_stream){0};
	puts_of_contended = 0;
	core_open(&dev);
	sim_on_log(ignore);
	if (!core_stream(&shared, &dev, DMA_BIDIRECTIONAL, 2, false, 1) ||
	    !core_stream(&s, &dev, DMA_TO_DEVICE, 1, false, 1) ||
	    !SIM_CHECK(dma_pool_create(&pool, &dev.dma, &config) == 0) ||
	    !SIM_CHECK(dma_arena_create(&arena, &dev.dma, DMA_TO_DEVICE, 4) == 0) ||
	    !SIM_CHECK(dma_counted_stream_init(&counted, &s, NULL) == 0) ||
	    !SIM_CHECK(dma_pool_get(&pool, &contended) == 0))
		return;
	pthread_barrier_init(&all_here, NULL, THREADS);
	for (unsigned i = 1; i < THREADS; i++)
		SIM_CHECK(dma_counted_stream_get(&counted) == 0);
	for (unsigned i = 0; i < THREADS; i++) {
		threads[i].number = i;
		threads[i].random = sim_config()->seed * 7919 + i;
		pthread_create(&ids[i], NULL, live, &threads[i]);
	}
	for (unsigned i = 0; i < THREADS; i++)
		pthread_join(ids[i], NULL);
	pthread_barrier_destroy(&all_here);
	SIM_CHECK(puts_of_contended == 1);
	SIM_CHECK(!counted.stream.dev && dma_counted_stream_holders(&counted) == 0);
	dma_pool_stats_get(&pool, &stats);
	SIM_CHECK(stats.out == 0 && stats.refused == THREADS - 1 && stats.blocks >= 28);
	SIM_CHECK(dma_pool_destroy(&pool) == 0);
	SIM_CHECK(dma_arena_destroy(&arena) == 0);
	dma_stream_release(&shared);
	sim_on_log(NULL);
	(void)dma_reclaim();
	SIM_CHECK(core_pages() == 0);
	core_close(&dev);
}

static void many_threads_share_a_pool_an_arena_and_a_stream(void **state)
{
	static const char *const machines[] = {"low=2,high=2", "low=2,high=2,noncoherent"};

	(void)state;
	for (unsigned i = 0; i < 6; i++) {
		struct sim_config machine = sim_config_plain(machines[i % 2]);

		machine.cpus = THREADS;
		machine.seed = i;
		assert_int_equal(sim_run(&machine, lives, NULL), 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(many_threads_share_a_pool_an_arena_and_a_stream),
	};

	return cmocka_run_group_tests_name("slices_threads", tests, NULL, NULL);
}
