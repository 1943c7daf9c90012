/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Scattered memory on machines whose RAM is torn: bytes both ways on every kind of machine, what is refused, and what
 * release ends, with interrupts off. (In trouble: scattered_trouble.c.)
 */
#include "../../src/stream/scattered_own.h"
#include "torn.h"
#include <stdio.h>

static bool whole; /* the host maps scattered frames at one address */

/* ---- Bytes ---- */

/* By cursors, each as far as it goes. */
static size_t read_all(const struct dma_scattered *s, unsigned char *to, size_t off, size_t len)
{
	struct dma_reader r;
	size_t cursors = 0, n;

	for (size_t at = 0; at < len; at += n, cursors++) {
		if (!SIM_CHECK(dma_scattered_reader(s, off + at, &r) == 0))
			return 0;
		dma_reader_limit(&r, len - at);
		n = dma_reader_remain(&r);
		SIM_CHECK(dma_reader_read_bytes(&r, to + at, n) == 0);
	}
	return cursors;
}

static void write_all(const struct dma_scattered *s, const unsigned char *from, size_t off, size_t len)
{
	struct dma_writer w;
	size_t n;

	for (size_t at = 0; at < len; at += n) {
		if (!SIM_CHECK(dma_scattered_writer(s, off + at, &w) == 0))
			return;
		dma_writer_limit(&w, len - at);
		n = dma_writer_remain(&w);
		SIM_CHECK(dma_writer_write_bytes(&w, from + at, n) == 0);
	}
}

static dma_daddr_t at(const struct dma_scattered *s, size_t off)
{
	return dma_daddr(dma_scattered_daddr(s).raw + off);
}

static void exchange(struct rig *rig, const struct dma_scattered *s, size_t off, size_t len, unsigned seed)
{
	unsigned char *bytes = malloc(len);
	bool cursors = seed & 1;
	struct dma_writer w;
	size_t n;

	if (s->dir & DMA_TO_DEVICE) {
		core_pattern(bytes, seed, off, len);
		if (cursors)
			write_all(s, bytes, off, len);
		else
			SIM_CHECK(dma_scattered_write_bytes(s, off, bytes, len) == 0);
		SIM_CHECK(dma_scattered_sync_to_device(s, off, len) == 0);
		memset(bytes, 0, len);
		SIM_CHECK(sim_device_read(rig->dev.sim, at(s, off), bytes, len) == 0);
		SIM_CHECK(core_is_pattern(bytes, seed, off, len));
	}
	if (s->dir & DMA_FROM_DEVICE) {
		core_pattern(bytes, seed + 1, off, len);
		SIM_CHECK(sim_device_write(rig->dev.sim, at(s, off), bytes, len) == 0);
		SIM_CHECK(dma_scattered_sync_from_device(s, off, len) == 0);
		memset(bytes, 0, len);
		if (cursors) {
			n = read_all(s, bytes, off, len);
			SIM_CHECK(whole ? n == 1 : n >= len / (TORN_RUN * PAGE));
		} else {
			SIM_CHECK(dma_scattered_read_bytes(s, off, bytes, len) == 0);
		}
		SIM_CHECK(core_is_pattern(bytes, seed + 1, off, len));
		SIM_CHECK(dma_scattered_rearm(s, off, len) == 0);
		core_pattern(bytes, seed + 2, off, len);
		SIM_CHECK(sim_device_write(rig->dev.sim, at(s, off), bytes, len) == 0);
		SIM_CHECK(dma_scattered_sync_from_device(s, off, len) == 0);
		memset(bytes, 0, len);
		w = dma_writer_of(bytes, len);
		SIM_CHECK(dma_scattered_read(s, off, &w) == 0 && dma_writer_remain(&w) == 0);
		SIM_CHECK(core_is_pattern(bytes, seed + 2, off, len));
	}
	free(bytes);
}

/* All frames, in runs that do not meet, none longer than the host has. */
static void frames_are_scattered(const struct dma_scattered *s)
{
	struct dma_scattered_frames frames = dma_frames_of_scattered(s);
	struct dma_frame_range range, before = {{0}, 0};
	size_t npages = 0;

	for (; dma_scattered_frames_next(&frames, &range); before = range) {
		SIM_CHECK(range.npages >= 1 && range.npages <= TORN_RUN);
		SIM_CHECK(range.paddr.raw != before.paddr.raw + before.npages * PAGE);
		npages += range.npages;
	}
	SIM_CHECK(npages == PAGES && dma_scattered_size(s) == PAGES * PAGE);
}

