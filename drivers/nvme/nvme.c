/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The NVMe disk: bring-up in order, requests and their completions, time limits, and the end.
 *
 * Requests are finished by nvme_service(), called by the interrupt handler, or by poll where there are no interrupts.
 *
 * A completion is believed after three looks: at the IOMMU's faults (hazard 61), at what it claims to answer
 * (nvme_queue_match), and at its status. The first two end the disk when they find something: a controller that lies,
 * or reaches where it may not, is stopped before anything it could reach is given back.
 */
#include <dmastream/deadline.h>
#include <dmastream/errors.h>
#include <dmastream/platform.h>

#include "../text.h"
#include "nvme.h"

enum { NVME_DISKS = 4, NVME_ADMIN_ENTRIES = 16, DRAIN_NS = 200000000 };

static struct nvme pool[NVME_DISKS];

static const struct block_ops nvme_ops;

static struct nvme *nvme_of(struct block *disk)
{
	return (struct nvme *)disk; /* the first member */
}

/* ---- Bring-up ----------------------------------------------------------------------------------------- */

static unsigned io_entries(const struct nvme *n)
{
	unsigned most = (unsigned)nvme_get(n->cap, NVME_CAP_MQES) + 1;

	return most < NVME_QUEUE_ENTRIES ? most : NVME_QUEUE_ENTRIES;
}

static int service(struct nvme *n, bool by_interrupt);

static void on_interrupt(void *context)
{
	(void)service(context, true);
}

/* A message of the I/O queue's own, or the only one that there is. Without any, the disk is polled. */
static void ask_for_interrupts(struct nvme *n, unsigned index)
{
	int error = DMA_EINVAL;

	for (n->message = 2; error == DMA_EINVAL && n->message-- > 0;)
		error = bus_pci_interrupt(&n->pci, n->message, index, on_interrupt, n);
	n->interrupts = error == 0;
}

static void end_interrupts(struct nvme *n)
{
	if (n->interrupts)
		bus_pci_interrupt_end(&n->pci, n->message);
	n->interrupts = false;
}

/* Brings up the device, which may not reach memory yet, to a disk whose interrupts go to CPU `index`. If a step fails,
 * those before it are undone. */
static int start(struct nvme *n, unsigned index)
{
	/* PRP entries: any number of them, dwords in the first (4.1.1). */
	struct dma_device_config config = {.name = n->block.name, .mask = UINT64_MAX, .min_align = 4};
	struct dma_pool_config lists = {.name = n->block.name, .coherent = true};
	unsigned entries;
	int error = bus_pci_dma_init(&n->pci, &n->dma, &config);

	if (error)
		return error;
	bus_pci_enable(&n->pci); /* only now: a controller that firmware left running meets its domain */
	n->faults = bus_pci_faults(&n->pci);
	n->ending.stopped = true; /* until the queue is there, an interrupt is nothing */
	error = nvme_reset(n);
	if (error)
		goto no_admin;
	ask_for_interrupts(n, index);
	error = nvme_queue_open(n, &n->admin, 0, NVME_ADMIN_ENTRIES);
	if (error)
		goto no_admin;
	error = nvme_enable(n);
	if (!error)
		error = nvme_learn(n);
	if (error)
		goto no_io;
	entries = io_entries(n);
	error = nvme_queue_open(n, &n->io, 1, entries);
	if (error)
		goto no_io;
	lists.block_size = lists.align = (size_t)1 << n->page_shift;
	lists.blocks = entries - 1;
	error = dma_pool_create(&n->lists, &n->dma, &lists);
	if (error)
		goto no_lists;
	error = nvme_create_io_queues(n);
	if (error)
		goto no_queues;
	n->block.depth = entries - 1;
	n->last_look = dma_host_time_ns();
	__atomic_store_n(&n->ending.stopped, false, __ATOMIC_RELEASE);
	return 0;

no_queues:
	nvme_halt(n, false);		    /* it knows the addresses that are given back below */
	(void)!dma_pool_destroy(&n->lists); /* nothing is out */
no_lists:
	nvme_queue_close(&n->io);
no_io:
	nvme_halt(n, false);
	nvme_queue_close(&n->admin);
no_admin:
	end_interrupts(n);
	bus_pci_disable(&n->pci);
	(void)bus_pci_dma_fini(&n->pci, &n->dma);
	return error;
}

static int nvme_find(unsigned nth, struct bus_pci *out)
{
	return bus_pci_find_class(NVME_CLASS_CODE, nth, out);
}

