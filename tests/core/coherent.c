/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Coherent memory: never synced and always the same for both sides, in both directions, as zeros first; ordering by
 * publish and consume alone; split, refused where it would have to be cached.
 */
#include "../../src/memory/placement.h"
#include "core.h"

/* Both ways without a sync, the caller ordering. */
static void exchange(struct core_device *dev, const struct dma_coherent *c, unsigned seed)
{
	size_t size = dma_coherent_size(c);
	dma_daddr_t daddr = dma_coherent_daddr(c);
	unsigned char bytes[256], back[256];

	for (size_t off = 0; off < size; off += PAGE - 3) {
		size_t len = size - off < sizeof(bytes) ? size - off : sizeof(bytes);

		core_pattern(bytes, seed, off, len);
		SIM_CHECK(dma_coherent_write_bytes(c, off, bytes, len) == 0);
		dma_publish();
		SIM_CHECK(sim_device_read(dev->sim, dma_daddr(daddr.raw + off), back, len) == 0);
		SIM_CHECK(core_is_pattern(back, seed, off, len));
		core_pattern(bytes, seed + 1, off, len);
		SIM_CHECK(sim_device_write(dev->sim, dma_daddr(daddr.raw + off), bytes, len) == 0);
		dma_consume();
		SIM_CHECK(dma_coherent_read_bytes(c, off, back, len) == 0);
		SIM_CHECK(core_is_pattern(back, seed + 1, off, len));
	}
}

static void zeros(struct core_device *dev, const struct dma_coherent *c)
{
	static unsigned char bytes[4 * 65536], none[4 * 65536];
	size_t size = dma_coherent_size(c);

	memset(bytes, 1, size);
	SIM_CHECK(sim_device_read(dev->sim, dma_coherent_daddr(c), bytes, size) == 0);
	SIM_CHECK(memcmp(bytes, none, size) == 0);
	memset(bytes, 1, size);
	SIM_CHECK(dma_coherent_read_bytes(c, 0, bytes, size) == 0);
	SIM_CHECK(memcmp(bytes, none, size) == 0);
}

static void calls(const struct dma_coherent *c)
{
	size_t size = dma_coherent_size(c);
	struct dma_reader r;
	struct dma_writer w;
	uint32_t value = 0x12345678, back = 0;

	SIM_CHECK(dma_coherent_write_val(c, size - 4, &value) == 0 && dma_coherent_read_val(c, size - 4, &back) == 0);
	SIM_CHECK(back == value && dma_coherent_read_val(c, size - 3, &back) == DMA_EINVAL);
	value = 77;
	SIM_CHECK(dma_coherent_write_once(c, 8, &value, 4) == 0 && dma_coherent_read_once(c, 8, &back, 4) == 0);
	SIM_CHECK(back == 77 && dma_coherent_write_once(c, 9, &value, 4) == DMA_EINVAL);
	SIM_CHECK(dma_coherent_reader(c, &r) == 0 && dma_reader_remain(&r) == size);
	SIM_CHECK(dma_coherent_writer(c, &w) == 0 && dma_writer_remain(&w) == size);
	SIM_CHECK(dma_coherent_fill(c, 1, 0xab, size) == DMA_EINVAL && dma_coherent_fill(c, 0, 0xab, size) == 0);
	SIM_CHECK(dma_coherent_read_val(c, size / 2, &back) == 0 && back == 0xabababab);
}

