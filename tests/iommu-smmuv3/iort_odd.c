/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The IORT reader on every kind of odd table: what is used, and the line that says what was left out.
 */
#include "iort_table.h"
#include <dmastream/errors.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

void odd_regions(void **state)
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

void odd_headers(void **state)
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

void odd_nodes(void **state)
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
void odd_units(void **state)
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

void odd_mappings(void **state)
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