static void every_range(struct rig *rig, const struct dma_scattered *s)
{
	static const struct {
		size_t off, len;
	} ranges[] = {{0, PAGES * PAGE},     {0, PAGES * PAGE},		 {5, 100},
		      {PAGE - 64, 3 * PAGE}, {7 * PAGE + 128, 4 * PAGE}, {PAGES * PAGE - 256, 256}};

	for (unsigned i = 0; i < sizeof(ranges) / sizeof(*ranges); i++)
		exchange(rig, s, ranges[i].off, ranges[i].len, 10 * s->dir + i);
}

static void wrong_calls(const struct dma_scattered *s)
{
	const size_t size = PAGES * PAGE;
	struct dma_reader r;
	struct dma_writer w;
	char byte = 0;

	if (s->dir & DMA_TO_DEVICE) {
		SIM_CHECK(dma_scattered_sync_to_device(s, size, 0) == 0);
		SIM_CHECK(dma_scattered_sync_to_device(s, size, 1) == DMA_EINVAL);
		SIM_CHECK(dma_scattered_sync_to_device(s, 8, SIZE_MAX) == DMA_EINVAL);
		SIM_CHECK(dma_scattered_write_bytes(s, size - 1, "ab", 2) == DMA_EINVAL);
		SIM_CHECK(dma_scattered_write_bytes(s, size, NULL, 0) == 0);
		SIM_CHECK(dma_scattered_fill(s, size, 0, 1) == DMA_EINVAL);
		SIM_CHECK(dma_scattered_writer(s, size, &w) == DMA_EINVAL);
	} else {
		SIM_CHECK(dma_scattered_sync_to_device(s, 0, 1) == DMA_EACCES);
		SIM_CHECK(dma_scattered_write_bytes(s, 0, &byte, 1) == DMA_EACCES);
		SIM_CHECK(dma_scattered_writer(s, 0, &w) == DMA_EACCES);
	}
	if (s->dir & DMA_FROM_DEVICE) {
		SIM_CHECK(dma_scattered_sync_from_device(s, size + 1, 0) == DMA_EINVAL);
		SIM_CHECK(dma_scattered_rearm(s, size, 1) == DMA_EINVAL);
		SIM_CHECK(dma_scattered_read_bytes(s, size, &byte, 1) == DMA_EINVAL);
		SIM_CHECK(dma_scattered_reader(s, SIZE_MAX, &r) == DMA_EINVAL);
	} else {
		SIM_CHECK(dma_scattered_sync_from_device(s, 0, 1) == DMA_EACCES);
		SIM_CHECK(dma_scattered_rearm(s, 0, 1) == DMA_EACCES);
		SIM_CHECK(dma_scattered_read_bytes(s, 0, &byte, 1) == DMA_EACCES);
		SIM_CHECK(dma_scattered_reader(s, 0, &r) == DMA_EACCES);
	}
}

static unsigned said; /* lines of the log that tell why */

static void listen(const char *line)
{
	said += strstr(line, "only behind an IOMMU") != NULL;
}

static void refused(struct rig *rig)
{
	struct dma_scattered s = {0}, empty = {0};
	unsigned char byte;

	said = 0;
	sim_on_log(listen);
	SIM_CHECK(dma_scattered_alloc(&s, &rig->dev.dma, DMA_TO_DEVICE, PAGES) == DMA_ENOTSUP);
	sim_on_log(NULL);
	SIM_CHECK(said == 1 && memcmp(&s, &empty, sizeof(s)) == 0);
	SIM_CHECK(dma_scattered_daddr(&s).raw == DMA_ADDRESS_NONE && dma_scattered_size(&s) == 0);
	SIM_CHECK(dma_scattered_read_bytes(&s, 0, &byte, 0) == DMA_EINVAL);
	SIM_CHECK(dma_scattered_sync_to_device(&s, 0, 0) == DMA_EINVAL);
	dma_scattered_release(&s);
}

