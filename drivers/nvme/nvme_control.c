/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The controller as a whole: reset, enable, shut down, fatal states, and admin commands one at a time.
 */
#include <dmastream/deadline.h>
#include <dmastream/errors.h>
#include <dmastream/platform.h>

#include "../text.h"
#include "nvme.h"

static uint32_t read32(const struct nvme *n, enum nvme_register reg)
{
	return dma_host_mmio_read32((const volatile char *)n->regs + reg);
}

static void write32(struct nvme *n, enum nvme_register reg, uint64_t value)
{
	dma_host_mmio_write32((volatile char *)n->regs + reg, (uint32_t)value);
}

int nvme_fail(struct nvme *n, int error, const char *why)
{
	struct text t = text_in(n->why, sizeof(n->why));

	text_put(&t, why);
	return error;
}

/* CAP.TO, and half a second more than a controller that says 0 could mean. */
static uint64_t ready_timeout(const struct nvme *n)
{
	return (nvme_get(n->cap, NVME_CAP_TO) + 1) * 500000000u;
}

/* Waits until the field of CSTS has that value. */
static int wait_status(const struct nvme *n, struct nvme_field field, uint64_t value)
{
	struct dma_deadline deadline = dma_deadline_after(ready_timeout(n));

	for (;;) {
		uint32_t csts = read32(n, NVME_REG_CSTS);

		if (csts == UINT32_MAX)
			return DMA_ENODEV;
		if (nvme_get(csts, NVME_CSTS_CFS) && value)
			return DMA_EIO;
		if (nvme_get(csts, field) == value)
			return 0;
		if (dma_deadline_over(&deadline))
			return DMA_ETIMEDOUT;
		bus_relax();
	}
}

const char *nvme_sick(const struct nvme *n)
{
	uint32_t csts = read32(n, NVME_REG_CSTS);

	if (csts == UINT32_MAX)
		return "the controller is gone";
	return nvme_get(csts, NVME_CSTS_CFS) ? "the controller reports a fatal error of its own" : NULL;
}

/* 3.5.1, steps 1 and 2. Firmware may have left the controller running. */
int nvme_reset(struct nvme *n)
{
	int error;

	n->cap = dma_host_mmio_read64((const volatile char *)n->regs + NVME_REG_CAP);
	if (n->cap == UINT64_MAX)
		return nvme_fail(n, DMA_ENODEV, "the controller does not answer");
	if (!nvme_get(n->cap, NVME_CAP_CSS_NVM) || nvme_get(n->cap, NVME_CAP_MQES) < 1)
		return nvme_fail(n, DMA_ENOTSUP, "the controller has no NVM command set, or no queues");
	/* Its pages may be smaller than ours, never larger: what we map is aligned to ours only. */
	if (nvme_get(n->cap, NVME_CAP_MPSMIN) + 12 > DMA_PAGE_SHIFT)
		return nvme_fail(n, DMA_ENOTSUP, "the controller's smallest page is larger than ours");
	n->page_shift = (unsigned)nvme_get(n->cap, NVME_CAP_MPSMAX) + 12;
	if (n->page_shift > DMA_PAGE_SHIFT)
		n->page_shift = DMA_PAGE_SHIFT;
	if (n->page_shift < nvme_get(n->cap, NVME_CAP_MPSMIN) + 12)
		return nvme_fail(n, DMA_EIO, "the controller's largest page is smaller than its smallest");

	write32(n, NVME_REG_CC, 0);
	error = wait_status(n, NVME_CSTS_RDY, 0);
	return error ? nvme_fail(n, error, "the controller does not stop") : 0;
}

/* 3.5.1, steps 3 to 6. */
int nvme_enable(struct nvme *n)
{
	uint64_t size = n->admin.entries - 1u;
	int error;

	if (!n->interrupts) /* 3.1.3.3: not to be touched with MSI-X */
		write32(n, NVME_REG_INTMS, UINT32_MAX);
	write32(n, NVME_REG_AQA, nvme_put(size, NVME_AQA_ASQS) | nvme_put(size, NVME_AQA_ACQS));
	dma_host_mmio_write64((volatile char *)n->regs + NVME_REG_ASQ, dma_coherent_daddr(&n->admin.submission).raw);
	dma_host_mmio_write64((volatile char *)n->regs + NVME_REG_ACQ, dma_coherent_daddr(&n->admin.completion).raw);
	dma_publish();
	write32(n, NVME_REG_CC,
		nvme_put(1, NVME_CC_EN) | nvme_put(n->page_shift - 12, NVME_CC_MPS) |
			nvme_put(NVME_COMMAND_SHIFT, NVME_CC_IOSQES) | nvme_put(NVME_COMPLETION_SHIFT, NVME_CC_IOCQES));
	error = wait_status(n, NVME_CSTS_RDY, 1);
	if (error == DMA_ETIMEDOUT)
		return nvme_fail(n, error, "the controller does not become ready");
	return error ? nvme_fail(n, error, nvme_sick(n) ? nvme_sick(n) : "the controller failed to start") : 0;
}

