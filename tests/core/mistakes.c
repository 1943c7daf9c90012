/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Mistakes that compile (hazards 35 to 39, 60): each is reported by the simulated machine, on every machine where it
 * does harm, with a line that says what to do; the same driver without the mistake is not. And addresses, double
 * releases and double drops that are refused.
 */
#include "core.h"
#include <stdio.h>

#define LEN 64

static struct core_device dev;
static struct dma_stream s;
static unsigned char out[LEN], in[LEN];

static bool mapped(unsigned dir, size_t npages)
{
	s = (struct dma_stream){0};
	memset(out, 0x5a, LEN);
	return core_stream(&s, &dev, dir, npages, true, 1);
}

static void device_writes(size_t off)
{
	SIM_CHECK(sim_device_write(dev.sim, dma_daddr(dma_stream_daddr(&s).raw + off), out, LEN) == 0);
	dma_consume();
}

static void device_reads(size_t off)
{
	dma_publish();
	SIM_CHECK(sim_device_read(dev.sim, dma_daddr(dma_stream_daddr(&s).raw + off), in, LEN) == 0);
}

/* ---- The drivers: `right` is the same without the mistake ---- */

static void no_sync_from(bool right)
{
	if (!mapped(DMA_FROM_DEVICE, 1))
		return;
	device_writes(0);
	if (right)
		SIM_CHECK(dma_stream_sync_from_device(&s, 0, LEN) == 0);
	SIM_CHECK(dma_stream_read_bytes(&s, 0, in, LEN) == 0);
	dma_stream_release(&s);
}

/* One byte more than was synced. */
static void sync_too_short(bool right)
{
	if (!mapped(DMA_FROM_DEVICE, 1))
		return;
	device_writes(0);
	SIM_CHECK(dma_stream_sync_from_device(&s, 0, right ? LEN : LEN - 1) == 0);
	SIM_CHECK(dma_stream_read_bytes(&s, 0, in, LEN) == 0);
	dma_stream_release(&s);
}

static void read_after_release(bool right)
{
	struct dma_segment seg = {0}, kept = {0};

	s = (struct dma_stream){0};
	if (!core_segment(&seg, 1, 1) || !SIM_CHECK(dma_segment_clone(&seg, &kept) == 0))
		return;
	memset(out, 0x5a, LEN);
	if (SIM_CHECK(dma_stream_map(&s, &dev.dma, DMA_FROM_DEVICE, &seg) == 0)) {
		device_writes(128);
		if (right)
			SIM_CHECK(dma_stream_sync_from_device(&s, 128, LEN) == 0);
		dma_stream_release(&s);
		dma_arch_copy(in, (unsigned char *)dma_host_linear(kept.paddr, PAGE) + 128, LEN);
	}
	dma_segment_drop(&kept);
}

/* Read from one disk, written to another, without a sync before the release. */
static void passed_on(bool right)
{
	struct dma_segment seg = {0}, kept = {0};

	s = (struct dma_stream){0};
	memset(out, 0x5a, LEN);
	if (!core_segment(&seg, 1, 1) || !SIM_CHECK(dma_segment_clone(&seg, &kept) == 0))
		return;
	if (!SIM_CHECK(dma_stream_map(&s, &dev.dma, DMA_FROM_DEVICE, &seg) == 0))
		return;
	device_writes(0);
	if (right)
		SIM_CHECK(dma_stream_sync_from_device(&s, 0, LEN) == 0);
	dma_stream_release(&s);
	if (SIM_CHECK(dma_stream_map(&s, &dev.dma, DMA_TO_DEVICE, &kept) == 0))
		device_reads(0);
	dma_stream_release(&s);
}

static void no_sync_to(bool right)
{
	if (!mapped(DMA_TO_DEVICE, 1))
		return;
	SIM_CHECK(dma_stream_write_bytes(&s, 8, out, LEN) == 0);
	if (right)
		SIM_CHECK(dma_stream_sync_to_device(&s, 8, LEN) == 0);
	device_reads(8);
	dma_stream_release(&s);
}

