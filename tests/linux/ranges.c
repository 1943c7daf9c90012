/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Domains of ranges on platform/linux, with a device behind a fake IOMMU: what costs the host a call and what does not,
 * what a device reaches, and what is kept.
 */
#include "fake_space.h"
#include <dmastream/batch.h>
#include <dmastream/buffer.h>
#include <dmastream/dmastream.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define PAGE   ((size_t)DMA_PAGE_SIZE)
#define WINDOW ((uint64_t)5 << 32)

static struct fake_space f;

static struct dma_ranges_config windowed(void)
{
	return (struct dma_ranges_config){.last = ((uint64_t)1 << 39) - 1,
					  .window = {.daddr_base = dma_daddr(WINDOW), .size = dma_linux_arena_size()}};
}

static void open_trusted(void)
{
	struct dma_ranges_config config = windowed();

	assert_int_equal(fake_open(&f, &config, (struct dma_device_config){.trusted = true}), 0);
}

static void close_all(void)
{
	assert_int_equal(fake_close(&f), 0);
	assert_null(f.broken);
}

static struct dma_segment frames(size_t npages)
{
	struct dma_segment seg = {0};

	assert_int_equal(dma_segment_alloc(&seg, npages, UINT64_MAX, 0), 0);
	return seg;
}

/* ---- The window ---- */

static void arena_memory_costs_no_call(void **state)
{
	struct dma_stream s = {0}, tail = {0};
	struct dma_coherent c = {0};
	struct dma_segment seg;
	struct dma_pool pool = {0};
	struct dma_block *block;
	const struct dma_pool_config blocks = {.name = "blocks", .block_size = 512, .dir = DMA_BIDIRECTIONAL};
	unsigned char byte = 0;

	(void)state;
	open_trusted();
	for (unsigned dir = DMA_TO_DEVICE; dir <= DMA_BIDIRECTIONAL; dir++) {
		seg = frames(4);
		memset(dma_linux_va(seg.paddr), 7, 4 * PAGE);
		assert_int_equal(dma_stream_map(&s, &f.dev, dir, &seg), 0);
		assert_true(dma_stream_daddr(&s).raw - WINDOW == dma_stream_paddr(&s).raw);
		*fake_reach(&f, dma_stream_daddr(&s).raw + 5000, 1, DMA_BIDIRECTIONAL) = 9;
		if (dir & DMA_FROM_DEVICE) {
			assert_int_equal(dma_stream_sync_from_device(&s, 0, 4 * PAGE), 0);
			assert_int_equal(dma_stream_read_bytes(&s, 5000, &byte, 1), 0);
			assert_int_equal(byte, 9);
		}
		assert_int_equal(dma_stream_split(&s, PAGE, &tail), 0);
		dma_stream_release(&s);
		dma_stream_release(&tail);
	}
	assert_int_equal(dma_stream_alloc(&s, &f.dev, DMA_BIDIRECTIONAL, 8), 0);
	assert_non_null(fake_reach(&f, dma_stream_daddr(&s).raw, 8 * PAGE, DMA_BIDIRECTIONAL));
	dma_stream_release(&s);
	assert_int_equal(dma_coherent_alloc(&c, &f.dev, 0, 2), 0);
	dma_coherent_release(&c);
	assert_int_equal(dma_pool_create(&pool, &f.dev, &blocks), 0);
	assert_int_equal(dma_pool_get(&pool, &block), 0);
	assert_int_equal(dma_pool_put(&pool, block), 0);
	assert_int_equal(dma_pool_destroy(&pool), 0);
	assert_int_equal(f.maps + f.unmaps + f.watches, 0);
	close_all();
}