/* Normal shutdown: 3.6.1. Then CC.EN = 0, after which a controller that works does not touch memory (3.7.2). Bus
 * mastering off and the block in its IOMMU stop one that does not. */
void nvme_halt(struct nvme *n, bool orderly)
{
	uint32_t cc;
	bool quiet;

	if (n->halted)
		return;
	n->halted = true;
	cc = read32(n, NVME_REG_CC);
	if (orderly && cc != UINT32_MAX && nvme_get(cc, NVME_CC_EN)) {
		write32(n, NVME_REG_CC, cc | nvme_put(1, NVME_CC_SHN));
		(void)wait_status(n, NVME_CSTS_SHST, 2);
	}
	write32(n, NVME_REG_CC, 0);
	quiet = wait_status(n, NVME_CSTS_RDY, 0) == 0;
	bus_pci_disable(&n->pci);
	if (!orderly || !quiet)
		(void)dma_device_block(&n->dma); /* without an IOMMU, bus mastering off has to do */
}

/* n->why = "NAME: WHAT". */
static int refuse(struct nvme *n, const char *name, const char *what, int error)
{
	struct text t = text_in(n->why, sizeof(n->why));

	text_put(&t, name);
	text_put(&t, ": ");
	text_put(&t, what);
	return error;
}

int nvme_admin(struct nvme *n, struct nvme_command *command, const char *name)
{
	struct dma_deadline deadline = dma_deadline_after(n->request_timeout);
	struct nvme_completion c = {0};
	const char *why;
	char status[80];
	unsigned answered;
	int got, slot = inflight_take(&n->admin.commands, NULL);

	if (slot < 0)
		return DMA_EBUSY;
	got = nvme_queue_submit(&n->admin, (unsigned)slot, command);
	if (got)
		return got;
	for (;;) {
		got = nvme_queue_reap(&n->admin, &c, 1);
		if (got < 0)
			return got;
		if (got)
			break;
		why = nvme_sick(n);
		if (why)
			return refuse(n, name, why, DMA_EIO);
		if (dma_deadline_over(&deadline))
			return refuse(n, name, "no answer in time", DMA_ETIMEDOUT); /* the slot stays taken */
		bus_relax();
	}
	if (bus_pci_faults(&n->pci) != n->faults)
		return refuse(n, name, "the IOMMU blocked an access of the disk", DMA_EIO);
	why = nvme_queue_match(&n->admin, &c, &answered);
	if (!why && answered != (unsigned)slot)
		why = "another command was answered";
	if (why)
		return refuse(n, name, why, DMA_EIO);
	inflight_give(&n->admin.commands, (unsigned)slot);
	if (nvme_failed(c.status)) {
		nvme_status_text(c.status, status, sizeof(status));
		return refuse(n, name, status, DMA_EIO);
	}
	return 0;
}

/* 5.27.1.5, then 5.4 and 5.5: a queue pair, with interrupts if there are some. */
int nvme_create_io_queues(struct nvme *n)
{
	uint32_t size = (uint32_t)(n->io.entries - 1) << 16 | n->io.id;
	struct nvme_command number = {.opcode = NVME_ADMIN_SET_FEATURES, .cdw10 = NVME_FEATURE_QUEUES};
	struct nvme_command completion = {.opcode = NVME_ADMIN_CREATE_CQ,
					  .prp1 = dma_coherent_daddr(&n->io.completion).raw,
					  .cdw10 = size,
					  .cdw11 = NVME_QUEUE_CONTIGUOUS};
	struct nvme_command submission = {.opcode = NVME_ADMIN_CREATE_SQ,
					  .prp1 = dma_coherent_daddr(&n->io.submission).raw,
					  .cdw10 = size,
					  .cdw11 = (uint32_t)n->io.id << 16 | NVME_QUEUE_CONTIGUOUS};
	int error = nvme_admin(n, &number, "set number of queues");

	if (n->interrupts)
		completion.cdw11 |= n->message << NVME_QUEUE_VECTOR_SHIFT | NVME_QUEUE_INTERRUPTS;
	if (!error)
		error = nvme_admin(n, &completion, "create completion queue");
	if (!error)
		error = nvme_admin(n, &submission, "create submission queue");
	return error;
}
