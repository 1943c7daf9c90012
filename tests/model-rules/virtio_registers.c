/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Bad drivers of virtio-iommu: registers and queues (virtio 1.2, 2.1, 2.7, 4.1.4, 5.13.4).
 */
#include "virtio_bench.h"
#include "virtio_breaches.h"

/* The value b, c bytes wide, at a, of a unit that takes requests. */
static void write_at(const struct breach *breach)
{
	on(ALL);
	w(breach->a, breach->b, (unsigned)breach->c);
}

static void read_at(const struct breach *breach)
{
	(void)r(breach->a, (unsigned)breach->c);
}

static void unseen(const struct breach *breach)
{
	(void)breach;
	w(STATUS, 0, 1);
	w(STATUS, 1, 1);
}

static void unknown_feature(const struct breach *breach)
{
	features(breach->a);
}

static void early_queue(const struct breach *breach)
{
	(void)breach;
	w(STATUS, 0, 1);
	(void)r(STATUS, 1);
	add_status(1);
	add_status(2);
	queue(0, bench.frame[RING]);
}

/* ACKNOWLEDGE, perhaps, and then a. */
static void status_then(const struct breach *breach)
{
	w(STATUS, 0, 1);
	(void)r(STATUS, 1);
	for (unsigned bit = 1; bit <= breach->b; bit *= 2)
		add_status(bit);
	add_status((unsigned)breach->a);
}

static void no_queue(const struct breach *breach)
{
	features(ALL);
	w(SELECT, 2, 2);
	w(breach->a, breach->b, 2);
}

static void late_queue(const struct breach *breach)
{
	(void)breach;
	features(ALL);
	queue(0, bench.frame[RING]);
	add_status(4);
	queue(1, bench.frame[EVENTS]);
}

/* Of the event queue. */
static void read_buffer(const struct breach *breach)
{
	uint64_t paddr;

	(void)breach;
	on(ALL);
	w(CONFIG + 36, 0, 1);
	put(bench.frame[EVENTS], bench.frame[REQUEST], 8);
	put(bench.frame[EVENTS] + 8, 24, 8);
	put(bench.frame[EVENTS] + AVAILABLE + 4, 0, 2);
	put(bench.frame[EVENTS] + AVAILABLE + 2, 1, 2);
	w(NOTIFY + 12, 1, 2);
	SIM_CHECK(sim_virtio_look(bench.device, 0x1000, true, &paddr) != 0);
}

static void queue_field(const struct breach *breach)
{
	features(ALL);
	w(SELECT, 0, 2);
	w(breach->a, breach->b, 2);
}

static void odd_area(const struct breach *breach)
{
	features(ALL);
	queue(0, breach->a ? breach->a : bench.frame[RING] + 8);
}

static void early_notification(const struct breach *breach)
{
	(void)breach;
	features(ALL);
	queue(0, bench.frame[RING]);
	w(NOTIFY, 0, 2);
}

static void bypass_unasked(const struct breach *breach)
{
	(void)breach;
	on(ALL & ~BIT(6));
	w(CONFIG + 36, 0, 1);
}

/* ---- Queues ---------------------------------------------------------------------------------------------------- */

static void leap(const struct breach *breach)
{
	(void)breach;
	on(ALL);
	put(bench.frame[RING] + AVAILABLE + 2, SIZE + 1, 2);
	w(NOTIFY, 0, 2);
}

static void far_head(const struct breach *breach)
{
	(void)breach;
	on(ALL);
	offer(SIZE);
}

/* A descriptor a bytes long with flags b, whose chain goes on at c. */
static void chain(const struct breach *breach)
{
	on(ALL);
	describe(0, bench.frame[REQUEST], (uint32_t)breach->a, (unsigned)breach->b, (unsigned)breach->c);
	describe(1, bench.frame[REQUEST], 4, 0, 0);
	offer(0);
}

static void no_memory(const struct breach *breach)
{
	(void)breach;
	on(ALL);
	describe(0, NOWHERE, 20, 0, 0);
	offer(0);
}

