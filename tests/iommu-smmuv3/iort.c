/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The IORT reader on right tables and on every kind of odd one: what is used, and the line that says what was left out.
 */
#include "../hosts/lines.h"
#include <dmastream/errors.h>
#include <dmastream/iort.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static uint8_t bytes[16384];
static uint32_t length, nodes;

static void put16(uint32_t at, uint32_t value)
{
	bytes[at] = (uint8_t)value;
	bytes[at + 1] = (uint8_t)(value >> 8);
}

static void put32(uint32_t at, uint32_t value)
{
	put16(at, value);
	put16(at + 2, value >> 16);
}

static void seal(void)
{
	uint8_t sum = 0;

	put32(4, length);
	put32(36, nodes);
	bytes[9] = 0;
	for (uint32_t i = 0; i < length; i++)
		sum = (uint8_t)(sum + bytes[i]);
	bytes[9] = (uint8_t)-sum;
}

static void begin(void)
{
	memset(bytes, 0, sizeof(bytes));
	memcpy(bytes, "IORT", 4);
	length = 48;
	nodes = 0;
	put32(40, 48);
	seal();
}

/* A node with room for `body` bytes behind its head and for `mappings`; its offset. */
static uint32_t node(uint8_t type, uint32_t body, uint32_t mappings)
{
	uint32_t at = length;

	bytes[at] = type;
	put16(at + 1, 16 + body + 20 * mappings);
	put32(at + 8, mappings);
	put32(at + 12, mappings ? 16 + body : 0);
	length += 16 + body + 20 * mappings;
	nodes++;
	seal();
	return at;
}

static void mapping(uint32_t at, uint32_t index, uint32_t first, uint32_t count, uint32_t output, uint32_t target,
		    uint32_t flags)
{
	uint32_t row = at + (uint32_t)(bytes[at + 12] | bytes[at + 13] << 8) + 20 * index;

	put32(row, first);
	put32(row + 4, count - 1);
	put32(row + 8, output);
	put32(row + 12, target);
	put32(row + 16, flags);
	seal();
}

static uint32_t smmu(uint32_t base, uint32_t flags)
{
	uint32_t at = node(4, 52, 0);

	put32(at + 16, base);
	put32(at + 24, flags);
	seal();
	return at;
}

static uint32_t root(uint32_t segment, uint32_t mappings)
{
	uint32_t at = node(2, 24, mappings);

	put32(at + 16, 1);
	put32(at + 28, segment);
	seal();
	return at;
}

/* Two units, two segments, an interrupt controller: a server's table. */
static void server(uint32_t *first, uint32_t *second)
{
	uint32_t its, segment0, segment1;

	begin();
	its = node(0, 8, 0);
	*first = smmu(0x9050000, 1);
	*second = smmu(0x9070000, 0);
	segment0 = root(0, 3);
	segment1 = root(1, 1);
	mapping(segment0, 0, 0x0000, 0x100, 0x10000, *first, 0);
	mapping(segment0, 1, 0x0100, 0xff00, 0x20100, *second, 0);
	mapping(segment0, 2, 0, 1, 7, *second, 1); /* single: of the node itself */
	mapping(segment1, 0, 0, 0x10000, 0, its, 0);
}

static struct dma_iort t;

static int open_table(void)
{
	lines_begin(0);
	return dma_iort_open(&t, bytes, length);
}

static void fine(void)
{
	assert_int_equal(open_table(), 0);
	if (lines_count())
		lines_print();
	assert_int_equal(lines_count(), 0);
}

/* The table is read, and exactly one line says what is odd. */
static void odd(const char *line)
{
	seal();
	assert_int_equal(open_table(), 0);
	if (lines_count() != 1 || !lines_have(line))
		lines_print();
	assert_true(lines_have(line));
	assert_int_equal(lines_count(), 1);
}

static void refused(const char *line)
{
	assert_int_equal(open_table(), DMA_EINVAL);
	assert_true(lines_have(line));
}

/* The stream of requester 8 of segment 0, through that SMMU. */
static void leads_to(uint16_t requester, uint32_t unit, uint32_t stream)
{
	struct dma_iort_route route = {0};

	assert_int_equal(dma_iort_map(&t, 0, requester, &route), 0);
	assert_int_equal(route.smmu, unit);
	assert_int_equal(route.stream_id, stream);
}

