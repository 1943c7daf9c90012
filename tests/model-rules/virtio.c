/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The virtio-iommu model under bad drivers: one breach a run. The steps are written down from the specification.
 */
#include "bench.h"
#include "iommu/sim_virtio.h"
#include "iommu/virtio_rules.h"

#define REGISTERS 0xfed90000u
#define ALL	  (BIT(0) | BIT(1) | BIT(2) | BIT(4) | BIT(5) | BIT(6) | BIT(32))

enum { REQUESTER = 0x20, ENDPOINT = 0x120, DOMAIN = 7, SIZE = 16 };
enum { RING, EVENTS, REQUEST, DATA }; /* frames */
enum { AVAILABLE = 16 * SIZE, USED = 1024, TAIL_AT = 2048 };
enum { STATUS = 0x14, SELECT = 0x16, QUEUE_SIZE = 0x18, ENABLE = 0x1c, NOTIFY = 0x1000, CONFIG = 0x2000 };

static struct sim_virtio *the_unit;
static uint16_t offered;

/* ---- What a driver does ---------------------------------------------------------------------------------------- */

static void w(uint64_t offset, uint64_t value, unsigned nbytes)
{
	sim_register_write((volatile char *)bench.regs + offset, value, nbytes);
}

static uint64_t r(uint64_t offset, unsigned nbytes)
{
	return sim_register_read((volatile char *)bench.regs + offset, nbytes);
}

static void put(uint64_t paddr, uint64_t value, unsigned nbytes)
{
	SIM_CHECK(sim_ram_write(paddr, &value, nbytes, true) == 0);
}

static void add_status(unsigned bits)
{
	w(STATUS, r(STATUS, 1) | bits, 1);
}

static void features(uint64_t accepted)
{
	w(STATUS, 0, 1);
	(void)r(STATUS, 1);
	add_status(1);
	add_status(2);
	for (unsigned half = 0; half < 2; half++) {
		w(0x08, half, 4);
		w(0x0c, accepted >> 32 * half & UINT32_MAX, 4);
	}
	add_status(8);
}

static void queue(unsigned index, uint64_t paddr)
{
	w(SELECT, index, 2);
	w(QUEUE_SIZE, SIZE, 2);
	for (unsigned i = 0; i < 3; i++) {
		w(0x20 + 8 * i, (paddr + (i == 0 ? 0 : i == 1 ? AVAILABLE : USED)) & UINT32_MAX, 4);
		w(0x24 + 8 * i, paddr >> 32, 4);
	}
	w(ENABLE, 1, 2);
}

static void on(uint64_t accepted)
{
	offered = 0;
	features(accepted);
	queue(0, bench.frame[RING]);
	queue(1, bench.frame[EVENTS]);
	add_status(4);
}

static void describe(unsigned index, uint64_t paddr, uint32_t nbytes, unsigned flags, unsigned next)
{
	put(bench.frame[RING] + 16 * index, paddr, 8);
	put(bench.frame[RING] + 16 * index + 8, nbytes | (uint64_t)flags << 32 | (uint64_t)next << 48, 8);
}

static void offer(unsigned head)
{
	put(bench.frame[RING] + AVAILABLE + 4 + 2 * (offered % SIZE), head, 2);
	put(bench.frame[RING] + AVAILABLE + 2, ++offered, 2);
	w(NOTIFY, 0, 2);
}

/* A request of n words and so many writable bytes; gives its status, 0xff: none. */
static unsigned request(const uint32_t *word, unsigned n, uint32_t writable)
{
	uint64_t status = 0xff;

	for (unsigned i = 0; i < n; i++)
		put(bench.frame[REQUEST] + 4 * i, word[i], 4);
	put(bench.frame[REQUEST] + TAIL_AT + writable - 4, 0xff, 4);
	describe(0, bench.frame[REQUEST], 4 * n, 1, 1);
	describe(1, bench.frame[REQUEST] + TAIL_AT, writable, 2, 0);
	offer(0);
	SIM_CHECK(sim_ram_read(bench.frame[REQUEST] + TAIL_AT + writable - 4, &status, 1, true) == 0);
	return (unsigned)status & 0xff;
}

static unsigned attach(uint32_t domain, uint32_t endpoint, uint32_t flags, uint32_t reserved)
{
	return request((uint32_t[]){1, domain, endpoint, flags, reserved}, 5, 4);
}

static unsigned detach(uint32_t domain, uint32_t endpoint, uint32_t reserved)
{
	return request((uint32_t[]){2, domain, endpoint, reserved, 0}, 5, 4);
}