/* Pieces that do not follow one another, at odd ends; and bytes of the library's own memory of the process. */
static void lists_and_buffers_cost_no_call(void **state)
{
	struct dma_segment seg[3];
	struct dma_piece pieces[3];
	struct dma_list list;
	struct dma_list_walk walk;
	struct dma_list_entry entry;
	struct dma_buffer buffer = {0};
	size_t n = 0, sum = 0;

	(void)state;
	open_trusted();
	dma_list_init(&list, pieces, 3);
	for (unsigned i = 0; i < 3; i++) {
		seg[i] = frames(3);
		assert_int_equal(dma_list_add_segment(&list, &seg[i], 100 * i, 2 * PAGE), 0);
	}
	assert_int_equal(dma_list_map(&list, &f.dev, DMA_TO_DEVICE), 0);
	walk = dma_list_begin(&list);
	while (dma_list_next(&walk, &entry)) {
		assert_non_null(fake_reach(&f, entry.daddr.raw, entry.len, DMA_TO_DEVICE));
		sum += entry.len;
		n++;
	}
	assert_int_equal(sum, 6 * PAGE);
	assert_true(n >= 1 && n <= 3);
	dma_list_unmap(&list);
	assert_int_equal(dma_buffer_map(&buffer, &f.dev, DMA_TO_DEVICE, (char *)dma_linux_va(seg[0].paddr) + 33, 77),
			 0);
	assert_true(dma_buffer_daddr(&buffer).raw == WINDOW + seg[0].paddr.raw + 33);
	dma_buffer_release(&buffer);
	for (unsigned i = 0; i < 3; i++)
		dma_segment_drop(&seg[i]);
	assert_int_equal(f.maps + f.unmaps, 0);
	close_all();
}

/* What is not trusted gets each stream alone, with its direction and no more. */
static void an_untrusted_device_reaches_its_streams(void **state)
{
	struct dma_ranges_config config = windowed();
	struct dma_stream s = {0};
	struct dma_segment seg;

	(void)state;
	/* Not where the arena is mapped, or mappings are kept, which every device of the domain reaches. */
	assert_int_equal(fake_open(&f, &config, (struct dma_device_config){.trusted = false}), DMA_ENOTSUP);
	assert_int_equal(dma_ranges_destroy(f.domain), 0);
	assert_int_equal(dma_fini(), 0);
	config.window = (struct dma_window){.size = 0};
	assert_int_equal(fake_open(&f, &config, (struct dma_device_config){.trusted = false}), DMA_ENOTSUP);
	assert_int_equal(dma_ranges_destroy(f.domain), 0);
	assert_int_equal(dma_fini(), 0);

	config.ops = &fake_unwatched;
	config.write_only = true;
	assert_int_equal(fake_open(&f, &config, (struct dma_device_config){.trusted = false}), 0);
	for (unsigned dir = DMA_TO_DEVICE; dir <= DMA_BIDIRECTIONAL; dir++) {
		seg = frames(2);
		f.maps = f.unmaps = 0;
		assert_int_equal(dma_stream_map(&s, &f.dev, dir, &seg), 0);
		assert_int_equal(f.maps, 1);
		assert_int_equal(fake_reach(&f, dma_stream_daddr(&s).raw, 2 * PAGE, DMA_TO_DEVICE) != NULL,
				 (dir & DMA_TO_DEVICE) != 0);
		assert_int_equal(fake_reach(&f, dma_stream_daddr(&s).raw, 2 * PAGE, DMA_FROM_DEVICE) != NULL,
				 (dir & DMA_FROM_DEVICE) != 0);
		dma_stream_release(&s);
		assert_int_equal(f.unmaps, 1);
		assert_int_equal(f.count, 0);
	}
	close_all();
}