static int fails(uint16_t segment, uint16_t requester)
{
	struct dma_iort_route route;

	return dma_iort_map(&t, segment, requester, &route);
}

static unsigned count_units(void)
{
	struct dma_iort_smmu unit;
	unsigned n = 0;

	while (dma_iort_smmu_at(&t, n, &unit))
		n++;
	return n;
}

static unsigned count_regions(uint32_t unit)
{
	struct dma_smmuv3_region region;
	unsigned n = 0;

	while (dma_iort_region(&t, unit, n, &region))
		n++;
	return n;
}

static void routes(void **state)
{
	struct dma_iort_route route;
	struct dma_iort_smmu unit;
	uint32_t first, second;

	(void)state;
	server(&first, &second);
	fine();
	assert_true(dma_iort_smmu_at(&t, 0, &unit) && unit.node == first && unit.registers == 0x9050000 &&
		    unit.coherent);
	assert_true(dma_iort_smmu_at(&t, 1, &unit) && unit.node == second && unit.registers == 0x9070000 &&
		    !unit.coherent);
	assert_int_equal(unit.model, DMA_SMMUV3_GENERIC);
	assert_int_equal(count_units(), 2);
	assert_true(!dma_iort_map(&t, 0, 0x08, &route) && route.smmu == first && route.stream_id == 0x10008 &&
		    route.coherent);
	leads_to(0xff, first, 0x100ff);
	leads_to(0x100, second, 0x20100);
	leads_to(0xffff, second, 0x2ffff);
	assert_true(!dma_iort_map(&t, 1, 0x100, &route) && route.smmu == 0); /* straight to the interrupt controllers */
	assert_int_equal(fails(2, 0), DMA_ENODEV);
}

/* Roots that share a segment, and one whose interconnect makes its accesses coherent. */
static void several_roots(void **state)
{
	struct dma_iort_route route;
	uint32_t first, at;

	(void)state;
	begin();
	first = smmu(0x9050000, 0);
	at = root(0, 1);
	mapping(at, 0, 0, 0x100, 0, first, 0);
	put32(at + 16, 0);
	at = root(0, 1);
	mapping(at, 0, 0x100, 0x100, 0x900, first, 0);
	put32(at + 16, 0);
	bytes[at + 23] = 3;
	at = root(0xffff, 1);
	mapping(at, 0, 0, 0x10000, 0x40000, first, 0);
	fine();
	assert_true(!dma_iort_map(&t, 0, 0xff, &route) && route.stream_id == 0xff && !route.coherent);
	assert_true(!dma_iort_map(&t, 0, 0x100, &route) && route.stream_id == 0x900 && route.coherent);
	assert_true(!dma_iort_map(&t, 0xffff, 0xffff, &route) && route.stream_id == 0x4ffff);
	assert_int_equal(fails(0, 0x200), DMA_ENODEV);
}

/* Reserved memory of that many ranges and mappings. */
static uint32_t reserved(uint32_t ranges, uint32_t mappings)
{
	uint32_t at = node(6, 12 + 20 * ranges, mappings);

	put32(at + 20, ranges);
	put32(at + 24, 28);
	for (uint32_t i = 0; i < ranges; i++) {
		put32(at + 28 + 20 * i, 0x80000000 + 0x100000 * i);
		put32(at + 36 + 20 * i, 0x10000);
	}
	seal();
	return at;
}

static void regions(void **state)
{
	struct dma_smmuv3_region region;
	uint32_t first, second, at;

	(void)state;
	server(&first, &second);
	at = reserved(2, 3); /* two ranges, of one stream, of sixteen, and of one of the other unit */
	mapping(at, 0, 0, 1, 0x10008, first, 1);
	mapping(at, 1, 0, 16, 0x10100, first, 0);
	mapping(at, 2, 77, 9, 0x20100, second, 1);
	put32(at + 16, 2 | 1 << 2);
	seal();
	fine();
	assert_int_equal(count_regions(first), 4);
	assert_int_equal(count_regions(second), 2);
	assert_int_equal(count_regions(0), 0);
	assert_int_equal(count_regions(48), 0); /* an interrupt controller's */
	assert_true(dma_iort_region(&t, first, 1, &region));
	assert_true(region.stream == 0x10008 && region.last_stream == 0x10008 && region.base == 0x80100000 &&
		    region.nbytes == 0x10000 && region.type == DMA_REGION_DEVICE);
	assert_true(dma_iort_region(&t, first, 2, &region));
	assert_true(region.stream == 0x10100 && region.last_stream == 0x1010f && region.base == 0x80000000);
	assert_true(dma_iort_region(&t, second, 1, &region));
	assert_true(region.stream == 0x20100 && region.last_stream == 0x20100);
	for (unsigned memory = 0; memory < 256; memory++) {
		put32(at + 16, memory << 2);
		if (memory > 5)
			odd("reserved memory (RMR, type 6) at offset|flags");
		seal();
		assert_true(!open_table() && dma_iort_region(&t, first, 0, &region));
		assert_int_equal(region.type, memory < 4 ? DMA_REGION_DEVICE : DMA_REGION_MEMORY);
	}
}

