/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What a driver sees of a virtio device behind PCI (Virtual I/O Device 1.2, 4.1): capabilities, the common
 * configuration at 0 of BAR 0, notifications at 0x1000, the interrupt status at 0x2000, the device's own at 0x3000.
 */
#include "../machine/virtio_fields.h"
#include "vdev.h"

enum { NOTIFY_AT = 0x1000, NOTIFY_BYTES = 0x100, NOTIFY_STEP = 4, ISR_AT = 0x2000, DEVICE_AT = 0x3000 };
enum { NO_MESSAGE = 0xffff };

static const struct virtio_field *field_of(const struct sim_vdev *dev, uint64_t offset, unsigned nbytes)
{
	const struct virtio_field *field = virtio_field_at(offset, nbytes);

	if (!field)
		vdev_violation(dev, "4.1.3.1", "an access of another width than the field's", offset);
	return field;
}

void vdev_reset(struct sim_vdev *dev)
{
	dev->offered_select = dev->accepted_select = 0;
	dev->accepted = 0;
	dev->status = 0;
	dev->select = 0;
	for (unsigned i = 0; i < VQUEUES; i++)
		dev->queue[i] = (struct vqueue){
			.size = dev->config.queue_size, .message = NO_MESSAGE, .taken_wrap = true, .given_wrap = true};
	if (dev->kind->reset)
		dev->kind->reset(dev);
}

static struct vqueue *selected(struct sim_vdev *dev)
{
	return dev->select < dev->kind->queues ? &dev->queue[dev->select] : NULL;
}

static uint64_t common_read(struct sim_vdev *dev, uint64_t offset)
{
	const struct vqueue *q = selected(dev);

	switch (offset) {
	case 0x00:
		return dev->offered_select;
	case 0x04:
		return dev->offered_select < 2 ? (uint32_t)(dev->config.features >> 32 * dev->offered_select) : 0;
	case 0x08:
		return dev->accepted_select;
	case 0x0c:
		return dev->accepted_select < 2 ? (uint32_t)(dev->accepted >> 32 * dev->accepted_select) : 0;
	case 0x10:
		return NO_MESSAGE;
	case 0x1a:
		return q ? q->message : NO_MESSAGE;
	case 0x12:
		return dev->config.lie == VDEV_NO_QUEUES ? 0 : dev->kind->queues;
	case 0x14:
		if (!dev->status)
			dev->reset_unseen = false;
		return dev->config.lie == VDEV_NEVER_RESETS ? V_DRIVER_OK : dev->status;
	case 0x15:
		if (dev->config.lie == VDEV_CONFIG_RESTLESS)
			dev->generation++;
		return dev->generation;
	case 0x16:
		return dev->select;
	case 0x18:
		return q ? q->size : 0;
	case 0x1c:
		return q && q->enabled;
	case 0x1e:
		return dev->config.lie == VDEV_NOTIFY_BEYOND ? 0xffff : dev->select;
	default:
		return q ? (uint32_t)(q->areas[(offset - 0x20) / 8] >> (offset & 4 ? 32 : 0)) : 0;
	}
}

/* 2.1.1 and 2.1.2, 3.1.1 */
static void status_write(struct sim_vdev *dev, uint8_t value)
{
	if (!value) {
		vdev_reset(dev);
		dev->reset_unseen = true;
		return;
	}
	if (dev->reset_unseen)
		vdev_violation(dev, "4.1.4.3.2", "the status is written before it was seen to be 0 after a reset",
			       value);
	dev->reset_unseen = false;
	dev->given_up |= (value & V_FAILED) != 0;
	if (dev->status & ~value)
		vdev_violation(dev, "2.1.1", "a bit of the status is cleared", value);
	if (value & V_FEATURES_OK && !(value & V_DRIVER))
		vdev_violation(dev, "3.1.1", "features are accepted before the device was", value);
	if (value & V_DRIVER_OK && !(dev->status & V_FEATURES_OK))
		vdev_violation(dev, "3.1.1", "DRIVER_OK without FEATURES_OK", value);
	if (value & V_FEATURES_OK && dev->config.features & VDEV_F_VERSION_1 && !(dev->accepted & VDEV_F_VERSION_1))
		vdev_violation(dev, "6.1", "version 1 is offered and not accepted", dev->accepted);
	if (value & V_FEATURES_OK && dev->config.features & VDEV_F_PLATFORM && !(dev->accepted & VDEV_F_PLATFORM))
		vdev_violation(dev, "6.1", "ACCESS_PLATFORM is offered and not accepted", dev->accepted);
	if (value & V_FEATURES_OK && dev->kind->accepts && dev->kind->accepts(dev->accepted))
		vdev_violation(dev, "2.2.1", dev->kind->accepts(dev->accepted), dev->accepted);
	if (dev->config.lie == VDEV_NO_FEATURES_OK)
		value &= (uint8_t)~V_FEATURES_OK;
	dev->status = value;
}