static void written_after_the_sync(bool right)
{
	if (!mapped(DMA_BIDIRECTIONAL, 2))
		return;
	SIM_CHECK(dma_stream_write_bytes(&s, PAGE, out, LEN) == 0);
	SIM_CHECK(dma_stream_sync_to_device(&s, PAGE, LEN) == 0);
	SIM_CHECK(dma_stream_fill(&s, PAGE + 3, 1, 1) == 0);
	if (right)
		SIM_CHECK(dma_stream_sync_to_device(&s, PAGE + 3, 1) == 0);
	device_reads(PAGE);
	dma_stream_release(&s);
}

static void over_what_the_device_wrote(bool right)
{
	if (!mapped(DMA_BIDIRECTIONAL, 1))
		return;
	device_writes(512);
	SIM_CHECK(dma_stream_write_bytes(&s, 0, out, LEN) == 0);
	SIM_CHECK(dma_stream_sync_to_device(&s, 0, right ? LEN : PAGE) == 0);
	dma_stream_release(&s);
}

static void over_what_the_cpu_wrote(bool right)
{
	if (!mapped(DMA_BIDIRECTIONAL, 1))
		return;
	device_writes(512);
	SIM_CHECK(dma_stream_write_bytes(&s, 0, out, LEN) == 0);
	SIM_CHECK(dma_stream_sync_from_device(&s, right ? 512 : 0, 512) == 0);
	SIM_CHECK(dma_stream_sync_to_device(&s, 0, LEN) == 0);
	dma_stream_release(&s);
}

static void copied_handle(bool right)
{
	struct dma_stream copy;

	if (!mapped(DMA_TO_DEVICE, 1))
		return;
	copy = s;
	dma_stream_release(&s);
	if (!right)
		dma_stream_release(&copy);
	SIM_CHECK(copy.dev == NULL || right);
}

static void copied_typed_handle(bool right)
{
	struct dma_stream_bidirectional typed = {0}, copy;

	if (!SIM_CHECK(dma_stream_alloc(&typed, &dev.dma, 0, 2) == 0))
		return;
	copy = typed;
	dma_stream_release(&typed);
	if (!right)
		dma_stream_release(&copy);
}

static void copied_coherent(bool right)
{
	struct dma_coherent ring = {0}, copy;

	if (!SIM_CHECK(dma_coherent_alloc(&ring, &dev.dma, 0, 1) == 0))
		return;
	copy = ring;
	dma_coherent_release(&ring);
	if (!right)
		dma_coherent_release(&copy);
}

static void copied_buffer(bool right)
{
	struct dma_segment seg = {0};
	struct dma_buffer buffer = {0}, copy;

	if (!core_segment(&seg, 1, 1) ||
	    !SIM_CHECK(dma_buffer_map_segment(&buffer, &dev.dma, DMA_BIDIRECTIONAL, &seg, 100, 300) == 0))
		return;
	copy = buffer;
	dma_buffer_release(&buffer);
	if (!right)
		dma_buffer_release(&copy);
	SIM_CHECK(dma_buffer_size(&copy) == 0 || right);
	dma_buffer_release(&buffer);
}

/* Two handles of lists share the array of pieces, so the second release finds what the first has left of them. */
static void copied_list(bool right)
{
	struct dma_segment segs[2] = {0};
	struct dma_piece pieces[2];
	struct dma_list list, copy;

	if (!core_segment(&segs[0], 1, 1) || !core_segment(&segs[1], 1, 1))
		return;
	dma_list_init(&list, pieces, 2);
	SIM_CHECK(dma_list_own_segment(&list, &segs[0], 0, 300) == 0);
	SIM_CHECK(dma_list_own_segment(&list, &segs[1], 64, PAGE - 64) == 0);
	if (!SIM_CHECK(dma_list_map(&list, &dev.dma, DMA_BIDIRECTIONAL) == 0))
		return;
	copy = list;
	dma_list_release(&list);
	if (!right)
		dma_list_release(&copy);
	SIM_CHECK(right || (copy.dev == NULL && dma_list_size(&copy) == 0));
	dma_list_release(&list);
}

static int allowed(const struct dma_device *device, dma_paddr_t registers, size_t nbytes, dma_daddr_t *bus,
		   void *context)
{
	(void)device, (void)registers, (void)nbytes, (void)bus, (void)context;
	return 0;
}

