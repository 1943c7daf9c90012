/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Disks: finding the index-th one over all drivers, and what their error lines have in common.
 */
#include "block.h"

#include <dmastream/errors.h>

#include "bus.h"
#include "text.h"

static const struct block_driver *const drivers[] = {&nvme_block_driver, &virtio_block_driver, &simblk_block_driver};
enum { DRIVERS = sizeof(drivers) / sizeof(drivers[0]) };

/* Bus order: the drivers' lists, each in that order, are merged. */
int block_open(unsigned index, struct block **disk, struct text *why)
{
	unsigned nth[DRIVERS] = {0};

	for (;;) {
		uint32_t first = UINT32_MAX;
		unsigned which = DRIVERS;

		for (unsigned i = 0; i < DRIVERS; i++) {
			struct bus_pci pci;

			if (drivers[i]->find(nth[i], &pci) == 0 && (which == DRIVERS || bus_pci_place(&pci) < first)) {
				first = bus_pci_place(&pci);
				which = i;
			}
		}
		if (which == DRIVERS)
			break;
		if (index-- == 0)
			return drivers[which]->open(nth[which], disk, why);
		nth[which]++;
	}
	text_put(why, "there is no such disk");
	return DMA_ENODEV;
}

void block_complete(struct block_request *request, int status)
{
	void (*complete)(struct block_request * request) = request->complete;

	request->status = status;
	__atomic_store_n(&request->done, true, __ATOMIC_RELEASE);
	if (complete)
		complete(request);
}

void block_report(struct block *disk, const char *what)
{
	struct text t = text_in(disk->error, sizeof(disk->error));

	text_put(&t, disk->name);
	text_put(&t, ": ");
	text_put(&t, what);
}

void block_report_request(struct block *disk, const struct block_request *request, const char *why)
{
	static const char *const names[] = {"read", "write", "flush"};
	char line[sizeof(disk->error)];
	struct text t = text_in(line, sizeof(line));

	text_put(&t, names[request->op]);
	if (request->op != BLOCK_FLUSH) {
		text_put(&t, " of ");
		text_put_number(&t, request->nblocks);
		text_put(&t, " blocks at block ");
		text_put_number(&t, request->lba);
	}
	text_put(&t, " failed: ");
	text_put(&t, why);
	block_report(disk, line);
}

int block_check(const struct block *disk, const struct block_request *request)
{
	if (request->op == BLOCK_FLUSH)
		return request->nblocks ? DMA_EINVAL : 0;
	if (request->op != BLOCK_READ && request->op != BLOCK_WRITE)
		return DMA_EINVAL;
	if (!request->nblocks || request->nblocks > disk->max_blocks || request->lba >= disk->nblocks ||
	    request->nblocks > disk->nblocks - request->lba)
		return DMA_EINVAL;
	if (request->list)
		return dma_list_size(request->list) / disk->block_size < request->nblocks ? DMA_EINVAL : 0;
	return request->daddr.raw & 3 ? DMA_EINVAL : 0;
}

bool block_end(struct block_ending *e, struct dma_lock *lock, int status)
{
	uintptr_t state = bus_lock(lock);
	bool first = !e->stopped;

	if (first) {
		__atomic_store_n(&e->stopped, true, __ATOMIC_RELAXED); /* looked at without the lock, too */
		e->status = status;
	}
	bus_unlock(lock, state);
	while (!first && !__atomic_load_n(&e->ended, __ATOMIC_ACQUIRE))
		bus_relax();
	return first;
}

void block_ended(struct block_ending *e)
{
	__atomic_store_n(&e->ended, true, __ATOMIC_RELEASE);
}

int block_polled(const struct block_ending *e, int result)
{
	while (result < 0 && !__atomic_load_n(&e->ended, __ATOMIC_ACQUIRE))
		bus_relax();
	if (result < 0)
		block_wait_served(e);
	return result;
}

void block_wait_served(const struct block_ending *e)
{
	while (__atomic_load_n(&e->serving, __ATOMIC_ACQUIRE))
		bus_relax();
}
