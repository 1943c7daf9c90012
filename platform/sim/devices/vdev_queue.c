/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The device's side of virtqueues (Virtual I/O Device 1.2, 2.7 split, 2.8 packed): taking chains, refusing those that
 * break a rule, answering them, honestly or not.
 */
#include "vdev.h"

enum { DESCRIPTORS, DRIVER_AREA, DEVICE_AREA };
enum { NEXT = 1, WRITE = 2, INDIRECT = 4, AVAIL = 1 << 7, USED = 1 << 15 };

static bool is_packed(const struct sim_vdev *dev)
{
	return dev->accepted & VDEV_F_PACKED;
}

static uint64_t get(struct sim_vdev *dev, uint64_t daddr, unsigned nbytes)
{
	uint64_t value = 0;

	return sim_device_work_read(dev->dma, dma_daddr(daddr), &value, nbytes) ? 0 : value;
}

static void put(struct sim_vdev *dev, uint64_t daddr, uint64_t value, unsigned nbytes)
{
	(void)!sim_device_work_write(dev->dma, dma_daddr(daddr), &value, nbytes);
}

bool vdev_lies_now(const struct sim_vdev *dev, enum sim_vdev_lie lie)
{
	return dev->config.lie == lie && dev->answers + 1 >= dev->config.lie_at;
}

/* ---- Chains --------------------------------------------------------------------------------------------------- */

struct descriptor {
	uint64_t daddr;
	uint32_t nbytes;
	uint16_t id, flags, next;
};

static struct descriptor fetch(struct sim_vdev *dev, uint64_t at)
{
	struct descriptor d = {.daddr = get(dev, at, 8), .nbytes = (uint32_t)get(dev, at + 8, 4)};
	uint16_t first = (uint16_t)get(dev, at + 12, 2), second = (uint16_t)get(dev, at + 14, 2);

	if (is_packed(dev))
		d.id = first, d.flags = second;
	else
		d.flags = first, d.next = second;
	return d;
}

/* One stretch of memory joins the chain; false: a rule is broken. */
static bool join(struct sim_vdev *dev, struct vchain *chain, const struct descriptor *d)
{
	bool write = d->flags & WRITE;

	if (!write && chain->writable) {
		vdev_violation(dev, "2.7.4.2", "what the device reads stands behind what it writes", d->daddr);
		return false;
	}
	if (!d->nbytes || chain->nparts == VPARTS || d->daddr + d->nbytes < d->daddr) {
		vdev_violation(dev, "2.7.5", "an empty or endless descriptor", d->daddr);
		return false;
	}
	chain->part[chain->nparts++] = (struct vpart){d->daddr, d->nbytes, write};
	*(write ? &chain->writable : &chain->readable) += d->nbytes;
	return true;
}

/* 2.7.5.3, 2.8.7 */
static bool join_table(struct sim_vdev *dev, struct vchain *chain, const struct descriptor *table, unsigned limit)
{
	unsigned count = table->nbytes / 16, at = 0;

	if (!(dev->accepted & VDEV_F_INDIRECT) || table->flags & (NEXT | WRITE) || table->nbytes % 16 || !count ||
	    count > limit) {
		vdev_violation(dev, "2.7.5.3.1", "an indirect table that may not be", table->nbytes);
		return false;
	}
	for (unsigned i = 0; i < count; i++) {
		struct descriptor d = fetch(dev, table->daddr + 16 * (uint64_t)at);
		unsigned allowed = is_packed(dev) ? WRITE : WRITE | NEXT;

		if (d.flags & ~allowed) {
			vdev_violation(dev, "2.8.7", "a flag that an indirect table has not", d.flags);
			return false;
		}
		if (!join(dev, chain, &d))
			return false;
		if (is_packed(dev)) {
			at++;
			continue;
		}
		if (!(d.flags & NEXT))
			return true;
		at = d.next;
		if (at >= count) {
			vdev_violation(dev, "2.7.5.3.1", "a chain leaves its indirect table", at);
			return false;
		}
	}
	if (!is_packed(dev))
		vdev_violation(dev, "2.7.5.2", "a chain has no end", count);
	return is_packed(dev);
}

