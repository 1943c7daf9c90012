/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The simulated machine's disk (simdisk.h): two rings in coherent memory, polled. The same care as with NVMe: what
 * the disk writes is read once, checked, and believed only after the IOMMU's faults were looked at.
 */
#include <dmastream/barrier.h>
#include <dmastream/coherent.h>
#include <dmastream/errors.h>
#include <dmastream/platform.h>

#include "block.h"
#include "bus.h"
#include "inflight.h"
#include "simdisk.h"
#include "text.h"

enum {
	DISKS = 4,
	ENTRIES = INFLIGHT_MAX + 1,
	COMMAND_PAGES = 1, /* ENTRIES of 32 and of 16 bytes fit a page each */
};

struct simblk {
	struct block block; /* first */
	struct bus_pci pci;
	struct dma_device dma;
	volatile void *regs;
	struct dma_coherent commands;
	struct dma_coherent completions;
	struct inflight inflight;
	uint32_t tail;
	uint32_t head;
	uint32_t sequence; /* of the next completion */
	uint64_t faults;
	uint64_t timeout;
	uint64_t last_look;
	struct dma_lock lock; /* over the rings, `ending`, times and the error line */
	struct block_ending ending;
	bool open;
};

static struct simblk pool[DISKS];
static const struct block_ops simblk_ops;

static uint32_t read32(const struct simblk *d, enum simdisk_register reg)
{
	return dma_host_mmio_read32((const volatile char *)d->regs + reg);
}

static void write32(struct simblk *d, enum simdisk_register reg, uint32_t value)
{
	dma_host_mmio_write32((volatile char *)d->regs + reg, value);
}

static void write64(struct simblk *d, enum simdisk_register reg, uint64_t value)
{
	dma_host_mmio_write64((volatile char *)d->regs + reg, value);
}

/* True once STATUS.READY has that value. */
static bool wait_ready(struct simblk *d, uint32_t value)
{
	uint64_t began = dma_host_time_ns();

	while ((read32(d, SIMDISK_STATUS) & SIMDISK_READY) != value) {
		if (dma_host_time_ns() - began > d->timeout)
			return false;
		bus_relax();
	}
	return true;
}

static void halt(struct simblk *d)
{
	bool quiet;

	write32(d, SIMDISK_CONTROL, 0);
	quiet = wait_ready(d, 0);
	bus_pci_disable(&d->pci);
	if (!quiet)
		(void)dma_device_block(&d->dma);
}

/* Geometry, checked; rings announced; the disk enabled. */
static int start(struct simblk *d)
{
	uint32_t max_blocks;

	d->block.nblocks = dma_host_mmio_read64((const volatile char *)d->regs + SIMDISK_NBLOCKS);
	d->block.block_size = read32(d, SIMDISK_BLOCK_SIZE);
	max_blocks = read32(d, SIMDISK_MAX_BLOCKS);
	if (read32(d, SIMDISK_ID) != SIMDISK_MAGIC || read32(d, SIMDISK_VERSION) != 1)
		return DMA_ENOTSUP;
	if (d->block.block_size < 512 || d->block.block_size > 4096 ||
	    d->block.block_size & (d->block.block_size - 1) || !d->block.nblocks ||
	    d->block.nblocks > UINT64_MAX / d->block.block_size)
		return DMA_EIO;
	if ((uint64_t)max_blocks * d->block.block_size < DMA_PAGE_SIZE)
		return DMA_ENOTSUP;
	d->block.max_blocks = max_blocks;
	d->block.depth = ENTRIES - 1;
	inflight_init(&d->inflight, ENTRIES - 1);
	d->sequence = 1;
	write64(d, SIMDISK_RING, dma_coherent_daddr(&d->commands).raw);
	write64(d, SIMDISK_DONE, dma_coherent_daddr(&d->completions).raw);
	write32(d, SIMDISK_ENTRIES, ENTRIES);
	dma_publish();
	write32(d, SIMDISK_CONTROL, SIMDISK_ENABLE);
	return wait_ready(d, SIMDISK_READY) ? 0 : DMA_ETIMEDOUT;
}

static int open_device(struct simblk *d)
{
	struct dma_device_config config = {
		.name = d->block.name, .mask = UINT64_MAX, .min_align = 4, .max_segments = 1};
	int error = bus_pci_dma_init(&d->pci, &d->dma, &config);

	if (error)
		return error;
	bus_pci_enable(&d->pci);
	d->faults = bus_pci_faults(&d->pci);
	error = dma_coherent_alloc(&d->commands, &d->dma, 0, COMMAND_PAGES);
	if (error)
		goto no_commands;
	error = dma_coherent_alloc(&d->completions, &d->dma, 0, COMMAND_PAGES);
	if (error)
		goto no_completions;
	error = start(d);
	if (!error)
		return 0;
	halt(d);
	dma_coherent_release(&d->completions);
no_completions:
	dma_coherent_release(&d->commands);
no_commands:
	bus_pci_disable(&d->pci);
	(void)bus_pci_dma_fini(&d->pci, &d->dma);
	return error;
}

