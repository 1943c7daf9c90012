/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Memory from scattered frames behind a real unit (QEMU's): RAM is torn to single frames, a disk reads into 8 MiB of it
 * at one device address, the CPU looks at every byte, and the disk writes the same memory to its second half, which the
 * host compares. Then registers of other devices (toolkit_peer.c).
 *
 * The disk's first 8 MiB are lines of eight bytes, "0000000\n" and so on: tests/bare/toolkit.sh makes them.
 */
#include "toolkit.h"
#include "../../drivers/bus.h"
#include "../../drivers/text.h"
#include "../../platform/bare/memory/vm.h"
#include <dmastream/dmastream.h>
#include <dmastream/platform.h>

#define BYTES ((size_t)8 << 20)
#define LINE  8u

/* ---- RAM, torn ---- */

/* Frames that nobody else gets, linked through their first words. */
static uint64_t kept;

static void keep(uint64_t paddr)
{
	*(uint64_t *)dma_host_linear(dma_paddr(paddr), sizeof(kept)) = kept;
	kept = paddr;
}

static uint64_t take_kept(void)
{
	uint64_t paddr = kept;

	kept = *(uint64_t *)dma_host_linear(dma_paddr(paddr), sizeof(kept));
	return paddr;
}

/* Takes all of RAM, and gives every other frame back. */
static void tear(void)
{
	dma_paddr_t paddr;
	uint64_t odd = 0;

	while (!dma_host_frames_alloc(1, UINT64_MAX, DMA_PAGE_SIZE, &paddr))
		keep(paddr.raw);
	while (kept) {
		uint64_t frame = take_kept();

		if (frame & DMA_PAGE_SIZE) {
			*(uint64_t *)dma_host_linear(dma_paddr(frame), sizeof(odd)) = odd;
			odd = frame;
		} else {
			dma_host_frames_free(dma_paddr(frame), 1);
		}
	}
	kept = odd;
}

static void mend(void)
{
	while (kept)
		dma_host_frames_free(dma_paddr(take_kept()), 1);
}

/* ---- The disk ---- */

int transfer(struct block *disk, enum block_op op, uint64_t lba, dma_daddr_t daddr, uint64_t nbytes)
{
	while (nbytes) {
		uint64_t most = (uint64_t)disk->max_blocks * disk->block_size, part = nbytes < most ? nbytes : most;
		struct block_request request = {
			.op = op, .lba = lba, .nblocks = (uint32_t)(part / disk->block_size), .daddr = daddr};
		int error = disk->ops->submit(disk, &request);

		while (!error && !block_done(&request)) {
			int polled = disk->ops->poll(disk);

			error = polled < 0 ? polled : 0;
			bus_relax();
		}
		if (error || request.status)
			return error ? error : request.status;
		lba += request.nblocks;
		daddr.raw += part;
		nbytes -= part;
	}
	return 0;
}

/* ---- Scattered ---- */

static bool is_line(const unsigned char *text, size_t number)
{
	for (unsigned i = LINE - 1; i-- > 0; number /= 10)
		if (text[i] != '0' + number % 10)
			return false;
	return text[LINE - 1] == '\n';
}

static bool all_lines(const struct dma_scattered *s)
{
	unsigned char line[LINE];

	for (size_t i = 0; i < BYTES / LINE; i++)
		if (dma_scattered_read_bytes(s, i * LINE, line, LINE) || !is_line(line, i))
			return false;
	return true;
}

/* How far a cursor goes from the begin of the memory. */
static size_t span(const struct dma_scattered *s)
{
	struct dma_reader r;

	return dma_scattered_reader(s, 0, &r) ? 0 : dma_reader_remain(&r);
}

static void test_scattered(struct block *disk, bool whole)
{
	const char *how = whole ? "at one address" : "run by run";
	struct dma_scattered s = {0};
	struct dma_stream plain = {0};
	uint64_t frames = bus_frames_in_use();
	size_t addresses = kva_in_use();

	check(dma_stream_alloc_uninit(&plain, disk->dma, DMA_FROM_DEVICE, DMA_PAGES(BYTES)) == DMA_ENOMEM,
	      "%s: no run of frames is that long", how);
	check(!dma_scattered_alloc(&s, disk->dma, DMA_BIDIRECTIONAL, DMA_PAGES(BYTES)) && s.nruns > 1000,
	      "%s: scattered memory of %zu runs", how, s.nruns);
	check(whole ? span(&s) == BYTES : span(&s) < BYTES / 64, "%s: a cursor spans %zu bytes", how, span(&s));
	check(!transfer(disk, BLOCK_READ, 0, dma_scattered_daddr(&s), BYTES) &&
		      !dma_scattered_sync_from_device(&s, 0, BYTES),
	      "%s: the disk reads into it", how);
	check(all_lines(&s), "%s: every byte is where it belongs", how);
	check(!dma_scattered_sync_to_device(&s, 0, BYTES) &&
		      !transfer(disk, BLOCK_WRITE, BYTES / disk->block_size, dma_scattered_daddr(&s), BYTES),
	      "%s: the disk writes it out", how);
	check(disk->ops->faults(disk) == 0, "%s: no access was blocked", how);
	dma_scattered_release(&s);
	(void)dma_domain_flush(disk->dma->domain);
	(void)dma_reclaim();
	check(bus_frames_in_use() == frames && kva_in_use() == addresses, "%s: frames and addresses are back", how);
}

/* The host's own way comes back with the next boot. */
static void run_by_run(void)
{
	dma_scattered_map_with(NULL, NULL);
}

int app_main(void)
{
	char line[160];
	struct text why = text_in(line, sizeof(line));
	uint64_t frames = bus_frames_in_use();
	struct dma_scattered none = {0};
	struct block *disk;

	print("TAP version 13\n");
	if (dma_init() || block_open(0, &disk, &why)) {
		check(false, "a disk");
		return check_end();
	}
	test_peers(disk);
	if (!(disk->dma->domain->features & DMA_DOMAIN_TRANSLATES)) {
		check(dma_scattered_alloc(&none, disk->dma, DMA_FROM_DEVICE, 16) == DMA_ENOTSUP,
		      "no IOMMU: scattered memory is refused");
	} else {
		/* Once before, so that tables and nodes are there when frames are counted. */
		check(!dma_scattered_alloc(&none, disk->dma, DMA_FROM_DEVICE, DMA_PAGES(BYTES)), "out of whole RAM");
		dma_scattered_release(&none);
		tear();
		test_scattered(disk, true);
		run_by_run();
		test_scattered(disk, false);
		mend();
	}
	check(!disk->ops->close(disk), "closed");
	(void)dma_reclaim();
	check(!dma_fini() && bus_frames_in_use() == frames, "nothing is left");
	return check_end();
}