const struct breach virtio_register_breaches[] = {
	{VIRTIO_WIDTH, "queue_size as 4 bytes", read_at, QUEUE_SIZE, 0, 4, 0},
	{VIRTIO_WIDTH, "queue_desc as 8 bytes", write_at, 0x20, 0, 8, 0},
	{VIRTIO_WIDTH, "a notification of 4 bytes", write_at, NOTIFY, 0, 4, 0},
	{VIRTIO_WIDTH, "page_size_mask as 8 bytes", read_at, CONFIG, 0, 8, 0},
	{VIRTIO_READ_ONLY, "num_queues", write_at, 0x12, 2, 2, 0},
	{VIRTIO_READ_ONLY, "queue_notify_off", write_at, 0x1e, 0, 2, 0},
	{VIRTIO_CONFIG_WRITE, "probe_size", write_at, CONFIG + 32, 1, 4, 0},
	{VIRTIO_BYPASS_VALUE, "2", write_at, CONFIG + 36, 2, 1, 0},
	{VIRTIO_BYPASS_VALUE, "not negotiated", bypass_unasked, 0, 0, 0, 0},
	{VIRTIO_STATUS_CLEARED, "DRIVER goes", write_at, STATUS, 1, 1, 0},
	{VIRTIO_STATUS_ORDER, "DRIVER at once", status_then, 2, 0, 0, 0},
	{VIRTIO_STATUS_ORDER, "DRIVER_OK without FEATURES_OK", status_then, 4, 2, 0, 0},
	{VIRTIO_STATUS_UNKNOWN, "bit 4", status_then, 16, 2, 0, 0},
	{VIRTIO_STATUS_UNKNOWN, "bit 5", status_then, 32, 2, 0, 0},
	{VIRTIO_FEATURE_NEEDED, "no VERSION_1", unknown_feature, ALL & ~BIT(32), 0, 0, 0},
	{VIRTIO_FEATURE_NEEDED, "no ACCESS_PLATFORM", unknown_feature, ALL & ~BIT(33), 0, 0, 0},
	{VIRTIO_QUEUE_NONE, "queue_size of queue 2", no_queue, QUEUE_SIZE, 16, 0, 0},
	{VIRTIO_QUEUE_LATE, "after DRIVER_OK", late_queue, 0, 0, 0, 0},
	{VIRTIO_EVENT_BUFFER, "24 bytes to be read", read_buffer, 0, 0, 0, 0},
	{VIRTIO_RESET_UNSEEN, "ACKNOWLEDGE at once", unseen, 0, 0, 0, 0},
	{VIRTIO_FEATURE_UNKNOWN, "bit 7", unknown_feature, ALL | BIT(7), 0, 0, 0},
	{VIRTIO_FEATURE_LATE, "once more", write_at, 0x0c, 0, 4, 0},
	{VIRTIO_QUEUE_EARLY, "before FEATURES_OK", early_queue, 0, 0, 0, 0},
	{VIRTIO_QUEUE_VALUE, "0", queue_field, ENABLE, 0, 0, 0},
	{VIRTIO_QUEUE_SIZE, "48", queue_field, QUEUE_SIZE, 48, 0, 0},
	{VIRTIO_QUEUE_SIZE, "512", queue_field, QUEUE_SIZE, 512, 0, 0},
	{VIRTIO_QUEUE_ACTIVE, "queue_desc", write_at, 0x20, 0, 4, 0},
	{VIRTIO_QUEUE_ALIGNMENT, "descriptors at 8", odd_area, 0, 0, 0, 0},
	{VIRTIO_QUEUE_ALIGNMENT, "not in memory", odd_area, NOWHERE, 0, 0, 0},
	{VIRTIO_NOTIFY_EARLY, "before DRIVER_OK", early_notification, 0, 0, 0, 0},
	{VIRTIO_NOTIFY_VALUE, "queue 1 at queue 0's place", write_at, NOTIFY, 1, 2, 0},
	{VIRTIO_NOTIFY_VALUE, "queue 7", write_at, NOTIFY, 7, 2, 0},
	{VIRTIO_AVAILABLE, "17 of 16", leap, 0, 0, 0, 0},
	{VIRTIO_HEAD, "16 of 16", far_head, 0, 0, 0, 0},
	{VIRTIO_CHAIN, "it goes on at 16", chain, 20, 1, SIZE, 0},
	{VIRTIO_CHAIN, "a circle", chain, 20, 1, 0, 0},
	{VIRTIO_FLAGS, "INDIRECT", chain, 32, 4, 0, 0},
	{VIRTIO_ORDER, "read behind written", chain, 4, 3, 1, 0},
	{VIRTIO_BUFFER, "no memory", no_memory, 0, 0, 0, 0},
	{VIRTIO_BUFFER, "no bytes", chain, 0, 0, 0, 0},
};
const size_t virtio_nregister_breaches = sizeof(virtio_register_breaches) / sizeof(*virtio_register_breaches);
