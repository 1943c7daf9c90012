/* SPDX-License-Identifier: MPL-2.0 */
/* See fake_space.h. */
#include "fake_space.h"
#include <dmastream/errors.h>
#include <dmastream/init.h>
#include <string.h>

static int broken(struct fake_space *f, const char *what)
{
	f->broken = f->broken ? f->broken : what;
	return DMA_EIO;
}

static int map(void *context, dma_daddr_t daddr, dma_paddr_t paddr, uint64_t nbytes, unsigned dir)
{
	struct fake_space *f = context;

	f->maps++;
	if (f->fail_map && --f->fail_map == 0)
		return DMA_ENOMEM;
	if (!nbytes || (daddr.raw | paddr.raw | nbytes) % DMA_PAGE_SIZE)
		return broken(f, "a map is not of whole pages");
	if (!dir || dir & ~(unsigned)DMA_BIDIRECTIONAL)
		return broken(f, "a map has no direction");
	if (daddr.raw == 0)
		return broken(f, "a map at address 0");
	if (daddr.raw < f->window.daddr_base.raw + f->window.size && f->window.daddr_base.raw < daddr.raw + nbytes)
		return broken(f, "a map lies in the window");
	for (unsigned i = 0; i < f->count; i++)
		if (daddr.raw < f->ranges[i].daddr + f->ranges[i].nbytes && f->ranges[i].daddr < daddr.raw + nbytes)
			return broken(f, "two maps overlap");
	if (f->count == (f->limit ? f->limit : FAKE_RANGES))
		return DMA_ENOSPC;
	if (f->forget_while_mapping) {
		f->forget_while_mapping = false;
		if (dma_ranges_forget(f->domain, paddr, nbytes))
			return broken(f, "forgetting what is not kept");
	}
	f->ranges[f->count++] = (struct fake_range){daddr.raw, paddr.raw, nbytes, dir};
	return 0;
}

static int unmap(void *context, dma_daddr_t daddr, uint64_t nbytes)
{
	struct fake_space *f = context;
	uint64_t gone = 0;

	f->unmaps++;
	if (f->fail_unmap && --f->fail_unmap == 0)
		return DMA_EIO;
	for (unsigned i = 0; i < f->count;) {
		const struct fake_range *r = &f->ranges[i];

		if (r->daddr >= daddr.raw + nbytes || daddr.raw >= r->daddr + r->nbytes) {
			i++;
			continue;
		}
		if (r->daddr < daddr.raw || r->daddr + r->nbytes > daddr.raw + nbytes)
			return broken(f, "an unmap cuts a mapping in two");
		gone += r->nbytes;
		f->ranges[i] = f->ranges[--f->count];
	}
	return gone == nbytes ? 0 : broken(f, "an unmap of what is not mapped");
}

static int block(void *context, struct dma_device *dev)
{
	struct fake_space *f = context;

	(void)dev;
	f->blocks++;
	return 0;
}

static bool watch(void *context, dma_paddr_t paddr, uint64_t nbytes)
{
	struct fake_space *f = context;

	(void)paddr, (void)nbytes;
	f->watches++;
	return f->watched;
}

static const struct dma_ranges_ops ops = {.map = map, .unmap = unmap, .block = block, .watch = watch};
const struct dma_ranges_ops fake_unwatched = {.map = map, .unmap = unmap, .block = block};

int fake_open(struct fake_space *f, const struct dma_ranges_config *more, struct dma_device_config device)
{
	struct dma_ranges_config config = more ? *more : (struct dma_ranges_config){.last = ((uint64_t)1 << 39) - 1};
	int error = dma_init();

	*f = (struct fake_space){.watched = true, .window = config.window};
	if (!config.ops)
		config.ops = &ops;
	config.context = f;
	if (!error)
		error = dma_ranges_create(&config, &f->domain);
	if (error)
		return error;
	device.domain = f->domain;
	device.name = "fake";
	device.mask = device.mask ? device.mask : UINT64_MAX;
	device.coherent = true;
	return dma_device_init(&f->dev, &device);
}

int fake_close(struct fake_space *f)
{
	int error = dma_device_fini(&f->dev);

	if (!error)
		error = dma_ranges_destroy(f->domain);
	if (!error && f->count)
		error = broken(f, "something is mapped at the end");
	return error;
}

unsigned char *fake_reach(struct fake_space *f, uint64_t daddr, size_t nbytes, unsigned dir)
{
	uint64_t in_window = daddr - f->window.daddr_base.raw;

	if (in_window < f->window.size && nbytes <= f->window.size - in_window)
		return (unsigned char *)dma_linux_va(dma_paddr(in_window));
	for (unsigned i = 0; i < f->count; i++) {
		const struct fake_range *r = &f->ranges[i];

		if (daddr - r->daddr < r->nbytes && nbytes <= r->nbytes - (daddr - r->daddr) && (r->dir & dir) == dir)
			return (unsigned char *)dma_linux_va(dma_paddr(r->paddr + (daddr - r->daddr)));
	}
	return NULL;
}
