/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What virtio 1.3 demands of a driver of the PCI transport and of the IOMMU device, a line for each rule: name,
 * section, what breaks it.
 */
#ifndef PLATFORM_SIM_VIRTIO_RULES_H
#define PLATFORM_SIM_VIRTIO_RULES_H

/* clang-format off */
#define VIRTIO_RULES(R) \
	/* registers */ \
	R(VIRTIO_WIDTH, "4.1.3.1", "an access of another width than the field has") \
	R(VIRTIO_READ_ONLY, "4.1.4.3.2", "a write to a read-only field of the common configuration") \
	R(VIRTIO_CONFIG_WRITE, "5.13.4.1", "a write to a field of the configuration other than bypass") \
	R(VIRTIO_BYPASS_VALUE, "5.13.4.1", "bypass: a value other than 0 and 1, or without BYPASS_CONFIG") \
	R(VIRTIO_STATUS_CLEARED, "2.1.1", "device_status: a bit is cleared without a reset") \
	R(VIRTIO_STATUS_ORDER, "3.1.1", "device_status: a bit before the one that it follows") \
	R(VIRTIO_STATUS_UNKNOWN, "2.1", "device_status: a bit that has no meaning (4, 5)") \
	R(VIRTIO_RESET_UNSEEN, "4.1.4.3.2", "device_status: written before 0 was read after a reset") \
	R(VIRTIO_FEATURE_UNKNOWN, "2.2.1", "driver_feature: a bit that was not offered") \
	R(VIRTIO_FEATURE_LATE, "3.1.1", "driver_feature: written after FEATURES_OK") \
	R(VIRTIO_FEATURE_NEEDED, "6.1", "FEATURES_OK: VERSION_1 or ACCESS_PLATFORM is offered and not accepted") \
	R(VIRTIO_QUEUE_NONE, "4.1.4.3.2", "a field of a queue that the device does not have") \
	R(VIRTIO_QUEUE_LATE, "3.1.1", "queue_enable: after DRIVER_OK") \
	R(VIRTIO_QUEUE_EARLY, "3.1.1", "queue_enable: before FEATURES_OK") \
	R(VIRTIO_QUEUE_VALUE, "4.1.4.3.2", "queue_enable: a value other than 1") \
	R(VIRTIO_QUEUE_SIZE, "4.1.4.3.2", "queue_size: no power of two, or above what the device offers") \
	R(VIRTIO_QUEUE_ACTIVE, "4.1.4.3.2", "a field of a queue that is enabled is written") \
	R(VIRTIO_QUEUE_ALIGNMENT, "2.7", "an area of a queue is not aligned, or not in memory") \
	R(VIRTIO_NOTIFY_EARLY, "3.1.1", "a notification before DRIVER_OK") \
	R(VIRTIO_NOTIFY_VALUE, "4.1.5.2", "a notification of another queue than its address is for") \
	/* queues */ \
	R(VIRTIO_AVAILABLE, "2.7.13.3", "more chains are available than the queue has descriptors") \
	R(VIRTIO_HEAD, "2.7.13.2", "a head beyond the queue, or one that the device has not returned") \
	R(VIRTIO_CHAIN, "2.7.5.2", "a chain that leaves the queue or is longer than it") \
	R(VIRTIO_FLAGS, "2.7.5.3.1", "a descriptor's flag that was not negotiated") \
	R(VIRTIO_ORDER, "2.7.4.2", "a part that the device reads behind one that it writes") \
	R(VIRTIO_BUFFER, "2.7.4", "a descriptor whose memory is none") \
	R(VIRTIO_EVENT_BUFFER, "5.13.6.9", "the event queue: a buffer that the device reads") \
	/* requests */ \
	R(VIRTIO_REQUEST_TYPE, "5.13.6", "a request of unknown type, or that was not negotiated") \
	R(VIRTIO_REQUEST_SIZE, "5.13.6", "a part of a request is shorter or longer than its type") \
	R(VIRTIO_REQUEST_RESERVED, "5.13.6.1", "a reserved field of a request is not 0") \
	R(VIRTIO_REQUEST_DOMAIN, "5.13.6.1", "a domain beyond domain_range") \
	R(VIRTIO_REQUEST_INPUT, "5.13.6.1", "an address beyond input_range") \
	R(VIRTIO_ATTACH_FLAGS, "5.13.6.3.1", "ATTACH: an unknown flag, or BYPASS unasked, or of another kind") \
	R(VIRTIO_ATTACH_UNPROBED, "5.13.5.1", "ATTACH: an endpoint that was not probed, with PROBE negotiated") \
	R(VIRTIO_DETACH_STRANGER, "5.13.6.4", "DETACH: an endpoint that is not attached to that domain") \
	R(VIRTIO_MAP_EMPTY, "5.13.6.5.1", "MAP: the end is not greater than the start") \
	R(VIRTIO_MAP_GRANULE, "5.13.6.5.2", "MAP: not aligned to the page granularity") \
	R(VIRTIO_MAP_FLAGS, "5.13.6.5.1", "MAP: an unknown flag, or MMIO without the feature") \
	R(VIRTIO_MAP_PHYSICAL, "5.13.6.5", "MAP: the physical range wraps") \
	R(VIRTIO_MAP_TWICE, "5.13.6.5.2", "MAP: a mapping exists in the range") \
	R(VIRTIO_MAP_RESERVED, "5.13.6.8.1", "MAP: a reserved range of an endpoint of the domain") \
	R(VIRTIO_MAP_NOWHERE, "5.13.6.5.2", "MAP or UNMAP: a domain that does not exist, or that bypasses") \
	R(VIRTIO_UNMAP_PART, "5.13.6.6.1", "UNMAP: a mapping that is not covered as a whole") \
	R(VIRTIO_PROBE_SIZE, "5.13.6.7.1", "PROBE: properties of another size than probe_size")
/* clang-format on */

enum virtio_rule {
#define VIRTIO_NAME(name, section, text) name,
	VIRTIO_RULES(VIRTIO_NAME)
#undef VIRTIO_NAME
		VIRTIO_NRULES
};

#endif