static int nvme_open(unsigned index, struct block **disk, struct text *why)
{
	struct nvme *n = NULL;
	dma_paddr_t bar;
	struct text name;
	uint64_t size;
	int error;

	for (unsigned i = 0; i < NVME_DISKS && !n; i++) {
		if (!pool[i].open)
			n = &pool[i];
	}
	if (!n) {
		text_put(why, "the driver has no place for another disk");
		return DMA_ENOMEM;
	}
	*n = (struct nvme){.block.ops = &nvme_ops};
	n->block.dma = &n->dma;
	name = text_in(n->block.name, sizeof(n->block.name));
	text_put(&name, "nvme");
	text_put_number(&name, index);
	n->request_timeout = inflight_timeout();

	error = nvme_find(index, &n->pci);
	if (error)
		return error;
	error = bus_pci_bar(&n->pci, 0, &bar, &size);
	if (!error && size < NVME_REG_DOORBELLS * 2)
		error = DMA_EIO;
	if (!error) {
		n->regs_size = size < 0x10000 ? (size_t)size : 0x10000;
		error = dma_host_mmio_map(bar, n->regs_size, &n->regs);
	}
	if (error) {
		text_put(why, "the controller's registers cannot be reached");
		return error;
	}
	error = start(n, index);
	if (error) {
		text_put(why, n->why[0] ? n->why : dma_strerror(error));
		dma_host_mmio_unmap(n->regs, n->regs_size);
		return error;
	}
	n->open = true;
	*disk = &n->block;
	return 0;
}

/* ---- Requests ------------------------------------------------------------------------------------------- */

static int nvme_submit(struct block *disk, struct block_request *request)
{
	struct nvme *n = nvme_of(disk);
	int error = block_check(disk, request);
	uintptr_t state;

	if (error)
		return __atomic_load_n(&n->ending.stopped, __ATOMIC_RELAXED) ? DMA_ENODEV : error;
	state = dma_host_lock(&n->lock);
	error = nvme_request(n, request);
	dma_host_unlock(&n->lock, state);
	return error;
}

/* Waits a short while for answers to the commands in flight. None of the answers is believed any more, but a controller
 * is better reset when it is idle. (QEMU 10.0's crashes if transfers that an IOMMU blocks wait in it.) */
static void drain(struct nvme *n, int status)
{
	struct nvme_completion completions[NVME_QUEUE_ENTRIES];
	struct dma_deadline deadline = dma_deadline_after(DRAIN_NS);

	while (inflight_count(&n->io.commands) && !dma_deadline_over(&deadline)) {
		int count = nvme_queue_reap(&n->io, completions, NVME_QUEUE_ENTRIES);
		unsigned slot;

		for (int i = 0; i < count; i++) {
			if (!nvme_queue_match(&n->io, &completions[i], &slot))
				nvme_request_done(n, slot);
			block_complete(inflight_finish(&n->io.commands, slot), status);
		}
		bus_relax();
	}
}

/* Stops the device, then ends what was in flight with that status. From `stopped` on nobody else uses the queue: who
 * finds the disk stopped waits until it is ended. */
static void end(struct nvme *n, int status, bool orderly)
{
	if (!block_end(&n->ending, &n->lock, status))
		return;
	drain(n, status);
	nvme_halt(n, orderly);
	inflight_finish_all(&n->io.commands, status);
	block_ended(&n->ending);
}

/* A look at a request that was answered, under the lock: its status, and a line if it failed. */
static int judge(struct nvme *n, unsigned slot, uint32_t status)
{
	char why[80];

	if (!nvme_failed(status))
		return 0;
	nvme_status_text(status, why, sizeof(why));
	block_report_request(&n->block, n->io.commands.slots[slot].request, why);
	return DMA_EIO;
}

/* Completions that were taken off the queue, and what is to be said to the callers without the lock. */
struct harvest {
	unsigned count; /* requests */
	struct block_request *requests[NVME_QUEUE_ENTRIES];
	int statuses[NVME_QUEUE_ENTRIES];
	int error; /* that ends the disk */
};