static void odd_regions(void **state)
{
	static const struct {
		uint32_t at, value;
		const char *line;
	} cases[] = {
		{36, 0, "range length 0x0: it is left out"},
		{40, 0xffffffff, "range base 0x80000000: it wraps"},
		{20, 4, "number of memory ranges 0x4: not all lie inside"},
		{24, 4000, "number of memory ranges 0x2: not all lie inside"},
		{24, 8, "number of memory ranges 0x2: not all lie inside"},
	};
	uint32_t first, second, at;

	(void)state;
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		server(&first, &second);
		at = reserved(2, 1);
		mapping(at, 0, 0, 1, 0x10008, first, 1);
		put32(at + cases[i].at, cases[i].value);
		if (i == 1)
			put32(at + 36, 0xffffffff);
		odd(cases[i].line);
		assert_int_equal(count_regions(first), i < 2 ? 1 : i == 2 ? 3 : 0);
		assert_int_equal(count_units(), 2);
	}
	server(&first, &second);
	(void)reserved(1, 0);
	odd("number of mappings 0x0: no stream is named");
	server(&first, &second);
	at = reserved(1, 2);
	mapping(at, 0, 0, 1, 5, first + 4, 1); /* of no unit */
	mapping(at, 1, 0, 1, 0x10008, first, 1);
	odd("mapping at offset|output reference|no whole node begins there");
	assert_int_equal(count_regions(first), 1);
	mapping(at, 0, 0, 0x11, 0xfffffff0, first, 0); /* streams beyond 32 bits */
	odd("mapping at offset|output base 0xfffffff0: ids beyond 32 bits");
	assert_int_equal(count_regions(first), 1);
}

static void odd_headers(void **state)
{
	uint32_t first, second;

	(void)state;
	server(&first, &second);
	lines_begin(0);
	for (uint32_t n = 0; n < 48; n++)
		assert_int_equal(dma_iort_open(&t, bytes, n), DMA_EINVAL);
	assert_int_equal(lines_count(), 48);
	bytes[10]++;
	assert_int_equal(open_table(), 0);
	assert_true(lines_have("table at offset 9: checksum off by 0x1: it is read all the same") &&
		    lines_count() == 1);
	leads_to(8, first, 0x10008);
	bytes[0] = 'X';
	refused("the table is refused: its signature is");
	server(&first, &second);
	put32(4, 47);
	refused("its header is longer than its length 0x2f");
	server(&first, &second);
	lines_begin(0); /* cut: what is there is used */
	assert_int_equal(dma_iort_open(&t, bytes, length - 1), 0);
	assert_true(lines_have("table at offset 4: length") &&
		    lines_have("node at offset|length 0x3c: it does not fit"));
	leads_to(8, first, 0x10008);
	assert_int_equal(fails(1, 0), DMA_ENODEV);
	for (unsigned wrong = 0; wrong < 3; wrong++) {
		server(&first, &second);
		put32(40, wrong == 0 ? 0 : wrong == 1 ? 47 : length + 1);
		refused("its nodes lie outside, at offset");
	}
	server(&first, &second);
	nodes = 1000;
	odd("node at offset|length 0x0: it does not fit");
	leads_to(8, first, 0x10008);
	server(&first, &second);
	nodes = 4;
	odd("table at offset 36: number of nodes 0x4: more bytes");
	assert_int_equal(fails(1, 0), DMA_ENODEV);
}

