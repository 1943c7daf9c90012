/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Bad drivers of virtio-iommu: requests (virtio 1.2, 5.13.6).
 */
#include "virtio_bench.h"
#include "virtio_breaches.h"

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

static void map_that_wraps(const struct breach *breach)
{
	(void)breach;
	attached();
	SIM_CHECK(request((uint32_t[]){3, DOMAIN, 0, 0, 0x1fff, 0, 0xfffff000, UINT32_MAX, 3}, 9, 4) == 5);
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

const struct breach virtio_request_breaches[] = {
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
	{VIRTIO_MAP_PHYSICAL, "two pages from the last", map_that_wraps, 0, 0, 0, 0},
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
const size_t virtio_nrequest_breaches = sizeof(virtio_request_breaches) / sizeof(*virtio_request_breaches);
