/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The public interface under libFuzzer: bytes are calls on a few handles, on a simulated machine that the first bytes
 * choose. Whatever is called, right or wrong: a refused call changes nothing, no byte is touched outside, nothing is
 * lost, and the machine finds no breach.
 *
 * Data only moves as a right driver would move it (write, sync, device reads; device writes, sync, read), so that each
 * breach is the library's.
 */
#include "sim.h"
#include <dmastream/dmastream.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

#define HANDLES 6

struct input {
	const uint8_t *at, *end;
};

static struct world {
	struct sim_device *sim[2];
	struct dma_device dev[2];
	struct dma_segment seg[HANDLES];
	struct dma_stream stream[HANDLES];
	struct dma_coherent ring[HANDLES];
} world;

static uint8_t byte(struct input *in)
{
	return in->at < in->end ? *in->at++ : 0;
}

/* Mostly small, now and then at an edge. */
static size_t number(struct input *in)
{
	static const size_t edges[] = {SIZE_MAX,   SIZE_MAX - 1,	   (size_t)1 << 63, (size_t)1 << 52,
				       UINT32_MAX, (size_t)UINT32_MAX + 1, DMA_PAGE_SIZE,   2 * DMA_PAGE_SIZE};
	uint8_t kind = byte(in);

	if (kind < 200)
		return (size_t)(kind % 25) * (kind < 100 ? 1 : 512) + (kind % 3 == 0);
	return edges[kind % 8];
}

/* A number of pages, by the type of DMA_PAGES(): pages are meant. A plain number would be judged by what is used of
 * that memory, and memory of which an input uses a few bytes is no mistake (checked.h). */
static unsigned long long pages(size_t number)
{
	return number;
}

static struct sim_device *simulated(const struct dma_stream *s)
{
	return world.sim[s->dev == &world.dev[1]];
}

/* ---- What moves ---- */

static void exchange(const struct dma_stream *s, size_t off, size_t len, uint8_t seed)
{
	unsigned char out[64], in[64];
	size_t size = dma_stream_size(s);

	off = size ? off % size : 0;
	len = len % sizeof(out) < size - off ? len % sizeof(out) : size - off;
	memset(out, seed, sizeof(out));
	if (s->dir & DMA_TO_DEVICE && dma_stream_write_bytes(s, off, out, len) == 0) {
		SIM_CHECK(dma_stream_sync_to_device(s, off, len) == 0);
		SIM_CHECK(sim_device_read(simulated(s), dma_daddr(dma_stream_daddr(s).raw + off), in, len) == 0);
		SIM_CHECK(memcmp(in, out, len) == 0);
	}
	if (s->dir & DMA_FROM_DEVICE && s->dev) {
		SIM_CHECK(sim_device_write(simulated(s), dma_daddr(dma_stream_daddr(s).raw + off), out, len) == 0);
		SIM_CHECK(dma_stream_sync_from_device(s, off, len) == 0);
		SIM_CHECK(dma_stream_read_bytes(s, off, in, len) == 0);
		SIM_CHECK(memcmp(in, out, len) == 0);
	}
}

static void refused(const void *before, const void *after, size_t n, int error)
{
	if (error)
		SIM_CHECK(memcmp(before, after, n) == 0);
}

/* What a former owner left there is no bytes to show to a device. Where the host has no linear map it is overwritten
 * through a mapping. False: there is none now. */
static bool fill(const struct dma_segment *seg)
{
	void *linear = dma_host_linear(seg->paddr, dma_segment_size(seg)), *va = linear;

	if (!linear && dma_host_kva_map(seg->paddr, seg->npages, DMA_KVA_CACHED, &va))
		return false;
	dma_arch_fill(va, 1, dma_segment_size(seg));
	if (!linear) {
		dma_host_kva_unmap(va, seg->paddr, seg->npages);
		dma_host_tlb_shootdown(va, seg->npages);
	}
	return true;
}

/* ---- Calls ---- */

static void on_segments(struct input *in, uint8_t call)
{
	struct dma_segment *a = &world.seg[byte(in) % HANDLES], *b = &world.seg[byte(in) % HANDLES], before = *a,
			   before_b = *b;
	size_t x = number(in), y = number(in);
	int error;

	switch (call % 6) {
	case 0:
		error = dma_segment_alloc(a, pages(x), y % 2 ? UINT64_MAX : SIM_HIGH_RAM - 1, y);
		if (!error && !fill(a))
			dma_segment_drop(a);
		break;
	case 1:
		error = dma_segment_clone(a, b);
		refused(&before_b, b, sizeof(*b), error);
		break;
	case 2:
		error = dma_segment_slice(a, x, y, b);
		refused(&before_b, b, sizeof(*b), error);
		break;
	case 3:
		error = dma_segment_split(a, x, b);
		break;
	case 4:
		/* Frames that are not RAM; what is RAM belongs to somebody. */
		error = dma_segment_adopt(a, dma_paddr(y | (uint64_t)1 << 60), pages(x));
		SIM_CHECK(error);
		break;
	default:
		dma_segment_drop(a);
		return;
	}
	refused(&before, a, sizeof(*a), error);
}