static bool take_split(struct sim_vdev *dev, struct vqueue *q, struct vchain *chain)
{
	uint64_t area = q->areas[DRIVER_AREA];
	uint16_t available = (uint16_t)get(dev, area + 2, 2), head, at;

	if (available == q->taken)
		return false;
	if ((uint16_t)(available - q->given) > q->size) {
		vdev_violation(dev, "2.7.13.3", "more chains are offered than the queue has entries", available);
		q->enabled = false;
		return false;
	}
	head = (uint16_t)get(dev, area + 4 + 2 * (uint64_t)(q->taken % q->size), 2);
	q->taken++;
	chain->id = head;
	if (head >= q->size || q->in_flight[head]) {
		vdev_violation(dev, "2.7.13", "a chain is offered that is no chain, or is the device's already", head);
		return false;
	}
	for (at = head;;) {
		struct descriptor d = fetch(dev, q->areas[DESCRIPTORS] + 16 * (uint64_t)at);

		if (d.flags & ~(NEXT | WRITE | INDIRECT) || ++chain->descriptors > q->size) {
			vdev_violation(dev, "2.7.5", "a reserved flag, or a chain without an end", d.flags);
			return false;
		}
		if (d.flags & INDIRECT)
			return join_table(dev, chain, &d, q->size);
		if (!join(dev, chain, &d))
			return false;
		if (!(d.flags & NEXT))
			return true;
		at = d.next;
		if (at >= q->size) {
			vdev_violation(dev, "2.7.5", "a chain leaves its table", at);
			return false;
		}
	}
}

static void advance(const struct vqueue *q, uint16_t *at, bool *wrap, unsigned n)
{
	*at = (uint16_t)(*at + n);
	if (*at < q->size)
		return;
	*at = (uint16_t)(*at - q->size);
	*wrap = !*wrap;
}

static bool offered(uint16_t flags, bool wrap)
{
	return !(flags & AVAIL) != wrap && !(flags & USED) == wrap;
}

static bool take_packed(struct sim_vdev *dev, struct vqueue *q, struct vchain *chain)
{
	struct descriptor d = fetch(dev, q->areas[DESCRIPTORS] + 16 * (uint64_t)q->taken);

	if (!offered(d.flags, q->taken_wrap))
		return false;
	for (;;) {
		bool more = d.flags & NEXT;

		advance(q, &q->taken, &q->taken_wrap, 1);
		chain->descriptors++;
		chain->id = d.id; /* 2.8.6: that of the last one counts */
		if (d.flags & ~(NEXT | WRITE | INDIRECT | AVAIL | USED) || chain->descriptors > q->size) {
			vdev_violation(dev, "2.8.5", "a reserved flag, or a chain without an end", d.flags);
			return false;
		}
		d.flags &= NEXT | WRITE | INDIRECT;
		if (d.flags & INDIRECT) {
			if (chain->descriptors > 1)
				vdev_violation(dev, "2.8.7", "an indirect table within a chain", d.id);
			return join_table(dev, chain, &d, q->size);
		}
		if (!join(dev, chain, &d))
			return false;
		if (!more)
			return true;
		d = fetch(dev, q->areas[DESCRIPTORS] + 16 * (uint64_t)q->taken);
		if (!offered(d.flags, q->taken_wrap)) {
			vdev_violation(dev, "2.8.21.1", "a chain is shown before all of it is there", d.id);
			return false;
		}
	}
}

/* 2.7.10, 2.8.10: from now on the driver is to notify (when an entry comes, or whenever), or need not. */
static void want(struct sim_vdev *dev, struct vqueue *q, bool on)
{
	bool events = dev->accepted & VDEV_F_EVENT;

	if (!is_packed(dev) && events)
		put(dev, q->areas[DEVICE_AREA] + 4 + 8 * (uint64_t)q->size, on ? q->taken : (uint16_t)(q->taken - 1),
		    2);
	else if (!is_packed(dev))
		put(dev, q->areas[DEVICE_AREA], !on, 2);
	else
		put(dev, q->areas[DEVICE_AREA],
		    on && events ? (q->taken | (q->taken_wrap ? 0x8000u : 0) | 2u << 16)
		    : on	 ? 0
				 : 1u << 16,
		    4);
}

bool vdev_take(struct sim_vdev *dev, unsigned queue, struct vchain *chain)
{
	struct vqueue *q = &dev->queue[queue];
	bool there;

	if (!q->enabled || !(q->notified || dev->config.eager))
		return false;
	memset(chain, 0, sizeof(*chain));
	there = is_packed(dev) ? take_packed(dev, q, chain) : take_split(dev, q, chain);
	if (!there) {
		/* Idle: it asks to be notified, and looks once more, as 2.7.10 has it; then it sleeps. */
		q->notified = false;
		want(dev, q, true);
		memset(chain, 0, sizeof(*chain));
		there = is_packed(dev) ? take_packed(dev, q, chain) : take_split(dev, q, chain);
		q->notified = there;
	}
	if (!there)
		return false;
	if (chain->id >= q->size || q->in_flight[chain->id]) {
		vdev_violation(dev, "2.8.21", "an identifier is beyond the queue, or in use", chain->id);
		return false;
	}
	want(dev, q, sim_choose(2) == 0); /* at work it needs no notification, but may want one */
	q->in_flight[chain->id] = true;
	q->nflight++;
	return true;
}

/* ---- Answers ---------------------------------------------------------------------------------------------------- */

