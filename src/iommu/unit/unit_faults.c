/* SPDX-License-Identifier: MPL-2.0 */
#include "unit_faults.h"
#include "fault.h"
#include "unit.h"
#include "unit_registers.h"
#include <dmastream/barrier.h>
#include <dmastream/deadline.h>
#include <dmastream/errors.h>

/* What is read: the unit's faults, or its requests. */
struct source {
	struct dma_unit *unit;
	struct dma_unit_log *log;
	const struct dma_unit_fault_ops *ops;
};

static struct source faults_of(struct dma_unit *unit)
{
	return (struct source){unit, &unit->log, unit->driver->faults};
}

static struct source requests_of(struct dma_unit *unit)
{
	return (struct source){unit, &unit->requests, unit->driver->requests};
}

/* ---- A log in memory ---- */

static const uint64_t late_ns = 100000; /* how long an event may take to memory after the tail has told of it */

int dma_unit_log_make(struct dma_unit *unit, struct dma_unit_log *log, struct dma_unit_log shape)
{
	size_t nbytes = (size_t)shape.count * shape.words * sizeof(shape.events[0]);

	shape.events = dma_unit_take(unit, (nbytes + DMA_PAGE_SIZE - 1) >> DMA_PAGE_SHIFT, DMA_PAGE_SIZE, &shape.paddr);
	*log = shape;
	return shape.events ? 0 : DMA_ENOMEM;
}

static uint64_t *slot_at_head(const struct dma_unit_log *log)
{
	return &log->events[(size_t)(log->head % log->count) * log->words];
}

bool dma_unit_log_read(const struct dma_unit *unit, const struct dma_unit_log *log, uint32_t tail,
		       uint64_t event[DMA_UNIT_EVENT_WORDS])
{
	uint64_t *slot = slot_at_head(log);
	uint32_t waiting = (tail - log->head) & (log->span - 1);

	if (waiting == 0 || waiting > log->count)
		return false;
	dma_consume(); /* the event after the index that announced it */
	if (!unit->reach.snoops)
		dma_cache_invalidate(slot, log->words * sizeof(*slot));
	dma_arch_copy(event, slot, log->words * sizeof(*slot));
	return true;
}

/* An event that has not arrived is waited for, since a caller that polls trusts a completion if it finds no fault
 * (hazard 61); but not for long, as a tail that lies has none. */
static bool log_next(const struct source *from, uint64_t event[DMA_UNIT_EVENT_WORDS], struct dma_fault *fault)
{
	struct dma_deadline deadline = dma_deadline_after(late_ns);
	const struct dma_unit_log *log = from->log;

	while (dma_unit_log_read(from->unit, log, dma_unit_read32(from->unit, log->tail_register) / log->step, event)) {
		if (from->ops->decode(from->unit, event, fault))
			return true;
		if (dma_deadline_over(&deadline))
			break;
	}
	return false;
}

static void log_tell(const struct source *from)
{
	const struct dma_unit_log *log = from->log;

	dma_unit_write32(from->unit, log->head_register, log->head * log->step | log->acknowledged);
}

static void log_drop(const struct source *from)
{
	struct dma_unit_log *log = from->log;

	if (log->cleared) {
		dma_arch_write_once(slot_at_head(log), 0, 8);
		dma_publish();
	}
	log->head = (log->head + 1) & (log->span - 1);
	log_tell(from);
}

static unsigned log_pending(struct source from, unsigned *first)
{
	const struct dma_unit_log *log = from.log;
	uint32_t head = dma_unit_read32(from.unit, log->head_register);
	uint32_t tail = dma_unit_read32(from.unit, log->tail_register);
	uint32_t n = (tail / log->step - head / log->step) & (log->span - 1);

	*first = 0;
	if (n == 0 && ((tail ^ head) & log->toggles || (from.ops->lost && from.ops->lost(from.unit))))
		return 1;
	return n < log->count ? n : log->count;
}

unsigned dma_unit_log_pending(struct dma_unit *unit, unsigned *first)
{
	return log_pending(faults_of(unit), first);
}

unsigned dma_unit_requests_pending(struct dma_unit *unit, unsigned *first)
{
	return log_pending(requests_of(unit), first);
}