static void make(struct input *in, uint8_t call, struct dma_stream *s)
{
	struct dma_device *dev = byte(in) % 8 ? &world.dev[byte(in) % 2] : NULL;
	struct dma_segment *seg = &world.seg[byte(in) % HANDLES], before_seg = *seg;
	struct dma_stream before = *s;
	unsigned dir = byte(in) % 10;
	int error;

	if (call % 3 == 0)
		error = dma_stream_alloc(s, dev, dir, pages(number(in)));
	else if (call % 3 == 1)
		error = dma_stream_alloc_uninit(s, dev, dir, pages(number(in)));
	else
		error = dma_stream_map(s, dev, dir, seg);
	refused(&before, s, sizeof(*s), error);
	if (call % 3 < 2 || error)
		SIM_CHECK(memcmp(&before_seg, seg, sizeof(*seg)) == 0);
	if (!error && dir % 4 != DMA_FROM_DEVICE && call % 3 < 2 && dir & DMA_TO_DEVICE) {
		SIM_CHECK(dma_stream_fill(s, 0, 0, dma_stream_size(s)) == 0);
		SIM_CHECK(dma_stream_sync_to_device(s, 0, dma_stream_size(s)) == 0);
	}
}

static void on_streams(struct input *in, uint8_t call)
{
	struct dma_stream *s = &world.stream[byte(in) % HANDLES], *t = &world.stream[byte(in) % HANDLES], before = *s,
			  before_t = *t;
	size_t x = number(in), y = number(in);
	uint64_t value = 0;
	struct dma_reader r;
	int error;

	switch (call % 8) {
	case 0:
	case 1:
		make(in, byte(in), s);
		return;
	case 2:
		error = dma_stream_split(s, x, t);
		refused(&before_t, t, sizeof(*t), error);
		break;
	case 3:
		if (s->dev)
			exchange(s, x, y, byte(in));
		return;
	case 4:
		error = dma_stream_sync_from_device(s, x, y);
		SIM_CHECK(error || (s->dev && x <= dma_stream_size(s) && y <= dma_stream_size(s) - x));
		break;
	case 5:
		error = dma_stream_read_once(s, x, &value, y);
		SIM_CHECK(error || (x % y == 0 && y <= 8));
		break;
	case 6:
		error = dma_stream_reader(s, &r);
		SIM_CHECK(error || dma_reader_remain(&r) == dma_stream_size(s));
		break;
	default:
		sim_interrupts(x % 2);
		dma_stream_release(s);
		sim_interrupts(true);
		SIM_CHECK(s->dev == NULL && dma_stream_size(s) == 0);
		return;
	}
	refused(&before, s, sizeof(*s), error);
}

static void on_rings(struct input *in, uint8_t call)
{
	struct dma_coherent *c = &world.ring[byte(in) % HANDLES], *t = &world.ring[byte(in) % HANDLES], before = *c;
	int error;

	switch (call % 4) {
	case 0:
	case 1:
		error = dma_coherent_alloc(c, &world.dev[call / 4 % 2], byte(in) % 9, pages(number(in)));
		break;
	case 2:
		error = dma_coherent_split(c, number(in), t);
		break;
	default:
		dma_coherent_release(c);
		return;
	}
	refused(&before, c, sizeof(*c), error);
}

/* ---- A run ---- */

static void calls(void *arg)
{
	struct input in = *(struct input *)arg;

	memset(&world, 0, sizeof(world));
	for (unsigned i = 0; i < 2; i++) {
		struct sim_device_config own = sim_config()->device;
		struct dma_device_config config;

		if (i == 1)
			own.mask = 0xffffffff;
		world.sim[i] = sim_device_new(&own);
		config = sim_device_dma(world.sim[i]);
		SIM_CHECK(dma_device_init(&world.dev[i], &config) == 0);
	}
	while (in.at < in.end) {
		uint8_t what = byte(&in), call = byte(&in);

		if (what < 90)
			on_segments(&in, call);
		else if (what < 200)
			on_streams(&in, call);
		else if (what < 230)
			on_rings(&in, call);
		else if (what < 240)
			sim_fail_hook((enum sim_hook)(call % SIM_HOOK_IS_RAM), 1 + call % 7);
		else
			(void)dma_reclaim();
	}
	sim_fail_hook(SIM_HOOK_UNSHARE, 0);
	for (unsigned i = 0; i < HANDLES; i++) {
		dma_stream_release(&world.stream[i]);
		dma_coherent_release(&world.ring[i]);
		dma_segment_drop(&world.seg[i]);
	}
	for (unsigned i = 0; i < 2; i++) {
		SIM_CHECK(dma_device_live(&world.dev[i]) == 0);
		SIM_CHECK(dma_device_fini(&world.dev[i]) == 0);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	static const char *const machines[] = {
		"low=1,high=1",
		"low=1,high=1,line=32,untrusted",
		"low=1,high=1,noncoherent",
		"low=1,high=1,noncoherent,nosync",
		"low=1,high=1,cvm,dropslines",
		"low=1,high=1,noncoherent,line=128",
	};
	struct input in = {bytes + 2, bytes + n};
	struct sim_config machine;

	if (n < 3 || n > 400)
		return 0;
	machine = sim_config_plain(machines[bytes[0] % 6]);
	machine.adversary = bytes[1] % 2;
	machine.seed = bytes[1];
	if (sim_run(&machine, calls, &in))
		abort();
	return 0;
}
