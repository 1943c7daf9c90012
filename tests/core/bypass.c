/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Devices that bypass an IOMMU (hazard 85): what the unit's driver is asked and told.
 */
#include "../../src/base/state.h"
#include "../hosts/fake.h"
#include "core.h"

static struct {
	struct dma_device *dev;
	unsigned begun, ended, blocked;
	bool asked_for;
	int error;
} bypass;

static int bypass_begin(struct dma_device *dev, bool asked_for)
{
	bypass.dev = dev;
	bypass.begun++;
	bypass.asked_for = asked_for;
	return bypass.error;
}

static void bypass_end(struct dma_device *dev)
{
	SIM_CHECK(dev == bypass.dev);
	bypass.ended++;
}

static int bypass_block(struct dma_device *dev)
{
	SIM_CHECK(dev == bypass.dev && dev->blocked);
	bypass.blocked++;
	return bypass.error;
}

static void bypassing(void *arg)
{
	static const struct dma_bypass_ops ops = {bypass_begin, bypass_end, bypass_block};
	const struct dma_bypass_ops *former = dma_bypass;
	struct dma_device_config c = {.name = "d", .mask = UINT64_MAX, .coherent = true, .trusted = true};
	struct core_device other;
	struct dma_device dev;

	(void)arg;
	dma_bypass = &ops;
	for (unsigned i = 0; i < 2; i++) { /* without a domain by name, and with one */
		memset(&bypass, 0, sizeof(bypass));
		c.domain = i ? &dma_domain_passthrough : NULL;
		SIM_CHECK(dma_device_init(&dev, &c) == 0);
		SIM_CHECK(bypass.dev == &dev && bypass.begun == 1 && bypass.asked_for == (i == 1));
		bypass.error = DMA_ETIMEDOUT;
		SIM_CHECK(dma_device_block(&dev) == DMA_ETIMEDOUT && bypass.blocked == 1);
		SIM_CHECK(bypass.ended == 0);
		SIM_CHECK(dma_device_fini(&dev) == 0 && bypass.ended == 1);
		bypass.error = DMA_ENOTSUP; /* the unit lets no device bypass it: nothing is attached */
		SIM_CHECK(dma_device_init(&dev, &c) == DMA_ENOTSUP && bypass.begun == 2);
		SIM_CHECK(!dev.domain && dma_domain_passthrough.devices == 0 && bypass.ended == 1);
	}
	fake_open(&other, 0); /* one with a domain of its own does not bypass */
	SIM_CHECK(bypass.begun == 2 && dma_device_block(&other.dma) == 0 && bypass.blocked == 1);
	fake_close(&other);
	SIM_CHECK(bypass.ended == 1);
	dma_bypass = former;
}

static void a_device_may_bypass_the_unit(void **state)
{
	(void)state;
	core_test("low=1,high=1", bypassing);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_device_may_bypass_the_unit),
	};

	return cmocka_run_group_tests_name("bypass", tests, NULL, NULL);
}
