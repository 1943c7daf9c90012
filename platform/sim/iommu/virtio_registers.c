/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Configuration space and registers (virtio 1.3, 4.1.4 and 5.13.4): the common configuration at 0, notifications at
 * 0x1000, the IOMMU's configuration at 0x2000.
 */
#include "../machine/virtio_fields.h"
#include "virtio_model.h"
#include <string.h>

enum { NOTIFY_AT = 0x1000, DEVICE_AT = 0x2000, NOTIFY_STEP = 4 };

/* ---- The common configuration ------------------------------------------------------------------------------------ */

static const struct virtio_field *field_of(struct sim_virtio *unit, uint64_t offset, unsigned nbytes)
{
	const struct virtio_field *field = virtio_field_at(offset, nbytes);

	if (!field)
		virtio_violation(unit, VIRTIO_WIDTH, offset);
	return field;
}

static uint64_t common_read(struct sim_virtio *unit, uint64_t offset)
{
	const struct queue *queue = unit->select < QUEUES ? &unit->queue[unit->select] : NULL;

	switch (offset) {
	case 0x04:
		return unit->offered_select < 2 ? (uint32_t)(unit->config.features >> 32 * unit->offered_select) : 0;
	case 0x0c:
		return unit->accepted_select < 2 ? (uint32_t)(unit->accepted >> 32 * unit->accepted_select) : 0;
	case 0x12:
		return QUEUES;
	case 0x14:
		if (!unit->status)
			unit->reset_unseen = false;
		return unit->config.never_resets ? 0xff : unit->status;
	case 0x18:
		return queue ? queue->size : 0;
	case 0x1c:
		return queue && queue->enabled;
	case 0x1e:
		return queue ? queue->notify_off : 0;
	default:
		return 0;
	}
}

static void status_write(struct sim_virtio *unit, uint8_t value)
{
	if (!value) {
		virtio_registers_reset(unit);
		unit->reset_unseen = true;
		return;
	}
	if (unit->reset_unseen)
		virtio_violation(unit, VIRTIO_RESET_UNSEEN, value);
	unit->reset_unseen = false;
	if (unit->status & ~value)
		virtio_violation(unit, VIRTIO_STATUS_CLEARED, value);
	if (value & 0x30)
		virtio_violation(unit, VIRTIO_STATUS_UNKNOWN, value);
	if ((value & KNOWN && !(unit->status & FOUND)) || (value & OK_FEATURES && !(unit->status & KNOWN)) ||
	    (value & OK_DRIVER && !(unit->status & OK_FEATURES)))
		virtio_violation(unit, VIRTIO_STATUS_ORDER, value);
	if (value & ~unit->status & OK_FEATURES && unit->config.features & ~unit->accepted & F_NEEDED)
		virtio_violation(unit, VIRTIO_FEATURE_NEEDED, unit->accepted);
	if (unit->config.refuses_features)
		value &= (uint8_t)~OK_FEATURES;
	unit->status = value;
}

static bool area_is_sound(uint64_t paddr, uint64_t align)
{
	uint8_t byte;

	return paddr % align == 0 && sim_ram_read(paddr, &byte, 1, true) == 0;
}

static void queue_write(struct sim_virtio *unit, struct queue *queue, uint64_t offset, uint64_t value)
{
	if (queue->enabled) {
		virtio_violation(unit, VIRTIO_QUEUE_ACTIVE, offset);
		return;
	}
	if (offset == 0x18) {
		if (value == 0 || value & (value - 1) || value > unit->config.queue_size)
			virtio_violation(unit, VIRTIO_QUEUE_SIZE, value);
		else
			queue->size = (uint16_t)value;
	} else if (offset == 0x1c) {
		if (value != 1)
			virtio_violation(unit, VIRTIO_QUEUE_VALUE, value);
		else if (!(unit->status & OK_FEATURES))
			virtio_violation(unit, VIRTIO_QUEUE_EARLY, value);
		else if (unit->status & OK_DRIVER)
			virtio_violation(unit, VIRTIO_QUEUE_LATE, value);
		else if (!area_is_sound(queue->areas[0], 16) || !area_is_sound(queue->areas[1], 2) ||
			 !area_is_sound(queue->areas[2], 4))
			virtio_violation(unit, VIRTIO_QUEUE_ALIGNMENT, queue->areas[0]);
		else
			queue->enabled = true;
	} else if (offset >= 0x20) {
		uint64_t *area = &queue->areas[(offset - 0x20) / 8];

		*area = offset & 4 ? (uint32_t)*area | value << 32 : (*area & ~(uint64_t)UINT32_MAX) | value;
	}
}

static void common_write(struct sim_virtio *unit, uint64_t offset, uint64_t value)
{
	uint64_t accepted;

	switch (offset) {
	case 0x00:
		unit->offered_select = (uint32_t)value;
		break;
	case 0x08:
		unit->accepted_select = (uint32_t)value;
		break;
	case 0x0c:
		if (unit->status & OK_FEATURES)
			virtio_violation(unit, VIRTIO_FEATURE_LATE, value);
		accepted = unit->accepted_select < 2 ? value << 32 * unit->accepted_select : 0;
		if (accepted & ~unit->config.features)
			virtio_violation(unit, VIRTIO_FEATURE_UNKNOWN, accepted);
		unit->accepted |= accepted & unit->config.features;
		break;
	case 0x14:
		status_write(unit, (uint8_t)value);
		break;
	case 0x16:
		unit->select = (uint16_t)value;
		break;
	default:
		if (unit->select < QUEUES)
			queue_write(unit, &unit->queue[unit->select], offset, value);
		else
			virtio_violation(unit, VIRTIO_QUEUE_NONE, unit->select);
	}
}

