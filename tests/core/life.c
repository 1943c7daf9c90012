/* SPDX-License-Identifier: MPL-2.0 */
/*
 * A stream's life: empty ones, wrong arguments, refused calls that change nothing, moved structs, double release, no
 * page and far too many.
 */
#include "core.h"

/* ---- Empty ---- */

static bool all_zero(const void *object, size_t nbytes)
{
	const unsigned char *bytes = object;

	for (size_t i = 0; i < nbytes; i++) {
		if (bytes[i])
			return false;
	}
	return true;
}

static void each_call_on(struct dma_stream *s)
{
	struct dma_stream tail = {0};
	struct dma_reader r = {0};
	struct dma_writer w = {0};
	unsigned char byte = 1;

	SIM_CHECK(dma_stream_sync_to_device(s, 0, 0) == DMA_EINVAL);
	SIM_CHECK(dma_stream_sync_from_device(s, 0, 0) == DMA_EINVAL);
	SIM_CHECK(dma_stream_check_read(s, 0, 0) == DMA_EINVAL);
	SIM_CHECK(dma_stream_check_write(s, 0, 0) == DMA_EINVAL);
	SIM_CHECK(dma_stream_read_bytes(s, 0, &byte, 0) == DMA_EINVAL);
	SIM_CHECK(dma_stream_write_bytes(s, 0, &byte, 0) == DMA_EINVAL);
	SIM_CHECK(dma_stream_read_once(s, 0, &byte, 1) == DMA_EINVAL);
	SIM_CHECK(dma_stream_write_once(s, 0, &byte, 1) == DMA_EINVAL);
	SIM_CHECK(dma_stream_fill(s, 0, 0, 0) == DMA_EINVAL);
	SIM_CHECK(dma_stream_reader(s, &r) == DMA_EINVAL && all_zero(&r, sizeof(r)));
	SIM_CHECK(dma_stream_writer(s, &w) == DMA_EINVAL && all_zero(&w, sizeof(w)));
	SIM_CHECK(dma_stream_split(s, PAGE, &tail) == DMA_EINVAL);
	SIM_CHECK(dma_stream_split(s, 0, &tail) == DMA_EINVAL);
	SIM_CHECK(dma_stream_daddr(s).raw == DMA_ADDRESS_NONE && dma_stream_paddr(s).raw == DMA_ADDRESS_NONE &&
		  dma_stream_size(s) == 0);
	dma_stream_release(s);
	SIM_CHECK(all_zero(s, sizeof(*s)) && all_zero(&tail, sizeof(tail)) && byte == 1);
}

static void empty(void *arg)
{
	struct dma_stream s = {0};
	struct core_device dev;

	(void)arg;
	core_open(&dev);
	each_call_on(&s);
	for (unsigned dir = DMA_TO_DEVICE; dir <= DMA_BIDIRECTIONAL; dir++) {
		for (int mapped = 0; mapped < 2; mapped++) {
			if (!core_stream(&s, &dev, dir, 2, mapped, 1))
				continue;
			dma_stream_release(&s);
			SIM_CHECK(all_zero(&s, sizeof(s)));
			each_call_on(&s);
			dma_stream_release(&s); /* a second and third time */
		}
	}
	core_close(&dev);
}

static void an_empty_stream_refuses_everything(void **state)
{
	(void)state;
	core_test_all(empty);
}

/* ---- Refused ---- */

static void refuse(struct dma_stream *s, struct dma_device *dev, unsigned dir, size_t npages, int error)
{
	struct dma_stream before = *s;

	SIM_CHECK(dma_stream_alloc_uninit(s, dev, dir, npages) == error);
	SIM_CHECK(memcmp(&before, s, sizeof(before)) == 0);
	SIM_CHECK(dma_stream_alloc(s, dev, dir, npages) ==
		  ((dir & DMA_BIDIRECTIONAL) == DMA_FROM_DEVICE ? DMA_EACCES : error));
	SIM_CHECK(memcmp(&before, s, sizeof(before)) == 0);
}

static void refuse_map(struct dma_stream *s, struct dma_device *dev, unsigned dir, struct dma_segment *seg, int error)
{
	struct dma_stream before = *s;
	struct dma_segment seg_before = *seg;

	SIM_CHECK(dma_stream_map(s, dev, dir, seg) == error);
	SIM_CHECK(memcmp(&before, s, sizeof(before)) == 0 && memcmp(&seg_before, seg, sizeof(*seg)) == 0);
}