static void write_answer(struct sim_vdev *dev, struct vqueue *q, unsigned id, uint32_t nbytes, bool wrote,
			 unsigned descriptors)
{
	uint64_t at;

	if (!is_packed(dev)) {
		put(dev, q->areas[DEVICE_AREA] + 4 + 8 * (uint64_t)(q->given % q->size), id | (uint64_t)nbytes << 32,
		    8);
		q->given++;
		return;
	}
	at = q->areas[DESCRIPTORS] + 16 * (uint64_t)q->given;
	put(dev, at + 8, nbytes, 4);
	put(dev, at + 12, id, 2);
	put(dev, at + 14, (q->given_wrap ? AVAIL | USED : 0) | (wrote ? WRITE : 0), 2);
	advance(q, &q->given, &q->given_wrap, descriptors);
}

static void publish(struct sim_vdev *dev, const struct vqueue *q, int more)
{
	if (!is_packed(dev))
		put(dev, q->areas[DEVICE_AREA] + 2, (uint16_t)(q->given + more), 2);
}

/* An identifier that is not in flight; the queue's size if all are. */
static unsigned free_id(const struct vqueue *q)
{
	unsigned id = 0;

	while (id < q->size && q->in_flight[id])
		id++;
	return id;
}

void vdev_give(struct sim_vdev *dev, unsigned queue, const struct vchain *chain, uint32_t nbytes)
{
	struct vqueue *q = &dev->queue[queue];
	enum sim_vdev_lie lie = dev->config.lie < VDEV_ANSWER_LIES && vdev_lies_now(dev, dev->config.lie) && !dev->lied
					? dev->config.lie
					: VDEV_HONEST;
	unsigned id = chain->id;
	int more = 0;
	bool wrote;

	dev->answers++;
	q->in_flight[chain->id] = false;
	q->nflight--;
	dev->lied |= lie != VDEV_HONEST && lie != VDEV_ID_TWICE;
	switch (lie) {
	case VDEV_ID_RANGE:
		id = q->size + sim_choose(3) * 1000;
		break;
	case VDEV_ID_FREE:
		id = free_id(q);
		id = id == chain->id ? id + 1 : id; /* that one it has */
		break;
	case VDEV_ID_TWICE:
		dev->lied |= dev->answers > dev->config.lie_at;
		id = dev->answers > dev->config.lie_at ? q->last_id : id;
		break;
	case VDEV_LENGTH:
		nbytes = chain->writable + 1;
		break;
	case VDEV_LENGTH_MOST:
		nbytes = UINT32_MAX;
		break;
	case VDEV_LENGTH_NONE:
		nbytes = 0;
		break;
	case VDEV_LEAP:
		more = 200;
		break;
	case VDEV_BACK:
		more = -2;
		break;
	case VDEV_SILENT:
		return;
	case VDEV_NEEDS_RESET:
		dev->status |= V_NEEDS_RESET;
		return;
	case VDEV_GONE:
		dev->gone = true;
		return;
	case VDEV_RESETS:
		vdev_reset(dev);
		return;
	default:
		break;
	}
	if (dev->config.lie == VDEV_LEAP && dev->lied)
		more = 200; /* it keeps to that */
	q->last_id = chain->id;
	wrote = nbytes && (lie != VDEV_HONEST || sim_choose(2)); /* QEMU never says so */
	if (is_packed(dev) && !chain->writable && !nbytes)
		nbytes = UINT32_MAX; /* 2.8.4: reserved */
	write_answer(dev, q, id, nbytes, wrote, chain->descriptors);
	/* Packed: it marks the entries that follow as answered, too, or goes back to the entry before. */
	for (int i = 0; is_packed(dev) && more > 0 && i < q->size / 2; i++)
		write_answer(dev, q, free_id(q), 0, false, 1);
	publish(dev, q, more);
}

/* ---- What is in a chain ------------------------------------------------------------------------------------------ */

static bool copy(struct sim_vdev *dev, const struct vchain *chain, bool write, uint32_t offset, void *bytes, size_t n)
{
	for (unsigned i = 0; i < chain->nparts && n; i++) {
		const struct vpart *part = &chain->part[i];
		dma_daddr_t at;
		size_t here;

		if (part->write != write)
			continue;
		if (offset >= part->nbytes) {
			offset -= part->nbytes;
			continue;
		}
		at = dma_daddr(part->daddr + offset);
		here = part->nbytes - offset < n ? part->nbytes - offset : n;
		if (write ? sim_device_work_write(dev->dma, at, bytes, here)
			  : sim_device_work_read(dev->dma, at, bytes, here))
			return false;
		bytes = (char *)bytes + here;
		n -= here;
		offset = 0;
	}
	return n == 0;
}

bool vdev_chain_read(struct sim_vdev *dev, const struct vchain *chain, uint32_t offset, void *bytes, size_t n)
{
	return copy(dev, chain, false, offset, bytes, n);
}

bool vdev_chain_write(struct sim_vdev *dev, const struct vchain *chain, uint32_t offset, const void *bytes, size_t n)
{
	return copy(dev, chain, true, offset, (void *)(uintptr_t)bytes, n);
}