static void life(void *arg)
{
	struct core_device dev;

	(void)arg;
	core_open(&dev);
	for (unsigned flags = 0; flags <= DMA_SPLITTABLE; flags += DMA_SPLITTABLE) {
		for (int uninit = 0; uninit < 2; uninit++) {
			struct dma_coherent c = {{0}}, tail = {{0}}, zero = {{0}};
			int error = uninit ? dma_coherent_alloc_uninit(&c, &dev.dma, flags, 4)
					   : dma_coherent_alloc(&c, &dev.dma, flags, 4);

			SIM_CHECK(error == 0);
			if (error)
				continue;
			SIM_CHECK(dma_device_live(&dev.dma) == 1);
			SIM_CHECK(dma_coherent_size(&c) == 4 * PAGE);
			SIM_CHECK(dma_coherent_daddr(&c).raw - dma_coherent_paddr(&c).raw ==
				  (dev.dma.nwindows ? dev.dma.windows[0].daddr_base.raw : 0));
			SIM_CHECK((c.stream.place & DMA_PLACE_UNCACHED) == (dev.dma.coherent ? 0 : DMA_PLACE_UNCACHED));
			if (!uninit || !dev.dma.trusted || sim_config()->cvm)
				zeros(&dev, &c);
			exchange(&dev, &c, 1);
			calls(&c);
			SIM_CHECK(dma_coherent_split(&c, 4 * PAGE, &tail) == DMA_EINVAL);
			SIM_CHECK(dma_coherent_split(&c, PAGE, &tail) == 0);
			SIM_CHECK(dma_coherent_size(&c) == PAGE && dma_coherent_size(&tail) == 3 * PAGE);
			exchange(&dev, &c, 3);
			dma_coherent_release(&c);
			exchange(&dev, &tail, 4);
			dma_coherent_release(&tail);
			dma_coherent_release(&tail);
			SIM_CHECK(memcmp(&c, &zero, sizeof(c)) == 0 && memcmp(&tail, &zero, sizeof(c)) == 0);
			SIM_CHECK(core_pages() == 0);
		}
	}
	core_close(&dev);
}

static void both_sides_see_the_same_without_sync(void **state)
{
	(void)state;
	core_test_all(life);
}

static void refused(void *arg)
{
	struct dma_coherent c = {{0}}, zero = {{0}};
	struct core_device dev;

	(void)arg;
	core_open(&dev);
	SIM_CHECK(dma_coherent_alloc(&c, &dev.dma, DMA_TO_DEVICE, 1) == DMA_EINVAL);
	SIM_CHECK(dma_coherent_alloc_uninit(&c, &dev.dma, DMA_BIDIRECTIONAL, 1) == DMA_EINVAL);
	SIM_CHECK(dma_coherent_alloc(&c, &dev.dma, 8, 1) == DMA_EINVAL);
	SIM_CHECK(dma_coherent_alloc(&c, &dev.dma, 0, 0) == DMA_EINVAL);
	SIM_CHECK(dma_coherent_alloc(&c, NULL, 0, 1) == DMA_EINVAL);
	SIM_CHECK(memcmp(&c, &zero, sizeof(c)) == 0);
	core_close(&dev);
}

static void wrong_arguments(void **state)
{
	(void)state;
	core_test_all(refused);
}

/* Never a silent cached mapping (hazard 8). */
static void nowhere_to_live(void *arg)
{
	struct dma_coherent c = {{0}};
	struct core_device dev;

	(void)arg;
	core_open(&dev);
	SIM_CHECK(dma_coherent_alloc(&c, &dev.dma, 0, 1) == DMA_ENOTSUP);
	SIM_CHECK(dma_coherent_alloc_uninit(&c, &dev.dma, 0, 1) == DMA_ENOTSUP);
	if (!sim_config()->can_sync) {
		struct dma_stream s = {0};
		struct dma_segment seg = {0};

		SIM_CHECK(dma_stream_alloc(&s, &dev.dma, DMA_TO_DEVICE, 1) == DMA_ENOTSUP);
		if (core_segment(&seg, 1, 1))
			SIM_CHECK(dma_stream_map(&s, &dev.dma, DMA_TO_DEVICE, &seg) == DMA_ENOTSUP && seg.npages == 1);
		dma_segment_drop(&seg);
	}
	core_close(&dev);
}

static void where_uncached_is_due_and_missing_it_is_refused(void **state)
{
	(void)state;
	core_test("low=1,high=1,noncoherent,nouncached", nowhere_to_live);
	core_test("low=1,high=1,noncoherent,nosync,nouncached", nowhere_to_live);
	core_test("low=1,high=1,noncoherent,cvm,nouncached", nowhere_to_live);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_sides_see_the_same_without_sync),
		cmocka_unit_test(wrong_arguments),
		cmocka_unit_test(where_uncached_is_due_and_missing_it_is_refused),
	};

	return cmocka_run_group_tests_name("coherent", tests, NULL, NULL);
}