static void refused(void *arg)
{
	static const unsigned no_direction[] = {0, 4, 8, 9, 16, 0x101, UINT32_MAX};
	struct dma_stream s = {0}, live;
	struct dma_segment seg = {0}, none = {0}, odd = {.paddr = {PAGE}};
	struct dma_device zeroed = {0};
	struct core_device dev;
	unsigned calls;

	(void)arg;
	core_open(&dev);
	if (!core_segment(&seg, 2, 3) || !core_stream(&live, &dev, DMA_BIDIRECTIONAL, 1, false, 0))
		return;
	for (size_t i = 0; i < sizeof(no_direction) / sizeof(*no_direction); i++) {
		refuse(&s, &dev.dma, no_direction[i], 1, DMA_EINVAL);
		refuse_map(&s, &dev.dma, no_direction[i], &seg, DMA_EINVAL);
	}
	for (unsigned dir = DMA_TO_DEVICE; dir <= DMA_BIDIRECTIONAL; dir++) {
		refuse(&s, NULL, dir, 1, DMA_EINVAL);
		refuse(&s, &zeroed, dir, 1, DMA_EINVAL);
		refuse(&s, &dev.dma, dir, 0, DMA_EINVAL);
		refuse(&live, &dev.dma, dir, 1, DMA_EINVAL);
		refuse(&s, &dev.dma, dir, SIZE_MAX, DMA_ENOMEM);
		refuse(&s, &dev.dma, dir, SIZE_MAX / PAGE + 1, DMA_ENOMEM);
		refuse(&s, &dev.dma, dir, (size_t)1 << 32, DMA_ENOMEM);
		calls = sim_hook_calls(SIM_HOOK_FRAMES_ALLOC);
		refuse(&s, &dev.dma, dir, (size_t)UINT32_MAX + 1, DMA_ENOMEM);
		SIM_CHECK(calls == sim_hook_calls(SIM_HOOK_FRAMES_ALLOC)); /* more than a stream can have */
		refuse(&s, &dev.dma, dir, UINT32_MAX, DMA_ENOMEM);
		SIM_CHECK(calls < sim_hook_calls(SIM_HOOK_FRAMES_ALLOC)); /* more than this machine has */
		refuse(&s, &dev.dma, dir, 100000, DMA_ENOMEM);		  /* more than there is */
		refuse_map(&s, NULL, dir, &seg, DMA_EINVAL);
		refuse_map(&s, &zeroed, dir, &seg, DMA_EINVAL);
		refuse_map(&live, &dev.dma, dir, &seg, DMA_EINVAL);
		refuse_map(&s, &dev.dma, dir, &none, DMA_EINVAL);
		refuse_map(&s, &dev.dma, dir, &odd, DMA_EINVAL);
	}
	core_exchange(&dev, &live, 5); /* as good as before */
	dma_stream_release(&live);
	dma_segment_drop(&seg);
	SIM_CHECK(core_pages() == 0);
	core_close(&dev);
}

static void wrong_arguments_are_refused_and_change_nothing(void **state)
{
	(void)state;
	core_test_all(refused);
}

static void blocked(void *arg)
{
	struct dma_segment seg = {0};
	struct dma_stream live, s = {0};
	struct core_device dev;

	(void)arg;
	core_open(&dev);
	if (!core_segment(&seg, 2, 3) || !core_stream(&live, &dev, DMA_BIDIRECTIONAL, 1, false, 0))
		return;
	SIM_CHECK(dma_device_block(&dev.dma) == DMA_ENOTSUP); /* nothing can stop it, but it counts as blocked */
	refuse(&s, &dev.dma, DMA_TO_DEVICE, 1, DMA_ENODEV);
	refuse(&s, &dev.dma, DMA_BIDIRECTIONAL, 1, DMA_ENODEV);
	refuse_map(&s, &dev.dma, DMA_FROM_DEVICE, &seg, DMA_ENODEV);
	core_exchange(&dev, &live, 5); /* live streams stay valid */
	dma_stream_release(&live);
	dma_segment_drop(&seg);
	core_close(&dev);
}

static void a_blocked_device_gets_nothing_new(void **state)
{
	(void)state;
	core_test_all(blocked);
}