/* A device whose mask ends below the window has it not, and is served all the same. */
static void limits_of_a_device(void **state)
{
	static const struct dma_device_config devices[] = {
		{.trusted = true, .mask = UINT32_MAX},
		{.trusted = true, .boundary = 4 * DMA_PAGE_SIZE},
		{.trusted = true, .min_align = 8 * DMA_PAGE_SIZE},
		{.trusted = true, .max_segment_size = 16 * DMA_PAGE_SIZE},
		{.trusted = true, .zero_length_reads = true},
		{.trusted = true, .mask = WINDOW + (4 << 20) - 1 > 0 ? ((uint64_t)1 << 35) - 1 : 0},
	};
	struct dma_ranges_config config = windowed();

	(void)state;
	for (unsigned i = 0; i < sizeof(devices) / sizeof(devices[0]); i++) {
		uint64_t mask = devices[i].mask ? devices[i].mask : UINT64_MAX, daddr;
		struct dma_stream s[4] = {0};

		assert_int_equal(fake_open(&f, &config, devices[i]), 0);
		for (unsigned k = 0; k < 4; k++) {
			struct dma_segment seg = frames(3);

			assert_int_equal(dma_stream_map(&s[k], &f.dev, DMA_BIDIRECTIONAL, &seg), 0);
			daddr = dma_stream_daddr(&s[k]).raw;
			assert_true(daddr + 3 * PAGE - 1 <= mask);
			assert_non_null(fake_reach(&f, daddr, 3 * PAGE, DMA_BIDIRECTIONAL));
			assert_int_equal(daddr % (devices[i].min_align ? devices[i].min_align : 1), 0);
			if (devices[i].boundary)
				assert_true((daddr ^ (daddr + 3 * PAGE - 1)) < devices[i].boundary);
		}
		for (unsigned k = 0; k < 4; k++)
			dma_stream_release(&s[k]);
		close_all();
	}
}

/* ---- Memory elsewhere ---- */

static unsigned char *elsewhere(size_t npages)
{
	unsigned char *at = aligned_alloc(PAGE, npages * PAGE);

	assert_non_null(at);
	return at;
}

static void map_elsewhere(struct dma_stream *s, void *at, size_t npages, unsigned dir)
{
	struct dma_segment seg = {0};

	assert_int_equal(dma_segment_borrow(&seg, dma_linux_paddr(at), npages), 0);
	assert_int_equal(dma_stream_map(s, &f.dev, dir, &seg), 0);
	for (size_t i = 0; i < npages; i++)
		assert_ptr_equal(fake_reach(&f, dma_stream_daddr(s).raw + i * PAGE, PAGE, dir & DMA_BIDIRECTIONAL),
				 (char *)at + i * PAGE);
}

static void what_nobody_watches_is_mapped_each_time(void **state)
{
	unsigned char *at = elsewhere(4);
	struct dma_stream s = {0};

	(void)state;
	open_trusted();
	f.watched = false;
	for (unsigned i = 1; i <= 3; i++) {
		map_elsewhere(&s, at, 4, DMA_TO_DEVICE);
		assert_int_equal(f.maps, i);
		dma_stream_release(&s);
		assert_int_equal(f.unmaps, i);
		assert_int_equal(f.count, 0);
	}
	close_all();
	free(at);
}

static void what_is_watched_is_kept(void **state)
{
	unsigned char *at = elsewhere(4);
	struct dma_ranges_stats stats;
	struct dma_stream s = {0}, other = {0};

	(void)state;
	open_trusted();
	for (unsigned i = 0; i < 5; i++) {
		map_elsewhere(&s, at, 4, i & 1 ? DMA_TO_DEVICE : DMA_FROM_DEVICE);
		map_elsewhere(&other, at + PAGE, 2, DMA_BIDIRECTIONAL); /* part of it */
		dma_stream_release(&s);
		dma_stream_release(&other);
	}
	dma_ranges_stats_get(f.domain, &stats);
	assert_int_equal(stats.maps, 1);
	assert_int_equal(stats.unmaps, 0);
	assert_int_equal(stats.hits, 9);
	assert_int_equal(stats.kept, 1);
	assert_int_equal(stats.kept_bytes, 4 * PAGE);
	/* A buffer at odd bytes finds it, too. */
	{
		struct dma_buffer buffer = {0};

		assert_int_equal(dma_buffer_map(&buffer, &f.dev, DMA_TO_DEVICE, at + 17, PAGE), 0);
		assert_ptr_equal(fake_reach(&f, dma_buffer_daddr(&buffer).raw, PAGE, DMA_TO_DEVICE), at + 17);
		dma_buffer_release(&buffer);
		assert_int_equal(f.maps, 1);
	}
	/* Until its owner says so. */
	map_elsewhere(&s, at, 4, DMA_TO_DEVICE);
	assert_int_equal(dma_ranges_forget(f.domain, dma_linux_paddr(at + 3 * PAGE), PAGE), DMA_EBUSY);
	assert_int_equal(f.count, 1);
	map_elsewhere(&other, at, 4, DMA_TO_DEVICE); /* not what is to go */
	assert_int_equal(f.maps, 2);
	dma_stream_release(&s);
	assert_int_equal(f.count, 1);
	dma_stream_release(&other);
	assert_int_equal(dma_ranges_forget(f.domain, dma_linux_paddr(at), PAGE), 0);
	assert_int_equal(f.count, 0);
	assert_int_equal(dma_ranges_forget(f.domain, dma_linux_paddr(at), PAGE), 0);
	close_all();
	free(at);
}

