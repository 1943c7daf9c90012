/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The first blocks of a disk are the device's buffer. The driver brings the disk up, without interrupts; from then on
 * its I/O queue is ours alone: PRP1 is what the attack says, PRP2 the page behind it (NVM Express Base Specification
 * 2.0, 4.1.1). What a completion says of a transfer that was blocked is of no interest (hazard 61).
 */
#include "../../drivers/nvme/nvme.h"
#include "../../drivers/text.h"
#include "weapon.h"
#include <dmastream/errors.h>

enum { BLOCK = 512 };
/* A host with many others to serve is late by seconds; what then comes would be taken for the next one's answer. */
#define PATIENCE_NS UINT64_C(60000000000)

static struct block *disks[2];

int weapon_open(struct weapon *weapon, unsigned index)
{
	char line[128];
	struct text why = text_in(line, sizeof(line));
	int error = nvme_block_driver.open(index, &disks[index], &why);

	if (!error)
		*weapon = (struct weapon){disks[index]->dma, index};
	return error;
}

int weapon_close(struct weapon *weapon)
{
	struct block *disk = disks[weapon->index];

	disk->ops->stop(disk);
	return disk->ops->close(disk);
}

static int transfer(struct weapon *weapon, uint8_t opcode, uint64_t daddr, size_t at, size_t nbytes)
{
	struct nvme *n = (struct nvme *)disks[weapon->index];
	uint64_t began = dma_host_time_ns();
	struct nvme_command command = {
		.opcode = opcode,
		.nsid = n->nsid,
		.prp1 = daddr & ~UINT64_C(3),
		.prp2 = (daddr & ~(uint64_t)(DMA_PAGE_SIZE - 1)) + DMA_PAGE_SIZE,
		.cdw10 = (uint32_t)(at / BLOCK),
		.cdw12 = (uint32_t)((nbytes + BLOCK - 1) / BLOCK - 1),
	};
	struct nvme_completion completion;
	int count = nvme_queue_submit(&n->io, 0, &command);

	while (!count) {
		if (dma_host_time_ns() - began > PATIENCE_NS)
			return DMA_ETIMEDOUT;
		bus_relax();
		count = nvme_queue_reap(&n->io, &completion, 1);
	}
	return count < 0 ? count : 0;
}

int weapon_fetch(struct weapon *weapon, dma_daddr_t daddr, size_t at, size_t nbytes)
{
	return transfer(weapon, NVME_CMD_WRITE, daddr.raw, at, nbytes);
}

int weapon_store(struct weapon *weapon, dma_daddr_t daddr, size_t at, size_t nbytes)
{
	return transfer(weapon, NVME_CMD_READ, daddr.raw, at, nbytes);
}