static void both_ways(struct rig *rig, unsigned dir)
{
	struct dma_scattered s = {0};
	uint64_t daddr;
	int error = dma_scattered_alloc(&s, &rig->dev.dma, dir, PAGES);

	if (!SIM_CHECK(error == 0)) {
		fprintf(stderr, "# alloc: %s\n", dma_strerror(error));
		return;
	}
	daddr = dma_scattered_daddr(&s).raw;
	(void)!sim_device_read(rig->dev.sim, dma_daddr(0), &error, 1); /* a doorbell: what was published has arrived */
	SIM_CHECK(dma_device_live(&rig->dev.dma) == 1);
	SIM_CHECK(dma_scattered_alloc(&s, &rig->dev.dma, dir, PAGES) == DMA_EINVAL);
	frames_are_scattered(&s);
	if (!rig->dev.dma.trusted || sim_config()->cvm)
		SIM_CHECK(sim_device_foreign(rig->dev.sim, dma_daddr(daddr), PAGES * PAGE) == 0);
	if (dir & DMA_TO_DEVICE) {
		unsigned char zeros[64] = {0}, seen[64];

		SIM_CHECK(sim_device_read(rig->dev.sim, at(&s, 5 * PAGE - 32), seen, 64) == 0);
		SIM_CHECK(memcmp(seen, zeros, 64) == 0);
	}
	if (dir == DMA_FROM_DEVICE && (!rig->dev.dma.trusted || sim_config()->cvm)) { /* nothing of a former owner's */
		unsigned char seen[PAGE], zeros[PAGE] = {0};

		SIM_CHECK(dma_scattered_sync_from_device(&s, 5 * PAGE, PAGE) == 0);
		SIM_CHECK(dma_scattered_read_bytes(&s, 5 * PAGE, seen, PAGE) == 0);
		SIM_CHECK(memcmp(seen, zeros, PAGE) == 0);
	}
	wrong_calls(&s);
	every_range(rig, &s);
	sim_interrupts(false);
	exchange(rig, &s, PAGE / 2, 2 * PAGE, 3);
	dma_scattered_release(&s);
	sim_interrupts(true);
	for (size_t page = 0; page < PAGES; page++) /* strict, behind a deferred IOMMU, too */
		SIM_CHECK(!rig_reaches(daddr + page * PAGE, false) && !rig_reaches(daddr + page * PAGE, true));
	(void)dma_reclaim();
	dma_scattered_release(&s);
}

static void torn_ram(struct rig *rig)
{
	struct torn *torn = malloc(sizeof(*torn));
	struct dma_stream stream = {0};

	torn_tear(torn, whole);
	SIM_CHECK(dma_stream_alloc_uninit(&stream, &rig->dev.dma, DMA_BIDIRECTIONAL, PAGES) == DMA_ENOMEM);
	if (rig->kind == RIG_NONE)
		refused(rig);
	for (unsigned dir = DMA_TO_DEVICE; dir <= DMA_BIDIRECTIONAL && rig->kind != RIG_NONE; dir++)
		both_ways(rig, dir);
	torn_mend(torn);
	free(torn);
}

static void both_ways_run_by_run(void **state)
{
	(void)state;
	whole = false;
	assert_int_equal(rig_all(torn_ram), 0);
}

static void both_ways_at_one_address(void **state)
{
	(void)state;
	whole = true;
	for (enum rig_iommu kind = RIG_STRICT; kind < RIG_IOMMUS; kind++) {
		assert_int_equal(rig_on("low=1,high=1", kind, torn_ram), 0);
		assert_int_equal(rig_on("low=1,high=1,nohigh", kind, torn_ram), 0);
		assert_int_equal(rig_on("low=1,high=1,untrusted,noncoherent,line=128", kind, torn_ram), 0);
	}
	whole = false;
}

static void every_row_line_and_iommu(void **state)
{
	(void)state;
	for (unsigned row = 0; row < 8; row++) {
		for (unsigned line = 32; line <= 128; line *= 2) {
			char words[100];

			snprintf(words, sizeof(words), "low=1,high=1,line=%u%s%s%s", line,
				 row & 1 ? ",noncoherent" : "", row & 2 ? ",nosync" : "", row & 4 ? ",cvm" : "");
			for (enum rig_iommu kind = RIG_NONE; kind < RIG_IOMMUS; kind++) {
				whole = (row + line / 32 + kind) & 1;
				assert_int_equal(rig_on(words, kind, torn_ram), 0);
			}
		}
	}
	whole = false;
}