/* forget() comes between the look at the watch and the map: what was mapped is not kept. */
static void what_is_forgotten_meanwhile_is_not_kept(void **state)
{
	unsigned char *at = elsewhere(1);
	struct dma_stream s = {0};
	struct dma_ranges_stats stats;

	(void)state;
	open_trusted();
	map_elsewhere(&s, at, 1, DMA_TO_DEVICE);
	dma_stream_release(&s);
	assert_int_equal(f.count, 1);
	assert_int_equal(dma_ranges_forget(f.domain, dma_linux_paddr(at), PAGE), 0);
	f.forget_while_mapping = true;
	map_elsewhere(&s, at, 1, DMA_TO_DEVICE);
	dma_ranges_stats_get(f.domain, &stats);
	assert_int_equal(stats.kept, 0);
	dma_stream_release(&s);
	assert_int_equal(f.count, 0);
	close_all();
	free(at);
}

static void what_is_kept_is_bounded(void **state)
{
	struct dma_ranges_config config = windowed();
	unsigned char *at = elsewhere(64);
	struct dma_ranges_stats stats;
	struct dma_stream s[6] = {0}, big = {0};

	(void)state;
	config.keep_count = 4;
	config.keep_bytes = 6 * PAGE;
	assert_int_equal(fake_open(&f, &config, (struct dma_device_config){.trusted = true}), 0);
	for (unsigned i = 0; i < 64; i++) {
		map_elsewhere(&s[0], at + i * PAGE, 1, DMA_TO_DEVICE);
		dma_stream_release(&s[0]);
		dma_ranges_stats_get(f.domain, &stats);
		assert_true(stats.kept <= 4 && stats.kept == f.count);
	}
	map_elsewhere(&big, at, 7, DMA_TO_DEVICE); /* more than is kept at all */
	dma_stream_release(&big);
	map_elsewhere(&big, at, 5, DMA_TO_DEVICE); /* others go for it */
	dma_stream_release(&big);
	dma_ranges_stats_get(f.domain, &stats);
	assert_true(stats.kept_bytes <= 6 * PAGE && stats.kept_bytes >= 5 * PAGE);
	/* Those in use do not go; what has no room is mapped all the same. */
	for (unsigned i = 0; i < 6; i++)
		map_elsewhere(&s[i], at + (i + 10) * PAGE, 1, DMA_TO_DEVICE);
	dma_ranges_stats_get(f.domain, &stats);
	assert_int_equal(stats.kept, 4);
	assert_int_equal(f.count, 6);
	for (unsigned i = 0; i < 6; i++)
		dma_stream_release(&s[i]);
	assert_int_equal(f.count, 4);
	close_all();
	free(at);
}

/* Splits of what is kept, of what is not, and of pages that are mapped one by one. */
static void splits(void **state)
{
	unsigned char *at = elsewhere(4);
	struct dma_stream s = {0}, tail = {0};

	(void)state;
	open_trusted();
	map_elsewhere(&s, at, 4, DMA_TO_DEVICE);
	assert_int_equal(dma_stream_split(&s, 2 * PAGE, &tail), DMA_ENOTSUP);
	dma_stream_release(&s);
	map_elsewhere(&s, at, 4, DMA_TO_DEVICE | DMA_SPLITTABLE);
	assert_int_equal(dma_stream_split(&s, 2 * PAGE, &tail), 0);
	assert_ptr_equal(fake_reach(&f, dma_stream_daddr(&tail).raw, PAGE, DMA_TO_DEVICE), at + 2 * PAGE);
	dma_stream_release(&s);
	assert_ptr_equal(fake_reach(&f, dma_stream_daddr(&tail).raw, PAGE, DMA_TO_DEVICE), at + 2 * PAGE);
	dma_stream_release(&tail);
	close_all();
	free(at);
}