/* ---- Faults, wherever they are ---- */

/* event: filled in where there is a log. */
static bool read(const struct source *from, unsigned index, uint64_t event[DMA_UNIT_EVENT_WORDS],
		 struct dma_fault *fault)
{
	return from->ops->decode ? log_next(from, event, fault) : from->ops->read(from->unit, index, fault);
}

static void drop(const struct source *from, unsigned index)
{
	if (from->ops->decode)
		log_drop(from);
	else
		from->ops->drop(from->unit, index);
}

/* True if some were lost, which is acknowledged by found(). */
static bool lost(const struct source *from)
{
	const struct dma_unit_log *log = from->log;

	if (log->toggles)
		return (dma_unit_read32(from->unit, log->tail_register) ^ log->acknowledged) & log->toggles;
	return from->ops->lost && from->ops->lost(from->unit);
}

static void found(const struct source *from)
{
	if (from->log->toggles) {
		from->log->acknowledged ^= from->log->toggles;
		log_tell(from);
	} else {
		from->ops->found(from->unit);
	}
}

/* The next fault, counted and taken off; false: the record is empty. What *space and fault->dev point to stays until
 * dma_unit_report_end(). */
static bool take(const struct source *from, unsigned index, uint64_t event[DMA_UNIT_EVENT_WORDS],
		 struct dma_fault *fault, struct dma_space **space)
{
	struct dma_unit *unit = from->unit;
	uintptr_t outer = dma_host_lock(&unit->fault_lock), inner;
	struct dma_unit_domain *domain = NULL;
	bool taken;

	*fault = (struct dma_fault){0};
	taken = read(from, index, event, fault);
	if (taken) {
		inner = dma_host_lock(&unit->lock);
		fault->dev = dma_unit_find(unit, fault->requester, &domain);
		dma_unit_report_begin(unit);
		dma_host_unlock(&unit->lock, inner);
		fault->registers = unit->paddr;
		*space = domain ? &domain->space : NULL;
		dma_fault_count(*space, 1);
		dma_publish(); /* who sees that the record is gone sees the count */
		drop(from, index);
	}
	dma_host_unlock(&unit->fault_lock, outer);
	return taken;
}

static bool take_lost(const struct source *from)
{
	uintptr_t state = dma_host_lock(&from->unit->fault_lock);
	bool some = lost(from);

	if (some) {
		dma_fault_count(NULL, 1);
		dma_publish();
		found(from);
	}
	dma_host_unlock(&from->unit->fault_lock, state);
	return some;
}

/* One turn of the ring, and no more: a device that faults without end must not keep this CPU here. Another CPU may take
 * some of the records first. */
static dma_cold unsigned take_all(struct source from, unsigned first, unsigned most)
{
	uint64_t event[DMA_UNIT_EVENT_WORDS];
	struct dma_space *space;
	struct dma_fault fault;
	unsigned n = 0;

	for (unsigned i = 0; i < most; i++)
		if (take(&from, first + i, event, &fault, &space)) {
			dma_fault_report(space, &fault);
			dma_unit_report_end(from.unit);
			if (from.ops->answer)
				from.ops->answer(from.unit, event);
			n++;
		}
	if (take_lost(&from)) {
		dma_fault_log_lost(1);
		n++;
	}
	return n;
}

unsigned dma_unit_poll(struct dma_unit *unit)
{
	unsigned first, most = unit->driver->faults->pending(unit, &first), n = 0;

	if (most)
		n = take_all(faults_of(unit), first, most);
	most = unit->requests.count ? unit->driver->requests->pending(unit, &first) : 0;
	if (most)
		n += take_all(requests_of(unit), first, most);
	if (!n)
		dma_consume(); /* the registers before the counts that another CPU has moved */
	return n;
}

void dma_unit_faults_clear(struct dma_unit *unit)
{
	unsigned first, most = unit->driver->faults->pending(unit, &first);
	uint64_t event[DMA_UNIT_EVENT_WORDS];
	struct source from = faults_of(unit);
	struct dma_fault fault;

	for (unsigned i = 0; i < most; i++)
		if (read(&from, first + i, event, &fault))
			drop(&from, first + i);
	if (lost(&from))
		found(&from);
}