static int simblk_find(unsigned nth, struct bus_pci *out)
{
	return bus_pci_find_id(SIMDISK_VENDOR, SIMDISK_DEVICE, nth, out);
}

static int simblk_open(unsigned index, struct block **disk, struct text *why)
{
	struct simblk *d = NULL;
	dma_paddr_t bar;
	struct text name;
	uint64_t size;
	int error;

	for (unsigned i = 0; i < DISKS && !d; i++) {
		if (!pool[i].open)
			d = &pool[i];
	}
	if (!d) {
		text_put(why, "the driver has no place for another disk");
		return DMA_ENOMEM;
	}
	*d = (struct simblk){.block.ops = &simblk_ops, .timeout = inflight_timeout()};
	d->block.dma = &d->dma;
	name = text_in(d->block.name, sizeof(d->block.name));
	text_put(&name, "simdisk");
	text_put_number(&name, index);

	error = simblk_find(index, &d->pci);
	if (!error)
		error = bus_pci_bar(&d->pci, 0, &bar, &size);
	if (!error && size < SIMDISK_BAR_SIZE)
		error = DMA_EIO;
	if (!error)
		error = dma_host_mmio_map(bar, SIMDISK_BAR_SIZE, &d->regs);
	if (error) {
		text_put(why, "the disk's registers cannot be reached");
		return error;
	}
	error = open_device(d);
	if (error) {
		text_put(why, dma_strerror(error));
		dma_host_mmio_unmap(d->regs, SIMDISK_BAR_SIZE);
		return error;
	}
	d->open = true;
	d->last_look = dma_host_time_ns();
	*disk = &d->block;
	return 0;
}

/* ---- Requests ------------------------------------------------------------------------------------------- */

static struct simblk *simblk_of(struct block *disk)
{
	return (struct simblk *)disk;
}

/* The disk is told of one address: all that it moves lies there. */
static int only_entry(const struct block_request *request, uint64_t nbytes, dma_daddr_t *daddr)
{
	struct dma_list_walk walk = dma_list_begin(request->list);
	struct dma_list_entry entry;

	if (!dma_list_next(&walk, &entry) || entry.len < nbytes || entry.daddr.raw & 3)
		return DMA_EINVAL;
	*daddr = entry.daddr;
	return 0;
}

/* Under the lock. */
static int give(struct simblk *d, struct block_request *request, struct simdisk_command *command)
{
	int error, slot = inflight_take(&d->inflight, request);

	if (slot < 0)
		return DMA_EBUSY;
	command->id = inflight_id(&d->inflight, (unsigned)slot);
	request->slot = (uint16_t)slot;
	request->done = false;
	error = dma_coherent_write_bytes(&d->commands, d->tail * sizeof(*command), command, sizeof(*command));
	if (error) {
		inflight_give(&d->inflight, (unsigned)slot);
		return error;
	}
	d->tail = (d->tail + 1) % ENTRIES;
	dma_publish();
	write32(d, SIMDISK_TAIL, d->tail);
	return 0;
}

static int simblk_submit(struct block *disk, struct block_request *request)
{
	static const uint32_t ops[] = {SIMDISK_OP_READ, SIMDISK_OP_WRITE, SIMDISK_OP_FLUSH};
	struct simblk *d = simblk_of(disk);
	struct simdisk_command command = {0};
	int error = block_check(disk, request);
	dma_daddr_t daddr = request->daddr;
	uintptr_t state;

	if (!error && request->op != BLOCK_FLUSH && request->list)
		error = only_entry(request, (uint64_t)request->nblocks * disk->block_size, &daddr);
	if (error)
		return __atomic_load_n(&d->ending.stopped, __ATOMIC_RELAXED) ? DMA_ENODEV : error;
	command.op = ops[request->op];
	if (request->op != BLOCK_FLUSH) {
		command.nblocks = request->nblocks;
		command.lba = request->lba;
		command.daddr = daddr.raw;
	}
	state = bus_lock(&d->lock);
	error = d->ending.stopped ? DMA_ENODEV : give(d, request, &command);
	bus_unlock(&d->lock, state);
	return error;
}

/* Stops the disk, then ends what was in flight with that status; once, whoever comes first. */
static void end(struct simblk *d, int status)
{
	if (!block_end(&d->ending, &d->lock, status))
		return;
	halt(d);
	inflight_finish_all(&d->inflight, status);
	block_ended(&d->ending);
}

/* What was taken off the ring under the lock, and is to be told to the callers without it. */
struct harvest {
	unsigned count;
	struct block_request *requests[ENTRIES];
	int statuses[ENTRIES];
};

