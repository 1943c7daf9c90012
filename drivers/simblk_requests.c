/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Requests of the simulated machine's disk: what it writes is read once, checked, and believed only after the IOMMU's
 * faults were looked at.
 */
#include <dmastream/barrier.h>
#include <dmastream/deadline.h>
#include <dmastream/errors.h>

#include "simblk.h"

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
	d->tail = (d->tail + 1) % SIMBLK_ENTRIES;
	dma_publish();
	simblk_write(d, SIMDISK_TAIL, d->tail);
	return 0;
}

int simblk_submit(struct block *disk, struct block_request *request)
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

bool simblk_wait_ready(struct simblk *d, uint32_t value)
{
	struct dma_deadline deadline = dma_deadline_after(d->timeout);

	while ((simblk_read(d, SIMDISK_STATUS) & SIMDISK_READY) != value) {
		if (dma_deadline_over(&deadline))
			return false;
		bus_relax();
	}
	return true;
}

void simblk_halt(struct simblk *d)
{
	bool quiet;

	simblk_write(d, SIMDISK_CONTROL, 0);
	quiet = simblk_wait_ready(d, 0);
	bus_pci_disable(&d->pci);
	if (!quiet)
		(void)dma_device_block(&d->dma);
}

void simblk_end(struct simblk *d, int status)
{
	if (!block_end(&d->ending, &d->lock, status))
		return;
	simblk_halt(d);
	inflight_finish_all(&d->inflight, status);
	block_ended(&d->ending);
}

/* What was taken off the ring under the lock, and is to be told to the callers without it. */
struct harvest {
	unsigned count;
	struct block_request *requests[SIMBLK_ENTRIES];
	int statuses[SIMBLK_ENTRIES];
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

/* Every 10 ms, whatever completes meanwhile: one request may be lost among others. */
static int look(struct simblk *d)
{
	uint64_t now = dma_host_time_ns();
	const struct block_request *late;

	if (!inflight_count(&d->inflight) ||
	    (int64_t)(now - d->last_look) < 10000000) /* another CPU's clock may be ahead */
		return 0;
	d->last_look = now;
	if (simblk_read(d, SIMDISK_STATUS) & SIMDISK_FAILED)
		return fail(d, DMA_EIO, "the disk reports a failure of its own");
	late = inflight_overdue(&d->inflight, d->timeout);
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
	d->head = (d->head + 1) % SIMBLK_ENTRIES;
	return 1;
}

/* Under the lock: 0, or the error that ends the disk. */
static int reap(struct simblk *d, struct harvest *h)
{
	struct simdisk_completion completions[SIMBLK_ENTRIES];
	unsigned count = 0;
	int got = 0;

	while (count < SIMBLK_ENTRIES && (got = next(d, &completions[count])) > 0)
		count++;
	if (got < 0)
		return fail(d, got, "its completion ring cannot be read");
	if (!count)
		return look(d);
	simblk_write(d, SIMDISK_HEAD, d->head);
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
	return look(d);
}

int simblk_poll(struct block *disk)
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
		simblk_end(d, error);
	return block_polled(&d->ending, error ? error : (int)h.count);
}