static void enable(struct sim_vdev *dev, struct vqueue *q)
{
	bool packed = dev->accepted & VDEV_F_PACKED;

	if (!(dev->status & V_FEATURES_OK))
		vdev_violation(dev, "3.1.1", "a queue is enabled before the features are known", dev->status);
	else if (q->areas[0] % 16 || q->areas[1] % (packed ? 4 : 2) || q->areas[2] % 4)
		vdev_violation(dev, packed ? "2.8" : "2.7", "an area of a queue is not aligned", q->areas[0]);
	else
		q->enabled = true;
}

static void queue_write(struct sim_vdev *dev, struct vqueue *q, uint64_t offset, uint64_t value)
{
	bool packed = dev->accepted & VDEV_F_PACKED;

	if (q->enabled) {
		vdev_violation(dev, "4.1.4.3.2", "a queue is changed while it is enabled", offset);
		return;
	}
	if (offset == 0x18) {
		if (value == 0 || (!packed && value & (value - 1)) || value > dev->config.queue_size)
			vdev_violation(dev, "4.1.4.3.2", "a queue's size is none that there is", value);
		else
			q->size = (uint16_t)value;
	} else if (offset == 0x1a) {
		q->message =
			dev->config.messages ? (uint16_t)value : NO_MESSAGE; /* 4.1.5.1.2.1: or has no room for it */
	} else if (offset == 0x1c) {
		if (value != 1)
			vdev_violation(dev, "4.1.4.3.2", "0 is written to queue_enable", value);
		else
			enable(dev, q);
	} else if (offset >= 0x20) {
		uint64_t *area = &q->areas[(offset - 0x20) / 8];

		*area = offset & 4 ? (uint32_t)*area | value << 32 : (*area & ~(uint64_t)UINT32_MAX) | value;
	}
}

static void common_write(struct sim_vdev *dev, uint64_t offset, uint64_t value)
{
	uint64_t accepted;
	struct vqueue *q = selected(dev);

	switch (offset) {
	case 0x00:
		dev->offered_select = (uint32_t)value;
		break;
	case 0x08:
		dev->accepted_select = (uint32_t)value;
		break;
	case 0x0c:
		if (dev->status & V_FEATURES_OK)
			vdev_violation(dev, "3.1.1", "features are changed after they were accepted", value);
		accepted = dev->accepted_select < 2 ? value << 32 * dev->accepted_select : 0;
		if (accepted & ~dev->config.features)
			vdev_violation(dev, "2.2.1", "a feature is accepted that was not offered", accepted);
		dev->accepted |= accepted & dev->config.features;
		break;
	case 0x14:
		status_write(dev, (uint8_t)value);
		break;
	case 0x16:
		dev->select = (uint16_t)value;
		break;
	case 0x10:
		break;
	default:
		if (q)
			queue_write(dev, q, offset, value);
		else
			vdev_violation(dev, "4.1.4.3.2", "a queue is set up that there is not", dev->select);
	}
}

/* 4.1.4.4 */
static void notification(struct sim_vdev *dev, uint64_t offset, uint64_t value, unsigned nbytes)
{
	if (nbytes != 2 || value >= dev->kind->queues || value * NOTIFY_STEP != offset)
		vdev_violation(dev, "4.1.5.2", "a notification of no queue", value);
	else if (!(dev->status & V_DRIVER_OK) && dev->config.lie == VDEV_RESETS && dev->lied)
		; /* the driver cannot know yet */
	else if (!(dev->status & V_DRIVER_OK))
		vdev_violation(dev, "3.1.1", "a notification before DRIVER_OK", value);
	else
		dev->queue[value].notified = true;
}

