/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The NVMe driver against a controller that behaves, fails, or lies: data and limits here, interrupts in
 * nvme_interrupts.c, failures and lies in nvme_failures.c. Nothing leaks, and no frame is freed while the controller
 * could reach it.
 */
#include "nvme_test.h"

char why[160];

int open_disk(const struct model_config *config, struct block **disk)
{
	struct text t = text_in(why, sizeof(why));

	model_start(config);
	assert_int_equal(dma_init(), 0);
	return block_open(0, disk, &t);
}

void nothing_left(void)
{
	assert_int_equal(dma_fini(), 0);
	assert_int_equal(model_devices, 0);
	assert_int_equal(model_frames, 0);
	assert_int_equal(model_reached, 0);
	assert_int_equal(model_bad_prps, 0);
	assert_false(model_master);
	assert_false(model_enabled());
	assert_int_equal(model_handlers, 0);
}

void assert_says(const char *said, const char *expected)
{
	if (!strstr(said, expected))
		fail_msg("\"%s\" does not say \"%s\"", said, expected);
}

int transfer(struct block *disk, enum block_op op, uint64_t lba, uint32_t nblocks, struct dma_stream *s)
{
	struct block_request request = {.op = op, .lba = lba, .nblocks = nblocks};
	int error;

	if (s)
		request.daddr = dma_stream_daddr(s);
	error = disk->ops->submit(disk, &request);
	while (!error && !block_done(&request)) {
		error = disk->ops->poll(disk);
		error = error > 0 ? 0 : error;
		bus_relax();
	}
	return block_done(&request) ? request.status : error;
}

/* ---- Data and limits ---------------------------------------------------------------------------------------- */

static void every_size_arrives(void **state)
{
	struct model_config config = model_good();
	struct block *disk;

	(void)state;
	for (unsigned mdts = 0; mdts <= 9; mdts++) {
		struct dma_stream s = {0};
		size_t npages;

		config.mdts = (uint8_t)mdts;
		assert_int_equal(open_disk(&config, &disk), 0);
		assert_int_equal(disk->depth, 63);
		assert_int_equal(disk->max_blocks, (mdts && mdts < 9 ? 4096u << mdts : 2u << 20) / 512);
		npages = (size_t)disk->max_blocks / 8 < 256 ? disk->max_blocks / 8 : 256;
		assert_int_equal(dma_stream_alloc(&s, disk->dma, DMA_BIDIRECTIONAL, npages), 0);
		for (uint32_t n = 1; n <= npages * 8; n += n < 20 ? 1 : 97) {
			unsigned char *expected = malloc(n * 512);

			for (size_t i = 0; i < n * 512; i++)
				expected[i] = (unsigned char)(rand() >> 7);
			assert_int_equal(dma_stream_write_bytes(&s, 0, expected, n * 512), 0);
			assert_int_equal(transfer(disk, BLOCK_WRITE, n % 7, n, &s), 0);
			assert_memory_equal(model_disk + n % 7 * 512, expected, n * 512);
			assert_int_equal(dma_stream_fill(&s, 0, 0, n * 512), 0);
			assert_int_equal(transfer(disk, BLOCK_READ, n % 7, n, &s), 0);
			assert_memory_equal(s.cpu, expected, n * 512);
			free(expected);
		}
		assert_int_equal(transfer(disk, BLOCK_FLUSH, 0, 0, NULL), 0);
		assert_int_equal(model_flushes, 1);
		disk->ops->stop(disk);
		dma_stream_release(&s);
		assert_int_equal(disk->ops->close(disk), 0);
		nothing_left();
	}
}

/* ---- Lists and byte ranges ---------------------------------------------------------------------------------- */

enum { PIECES = 9 };

/* A list over `n` pieces of that shape: where each begins in pages of its own, and how long it is. */
static void build(struct dma_list *l, struct dma_segment *frames, const size_t (*shape)[2], size_t n)
{
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(dma_segment_alloc(&frames[i], 2, UINT64_MAX, 0), 0);
		assert_int_equal(dma_list_add_segment(l, &frames[i], shape[i][0], shape[i][1]), 0);
	}
}