static void odd_nodes(void **state)
{
	uint32_t first, second, at;

	(void)state;
	for (uint32_t wrong = 0; wrong < 17; wrong++) { /* never moves on, or past the end */
		server(&first, &second);
		put16(second + 1, wrong < 16 ? wrong : 0xffff);
		odd("node at offset|it does not fit; this node and those behind it are left out");
		assert_int_equal(count_units(), 1);
	}
	for (uint8_t type = 0; type < 7; type++) {
		static const uint32_t least[] = {20, 30, 32, 60, 60, 32, 28};

		server(&first, &second);
		(void)node(type, least[type] - 17, 0);
		odd("too short for its type; it is left out");
		assert_int_equal(count_units(), 2);
	}
	for (unsigned type = 7; type < 256; type += 31) {
		server(&first, &second);
		(void)node((uint8_t)type, 40, 0);
		odd("node at offset|type|unknown; it is left out");
	}
	server(&first, &second);
	put32(first + 40, 3); /* models */
	odd("SMMUv3 (type 4) at offset|model 0x3: unknown");
	for (uint32_t model = 0; model < 3; model++) {
		struct dma_iort_smmu unit;

		put32(first + 40, model);
		seal();
		fine();
		assert_true(dma_iort_smmu_at(&t, 0, &unit) && unit.model == model);
	}
	server(&first, &second);
	put32(first + 24, 0x21);
	odd("SMMUv3 (type 4) at offset|flags 0x21");
	server(&first, &second);
	at = root(0x10000, 1);
	mapping(at, 0, 0, 0x10000, 0, first, 0);
	odd("root complex (type 2) at offset|PCI segment 0x10000: impossible");
	server(&first, &second);
	at = root(5, 1);
	mapping(at, 0, 0, 0x10000, 0, first, 0);
	put32(at + 16, 7);
	odd("root complex (type 2) at offset|cache coherency 0x7");
}

/* An SMMU that cannot be driven is in front of its devices all the same. */
static void odd_units(void **state)
{
	static const uint32_t bases[] = {0, 0x9050800, 1};
	uint32_t first, second, at;

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		server(&first, &second);
		put32(first + 16, bases[i]);
		odd("SMMUv3 (type 4) at offset|base address|its devices are not protected");
		assert_int_equal(count_units(), 1);
		assert_int_equal(fails(0, 8), DMA_ENOTSUP);
		leads_to(0x100, second, 0x20100);
	}
	server(&first, &second);
	put32(first + 16, 0xffff0000);
	put32(first + 20, 0xffffffff);
	odd("SMMUv3 (type 4) at offset|base address 0xffffffffffff0000");
	server(&first, &second); /* described twice: one unit */
	put32(second + 16, 0x9050000);
	odd("SMMUv3 (type 4) at offset|base address 0x9050000: an earlier node has it");
	assert_int_equal(count_units(), 1);
	leads_to(0x100, first, 0x20100);
	begin(); /* one of an older architecture */
	first = node(3, 60, 0);
	at = root(0, 1);
	mapping(at, 0, 0, 0x10000, 0, first, 0);
	fine();
	assert_int_equal(fails(0, 8), DMA_ENOTSUP);
	assert_int_equal(count_units(), 0);
}