/* ---- The IOMMU's configuration --------------------------------------------------------------------------------- */

static uint64_t device_read(struct sim_virtio *unit, uint64_t offset, unsigned nbytes)
{
	const struct sim_virtio_config *c = &unit->config;
	uint8_t bytes[40] = {0};
	uint64_t value = 0;

	memcpy(bytes, &c->page_size_mask, 8);
	memcpy(bytes + 8, &c->input_first, 8);
	memcpy(bytes + 16, &c->input_last, 8);
	memcpy(bytes + 24, &c->first_domain, 4);
	memcpy(bytes + 28, &c->last_domain, 4);
	memcpy(bytes + 32, &c->probe_size, 4);
	bytes[36] = unit->bypass;
	if (nbytes != (offset == 36 ? 1 : 4) || offset % nbytes || offset + nbytes > sizeof(bytes))
		virtio_violation(unit, VIRTIO_WIDTH, DEVICE_AT + offset);
	else
		memcpy(&value, bytes + offset, nbytes);
	return value;
}

static void device_write(struct sim_virtio *unit, uint64_t offset, uint64_t value)
{
	if (offset != 36)
		virtio_violation(unit, VIRTIO_CONFIG_WRITE, offset);
	else if (value > 1 || !(unit->accepted & F_BYPASS_CONFIG))
		virtio_violation(unit, VIRTIO_BYPASS_VALUE, value);
	else if (!unit->config.bypass_stuck)
		unit->bypass = (uint8_t)value;
}

/* ---- All of them ----------------------------------------------------------------------------------------------- */

void virtio_registers_reset(struct sim_virtio *unit)
{
	unit->offered_select = unit->accepted_select = 0;
	unit->accepted = 0;
	unit->status = 0;
	unit->select = 0;
	for (unsigned i = 0; i < QUEUES; i++)
		unit->queue[i] =
			(struct queue){.size = unit->config.queue_size, .notify_off = i ? unit->config.notify_off : 0};
	unit->nheld = 0;
	virtio_forget_all(unit); /* 5.13.5: endpoints are not attached; bypass stays */
}

uint64_t virtio_register_read(struct sim_virtio *unit, uint64_t offset, unsigned nbytes)
{
	if (offset < NOTIFY_AT)
		return field_of(unit, offset, nbytes) ? common_read(unit, offset) : 0;
	return offset >= DEVICE_AT ? device_read(unit, offset - DEVICE_AT, nbytes) : 0;
}

static void notification(struct sim_virtio *unit, uint64_t offset, uint64_t value, unsigned nbytes)
{
	unit->seen.notifications++;
	if (nbytes != 2)
		virtio_violation(unit, VIRTIO_WIDTH, NOTIFY_AT + offset);
	else if (value >= QUEUES || unit->queue[value].notify_off * (uint64_t)NOTIFY_STEP != offset)
		virtio_violation(unit, VIRTIO_NOTIFY_VALUE, value);
	else if (!(unit->status & OK_DRIVER))
		virtio_violation(unit, VIRTIO_NOTIFY_EARLY, value);
}

void virtio_register_write(struct sim_virtio *unit, uint64_t offset, uint64_t value, unsigned nbytes)
{
	const struct virtio_field *field;

	if (offset >= DEVICE_AT) {
		device_write(unit, offset - DEVICE_AT, value);
	} else if (offset >= NOTIFY_AT) {
		notification(unit, offset - NOTIFY_AT, value, nbytes);
	} else {
		field = field_of(unit, offset, nbytes);
		if (field && !field->writable)
			virtio_violation(unit, VIRTIO_READ_ONLY, offset);
		else if (field)
			common_write(unit, offset, value);
	}
}

/* ---- Configuration space --------------------------------------------------------------------------------------- */

static void put32(struct sim_virtio *unit, unsigned offset, uint32_t value)
{
	memcpy(unit->pci + offset, &value, 4);
}

static void capability(struct sim_virtio *unit, unsigned at, unsigned next, unsigned kind, uint32_t offset,
		       uint32_t nbytes)
{
	put32(unit, at, 9u | next << 8 | (kind == 2 ? 20u : 16u) << 16 | kind << 24);
	put32(unit, at + 4, 4); /* BAR 4 */
	put32(unit, at + 8, offset);
	put32(unit, at + 12, nbytes);
	put32(unit, at + 16, NOTIFY_STEP);
}

static void configuration_space(struct sim_virtio *unit)
{
	put32(unit, 0x00, 0x10571af4);
	put32(unit, 0x04, 1u << 20);
	put32(unit, 0x20, (uint32_t)unit->config.registers | 0xc); /* 64 bits, prefetchable */
	put32(unit, 0x24, (uint32_t)(unit->config.registers >> 32));
	put32(unit, 0x34, 0x40);
	capability(unit, 0x40, 0x58, 1, 0, 0x38);
	capability(unit, 0x58, 0x70, 5, 0, 0); /* configuration access: not used */
	capability(unit, 0x70, 0x88, 2, NOTIFY_AT, 0x100);
	capability(unit, 0x88, 0, 4, DEVICE_AT, 0x28);
}

uint32_t sim_virtio_pci_read(struct sim_virtio *unit, unsigned offset)
{
	uint32_t value = 0;

	if (!unit->pci[0])
		configuration_space(unit);
	if (offset + 4 <= sizeof(unit->pci))
		memcpy(&value, unit->pci + offset, 4);
	return value;
}

void sim_virtio_pci_write(struct sim_virtio *unit, unsigned offset, uint32_t value)
{
	if (offset == 4)
		put32(unit, 4, (value & 6) | 1u << 20);
}