/* ---- Moved, used, released ---- */

static void move(void *arg)
{
	struct core_device dev;

	(void)arg;
	core_open(&dev);
	for (unsigned dir = DMA_TO_DEVICE; dir <= DMA_BIDIRECTIONAL; dir++) {
		for (int mapped = 0; mapped < 2; mapped++) {
			struct dma_stream s, moved, tail = {0};

			if (!core_stream(&s, &dev, dir, 2, mapped, 1))
				continue;
			core_exchange(&dev, &s, 10);
			memcpy(&moved, &s, sizeof(s));
			memset(&s, 0xee, sizeof(s));
			core_exchange(&dev, &moved, 20);
			SIM_CHECK(dma_stream_split(&moved, PAGE, &tail) == 0);
			s = tail;
			memset(&tail, 0xee, sizeof(tail));
			core_exchange(&dev, &s, 30);
			dma_stream_release(&moved);
			core_exchange(&dev, &s, 40);
			dma_stream_release(&s);
			SIM_CHECK(core_pages() == 0);
		}
	}
	core_close(&dev);
}

static void a_stream_may_be_moved(void **state)
{
	(void)state;
	core_test_all(move);
}

static void fields(void *arg)
{
	struct core_device dev;

	(void)arg;
	core_open(&dev);
	for (unsigned dir = DMA_TO_DEVICE; dir <= DMA_BIDIRECTIONAL; dir++) {
		struct dma_segment seg = {0};
		struct dma_stream s = {0};
		dma_paddr_t paddr;

		if (!core_segment(&seg, 3, 1))
			continue;
		paddr = seg.paddr;
		SIM_CHECK(dma_stream_map(&s, &dev.dma, dir, &seg) == 0);
		SIM_CHECK(all_zero(&seg, sizeof(seg)));
		SIM_CHECK(dma_stream_size(&s) == 3 * PAGE);
		SIM_CHECK(dma_device_live(&dev.dma) == 1);
		/* Bounced or not, paddr is that of the device view. */
		SIM_CHECK((dma_stream_paddr(&s).raw == paddr.raw) == !(s.place & 1));
		SIM_CHECK(dma_stream_daddr(&s).raw - dma_stream_paddr(&s).raw ==
			  (dev.dma.nwindows ? dev.dma.windows[0].daddr_base.raw : 0));
		SIM_CHECK(dma_stream_daddr(&s).raw + 3 * PAGE - 1 <= dev.dma.mask);
		dma_stream_release(&s);
		SIM_CHECK(dma_device_live(&dev.dma) == 0);
	}
	core_close(&dev);
}

static void addresses_are_those_of_the_device_view(void **state)
{
	(void)state;
	core_test_all(fields);
}

/* Memory that the linear map covers in part takes a mapping of its own, and so do its halves' neighbours nothing. */
static void across(void *arg)
{
	uint64_t last = sim_config()->linear_limit + *(const size_t *)arg * PAGE;
	struct dma_segment seg = {0};
	struct dma_stream s = {0}, tail = {0};
	struct core_device dev;

	core_open(&dev);
	SIM_CHECK(dma_segment_alloc(&seg, 3, last - 1, 0) == 0 && seg.paddr.raw + 3 * PAGE == last);
	SIM_CHECK(dma_stream_map(&s, &dev.dma, DMA_BIDIRECTIONAL, &seg) == 0);
	core_exchange(&dev, &s, 1);
	SIM_CHECK(dma_stream_split(&s, PAGE, &tail) == 0);
	core_exchange(&dev, &tail, 2);
	dma_stream_release(&s);
	core_exchange(&dev, &tail, 3);
	dma_stream_release(&tail);
	dma_segment_drop(&seg);
	core_close(&dev);
}

static void memory_across_the_end_of_the_linear_map(void **state)
{
	static const char *const words[] = {"low=1,high=4", "low=1,high=4,noncoherent"};

	(void)state;
	for (size_t i = 0; i < 10; i++) {
		struct sim_config machine = sim_config_plain(words[i % 2]);
		size_t beyond = i / 2;

		machine.linear_limit = SIM_HIGH_RAM + 100 * PAGE;
		assert_int_equal(core_run_with_offset(&machine, across, &beyond), 0);
	}
}