uint64_t vdev_register_read(void *ctx, uint64_t offset, unsigned nbytes)
{
	struct sim_vdev *dev = ctx;
	uint64_t value = 0;

	if (dev->gone)
		return UINT64_MAX;
	if (offset < NOTIFY_AT)
		return field_of(dev, offset, nbytes) ? common_read(dev, offset) : 0;
	if (offset < DEVICE_AT)
		return 0;
	offset -= DEVICE_AT;
	if (offset + nbytes > dev->kind->config_bytes || nbytes != dev->kind->width((unsigned)offset) ||
	    offset % nbytes)
		vdev_violation(dev, "4.1.3.1", "the configuration is read with another width than the field's", offset);
	else
		memcpy(&value, dev->settings + offset, nbytes);
	return value;
}

void vdev_register_write(void *ctx, uint64_t offset, uint64_t value, unsigned nbytes)
{
	struct sim_vdev *dev = ctx;
	const struct virtio_field *field;

	if (dev->gone)
		return;
	if (offset >= ISR_AT) {
		vdev_violation(dev, "2.5", "the configuration is written to", offset);
	} else if (offset >= NOTIFY_AT) {
		notification(dev, offset - NOTIFY_AT, value, nbytes);
	} else {
		field = field_of(dev, offset, nbytes);
		if (field && !field->writable)
			vdev_violation(dev, "4.1.4.3", "a register is written to that is to be read", offset);
		else if (field)
			common_write(dev, offset, value);
	}
}

/* ---- Capabilities: 4.1.4 ------------------------------------------------------------------------------------- */

static void put32(struct sim_vdev *dev, unsigned at, uint32_t value)
{
	memcpy(sim_pci_config(dev->fn) + at, &value, sizeof(value));
}

static void capability(struct sim_vdev *dev, unsigned at, unsigned next, unsigned kind, uint32_t offset,
		       uint32_t nbytes)
{
	put32(dev, at, 9u | next << 8 | (kind == 2 ? 20u : 16u) << 16 | kind << 24);
	put32(dev, at + 4, 0); /* BAR 0 */
	put32(dev, at + 8, offset);
	put32(dev, at + 12, nbytes);
	if (kind == 2)
		put32(dev, at + 16, NOTIFY_STEP);
}

void vdev_configuration_space(struct sim_vdev *dev)
{
	enum sim_vdev_lie lie = dev->config.lie;
	uint32_t offset = lie == VDEV_CAPABILITY_BEYOND ? 0x4000 : lie == VDEV_CAPABILITY_WRAPS ? 0x3f00 : 0;

	put32(dev, 0x04, lie == VDEV_NO_CAPABILITIES ? 0 : 1u << 20);
	put32(dev, 0x34, 0x40);
	if (lie == VDEV_CAPABILITY_CIRCLE) {
		put32(dev, 0x40, 9u | 0x40u << 8 | 16u << 16 | 8u << 24);
		return;
	}
	capability(dev, 0x40, 0x50, 1, offset,
		   lie == VDEV_CAPABILITY_SHORT	  ? 0x20
		   : lie == VDEV_CAPABILITY_EMPTY ? 0
		   : lie == VDEV_CAPABILITY_WRAPS ? 0xffffff00u
						  : 0x38);
	capability(dev, 0x50, 0x64, 2, NOTIFY_AT, NOTIFY_BYTES);
	if (lie == VDEV_CAPABILITY_BAR)
		put32(dev, 0x44, 0xc8);
	if (lie == VDEV_NOTIFY_ODD)
		put32(dev, 0x60, NOTIFY_STEP + 1);
	capability(dev, 0x64, 0x74, 3, ISR_AT, 1);
	capability(dev, 0x74, 0x84, 5, 0, 0); /* access through configuration space: nobody uses it */
	capability(dev, 0x84, 0, 4, DEVICE_AT, lie == VDEV_CONFIG_SHORT ? 4 : dev->kind->config_bytes);
}
