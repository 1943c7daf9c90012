/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Machines that are paused for minutes, and whose CPUs have clocks that differ (hazard 72): no disk, no card that works
 * is given up, whenever it happens. And a request that is never answered ends its disk, however many others are.
 */
#include "../../drivers/nvme/nvme.h"
#include "../../drivers/simblk.h"
#include "../../drivers/virtio/virtio_blk.h"
#include "rig.h"
#include <block.h>
#include <dmastream/dmastream.h>
#include <net.h>
#include <stdio.h>
#include <string.h>
#include <text.h>
#include <unistd.h>

enum { VIRTIO, NVME, SIMBLK, CARD, KINDS, READS = 3, BYTES = 4096, TURNS = 3000, BEHIND_NS = 5000 };
#define PAUSE_NS ((uint64_t)300000000000)
#define LIMIT_NS ((uint64_t)50000000) /* of a request: rig.c's timeout_ms */

static const char *path;
static unsigned kind, pause_at, looks;
static uint64_t behind_ns;

static bool add_disk(void)
{
	struct sim_disk_config config = sim_disk_config(path);

	if (kind == VIRTIO)
		return sim_vdisk_add(&rig_device, &config) != NULL;
	return (kind == NVME ? sim_nvme_add(path, false) : sim_disk_add(&config)) != NULL;
}

static void read_one(struct block *disk, struct dma_stream *memory, unsigned n)
{
	struct block_request request = {.op = BLOCK_READ,
					.lba = (uint64_t)n * BYTES / disk->block_size,
					.nblocks = BYTES / disk->block_size,
					.daddr = dma_stream_daddr(memory)};
	unsigned char bytes[BYTES];
	bool same = true;

	if (!SIM_CHECK(disk->ops->submit(disk, &request) == 0))
		return;
	for (unsigned turns = 0; !block_done(&request) && SIM_CHECK(turns < TURNS); turns++) {
		sim_set_cpu(turns % 2);
		(void)disk->ops->poll(disk);
		sim_relax();
	}
	SIM_CHECK(request.status == 0);
	SIM_CHECK(dma_stream_sync_from_device(memory, 0, BYTES) == 0 &&
		  dma_stream_read_bytes(memory, 0, bytes, BYTES) == 0);
	for (size_t i = 0; i < BYTES; i++)
		same &= bytes[i] == rig_byte((size_t)n * BYTES + i);
	SIM_CHECK(same);
}

static void use_disk(void)
{
	char error[200] = "";
	struct text why = text_in(error, sizeof(error));
	struct dma_stream memory = {0};
	struct block *disk;

	if (!SIM_CHECK(add_disk()) || !SIM_CHECK(block_open(0, &disk, &why) == 0))
		return;
	SIM_CHECK(dma_stream_alloc_uninit(&memory, disk->dma, DMA_FROM_DEVICE, 1) == 0);
	for (unsigned i = 0; i < READS; i++)
		read_one(disk, &memory, i);
	SIM_CHECK(disk->error[0] == 0);
	disk->ops->stop(disk);
	dma_stream_release(&memory);
	SIM_CHECK(disk->ops->close(disk) == 0);
}

static unsigned told;

static void on_sent(struct net_send *send)
{
	SIM_CHECK(send->status == 0);
	told++;
}

static void on_wire(void *ctx, const uint8_t *frame, size_t nbytes)
{
	(void)ctx, (void)frame, (void)nbytes;
}

static void use_card(void)
{
	struct sim_vnic_config config = {.fd = -1, .sent = on_wire};
	char error[200] = "";
	struct text why = text_in(error, sizeof(error));
	struct dma_stream memory = {0};
	struct net *card;

	if (!SIM_CHECK(sim_vnic_add(&rig_device, &config) != NULL) || !SIM_CHECK(net_open(0, &card, &why) == 0))
		return;
	SIM_CHECK(dma_stream_alloc(&memory, card->dma, DMA_TO_DEVICE, 1) == 0);
	told = 0;
	for (unsigned i = 0; i < READS; i++) {
		struct net_send send = {.complete = on_sent, .nbytes = 60, .daddr = dma_stream_daddr(&memory)};

		SIM_CHECK(card->ops->send(card, &send) == 0);
		for (unsigned turns = 0; told <= i && SIM_CHECK(turns < TURNS); turns++) {
			sim_set_cpu(turns % 2);
			SIM_CHECK(card->ops->poll(card) >= 0);
			sim_relax();
		}
	}
	card->ops->stop(card);
	dma_stream_release(&memory);
	SIM_CHECK(card->ops->close(card) == 0);
}

