/* SPDX-License-Identifier: MPL-2.0 */
/*
 * A device that was cut off is quiet: a transfer that was under way, or that is started afterwards, reaches no memory,
 * although its driver never stopped it and no IOMMU stands in front of it. Each edu function (which has no
 * function-level reset) and each NVMe function (which has one) is tried.
 */
#include "../../drivers/edu.h"
#include "../../drivers/nvme/nvme_regs.h"
#include "../../drivers/text.h"
#include "../../platform/bare/kernel/print.h"
#include "../../platform/bare/pci/pci_cut_off.h"
#include "../../platform/bare/selftest/selftest.h"
#include <block.h>
#include <dmastream/dmastream.h>
#include <dmastream/platform.h>

#define PAGES	  64u
#define A_WHILE	  400000000u /* ns: edu takes 100 ms for a transfer */
#define UNTOUCHED 0x77

static unsigned char *memory_of(const struct dma_stream *s)
{
	return dma_host_linear(dma_stream_paddr(s), dma_stream_size(s));
}

static void prepare(struct dma_stream *s)
{
	dma_arch_fill(memory_of(s), UNTOUCHED, dma_stream_size(s));
	machine_flush_lines(memory_of(s), dma_stream_size(s));
}

/* Nothing has come in, and nothing comes for a while. */
static bool untouched(const struct dma_stream *s)
{
	uint64_t began = dma_host_time_ns();

	while (dma_host_time_ns() - began < A_WHILE)
		bus_relax();
	machine_flush_lines(memory_of(s), dma_stream_size(s));
	for (size_t i = 0; i < dma_stream_size(s); i++)
		if (memory_of(s)[i] != UNTOUCHED)
			return false;
	return true;
}

static void cut_edu(void)
{
	static struct edu edu;
	struct dma_stream s = {0};
	unsigned char byte = 0;

	if (edu_open(&edu, 0, "edu")) {
		check(false, "edu: there is none");
		return;
	}
	check(!dma_stream_alloc_uninit(&s, &edu.dma, DMA_FROM_DEVICE, 1), "edu: a stream");
	prepare(&s);
	check(!edu_store(&edu, dma_stream_daddr(&s), 0, DMA_PAGE_SIZE) && !dma_stream_sync_from_device(&s, 0, 1) &&
		      !dma_stream_read_val(&s, 0, &byte) && byte != UNTOUCHED,
	      "edu: writes memory as long as it may");
	prepare(&s);
	check(!edu_start_store(&edu, dma_stream_daddr(&s), 0, DMA_PAGE_SIZE) && edu_busy(&edu),
	      "edu: a transfer under way");
	check(!pci_cut_off(edu.pci.priv), "edu: cut off");
	check(untouched(&s), "edu: what was under way has reached nothing");
	bus_pci_enable(&edu.pci);
	check(!(bus_pci_read32(&edu.pci, 4) & 4), "edu: nobody makes it a bus master again");
	check(!edu_start_store(&edu, dma_stream_daddr(&s), 0, DMA_PAGE_SIZE) && untouched(&s),
	      "edu: what it is told afterwards reaches nothing either");
	check(!pci_cut_off(edu.pci.priv), "edu: cut off again");
	dma_stream_release(&s);
	check(!edu_close(&edu), "edu: closed");
}

static void cut_disk(void)
{
	char line[160];
	struct text why = text_in(line, sizeof(line));
	struct block_request requests[16] = {{0}};
	struct dma_stream s = {0};
	struct bus_pci pci;
	struct block *disk;
	uint64_t began = dma_host_time_ns();
	int error = 0;

	if (block_open(0, &disk, &why) || bus_pci_find_class(NVME_CLASS_CODE, 0, &pci)) {
		check(false, "nvme: there is none");
		return;
	}
	check(!dma_stream_alloc_uninit(&s, disk->dma, DMA_FROM_DEVICE, PAGES * 16), "nvme: a stream");
	prepare(&s);
	for (unsigned i = 0; i < 16 && !error; i++) {
		requests[i] =
			(struct block_request){.op = BLOCK_READ, .nblocks = PAGES * DMA_PAGE_SIZE / disk->block_size};
		requests[i].daddr = dma_daddr(dma_stream_daddr(&s).raw + (uint64_t)i * PAGES * DMA_PAGE_SIZE);
		error = disk->ops->submit(disk, &requests[i]);
	}
	check(!error, "nvme: sixteen reads under way");
	check(!pci_cut_off(pci.priv), "nvme: cut off, with a function-level reset");
	prepare(&s); /* what came before is over now */
	check(untouched(&s), "nvme: nothing comes in any more");
	check(!(bus_pci_read32(&pci, 4) & 4), "nvme: it is no bus master");
	(void)disk->ops->poll(disk);
	for (unsigned i = 0; i < 16 && (i == 0 || error); i++) /* one more, in a request that is not under way */
		error = block_done(&requests[i]) ? disk->ops->submit(disk, &requests[i]) : DMA_EBUSY;
	while (disk->ops->poll(disk) >= 0 && dma_host_time_ns() - began < 10000000000u)
		bus_relax();
	check(disk->ops->poll(disk) < 0, "nvme: its driver has seen that nothing answers: %s", disk->error);
	check(untouched(&s), "nvme: nothing has come in since");
	dma_stream_release(&s);
	check(!disk->ops->close(disk), "nvme: closed");
}

int app_main(void)
{
	uint64_t frames = bus_frames_in_use();

	print("TAP version 13\n");
	check(!dma_init(), "dma_init");
	cut_edu();
	cut_disk();
	(void)dma_reclaim();
	check(!dma_fini() && bus_frames_in_use() == frames, "nothing is left");
	return check_end();
}