static void before_init(void **state)
{
	struct dma_segment seg = {0}, one = {.paddr = {0}, .npages = 1};
	struct dma_device_config config = {.name = "early", .mask = UINT64_MAX, .coherent = true, .trusted = true};
	struct sim_config machine = sim_config_plain("low=1,high=1");
	struct dma_device dev = {.domain = &dma_domain_passthrough};
	struct dma_stream s = {0};

	(void)state;
	sim_start(&machine);
	assert_int_equal(dma_segment_alloc(&seg, 1, UINT64_MAX, 0), DMA_EINVAL);
	assert_int_equal(dma_segment_adopt(&seg, dma_paddr(SIM_LOW_RAM), 1), DMA_EINVAL);
	assert_int_equal(dma_segment_borrow(&seg, dma_paddr(SIM_LOW_RAM), 1), DMA_EINVAL);
	assert_int_equal(dma_stream_alloc(&s, &dev, DMA_TO_DEVICE, 1), DMA_EINVAL);
	assert_int_equal(dma_stream_map(&s, &dev, DMA_TO_DEVICE, &one), DMA_EINVAL);
	assert_int_equal(dma_device_init(&dev, &config), DMA_EINVAL);
	assert_int_equal(dma_fini(), DMA_EINVAL);
	assert_int_equal(dma_reclaim(), 0);
	assert_int_equal(sim_stop(), 0);
}

/* Frames that are somebody else's: streamed, cut, and still theirs at the end. */
static void borrowed(void *arg)
{
	struct dma_segment theirs = {0}, seg = {0};
	struct dma_stream s = {0}, tail = {0};
	struct core_device dev;

	(void)arg;
	core_open(&dev);
	for (unsigned dir = DMA_TO_DEVICE; dir <= DMA_BIDIRECTIONAL; dir++) {
		if (!core_segment(&theirs, 3, dir))
			return;
		SIM_CHECK(dma_segment_borrow(&seg, theirs.paddr, 3) == 0);
		SIM_CHECK(dma_stream_map(&s, &dev.dma, dir, &seg) == 0 && seg.npages == 0);
		core_exchange(&dev, &s, 4);
		if (dir == DMA_BIDIRECTIONAL)
			SIM_CHECK(dma_stream_split(&s, PAGE, &tail) == 0);
		dma_stream_release(&s);
		dma_stream_release(&tail);
		SIM_CHECK(core_pages() == 3);
		dma_segment_drop(&theirs);
		SIM_CHECK(core_pages() == 0);
	}
	core_close(&dev);
}

static void borrowed_frames_stay_their_owners(void **state)
{
	(void)state;
	core_test_all(borrowed);
}

/* The copy of a handle is released a second time: that is reported, and the copy is empty, too. */
static bool emptied;

static void twice(void *arg)
{
	struct core_device dev;
	struct dma_stream s = {0}, copy;

	(void)arg;
	core_open(&dev);
	if (!core_stream(&s, &dev, DMA_TO_DEVICE, 1, true, 1))
		return;
	copy = s;
	dma_stream_release(&s);
	dma_stream_release(&copy);
	emptied = copy.dev == NULL;
	core_close(&dev);
}

static void a_copy_that_is_released_again(void **state)
{
	static const char *const machines[] = {"low=1,high=1", "low=1,high=1,noncoherent", "low=1,high=1,mask=32"};

	(void)state;
	for (size_t i = 0; i < sizeof(machines) / sizeof(*machines); i++) {
		struct sim_config machine = sim_config_frames(sim_config_plain(machines[i]));

		machine.quiet = true;
		emptied = false;
		(void)sim_run(&machine, twice, NULL);
		assert_true(sim_failures_of(SIM_MISUSE) == 1 && emptied);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(before_init),
		cmocka_unit_test(an_empty_stream_refuses_everything),
		cmocka_unit_test(wrong_arguments_are_refused_and_change_nothing),
		cmocka_unit_test(a_blocked_device_gets_nothing_new),
		cmocka_unit_test(a_stream_may_be_moved),
		cmocka_unit_test(addresses_are_those_of_the_device_view),
		cmocka_unit_test(memory_across_the_end_of_the_linear_map),
		cmocka_unit_test(borrowed_frames_stay_their_owners),
		cmocka_unit_test(a_copy_that_is_released_again),
	};

	return cmocka_run_group_tests_name("life", tests, NULL, NULL);
}