static unsigned map(uint32_t domain, uint64_t first, uint64_t last, uint32_t flags)
{
	uint64_t paddr = bench.frame[DATA];

	return request((uint32_t[]){3, domain, (uint32_t)first, (uint32_t)(first >> 32), (uint32_t)last,
				    (uint32_t)(last >> 32), (uint32_t)paddr, (uint32_t)(paddr >> 32), flags},
		       9, 4);
}

static unsigned unmap(uint32_t domain, uint64_t first, uint64_t last, uint32_t reserved)
{
	return request((uint32_t[]){4, domain, (uint32_t)first, (uint32_t)(first >> 32), (uint32_t)last,
				    (uint32_t)(last >> 32), reserved},
		       7, 4);
}

static unsigned probe(uint32_t endpoint, uint32_t reserved, uint32_t properties)
{
	uint32_t word[18] = {5, endpoint, reserved};

	return request(word, 18, properties + 4);
}

static void attached(void)
{
	on(ALL);
	SIM_CHECK(probe(ENDPOINT, 0, 256) == 0);
	SIM_CHECK(attach(DOMAIN, ENDPOINT, 0, 0) == 0);
}

static void lawful(void)
{
	uint64_t paddr;

	attached();
	w(CONFIG + 36, 0, 1);
	SIM_CHECK(map(DOMAIN, 0x10000, 0x10fff, 3) == 0);
	SIM_CHECK(sim_virtio_look(bench.device, 0x10010, true, &paddr) == 0 && paddr == bench.frame[DATA] + 0x10);
	SIM_CHECK(unmap(DOMAIN, 0x10000, 0x2ffff, 0) == 0); /* it may spill over */
	SIM_CHECK(sim_virtio_look(bench.device, 0x10010, true, &paddr) != 0);
	SIM_CHECK(detach(DOMAIN, ENDPOINT, 0) == 0);
	SIM_CHECK(attach(DOMAIN + 1, 0x999, 0, 0) == 6); /* no such endpoint */
	SIM_CHECK(unmap(DOMAIN, 0, 0xfff, 0) == 6);	 /* no such domain */
	w(STATUS, 0, 1);
	(void)r(STATUS, 1);
}

/* ---- Registers ------------------------------------------------------------------------------------------------- */

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
	add_status(3);
	queue(0, bench.frame[RING]);
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

/* ---- Requests -------------------------------------------------------------------------------------------------- */

static void type(const struct breach *breach)
{
	on(breach->b ? breach->b : ALL);
	SIM_CHECK(request((uint32_t[]){(uint32_t)breach->a, 0, 0, 0, 0}, 5, 4) == 0xff);
}

static void size(const struct breach *breach)
{
	attached();
	SIM_CHECK(request((uint32_t[]){1, DOMAIN, ENDPOINT, 0, 0, 0}, (unsigned)breach->a, (uint32_t)breach->b) ==
		  0xff);
}

static void reserved(const struct breach *breach)
{
	attached();
	if (breach->a == 0)
		(void)request((uint32_t[]){0x101, DOMAIN, ENDPOINT, 0, 0}, 5, 4);
	else if (breach->a == 1)
		SIM_CHECK(attach(DOMAIN, ENDPOINT, 0, 1) == 4);
	else if (breach->a == 2)
		(void)detach(DOMAIN, ENDPOINT, 1);
	else if (breach->a == 4)
		(void)unmap(DOMAIN, 0, 0xfff, 1);
	else
		(void)probe(ENDPOINT, 1, 256);
}

static void domain(const struct breach *breach)
{
	attached();
	SIM_CHECK(attach((uint32_t)breach->a, ENDPOINT, 0, 0) == 5);
	SIM_CHECK(map((uint32_t)breach->a, 0, 0xfff, 1) == 5);
	breach_times(2);
}

static void input(const struct breach *breach)
{
	attached();
	SIM_CHECK(map(DOMAIN, BIT(40) - 0x1000, BIT(40) + 0xfff, 1) == 5);
	SIM_CHECK(unmap(DOMAIN, BIT(40), BIT(40) + 0xfff, 0) == 5);
	breach_times(2);
	(void)breach;
}

static void attach_flags(const struct breach *breach)
{
	if (breach->b)
		on(breach->b);
	else
		attached();
	SIM_CHECK(attach(DOMAIN, ENDPOINT, (uint32_t)breach->a, 0) == 4);
}

static void unprobed(const struct breach *breach)
{
	(void)breach;
	on(ALL);
	(void)attach(DOMAIN, ENDPOINT, 0, 0);
}

static void stranger(const struct breach *breach)
{
	(void)breach;
	attached();
	SIM_CHECK(detach(DOMAIN + 1, ENDPOINT, 0) == 4);
}

