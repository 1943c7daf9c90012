/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Several CPUs use one disk at once, for the thread sanitizer, too: virtio's, NVMe's and the simulated machine's own.
 * All submit, all poll; in some runs one of them stops the disk meanwhile, or the virtio disk fails. Each request is
 * done once, and what was read is right. A list that is not mapped is refused, and keeps nothing.
 */
#include "rig.h"
#include <block.h>
#include <dmastream/dmastream.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <text.h>
#include <unistd.h>

enum { THREADS = 4, SLOTS = 4, READS = 60, SECTORS = 2, PIECE = SECTORS * 512, TURNS = 2000000 };
enum kind { VIRTIO, NVME, SIMBLK };

static const char *path;
static enum kind kind;
static bool ends, stopping; /* the disk ends in the middle: by itself, or since it is stopped */
static struct block *disk;
static struct dma_stream memory[THREADS];
static uint64_t now[THREADS][SLOTS]; /* the piece of the disk that is read into a piece of memory */

struct slot {
	struct block_request request; /* first */
	unsigned told, busy;
};

static void completed(struct block_request *request)
{
	struct slot *s = (struct slot *)request;

	__atomic_fetch_add(&s->told, 1, __ATOMIC_RELEASE);
}

static void judge(unsigned thread, unsigned i, const struct slot *s)
{
	unsigned char bytes[PIECE];
	bool same = true;

	SIM_CHECK(s->told == 1 && block_done(&s->request));
	if (s->request.status) {
		SIM_CHECK(ends);
		return;
	}
	SIM_CHECK(dma_stream_sync_from_device(&memory[thread], (size_t)i * PIECE, PIECE) == 0 &&
		  dma_stream_read_bytes(&memory[thread], (size_t)i * PIECE, bytes, PIECE) == 0);
	for (size_t k = 0; k < PIECE; k++)
		same &= bytes[k] == rig_byte(now[thread][i] * PIECE + k);
	SIM_CHECK(same);
}

static int start(unsigned thread, unsigned i, struct slot *s, unsigned n)
{
	now[thread][i] = (n * THREADS + thread) % (READS * THREADS);
	*s = (struct slot){
		.request =
			{
				.op = BLOCK_READ,
				.lba = now[thread][i] * SECTORS,
				.nblocks = SECTORS,
				.daddr = dma_daddr(dma_stream_daddr(&memory[thread]).raw + (uint64_t)i * PIECE),
				.complete = completed,
			},
		.busy = 1,
	};
	return disk->ops->submit(disk, &s->request);
}

/* Says what is wrong with a request without the lock, while the disk may be ending. */
static void no_request(unsigned n)
{
	struct block_request request = {.op = BLOCK_READ, .nblocks = n % 2 ? UINT32_MAX : 0};
	int error = disk->ops->submit(disk, &request);

	SIM_CHECK(error == DMA_EINVAL || (ends && error == DMA_ENODEV));
}

static void *live(void *arg)
{
	unsigned thread = (unsigned)(uintptr_t)arg, started = 0, turns = 0, busy;
	struct slot slots[SLOTS] = {0};

	sim_set_cpu(thread);
	do {
		busy = 0;
		for (unsigned i = 0; i < SLOTS; i++) {
			struct slot *s = &slots[i];
			int error = 0;

			if (s->busy && __atomic_load_n(&s->told, __ATOMIC_ACQUIRE)) {
				judge(thread, i, s);
				s->busy = 0;
			}
			if (!s->busy && started < READS) {
				error = start(thread, i, s, started);
				s->busy = !error;
				started += !error;
			}
			SIM_CHECK(!error || error == DMA_EBUSY || (ends && error == DMA_ENODEV));
			if (error && error != DMA_EBUSY)
				started = READS;
			busy += s->busy;
		}
		if (disk->ops->poll(disk) < 0) {
			SIM_CHECK(ends);
			/* Whoever met the end: each request in flight is done. */
			for (unsigned i = 0; i < SLOTS; i++)
				SIM_CHECK(!slots[i].busy || __atomic_load_n(&slots[i].told, __ATOMIC_ACQUIRE));
		}
		no_request(started);
		if (stopping && thread == 0 && started > READS / 2)
			disk->ops->stop(disk);
		sim_relax();
	} while ((started < READS || busy) && SIM_CHECK(turns++ < TURNS));
	sim_handover();
	return NULL;
}