static void copied_peer(bool right)
{
	struct dma_peer peer = {0}, copy;

	dma_peers_with(allowed, NULL);
	if (!SIM_CHECK(dma_peer_map(&peer, &dev.dma, DMA_FROM_DEVICE, dma_paddr(0x30000000), PAGE) == 0))
		return;
	copy = peer;
	dma_peer_release(&peer);
	if (!right)
		dma_peer_release(&copy);
	dma_peer_release(&peer);
}

static void copied_segment(bool right)
{
	struct dma_segment seg = {0}, copy;

	if (!core_segment(&seg, 3, 1))
		return;
	copy = seg;
	dma_segment_drop(&seg);
	if (!right)
		dma_segment_drop(&copy);
}

static void copied_segment_of_parts(bool right)
{
	struct dma_segment seg = {0}, slice = {0}, copy;

	if (!core_segment(&seg, 3, 1) || !SIM_CHECK(dma_segment_slice(&seg, 1, 1, &slice) == 0))
		return;
	dma_segment_drop(&slice);
	copy = seg;
	dma_segment_drop(&seg);
	if (!right)
		dma_segment_drop(&copy);
}

static void used_copy_of_segment(bool right)
{
	struct dma_segment seg = {0}, copy, other = {0};

	if (!core_segment(&seg, 3, 1))
		return;
	copy = seg;
	dma_segment_drop(&seg);
	if (right)
		return;
	SIM_CHECK(dma_segment_clone(&copy, &other) == DMA_EINVAL && other.npages == 0);
	SIM_CHECK(dma_segment_slice(&copy, 1, 1, &other) == DMA_EINVAL && other.npages == 0);
	SIM_CHECK(dma_segment_split(&copy, 1, &other) == DMA_EINVAL && other.npages == 0 && copy.npages == 3);
}

static void bytes_for_pages(bool right)
{
	struct dma_coherent ring = {0};
	size_t nbytes = 70, npages = right ? DMA_PAGES(nbytes) : nbytes;

	if (!SIM_CHECK(dma_coherent_alloc(&ring, &dev.dma, 0, npages) == 0))
		return;
	SIM_CHECK(dma_coherent_fill(&ring, 0, 1, nbytes) == 0);
	dma_coherent_release(&ring);
}

static void address_of_nothing(bool right)
{
	struct dma_coherent ring = {0};
	struct dma_buffer buffer = {0};
	struct dma_slice slice = {0};
	uint64_t at;

	SIM_CHECK(dma_slice_daddr(&slice).raw == DMA_ADDRESS_NONE && dma_slice_paddr(&slice).raw == DMA_ADDRESS_NONE);
	SIM_CHECK(dma_buffer_daddr(&buffer).raw == DMA_ADDRESS_NONE && dma_buffer_size(&buffer) == 0);
	if (!mapped(DMA_FROM_DEVICE, 1))
		return;
	at = dma_stream_daddr(&s).raw;
	dma_stream_release(&s);
	SIM_CHECK(at != DMA_ADDRESS_NONE && dma_stream_daddr(&s).raw == DMA_ADDRESS_NONE);
	SIM_CHECK(dma_stream_paddr(&s).raw == DMA_ADDRESS_NONE && dma_coherent_daddr(&ring).raw == DMA_ADDRESS_NONE);
	SIM_CHECK(dma_coherent_paddr(&ring).raw == DMA_ADDRESS_NONE && dma_coherent_size(&ring) == 0);
	if (right)
		return;
	SIM_CHECK(sim_device_write(dev.sim, dma_daddr(dma_stream_daddr(&s).raw + 4096), out, LEN) == DMA_EFAULT);
}

/* ---- What must be said ---- */

#define EVERYWHERE 1
#define BOUNCED	   2 /* only where it does harm */