static void odd_mappings(void **state)
{
	uint32_t first, second, at;

	(void)state;
	server(&first, &second);
	put32(first + 8, 0x10000001);
	put32(first + 12, 16);
	odd("SMMUv3 (type 4) at offset|number of mappings 0x10000001: not all lie inside");
	begin();
	first = smmu(0x9050000, 0);
	at = root(0, 2);
	mapping(at, 0, 0, 8, 0, first + 4, 0); /* the middle of a node */
	mapping(at, 1, 0x100, 8, 0x500, first, 0);
	odd("mapping at offset|output reference|its devices are not protected");
	assert_int_equal(fails(0, 1), DMA_ENOTSUP);
	leads_to(0x107, first, 0x507);
	mapping(at, 0, 8, 8, 0xffffffff, first, 0);
	odd("mapping at offset|output base 0xffffffff: ids beyond 32 bits");
	leads_to(8, first, 0xffffffff);
	assert_int_equal(fails(0, 9), DMA_ENOTSUP);
	mapping(at, 0, 0, 8, 0, first, 2); /* flags that nobody knows */
	odd("mapping at offset|flags 0x2");
	leads_to(7, first, 7);
	mapping(at, 0, 0, 8, 0, first, 1); /* of the node itself, not of ids that pass it */
	fine();
	assert_int_equal(fails(0, 0), DMA_ENODEV);
	assert_int_equal(fails(0, 7), DMA_ENODEV);
	mapping(at, 0, 0x100, 16, 0, first, 0); /* the second within the first */
	odd("mapping at offset|input base 0x100: an earlier mapping has ids");
	leads_to(0x107, first, 7);
	mapping(at, 0, 0, 0x101, 0, first, 0); /* a count that is one too many: the id that both have is the second's */
	odd("mapping at offset|input base 0x100: an earlier mapping counts this id, too");
	leads_to(0xff, first, 0xff);
	leads_to(0x100, first, 0x500);
	mapping(at, 0, 0x10000, 16, 0, first, 0); /* ids that no function has */
	odd("mapping at offset|input base 0x10000: beyond all requester ids");
	begin(); /* the other way round, and more rows than the node has room for */
	first = smmu(0x9050000, 0);
	at = root(0, 2);
	mapping(at, 0, 0x100, 8, 0x500, first, 0);
	mapping(at, 1, 0, 0x101, 0, first, 0);
	put32(at + 8, 3);
	seal();
	assert_int_equal(open_table(), 0);
	assert_true(lines_have("number of mappings 0x3") && lines_have("input base 0x0: an earlier mapping has ids"));
	leads_to(0x100, first, 0x500);
}

/* No capacity. */
static void many(void **state)
{
	uint32_t first[60], at;

	(void)state;
	begin();
	for (uint32_t i = 0; i < 60; i++)
		first[i] = smmu(0x9050000 + 0x20000 * i, 0);
	for (uint32_t i = 0; i < 60; i++) {
		at = root(i, 1);
		mapping(at, 0, 0, 0x10000, i << 16, first[i], 0);
		at = reserved(2, 2);
		mapping(at, 0, 0, 1, i << 16, first[i], 1);
		mapping(at, 1, 0, 1, i << 16 | 9, first[i], 1);
	}
	fine();
	assert_int_equal(count_units(), 60);
	for (uint32_t i = 0; i < 60; i++)
		assert_int_equal(count_regions(first[i]), 4);
	begin(); /* all nonsense: it ends, and does not fill the log */
	for (uint32_t i = 0; i < 900; i++)
		(void)node(99, 0, 0);
	assert_int_equal(open_table(), 0);
	assert_int_equal(lines_count(), 257);
}

/* Every byte changed, every length: nothing but an answer. (Copies of the exact size, so that a sanitizer sees one byte
 * too far.) */
static void any_byte(void **state)
{
	struct dma_iort_route route;
	uint32_t first, second, at;

	(void)state;
	server(&first, &second);
	at = reserved(1, 1);
	mapping(at, 0, 0, 1, 0x10008, first, 1);
	for (uint32_t i = 4; i < length; i++)
		for (unsigned value = 0; value < 256; value += 15) {
			uint8_t *copy, old = bytes[i];
			uint32_t size = length;

			bytes[i] = (uint8_t)value;
			if (i != 4 && i != 5)
				seal();
			copy = malloc(size);
			assert_non_null(copy);
			memcpy(copy, bytes, size);
			lines_begin(0);
			if (!dma_iort_open(&t, copy, size)) {
				assert_true(count_units() <= 2);
				(void)!dma_iort_map(&t, 0, 0x105, &route);
				(void)count_regions(first);
				for (uint32_t k = 48 + value / 15; k < size;
				     k += 17) { /* and bytes that change later */
					copy[k] ^= 0xff;
					(void)count_units();
					(void)count_regions(first);
					(void)!dma_iort_map(&t, 0, 0x105, &route);
					copy[k] ^= 0xff;
				}
			}
			free(copy);
			bytes[i] = old;
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(routes),      cmocka_unit_test(several_roots), cmocka_unit_test(regions),
		cmocka_unit_test(odd_regions), cmocka_unit_test(odd_headers),	cmocka_unit_test(odd_nodes),
		cmocka_unit_test(odd_units),   cmocka_unit_test(odd_mappings),	cmocka_unit_test(many),
		cmocka_unit_test(any_byte),
	};

	return cmocka_run_group_tests_name("iort", tests, NULL, NULL);
}