static void use_it(void *unused)
{
	(void)unused;
	sim_odd_clock(pause_at, PAUSE_NS, behind_ns);
	if (kind == CARD)
		use_card();
	else
		use_disk();
	looks = sim_clock_looks();
}

static void paused_at_any_time(void **state)
{
	static const char *const names[KINDS] = {"virtio disk", "NVMe disk", "simulated disk", "network card"};

	unsigned bad = 0;

	(void)state;
	rig_device = sim_vdev_config();
	for (kind = 0; kind < KINDS; kind++) {
		unsigned runs = 0, failed = 0;

		for (pause_at = looks = 0; pause_at <= looks; pause_at += 1 + pause_at / 32, runs++) {
			behind_ns = runs % 2 ? BEHIND_NS : 0;
			failed = rig_each_layout("low=1,high=1,cpus=2", use_it, NULL, 0);
			if (failed)
				break;
		}
		print_message("%s: %u runs, %u looks at the clock%s\n", names[kind], runs, looks,
			      failed ? ": it was given up" : "");
		bad += failed;
	}
	assert_int_equal(bad, 0);
}

/* ---- A request without an answer ---- */

static struct inflight *inflight_of(struct block *disk)
{
	if (kind == VIRTIO)
		return &((struct virtio_blk *)disk)->inflight;
	return kind == NVME ? &((struct nvme *)disk)->io.commands : &((struct simblk *)disk)->inflight;
}

/* The driver believes that the device has it. Beside it, one read after the other completes between two polls. */
static void one_is_lost(void *unused)
{
	char error[200] = "";
	struct text why = text_in(error, sizeof(error));
	struct block_request lost = {.op = BLOCK_FLUSH}, read = {.op = BLOCK_READ};
	struct dma_stream memory = {0};
	struct block *disk;
	unsigned answered = 0;
	uint64_t began;
	int got = 0;

	(void)unused;
	if (!SIM_CHECK(add_disk()) || !SIM_CHECK(block_open(0, &disk, &why) == 0))
		return;
	SIM_CHECK(dma_stream_alloc_uninit(&memory, disk->dma, DMA_FROM_DEVICE, 1) == 0);
	read.nblocks = BYTES / disk->block_size;
	read.daddr = dma_stream_daddr(&memory);
	SIM_CHECK(inflight_take(inflight_of(disk), &lost) >= 0);
	began = dma_host_time_ns();
	while (got >= 0 && SIM_CHECK(dma_host_time_ns() - began < 20 * LIMIT_NS)) {
		SIM_CHECK(disk->ops->submit(disk, &read) == 0);
		for (unsigned turns = 0; got >= 0 && !block_done(&read) && SIM_CHECK(turns < TURNS); turns++) {
			sim_relax();
			got = disk->ops->poll(disk);
		}
		answered += block_done(&read) && read.status == 0;
	}
	SIM_CHECK(block_done(&lost) && lost.status < 0 && answered > 1 && strstr(disk->error, "no answer in time"));
	disk->ops->stop(disk);
	dma_stream_release(&memory);
	SIM_CHECK(disk->ops->close(disk) == 0);
}

static void a_request_that_is_lost_among_others(void **state)
{
	(void)state;
	rig_device = sim_vdev_config();
	for (kind = 0; kind < CARD; kind++)
		assert_int_equal(rig_each_layout("low=1,high=1", one_is_lost, NULL, 0), 0);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(paused_at_any_time),
		cmocka_unit_test(a_request_that_is_lost_among_others),
	};

	path = rig_file((size_t)READS * BYTES);
	return rig_main(tests, sizeof(tests) / sizeof(tests[0]), argc, argv);
}