static bool add_disk(void)
{
	struct sim_disk_config config = sim_disk_config(path);

	if (kind == VIRTIO)
		return sim_vdisk_add(&rig_device, &config) != NULL;
	return (kind == NVME ? sim_nvme_add(path, false) : sim_disk_add(&config)) != NULL;
}

/* A list that is not mapped is refused, and keeps nothing: more often than there is room for requests. */
static void refuse_unmapped(void)
{
	struct dma_segment seg = {0};
	struct dma_piece piece;
	struct dma_list list;

	if (!SIM_CHECK(dma_segment_alloc(&seg, 1, UINT64_MAX, 0) == 0))
		return;
	dma_list_init(&list, &piece, 1);
	SIM_CHECK(dma_list_add_segment(&list, &seg, 0, PIECE) == 0);
	for (unsigned i = 0; i <= disk->depth; i++) {
		struct block_request request = {.op = BLOCK_READ, .nblocks = SECTORS, .list = &list};

		SIM_CHECK(disk->ops->submit(disk, &request) == DMA_EINVAL);
	}
	dma_list_release(&list);
	dma_segment_drop(&seg);
}

static void use_it(void *unused)
{
	char error[200] = "";
	struct text why = text_in(error, sizeof(error));
	pthread_t threads[THREADS];

	(void)unused;
	memset(memory, 0, sizeof(memory));
	if (!SIM_CHECK(add_disk()) || block_open(0, &disk, &why))
		return; /* some lies are seen when it is opened */
	for (unsigned i = 0; i < THREADS; i++)
		SIM_CHECK(dma_stream_alloc_uninit(&memory[i], disk->dma, DMA_FROM_DEVICE, 1) == 0);
	refuse_unmapped();
	for (unsigned i = 1; i < THREADS; i++)
		pthread_create(&threads[i], NULL, live, (void *)(uintptr_t)i);
	live(NULL);
	for (unsigned i = 1; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	sim_set_cpu(0);
	SIM_CHECK(!ends || stopping || disk->error[0]);
	disk->ops->stop(disk);
	for (unsigned i = 0; i < THREADS; i++)
		dma_stream_release(&memory[i]);
	SIM_CHECK(disk->ops->close(disk) == 0);
}

static void run_all(const char *machine)
{
	for (int k = VIRTIO; k <= SIMBLK; k++) {
		kind = (enum kind)k;
		rig_device = sim_vdev_config();
		assert_int_equal(rig_each_layout(machine, use_it, NULL, 0), 0);
	}
}

static void many_cpus_use_a_disk(void **state)
{
	(void)state;
	ends = stopping = false;
	run_all("low=1,high=1,cpus=4");
	run_all("low=1,high=1,cpus=4,noncoherent");
}

static void a_disk_stops_under_them(void **state)
{
	(void)state;
	ends = stopping = true;
	run_all("low=1,high=1,cpus=4");
}

static void a_disk_fails_under_them(void **state)
{
	static const enum sim_vdev_lie lies[] = {VDEV_ID_RANGE, VDEV_LENGTH_MOST, VDEV_NEEDS_RESET, VDEV_GONE};

	(void)state;
	ends = true;
	stopping = false;
	kind = VIRTIO;
	for (unsigned i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
		rig_device = sim_vdev_config();
		rig_device.lie = lies[i];
		rig_device.lie_at = 40;
		assert_int_equal(rig_each_layout("low=1,high=1,cpus=4", use_it, NULL, 0), 0);
	}
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(many_cpus_use_a_disk),
		cmocka_unit_test(a_disk_stops_under_them),
		cmocka_unit_test(a_disk_fails_under_them),
	};

	path = rig_file((size_t)READS * THREADS * PIECE);
	return rig_main(tests, sizeof(tests) / sizeof(tests[0]), argc, argv);
}