static int by_list(struct block *disk, enum block_op op, uint32_t nblocks, const struct dma_list *l)
{
	struct block_request request = {.op = op, .lba = 3, .nblocks = nblocks, .list = l};
	int error = disk->ops->submit(disk, &request);

	while (!error && !block_done(&request)) {
		error = disk->ops->poll(disk);
		error = error > 0 ? 0 : error;
		bus_relax();
	}
	return block_done(&request) ? request.status : error;
}

static void lists_of_any_shape(void **state)
{
	static const size_t pages[PIECES][2] = {{0, 4096}, {4096, 4096}, {0, 8192}, {0, 4096}, {4096, 4096},
						{0, 4096}, {0, 4096},	 {0, 8192}, {0, 4096}};
	static const size_t edges[3][2] = {{4096 - 512, 512}, {0, 4096}, {0, 1024}};
	static const size_t inside[1][2] = {{1020, 2048}};
	static const size_t gap[2][2] = {{0, 1024}, {0, 1024}};
	static const size_t odd[1][2] = {{1022, 2048}};
	static const struct {
		const size_t (*shape)[2];
		size_t n, nbytes;
		int error;
	} cases[] = {
		{pages, PIECES, 11 * 4096, 0},
		{pages, 1, 4096, 0},
		{pages, 2, 8192, 0},
		{edges, 3, 512 + 4096 + 1024, 0},
		{inside, 1, 2048, 0},
		{gap, 2, 2048, DMA_EINVAL},
		{gap, 1, 1024, 0},
		{odd, 1, 2048, 0 /* bounced to where it is aligned */},
	};
	struct model_config config = model_good();
	struct block *disk;

	(void)state;
	assert_int_equal(open_disk(&config, &disk), 0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		uint32_t nblocks = (uint32_t)(cases[i].nbytes / 512);
		struct dma_segment frames[PIECES] = {{{0}, 0, NULL}};
		struct dma_piece pieces[PIECES];
		struct dma_list l;
		unsigned char *expected = malloc(cases[i].nbytes), *seen = malloc(cases[i].nbytes);

		dma_list_init(&l, pieces, PIECES);
		build(&l, frames, cases[i].shape, cases[i].n);
		assert_int_equal(by_list(disk, BLOCK_WRITE, nblocks, &l), DMA_EINVAL); /* not mapped */
		assert_int_equal(dma_list_map(&l, disk->dma, DMA_BIDIRECTIONAL), 0);
		for (size_t k = 0; k < cases[i].nbytes; k++)
			expected[k] = (unsigned char)(rand() >> 7);
		assert_int_equal(dma_list_write_bytes(&l, 0, expected, cases[i].nbytes), 0);
		assert_int_equal(dma_list_sync_to_device(&l, 0, cases[i].nbytes), 0);
		assert_int_equal(by_list(disk, BLOCK_WRITE, nblocks, &l), cases[i].error);
		if (!cases[i].error) {
			assert_memory_equal(model_disk + 3 * 512, expected, cases[i].nbytes);
			memset(seen, 0, cases[i].nbytes);
			assert_int_equal(dma_list_write_bytes(&l, 0, seen, cases[i].nbytes), 0);
			assert_int_equal(by_list(disk, BLOCK_READ, nblocks, &l), 0);
			assert_int_equal(dma_list_sync_from_device(&l, 0, cases[i].nbytes), 0);
			assert_int_equal(dma_list_read_bytes(&l, 0, seen, cases[i].nbytes), 0);
			assert_memory_equal(seen, expected, cases[i].nbytes);
		}
		assert_int_equal(by_list(disk, BLOCK_READ, nblocks + 1, &l), DMA_EINVAL); /* beyond the list */
		dma_list_release(&l);
		for (size_t k = 0; k < cases[i].n; k++)
			dma_segment_drop(&frames[k]);
		free(expected);
		free(seen);
	}
	disk->ops->stop(disk);
	assert_int_equal(disk->ops->close(disk), 0);
	nothing_left();
}

