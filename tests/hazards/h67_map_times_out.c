/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Hazard 67: a map that the IOMMU does not confirm may be in force. The caller drops its segment, as after every error;
 * the frames, which the device still writes, are nobody's next.
 */
#include "../../platform/sim/machine/sim_machine.h"
#include "../../src/device/domain_ops.h"
#include "hazard.h"

static uint64_t reached; /* by the device, whatever the driver of the IOMMU said; 0: nothing */

static int attach(struct dma_domain *domain, struct dma_device *dev)
{
	(void)domain, (void)dev;
	return 0;
}

static void detach(struct dma_domain *domain, struct dma_device *dev)
{
	(void)domain, (void)dev;
}

static struct dma_mapped map(struct dma_domain *domain, struct dma_device *dev, dma_paddr_t paddr, size_t npages,
			     unsigned dir)
{
	(void)domain, (void)dev, (void)npages, (void)dir;
	reached = paddr.raw;
	return (struct dma_mapped){.error = DMA_ETIMEDOUT};
}

static const struct dma_domain_ops ops = {.attach = attach, .detach = detach, .map = map};

static bool is_free(uint64_t paddr)
{
	uint64_t offset = 0;

	return SIM_CHECK(ram_offset(paddr, PAGE, &offset)) &&
	       !(sim.pages[offset >> DMA_PAGE_SHIFT].flags & PAGE_ALLOCATED);
}

static void scenario(void *unused)
{
	struct dma_domain domain = {.ops = &ops, .features = DMA_DOMAIN_TRANSLATES};
	struct dma_segment seg = {0};
	struct core_device dev;
	struct dma_device_config config;
	struct dma_stream s = {0};
	struct dma_run *run;

	(void)unused;
	dev.sim = sim_device_new(NULL);
	config = sim_device_dma(dev.sim);
	config.domain = &domain;
	SIM_CHECK(dma_device_init(&dev.dma, &config) == 0);
	hazard_quietly(true);
	if (!core_segment_raw(&seg, 1))
		return;
	hazard_quietly(false);
	run = seg.run;
	SIM_CHECK(dma_stream_map(&s, &dev.dma, DMA_FROM_DEVICE, &seg) == DMA_ETIMEDOUT);
	dma_segment_drop(&seg);
	if (SIM_CHECK(!is_free(reached)))
		dma_run_drop(run, 1); /* the library's own reference, so that the machine can be used again */
	SIM_CHECK(dma_device_fini(&dev.dma) == 0);
}

const struct hazard hazard = {
	.machines = {"low=1,high=1", "low=1,high=1,noncoherent"},
	.scenario = scenario,
};