static void map_range(const struct breach *breach)
{
	attached();
	SIM_CHECK(map(DOMAIN, breach->a, breach->b, 3) == breach->c);
}

static void map_flags(const struct breach *breach)
{
	if (breach->b) {
		on(breach->b);
		(void)probe(ENDPOINT, 0, 256);
		(void)attach(DOMAIN, ENDPOINT, 0, 0);
	} else {
		attached();
	}
	SIM_CHECK(map(DOMAIN, 0, 0xfff, (uint32_t)breach->a) == 4);
}

static void map_twice(const struct breach *breach)
{
	(void)breach;
	attached();
	SIM_CHECK(map(DOMAIN, 0x1000, 0x3fff, 3) == 0);
	SIM_CHECK(map(DOMAIN, 0x3000, 0x4fff, 3) == 4);
}

static void nowhere(const struct breach *breach)
{
	attached();
	if (breach->a) {
		SIM_CHECK(attach(DOMAIN + 1, ENDPOINT, 1, 0) == 0);
		SIM_CHECK(unmap(DOMAIN + 1, 0, 0xfff, 0) == 4);
	}
	SIM_CHECK(map(DOMAIN + 1, 0, 0xfff, 1) == (breach->a ? 4 : 6));
}

static void unmap_part(const struct breach *breach)
{
	uint64_t paddr;

	attached();
	SIM_CHECK(map(DOMAIN, 0x1000, 0x3fff, 3) == 0);
	SIM_CHECK(unmap(DOMAIN, breach->a, breach->b, 0) == 5);
	SIM_CHECK(sim_virtio_look(bench.device, 0x1000, true, &paddr) == 0);
}

static void probe_size(const struct breach *breach)
{
	(void)breach;
	on(ALL);
	(void)probe(ENDPOINT, 0, 128);
}

enum { RESERVES = OWN_KINDS };

static const struct breach breaches[] = {
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
	{VIRTIO_REQUEST_TYPE, "6", type, 6, 0, 0, 0},
	{VIRTIO_REQUEST_TYPE, "PROBE, not negotiated", type, 5, ALL & ~BIT(4), 0, 0},
	{VIRTIO_REQUEST_TYPE, "MAP, not negotiated", type, 3, ALL & ~BIT(2), 0, 0},
	{VIRTIO_REQUEST_SIZE, "ATTACH, 4 bytes short", size, 4, 4, 0, 0},
	{VIRTIO_REQUEST_SIZE, "ATTACH, 4 bytes long", size, 6, 4, 0, 0},
	{VIRTIO_REQUEST_SIZE, "a tail of 8 bytes", size, 5, 8, 0, 0},
	{VIRTIO_REQUEST_RESERVED, "the head's", reserved, 0, 0, 0, 0},
	{VIRTIO_REQUEST_RESERVED, "ATTACH's", reserved, 1, 0, 0, 0},
	{VIRTIO_REQUEST_RESERVED, "DETACH's", reserved, 2, 0, 0, 0},
	{VIRTIO_REQUEST_RESERVED, "UNMAP's", reserved, 4, 0, 0, 0},
	{VIRTIO_REQUEST_RESERVED, "PROBE's", reserved, 5, 0, 0, 0},
	{VIRTIO_REQUEST_DOMAIN, "6 of 7 to 207", domain, 6, 0, 0, 0},
	{VIRTIO_REQUEST_DOMAIN, "208 of 7 to 207", domain, 208, 0, 0, 0},
	{VIRTIO_REQUEST_INPUT, "41 bits of 40", input, 0, 0, 0, 0},
	{VIRTIO_ATTACH_FLAGS, "bit 1", attach_flags, 2, 0, 0, 0},
	{VIRTIO_ATTACH_FLAGS, "BYPASS, not negotiated", attach_flags, 1, ALL & ~(BIT(4) | BIT(6)), 0, 0},
	{VIRTIO_ATTACH_FLAGS, "BYPASS, to a domain that does not", attach_flags, 1, 0, 0, 0},
	{VIRTIO_ATTACH_UNPROBED, "at once", unprobed, 0, 0, 0, 0},
	{VIRTIO_DETACH_STRANGER, "of another domain", stranger, 0, 0, 0, 0},
	{VIRTIO_MAP_EMPTY, "backward", map_range, 0x2000, 0xfff, 4, 0},
	{VIRTIO_MAP_EMPTY, "one byte", map_range, 0x2000, 0x2000, 4, 0},
	{VIRTIO_MAP_GRANULE, "it begins in a page", map_range, 0x800, 0xfff, 5, 0},
	{VIRTIO_MAP_GRANULE, "it ends in a page", map_range, 0, 0x17ff, 5, 0},
	{VIRTIO_MAP_FLAGS, "bit 3", map_flags, 9, 0, 0, 0},
	{VIRTIO_MAP_FLAGS, "MMIO, not negotiated", map_flags, 5, ALL & ~BIT(5), 0, 0},
	{VIRTIO_MAP_TWICE, "one page of it", map_twice, 0, 0, 0, 0},
	{VIRTIO_MAP_RESERVED, "a doorbell of messages", map_range, 0x8000000, 0x8001fff, 4, RESERVES},
	{VIRTIO_MAP_NOWHERE, "no such domain", nowhere, 0, 0, 0, 0},
	{VIRTIO_MAP_NOWHERE, "one that bypasses", nowhere, 1, 0, 0, 0},
	{VIRTIO_UNMAP_PART, "the first page", unmap_part, 0x1000, 0x1fff, 0, 0},
	{VIRTIO_UNMAP_PART, "the last two, and beyond", unmap_part, 0x2000, 0x8fff, 0, 0},
	{VIRTIO_UNMAP_PART, "within", unmap_part, 0x2000, 0x2fff, 0, 0},
	{VIRTIO_PROBE_SIZE, "half", probe_size, 0, 0, 0, 0},
};
static const size_t nbreaches = sizeof(breaches) / sizeof(breaches[0]);

