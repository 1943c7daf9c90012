/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Reads one block of an NVMe disk in a Linux process, with the library alone:
 *
 *     vfio-nvme 0000:01:00.0 [BLOCK]
 *
 * The device is with vfio-pci (tools/vfio-bind), and its group is the user's. (NVM Express Base Specification 2.0.)
 */
#include <dmastream/dmastream.h>
#include <dmastream/linux.h>
#include <dmastream/platform.h>
#include <stdio.h>
#include <stdlib.h>

enum { CAP = 0, CC = 0x14, CSTS = 0x1c, AQA = 0x24, ASQ = 0x28, ACQ = 0x30, DOORBELLS = 0x1000 };
enum { ENTRIES = 16, CREATE_SQ = 1, CREATE_CQ = 5, READ = 2 };

struct command {
	uint32_t cdw0, nsid, cdw2, cdw3;
	uint64_t metadata, prp1, prp2;
	uint32_t cdw10, cdw11, cdw12, cdw13, cdw14, cdw15;
};

struct queue {
	struct dma_coherent sq, cq;
	unsigned id, tail, head;
};

static volatile char *regs;
static unsigned stride;
static struct dma_device dma;

static bool wait_ready(unsigned ready)
{
	uint64_t began = dma_host_time_ns();

	while ((dma_host_mmio_read32(regs + CSTS) & 1) != ready)
		if (dma_host_time_ns() - began > 30000000000u)
			return false;
	return true;
}

/* Gives the command and waits for its answer: the status, 0 is success, -1 is none. */
static int run(struct queue *q, struct command c)
{
	uint64_t began = dma_host_time_ns();
	uint32_t phase = q->head / ENTRIES % 2 ? 0 : 1, status;

	if (dma_coherent_write_bytes(&q->sq, q->tail % ENTRIES * sizeof(c), &c, sizeof(c)))
		return -1;
	q->tail++;
	dma_publish(); /* the command is in memory before the device is told */
	dma_host_mmio_write32(regs + DOORBELLS + 2 * q->id * stride, q->tail % ENTRIES);
	do {
		if (dma_coherent_read_once(&q->cq, q->head % ENTRIES * 16 + 12, &status, 4) ||
		    dma_host_time_ns() - began > 5000000000u)
			return -1;
	} while ((status >> 16 & 1) != phase);
	dma_consume(); /* what the device wrote before is there */
	q->head++;
	dma_host_mmio_write32(regs + DOORBELLS + (2 * q->id + 1) * stride, q->head % ENTRIES);
	return (int)(status >> 17);
}

static int open_queue(struct queue *q, unsigned id)
{
	int error = dma_coherent_alloc(&q->sq, &dma, 0, 1);

	q->id = id;
	return error ? error : dma_coherent_alloc(&q->cq, &dma, 0, 1);
}

static bool start(struct queue *admin, struct queue *io)
{
	const uint32_t size = (ENTRIES - 1) << 16 | 1;

	if (open_queue(admin, 0) || open_queue(io, 1))
		return false;
	stride = 4u << (dma_host_mmio_read64(regs + CAP) >> 32 & 15);
	dma_host_mmio_write32(regs + CC, 0);
	if (!wait_ready(0))
		return false;
	dma_host_mmio_write32(regs + AQA, (ENTRIES - 1) << 16 | (ENTRIES - 1));
	dma_host_mmio_write64(regs + ASQ, dma_coherent_daddr(&admin->sq).raw);
	dma_host_mmio_write64(regs + ACQ, dma_coherent_daddr(&admin->cq).raw);
	dma_host_mmio_write32(regs + CC, 4u << 20 | 6u << 16 | 1);
	return wait_ready(1) &&
	       !run(admin,
		    (struct command){
			    .cdw0 = CREATE_CQ, .prp1 = dma_coherent_daddr(&io->cq).raw, .cdw10 = size, .cdw11 = 1}) &&
	       !run(admin, (struct command){.cdw0 = CREATE_SQ,
					    .prp1 = dma_coherent_daddr(&io->sq).raw,
					    .cdw10 = size,
					    .cdw11 = 1 << 16 | 1});
}

static bool read_block(struct queue *io, uint64_t block)
{
	struct dma_stream s = {0};
	unsigned char bytes[512];
	int status = dma_stream_alloc(&s, &dma, DMA_BIDIRECTIONAL, 1);

	if (!status)
		status = run(io, (struct command){.cdw0 = READ,
						  .nsid = 1,
						  .prp1 = dma_stream_daddr(&s).raw,
						  .cdw10 = (uint32_t)block,
						  .cdw11 = (uint32_t)(block >> 32)});
	if (!status)
		status = dma_stream_sync_from_device(&s, 0, sizeof(bytes));
	if (!status)
		status = dma_stream_read_bytes(&s, 0, bytes, sizeof(bytes));
	for (unsigned i = 0; i < sizeof(bytes) && !status; i++)
		printf("%02x%s", bytes[i], i % 32 == 31 ? "\n" : "");
	dma_stream_release(&s);
	return !status;
}

int main(int argc, char **argv)
{
	struct dma_device_config config = {.name = "nvme", .mask = UINT64_MAX, .trusted = true};
	struct queue admin = {0}, io = {0};
	struct dma_linux_device *dev;
	struct dma_linux_why why;
	volatile void *at;
	dma_paddr_t paddr;
	uint64_t nbytes;
	bool good;

	if (argc < 2 || dma_init())
		return 2;
	if (dma_linux_device_open(argv[1], NULL, &dev, &why)) {
		fprintf(stderr, "error: %s\n", why.line);
		return 3;
	}
	if (dma_linux_device_attach(dev, &dma, &config) || dma_linux_bar(dev, 0, &paddr, &nbytes) ||
	    dma_host_mmio_map(paddr, (size_t)nbytes, &at))
		return 3;
	regs = at;
	dma_linux_device_enable(dev);
	good = start(&admin, &io) && read_block(&io, argc > 2 ? strtoull(argv[2], NULL, 0) : 0);
	dma_host_mmio_write32(regs + CC, 0); /* it touches no memory any more */
	good = wait_ready(0) && good;
	dma_linux_device_disable(dev);
	dma_coherent_release(&io.sq), dma_coherent_release(&io.cq);
	dma_coherent_release(&admin.sq), dma_coherent_release(&admin.cq);
	good = !dma_linux_device_detach(dev, &dma) && good;
	dma_linux_device_close(dev);
	return good ? 0 : 1;
}