/* ---- Refused ---- */

static void limits(struct rig *rig)
{
	struct dma_scattered s = {0};

	SIM_CHECK(dma_scattered_alloc(&s, &rig->dev.dma, DMA_TO_DEVICE, 0) == DMA_EINVAL);
	SIM_CHECK(dma_scattered_alloc(&s, &rig->dev.dma, 0, 1) == DMA_EINVAL);
	SIM_CHECK(dma_scattered_alloc(&s, &rig->dev.dma, DMA_BIDIRECTIONAL | DMA_SPLITTABLE, 1) == DMA_EINVAL);
	SIM_CHECK(dma_scattered_alloc(&s, NULL, DMA_TO_DEVICE, 1) == DMA_EINVAL);
	SIM_CHECK(dma_scattered_alloc(&s, &rig->dev.dma, DMA_TO_DEVICE, SIZE_MAX) == DMA_ENOMEM);
	SIM_CHECK(dma_scattered_alloc(&s, &rig->dev.dma, DMA_TO_DEVICE, 100000) == DMA_ENOTSUP);
	SIM_CHECK(dma_scattered_alloc(&s, &rig->dev.dma, DMA_TO_DEVICE, 9) == DMA_ENOTSUP); /* boundary: 8 pages */
	if (SIM_CHECK(dma_scattered_alloc(&s, &rig->dev.dma, DMA_TO_DEVICE, 7) == 0)) {
		uint64_t first = dma_scattered_daddr(&s).raw, last = first + 7 * PAGE - 1;

		SIM_CHECK((first ^ last) < 8 * PAGE && first % (2 * PAGE) == 0);
	}
	dma_scattered_release(&s);
	sim_interrupts(false);
	SIM_CHECK(dma_scattered_alloc(&s, &rig->dev.dma, DMA_TO_DEVICE, 1) == DMA_EBUSY);
	sim_interrupts(true);
	SIM_CHECK(dma_device_block(&rig->dev.dma) == 0);
	SIM_CHECK(dma_scattered_alloc(&s, &rig->dev.dma, DMA_TO_DEVICE, 1) == DMA_ENODEV);
}

static void with_limits(void *unused)
{
	struct rig rig;

	(void)unused;
	rig_limits.boundary = 8 * PAGE;
	rig_limits.min_align = 2 * PAGE;
	rig_open(&rig, RIG_STRICT);
	limits(&rig);
	rig_close(&rig);
}

static void h83_limits(void **state)
{
	(void)state;
	core_test("low=1,high=1", with_limits);
}

/* ---- Found among many ---- */

static void a_run_is_found_in_few_steps(void **state)
{
	enum { MOST = 300 };
	static struct dma_owed_node nodes[MOST];

	(void)state;
	for (size_t n = 1; n <= MOST; n++) {
		struct dma_chain_end end = {0};
		struct dma_owed_node *first = NULL;
		uint64_t daddr = 1000 * PAGE;

		for (size_t i = 0; i < n; i++) {
			nodes[i].owed.npages = (uint32_t)(1 + i % 3);
			nodes[i].owed.daddr = daddr;
			daddr += nodes[i].owed.npages * PAGE;
			dma_chain_add(&first, &end, &nodes[i]);
		}
		assert_int_equal(end.count, n);
		for (size_t i = 0; i < n; i++) {
			uint64_t last = nodes[i].owed.daddr + nodes[i].owed.npages * PAGE - 1;

			assert_ptr_equal(dma_chain_find(first, nodes[i].owed.daddr), &nodes[i]);
			assert_ptr_equal(dma_chain_find(first, last), &nodes[i]);
			assert_ptr_equal(nodes[i].next, i + 1 < n ? &nodes[i + 1] : NULL);
			/* node i + 1, counted from 1, leads to node i + 1 + its lowest bit */
			assert_ptr_equal(nodes[i].owed.node,
					 i + 1 + ((i + 1) & -(i + 1)) <= n ? &nodes[i + ((i + 1) & -(i + 1))] : NULL);
		}
	}
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_ways_run_by_run),	       cmocka_unit_test(both_ways_at_one_address),
		cmocka_unit_test(every_row_line_and_iommu),    cmocka_unit_test(h83_limits),
		cmocka_unit_test(a_run_is_found_in_few_steps),
	};

	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