/* Under the lock. */
static void reap(struct nvme *n, struct harvest *h)
{
	struct nvme_completion completions[NVME_QUEUE_ENTRIES];
	int count = nvme_queue_reap(&n->io, completions, NVME_QUEUE_ENTRIES);
	bool blocked;

	if (count < 0) {
		block_report(&n->block, "its completion queue cannot be read");
		h->error = count;
	}
	if (count <= 0)
		return;
	blocked = bus_pci_faults(&n->pci) != n->faults; /* after the entries were seen, before one is believed */
	for (int i = 0; i < count; i++) {
		unsigned slot;
		const char *why = nvme_queue_match(&n->io, &completions[i], &slot);

		if (why) {
			block_report(&n->block, why);
			h->error = DMA_EIO;
			return;
		}
		h->statuses[h->count] = blocked ? DMA_EIO : judge(n, slot, completions[i].status);
		nvme_request_done(n, slot);
		h->requests[h->count++] = inflight_finish(&n->io.commands, slot);
	}
	if (blocked) {
		block_report(&n->block, "the IOMMU blocked an access of this disk");
		h->error = DMA_EIO;
	}
}

/* Called every 10 ms, whatever completes meanwhile, for one request may be lost among others: looks at the state of the
 * controller and at the age of the oldest request. Under the lock. */
static int look(struct nvme *n)
{
	const struct block_request *late;
	const char *why;

	if (!inflight_count(&n->io.commands))
		return 0;
	why = nvme_sick(n);
	if (why) {
		block_report(&n->block, why);
		return DMA_EIO;
	}
	late = inflight_overdue(&n->io.commands, n->request_timeout);
	if (!late)
		return 0;
	block_report_request(&n->block, late, "no answer in time; the disk is stopped");
	return DMA_ETIMEDOUT;
}

/* Finishes what has completed. How many, or what has ended the disk. */
static int service(struct nvme *n, bool by_interrupt)
{
	struct harvest h;
	uintptr_t state = dma_host_lock(&n->lock);
	uint64_t now = dma_host_time_ns();
	bool due = (int64_t)(now - n->last_look) >= 10000000; /* another CPU's clock may be ahead */

	h.count = 0;
	h.error = 0;

	if (n->ending.stopped) {
		int status = n->ending.status;

		dma_host_unlock(&n->lock, state);
		return status;
	}
	if (due && !by_interrupt)
		n->last_look = now;
	if (by_interrupt || !n->interrupts || due) /* a lost interrupt costs 10 ms */
		reap(n, &h);
	if (by_interrupt)
		n->block.interrupts += h.count;
	else if (!h.error && due)
		h.error = look(n);
	__atomic_add_fetch(&n->ending.serving, 1, __ATOMIC_RELAXED); /* before `stopped` can be set */
	dma_host_unlock(&n->lock, state);
	for (unsigned i = 0; i < h.count; i++)
		block_complete(h.requests[i], h.statuses[i]);
	__atomic_sub_fetch(&n->ending.serving, 1, __ATOMIC_RELEASE);
	if (h.error)
		end(n, h.error, false);
	return h.error ? h.error : (int)h.count;
}

static int nvme_poll(struct block *disk)
{
	return block_polled(&nvme_of(disk)->ending, service(nvme_of(disk), false));
}

/* On return, callers have been told of every completion that other CPUs had taken off the queue. (An interrupt handler
 * that ends the disk does not wait for that: it may have interrupted the code that tells them.) */
static void nvme_stop(struct block *disk)
{
	struct nvme *n = nvme_of(disk);

	end(n, DMA_ENODEV, true);
	block_wait_served(&n->ending);
}

static int nvme_close(struct block *disk)
{
	struct nvme *n = nvme_of(disk);
	int error;

	nvme_stop(disk);
	end_interrupts(n);
	for (unsigned slot = 0; slot < INFLIGHT_MAX; slot++)
		nvme_request_done(n, slot); /* of commands that were never answered */
	error = dma_pool_destroy(&n->lists);
	if (error)
		return error;
	nvme_queue_close(&n->io);
	nvme_queue_close(&n->admin);
	error = bus_pci_dma_fini(&n->pci, &n->dma);
	if (error)
		return error;
	dma_host_mmio_unmap(n->regs, n->regs_size);
	n->open = false;
	return 0;
}

static uint64_t nvme_faults(const struct block *disk)
{
	return bus_pci_faults(&((const struct nvme *)disk)->pci);
}

static const struct block_ops nvme_ops = {
	.submit = nvme_submit,
	.poll = nvme_poll,
	.stop = nvme_stop,
	.close = nvme_close,
	.faults = nvme_faults,
};

const struct block_driver nvme_block_driver = {nvme_find, nvme_open};