static int fail(struct simblk *d, int error, const char *why)
{
	block_report(&d->block, why);
	return error;
}

static void take(struct simblk *d, unsigned slot, uint16_t status, struct harvest *h)
{
	static const char *const texts[] = {
		"success",	"invalid command",	"beyond the end",
		"medium error", "memory not reachable", "the disk is read-only",
	};

	if (status)
		block_report_request(&d->block, d->inflight.slots[slot].request,
				     status < sizeof(texts) / sizeof(texts[0]) ? texts[status] : "unknown status");
	h->requests[h->count] = inflight_finish(&d->inflight, slot);
	h->statuses[h->count++] = status ? DMA_EIO : 0;
}

static int look(struct simblk *d)
{
	uint64_t now = dma_host_time_ns();
	const struct block_request *late;

	if (now - d->last_look < 10000000)
		return 0;
	d->last_look = now;
	if (read32(d, SIMDISK_STATUS) & SIMDISK_FAILED)
		return fail(d, DMA_EIO, "the disk reports a failure of its own");
	late = inflight_overdue(&d->inflight, now, d->timeout);
	if (!late)
		return 0;
	block_report_request(&d->block, late, "no answer in time; the disk is stopped");
	return DMA_ETIMEDOUT;
}

/* The next completion, if the disk has written it: 1, 0, or an error. */
static int next(struct simblk *d, struct simdisk_completion *c)
{
	size_t at = d->head * sizeof(*c);
	uint32_t sequence;
	int error = dma_coherent_read_once(&d->completions, at + offsetof(struct simdisk_completion, sequence),
					   &sequence, sizeof(sequence));

	if (error)
		return error;
	if (sequence != d->sequence)
		return 0;
	dma_consume();
	error = dma_coherent_read_bytes(&d->completions, at, c, sizeof(*c));
	if (error)
		return error;
	d->sequence++;
	d->head = (d->head + 1) % ENTRIES;
	return 1;
}

/* Under the lock: 0, or the error that ends the disk. */
static int reap(struct simblk *d, struct harvest *h)
{
	struct simdisk_completion completions[ENTRIES];
	unsigned count = 0;
	int got = 0;

	while (count < ENTRIES && (got = next(d, &completions[count])) > 0)
		count++;
	if (got < 0)
		return fail(d, got, "its completion ring cannot be read");
	if (!count)
		return inflight_count(&d->inflight) ? look(d) : 0;
	write32(d, SIMDISK_HEAD, d->head);
	if (bus_pci_faults(&d->pci) != d->faults)
		return fail(d, DMA_EIO, "the IOMMU blocked an access of this disk");
	for (unsigned i = 0; i < count; i++) {
		unsigned slot = 0;
		/* NOLINTNEXTLINE(clang-analyzer-core.CallAndMessage): next() has filled those below count */
		const char *why = inflight_match(&d->inflight, completions[i].id, &slot);

		if (why)
			return fail(d, DMA_EIO, why);
		take(d, slot, completions[i].status, h);
	}
	return 0;
}

static int simblk_poll(struct block *disk)
{
	struct simblk *d = simblk_of(disk);
	uintptr_t state = bus_lock(&d->lock);
	struct harvest h;
	int error;

	h.count = 0;
	error = d->ending.stopped ? d->ending.status : reap(d, &h);
	__atomic_add_fetch(&d->ending.serving, 1, __ATOMIC_RELAXED); /* before `stopped` can be set */
	bus_unlock(&d->lock, state);
	for (unsigned i = 0; i < h.count; i++)
		block_complete(h.requests[i], h.statuses[i]);
	__atomic_sub_fetch(&d->ending.serving, 1, __ATOMIC_RELEASE);
	if (error)
		end(d, error);
	return error ? error : (int)h.count;
}

static void simblk_stop(struct block *disk)
{
	struct simblk *d = simblk_of(disk);

	end(d, DMA_ENODEV);
	block_wait_served(&d->ending);
}

static int simblk_close(struct block *disk)
{
	struct simblk *d = simblk_of(disk);
	int error;

	simblk_stop(disk);
	dma_coherent_release(&d->completions);
	dma_coherent_release(&d->commands);
	error = bus_pci_dma_fini(&d->pci, &d->dma);
	if (error)
		return error;
	dma_host_mmio_unmap(d->regs, SIMDISK_BAR_SIZE);
	d->open = false;
	return 0;
}

static uint64_t simblk_faults(const struct block *disk)
{
	return bus_pci_faults(&((const struct simblk *)disk)->pci);
}

static const struct block_ops simblk_ops = {
	.submit = simblk_submit,
	.poll = simblk_poll,
	.stop = simblk_stop,
	.close = simblk_close,
	.faults = simblk_faults,
};

const struct block_driver simblk_block_driver = {simblk_find, simblk_open};