/* ---- Trouble ---- */

/* Each call fails once: an error, nothing mapped, and the next attempt works. */
static void every_call_fails_once(void **state)
{
	unsigned char *at = elsewhere(4);
	struct dma_stream s = {0};
	struct dma_segment seg = {0};

	(void)state;
	open_trusted();
	f.watched = false;
	for (unsigned n = 1; n <= 4; n++) {
		assert_int_equal(dma_segment_borrow(&seg, dma_linux_paddr(at), 4), 0);
		f.fail_map = n;
		assert_int_equal(dma_stream_map(&s, &f.dev, DMA_TO_DEVICE | DMA_SPLITTABLE, &seg), DMA_ENOMEM);
		assert_int_equal(f.count, 0);
		assert_int_equal(seg.npages, 4);
		dma_segment_drop(&seg);
	}
	f.watched = true; /* a refusal of both directions is followed by one of those that are asked for */
	f.fail_map = 1;
	map_elsewhere(&s, at, 4, DMA_TO_DEVICE);
	dma_stream_release(&s);
	assert_int_equal(dma_ranges_forget(f.domain, dma_linux_paddr(at), PAGE), 0);
	close_all();
	free(at);
}

/* Access may go on for ever: the memory is quarantined, and the devices are blocked. */
static void an_unmap_fails(void **state)
{
	unsigned char *at = elsewhere(1);
	struct dma_stats before, after;
	struct dma_stream s = {0};
	struct dma_segment seg = {0};

	(void)state;
	open_trusted();
	f.watched = false;
	dma_stats(&before);
	map_elsewhere(&s, at, 1, DMA_TO_DEVICE);
	f.fail_unmap = 1;
	dma_stream_release(&s);
	dma_stats(&after);
	assert_int_equal(f.blocks, 1);
	assert_int_equal(after.pages_quarantined, before.pages_quarantined + 1);
	assert_int_equal(dma_segment_borrow(&seg, dma_linux_paddr(at), 1), 0);
	assert_int_equal(dma_stream_map(&s, &f.dev, DMA_TO_DEVICE, &seg), DMA_ENODEV);
	dma_segment_drop(&seg);
	assert_int_equal(dma_device_fini(&f.dev), 0);
	assert_int_equal(dma_ranges_destroy(f.domain), DMA_ETIMEDOUT);
	free(at);
}

static void a_device_is_blocked(void **state)
{
	struct dma_stream s = {0};
	struct dma_segment seg = frames(1);

	(void)state;
	open_trusted();
	assert_int_equal(dma_device_block(&f.dev), 0);
	assert_int_equal(f.blocks, 1);
	assert_int_equal(dma_stream_map(&s, &f.dev, DMA_TO_DEVICE, &seg), DMA_ENODEV);
	dma_segment_drop(&seg);
	close_all();
}

static int no_map(void *context, dma_daddr_t daddr, dma_paddr_t paddr, uint64_t nbytes, unsigned dir)
{
	(void)context, (void)daddr, (void)paddr, (void)nbytes, (void)dir;
	return DMA_ENOMEM;
}

static int no_unmap(void *context, dma_daddr_t daddr, uint64_t nbytes)
{
	(void)context, (void)daddr, (void)nbytes;
	return 0;
}

static int no_block(void *context, struct dma_device *dev)
{
	(void)context, (void)dev;
	return 0;
}