static void full_queue_any_order(void **state)
{
	struct model_config config = model_good();
	struct block_request requests[64];
	struct dma_stream s = {0};
	struct block *disk;

	(void)state;
	config.reorder = true;
	assert_int_equal(open_disk(&config, &disk), 0);
	assert_int_equal(dma_stream_alloc(&s, disk->dma, DMA_BIDIRECTIONAL, 63), 0);
	for (unsigned round = 0; round < 2000; round++) { /* the identifiers' generations wrap */
		for (unsigned i = 0; i < 63; i++) {
			requests[i] = (struct block_request){.op = BLOCK_READ, .lba = 8 * i, .nblocks = 8};
			requests[i].daddr = dma_daddr(dma_stream_daddr(&s).raw + 4096 * i);
			assert_int_equal(disk->ops->submit(disk, &requests[i]), 0);
		}
		requests[63] = requests[62];
		assert_int_equal(disk->ops->submit(disk, &requests[63]), DMA_EBUSY);
		assert_int_equal(disk->ops->poll(disk), 0);
		bus_relax();
		assert_int_equal(disk->ops->poll(disk), 63);
		for (unsigned i = 0; i < 63; i++)
			assert_true(block_done(&requests[i]) && requests[i].status == 0);
	}
	assert_memory_equal(s.cpu, model_disk, 63 * 4096);
	disk->ops->stop(disk);
	dma_stream_release(&s);
	assert_int_equal(disk->ops->close(disk), 0);
	nothing_left();
}

static void smallest_queue(void **state)
{
	struct model_config config = model_good();
	struct dma_stream s = {0};
	struct block *disk;

	(void)state;
	config.cap = (config.cap & ~(uint64_t)0xffff) | 1; /* MQES: two entries */
	assert_int_equal(open_disk(&config, &disk), 0);
	assert_int_equal(disk->depth, 1);
	assert_int_equal(dma_stream_alloc(&s, disk->dma, DMA_BIDIRECTIONAL, 1), 0);
	for (unsigned i = 0; i < 10; i++)
		assert_int_equal(transfer(disk, BLOCK_READ, i, 1, &s), 0);
	disk->ops->stop(disk);
	dma_stream_release(&s);
	assert_int_equal(disk->ops->close(disk), 0);
	nothing_left();
}

static void wrong_requests(void **state)
{
	struct model_config config = model_good();
	struct dma_stream s = {0};
	struct block_request r = {.op = BLOCK_READ};
	struct block *disk;

	(void)state;
	assert_int_equal(open_disk(&config, &disk), 0);
	assert_int_equal(dma_stream_alloc(&s, disk->dma, DMA_BIDIRECTIONAL, 1), 0);
	assert_int_equal(transfer(disk, BLOCK_READ, 0, 0, &s), DMA_EINVAL);
	assert_int_equal(transfer(disk, BLOCK_READ, 2048, 1, &s), DMA_EINVAL);
	assert_int_equal(transfer(disk, BLOCK_READ, 2041, 8, &s), DMA_EINVAL);
	assert_int_equal(transfer(disk, BLOCK_READ, UINT64_MAX, 2, &s), DMA_EINVAL);
	assert_int_equal(transfer(disk, BLOCK_READ, 0, disk->max_blocks + 1, &s), DMA_EINVAL);
	assert_int_equal(transfer(disk, BLOCK_FLUSH, 0, 1, NULL), DMA_EINVAL);
	r.nblocks = 1;
	r.daddr = dma_daddr(dma_stream_daddr(&s).raw + 2);
	assert_int_equal(disk->ops->submit(disk, &r), DMA_EINVAL);
	assert_int_equal(model_commands, 0);
	disk->ops->stop(disk);
	assert_int_equal(transfer(disk, BLOCK_READ, 0, 1, &s), DMA_ENODEV);
	assert_int_equal(disk->ops->close(disk), DMA_EBUSY); /* a stream lives */
	dma_stream_release(&s);
	assert_int_equal(disk->ops->close(disk), 0);
	nothing_left();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_size_arrives),
		cmocka_unit_test(lists_of_any_shape),
		cmocka_unit_test(full_queue_any_order),
		cmocka_unit_test(interrupts_finish_requests),
		cmocka_unit_test(a_lost_interrupt_costs_time_only),
		cmocka_unit_test(a_handler_ends_the_disk),
		cmocka_unit_test(stopped_with_requests_in_flight),
		cmocka_unit_test(smallest_queue),
		cmocka_unit_test(wrong_requests),
		cmocka_unit_test(bring_up_failures),
		cmocka_unit_test(every_allocation_fails),
		cmocka_unit_test(lies),
		cmocka_unit_test(a_failed_request_leaves_the_disk_alive),
	};

	return cmocka_run_group_tests_name("nvme", tests, NULL, NULL);
}