/* ---- What the model does by itself ----------------------------------------------------------------------------- */

/* A domain goes with its last endpoint, and its mappings with it. */
static void domain_goes(const struct breach *breach)
{
	(void)breach;
	attached();
	SIM_CHECK(map(DOMAIN, 0, 0xfff, 3) == 0);
	SIM_CHECK(detach(DOMAIN, ENDPOINT, 0) == 0);
	SIM_CHECK(sim_virtio_seen(the_unit).mappings == 0);
	SIM_CHECK(attach(DOMAIN, ENDPOINT, 0, 0) == 0);
	SIM_CHECK(map(DOMAIN, 0, 0xfff, 3) == 0);
}

/* The bypass lets pass who is attached to nothing, and stays as it is over a reset. */
static void bypass_stays(const struct breach *breach)
{
	uint64_t paddr;

	(void)breach;
	SIM_CHECK(sim_virtio_look(bench.device, 0x123000, true, &paddr) == 0 && paddr == 0x123000);
	on(ALL);
	w(CONFIG + 36, 0, 1);
	SIM_CHECK(sim_virtio_look(bench.device, 0x123000, true, &paddr) != 0);
	w(STATUS, 0, 1);
	SIM_CHECK(r(CONFIG + 36, 1) == 0 && r(STATUS, 1) == 0);
	SIM_CHECK(sim_virtio_look(bench.device, 0x123000, true, &paddr) != 0);
}

static const struct breach behaviours[] = {
	{0, "a domain goes with its last endpoint, and with its mappings", domain_goes, 0, 0, 0, 0},
	{0, "bypass passes what is not attached, and outlives a reset", bypass_stays, 0, 0, 0, 0},
};
static const size_t nbehaviours = sizeof(behaviours) / sizeof(behaviours[0]);

static void part(const struct breach *breach)
{
	(void)breach;
	attached();
	(void)map(DOMAIN, 0x1000, 0x3fff, 3);
	(void)unmap(DOMAIN, 0x1000, 0x1fff, 0);
}

static const struct breach strict = {VIRTIO_UNMAP_PART, "a part", part, 0, 0, 0, STRICT};

static void add_unit(unsigned kind)
{
	struct sim_virtio_config config = sim_virtio_config(REGISTERS);

	config.only_counts = kind != STRICT;
	if (kind == RESERVES) {
		config.reserved_first = 0x8001000;
		config.reserved_last = 0x8001fff;
	}
	sim_virtio_remove_all();
	the_unit = sim_virtio_add(&config);
	sim_virtio_cover(the_unit, REQUESTER);
}

static unsigned broken(unsigned rule)
{
	return sim_virtio_broken(the_unit, rule);
}

const struct model the_model = {
	.name = "virtio-iommu",
	.rules = sim_virtio_rules,
	.breaches = {breaches},
	.counts = {&nbreaches},
	.behaviours = behaviours,
	.nbehaviours = &nbehaviours,
	.strict = &strict,
	.requester = REQUESTER,
	.registers = REGISTERS,
	.window = SIM_VIRTIO_BYTES,
	.add_unit = add_unit,
	.lawful = lawful,
	.broken = broken,
};