static void configurations_that_make_no_sense(void **state)
{
	static const struct dma_ranges_ops all = {.map = no_map, .unmap = no_unmap, .block = no_block},
					   some = {.map = no_map, .unmap = no_unmap};
	const struct dma_window wraps = {.daddr_base = dma_daddr(UINT64_MAX - PAGE + 1), .size = 2 * PAGE};
	const struct dma_ranges_config good = {.ops = &all, .last = UINT32_MAX};
	struct dma_ranges_config c = good;
	struct dma_domain *domain = NULL;

	(void)state;
	assert_int_equal(dma_ranges_create(NULL, &domain), DMA_EINVAL);
	assert_int_equal(dma_ranges_create(&c, NULL), DMA_EINVAL);
	c.ops = NULL;
	assert_int_equal(dma_ranges_create(&c, &domain), DMA_EINVAL);
	c.ops = &some;
	assert_int_equal(dma_ranges_create(&c, &domain), DMA_EINVAL);
	c = good;
	c.nreserved = 1;
	assert_int_equal(dma_ranges_create(&c, &domain), DMA_EINVAL);
	c.reserved = &wraps;
	assert_int_equal(dma_ranges_create(&c, &domain), DMA_EINVAL);
	c = good;
	c.window = (struct dma_window){.daddr_base = dma_daddr(PAGE), .size = (uint64_t)4 << 30};
	assert_int_equal(dma_ranges_create(&c, &domain), DMA_EINVAL);
	c.window.size = PAGE + 1;
	assert_int_equal(dma_ranges_create(&c, &domain), DMA_EINVAL);
	c.window = (struct dma_window){.paddr_base = dma_paddr(PAGE), .daddr_base = dma_daddr(PAGE), .size = PAGE};
	assert_int_equal(dma_ranges_create(&c, &domain), DMA_EINVAL);
	c.window = wraps;
	assert_int_equal(dma_ranges_create(&c, &domain), DMA_EINVAL);
	c = good;
	c.keep_count = 65;
	assert_int_equal(dma_ranges_create(&c, &domain), DMA_EINVAL);
	assert_null(domain);
	assert_int_equal(dma_ranges_create(&good, &domain), 0);
	assert_int_equal(dma_ranges_destroy(domain), 0);
	assert_int_equal(dma_ranges_destroy(NULL), DMA_EINVAL);
	assert_int_equal(dma_ranges_forget(NULL, dma_paddr(0), 1), DMA_EINVAL);
}

/* A batch of releases, of arena memory and of memory elsewhere. */
static void batches(void **state)
{
	unsigned char *at = elsewhere(8);
	struct dma_stream s[8] = {0};
	struct dma_stream *all[8];

	(void)state;
	open_trusted();
	f.watched = false;
	for (unsigned i = 0; i < 8; i++) {
		all[i] = &s[i];
		if (i % 2) {
			struct dma_segment seg = frames(1);

			assert_int_equal(dma_stream_map(&s[i], &f.dev, DMA_TO_DEVICE, &seg), 0);
		} else {
			map_elsewhere(&s[i], at + i * PAGE, 1, DMA_TO_DEVICE);
		}
	}
	dma_batch_release(all, 8);
	assert_int_equal(f.count, 0);
	assert_int_equal(f.unmaps, 4);
	close_all();
	free(at);
}

static int start(void **state)
{
	(void)state;
	return dma_init();
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(arena_memory_costs_no_call),
		cmocka_unit_test(lists_and_buffers_cost_no_call),
		cmocka_unit_test(an_untrusted_device_reaches_its_streams),
		cmocka_unit_test(limits_of_a_device),
		cmocka_unit_test(what_nobody_watches_is_mapped_each_time),
		cmocka_unit_test(what_is_watched_is_kept),
		cmocka_unit_test(what_is_forgotten_meanwhile_is_not_kept),
		cmocka_unit_test(what_is_kept_is_bounded),
		cmocka_unit_test(splits),
		cmocka_unit_test(every_call_fails_once),
		cmocka_unit_test(a_device_is_blocked),
		cmocka_unit_test(configurations_that_make_no_sense),
		cmocka_unit_test(batches),
		cmocka_unit_test(an_unmap_fails), /* last: its domain stays */
	};

	return cmocka_run_group_tests_name("domains of ranges", tests, start, NULL);
}
