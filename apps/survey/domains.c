/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What a unit that the library has taken over costs: a device behind it gets a domain, memory is mapped and released
 * strictly, in a batch and deferred, and the device is blocked. The device itself is asked for nothing.
 */
#include "survey.h"

#include <dmastream/batch.h>
#include <dmastream/errors.h>
#include <dmastream/platform.h>

enum {
	STREAMS = 64,
	WIDE_PAGES = 512,
};

static struct dma_stream streams[STREAMS];

static uint64_t since(uint64_t began)
{
	return dma_host_time_ns() - began;
}

static int map_all(struct dma_device *dev)
{
	int error = 0;

	for (unsigned i = 0; i < STREAMS && !error; i++)
		error = dma_stream_alloc_uninit(&streams[i], dev, DMA_FROM_DEVICE, 1);
	return error;
}

static void release_all(void)
{
	for (unsigned i = 0; i < STREAMS; i++)
		dma_stream_release(&streams[i]);
}

static int strict(struct dma_device *dev)
{
	struct dma_stream *all[STREAMS];
	uint64_t began = dma_host_time_ns();
	int error = map_all(dev);

	if (error)
		goto out;
	report_number("map_ns", since(began) / STREAMS);
	began = dma_host_time_ns();
	release_all();
	report_number("release_strict_ns", since(began) / STREAMS);
	error = map_all(dev);
	if (error)
		goto out;
	for (unsigned i = 0; i < STREAMS; i++)
		all[i] = &streams[i];
	began = dma_host_time_ns();
	dma_batch_release(all, STREAMS);
	report_number("release_batch_of_64_ns", since(began));
	error = dma_stream_alloc_uninit(&streams[0], dev, DMA_FROM_DEVICE, WIDE_PAGES);
	if (error)
		goto out;
	began = dma_host_time_ns();
	dma_stream_release(&streams[0]);
	report_number("release_2_mib_ns", since(began));
out:
	release_all();
	return error;
}

static int deferred(struct dma_device *dev)
{
	uint64_t began;
	int error = map_all(dev);

	if (!error) {
		began = dma_host_time_ns();
		release_all();
		report_number("release_deferred_ns", since(began) / STREAMS);
		began = dma_host_time_ns();
		(void)dma_domain_flush(dev->domain);
		report_number("flush_of_domain_ns", since(began));
	}
	release_all();
	return error;
}

static int blocked(struct dma_device *dev)
{
	struct dma_stream stream = {0};
	uint64_t began = dma_host_time_ns();
	int error = dma_device_block(dev);

	if (error)
		return error;
	report_number("block_ns", since(began));
	error = dma_stream_alloc_uninit(&stream, dev, DMA_FROM_DEVICE, 1);
	report_bool("blocked_is_refused", error == DMA_ENODEV);
	dma_stream_release(&stream);
	return 0;
}

static int with_domain(const struct bus_pci *pci, int (*first)(struct dma_device *), int (*second)(struct dma_device *))
{
	struct dma_device_config config = {.name = "survey", .mask = UINT64_MAX};
	struct dma_device dev = {0};
	int error = bus_pci_dma_init(pci, &dev, &config), end;

	if (error)
		return error;
	error = first(&dev);
	if (!error && second)
		error = second(&dev);
	end = bus_pci_dma_fini(pci, &dev);
	return error ? error : end;
}

int domains_report(unsigned unit)
{
	struct facts_function fn;
	int error;

	report_row(NULL);
	report_number("unit", unit);
	if (!units_function(unit, &fn)) {
		report_string("measured", "no, no function is known to be behind it");
		report_end();
		return 0;
	}
	report_hex("with", fn.requester, 4);
	facts_iommu_deferred(false);
	error = with_domain(&fn.pci, strict, blocked);
	facts_iommu_deferred(true);
	if (!error)
		error = with_domain(&fn.pci, deferred, NULL);
	facts_iommu_deferred(false);
	report_end();
	return error;
}