static const struct mistake {
	const char *name;
	void (*driver)(bool right);
	enum sim_failure kind;
	const char *advice;
	unsigned where;
} mistakes[] = {
	{"no sync from the device", no_sync_from, SIM_STALE_CPU, "dma_stream_sync_from_device() after the completion",
	 EVERYWHERE},
	{"a sync that is a byte short", sync_too_short, SIM_STALE_CPU, "dma_stream_sync_from_device() after",
	 EVERYWHERE},
	{"released, then read", read_after_release, SIM_STALE_CPU, "dma_stream_sync_from_device() before", EVERYWHERE},
	{"released, then passed on", passed_on, SIM_STALE_DEVICE, "dma_stream_sync_from_device() before", EVERYWHERE},
	{"no sync to the device", no_sync_to, SIM_STALE_DEVICE, "dma_stream_sync_to_device() behind", EVERYWHERE},
	{"written after the sync", written_after_the_sync, SIM_STALE_DEVICE, "dma_stream_sync_to_device() behind",
	 EVERYWHERE},
	{"synced over the device's bytes", over_what_the_device_wrote, SIM_LOST_WRITE,
	 "sync only the range that the CPU wrote", BOUNCED},
	{"synced over the CPU's bytes", over_what_the_cpu_wrote, SIM_LOST_WRITE, "sync only the range that the device",
	 BOUNCED},
	{"a copied stream released twice", copied_handle, SIM_MISUSE, "zero the old one", EVERYWHERE},
	{"a copied typed stream", copied_typed_handle, SIM_MISUSE, "zero the old one", EVERYWHERE},
	{"copied coherent memory", copied_coherent, SIM_MISUSE, "zero the old one", EVERYWHERE},
	{"a copied buffer", copied_buffer, SIM_MISUSE, "zero the old one", EVERYWHERE},
	{"a copied list", copied_list, SIM_MISUSE, "zero the old one", EVERYWHERE},
	{"copied registers", copied_peer, SIM_MISUSE, "zero the old one", EVERYWHERE},
	{"a copied segment dropped twice", copied_segment, SIM_MISUSE, "dma_segment_clone()", EVERYWHERE},
	{"a copied segment that was cut", copied_segment_of_parts, SIM_MISUSE, "dma_segment_clone()", EVERYWHERE},
	{"a dropped segment used", used_copy_of_segment, SIM_MISUSE, "dma_segment_clone()", EVERYWHERE},
	{"bytes for pages", bytes_for_pages, SIM_MISUSE, "DMA_PAGES(70)", EVERYWHERE},
	{"the address of an empty stream", address_of_nothing, SIM_MISUSE, "while the stream lives", EVERYWHERE},
};

static const struct {
	const char *words;
	bool bounces;
} machines[] = {
	{"low=1,high=1", false},
	{"low=1,high=1,offset,line=32", false},
	{"low=1,high=1,noncoherent,line=128", false},
	{"low=1,high=1,mask=32", true},
	{"low=1,high=1,mask=32,noncoherent,line=32", true},
	{"low=1,high=1,cvm", true},
	{"low=1,high=1,cvm,noncoherent", true},
	{"low=1,high=1,noncoherent,nosync", true},
};

struct attempt {
	const struct mistake *mistake;
	bool right;
};

static void attempt(void *arg)
{
	const struct attempt *a = arg;

	core_open(&dev);
	a->mistake->driver(a->right);
	core_close(&dev);
}

static unsigned failed_tests(const struct mistake *mistake, const char *words, bool bounces, unsigned seed)
{
	struct sim_config machine = sim_config_frames(seed ? sim_config_hostile(words) : sim_config_plain(words));
	struct attempt a = {mistake, true};
	bool expected = mistake->where != BOUNCED || bounces;
	unsigned failures;

	machine.seed = seed;
	failures = sim_run(&machine, attempt, &a);
	if (failures) {
		printf("# the right driver fails: %s, SIM=%s\n", mistake->name, words);
		return failures;
	}
	a.right = false;
	machine.quiet = true;
	(void)sim_run(&machine, attempt, &a);
	if (!expected || (sim_failures_of(mistake->kind) > 0 && strstr(sim_report(), mistake->advice)))
		return 0;
	printf("# not reported: %s, SIM=%s seed %u: %s\n", mistake->name, words, seed, sim_report());
	return 1;
}

static void each_is_reported_and_says_what_to_do(void **state)
{
	unsigned failures = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(mistakes) / sizeof(*mistakes); i++)
		for (size_t m = 0; m < sizeof(machines) / sizeof(*machines); m++)
			for (unsigned seed = 0; seed < 4; seed++)
				failures += failed_tests(&mistakes[i], machines[m].words, machines[m].bounces, seed);
	assert_int_equal(failures, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_is_reported_and_says_what_to_do),
	};

	return cmocka_run_group_tests_name("mistakes", tests, NULL, NULL);
}
