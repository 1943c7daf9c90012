/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The VIOT parser on right tables and on every kind of odd one: what is kept, and the line that says what was left out.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../hosts/lines.h"
#include "iommu/virtio/viot.h"
#include "viot_table.h"
#include <dmastream/errors.h>

static struct viot_table t;
static struct dma_viot viot;

static int parse(void)
{
	dma_viot_free(&viot);
	lines_begin(-1);
	return dma_viot_parse(t.bytes, t.length, &viot);
}

/* The table is read, and so many lines say that something was odd, this one among them. */
static void odd_lines(unsigned n, const char *line)
{
	viot_end(&t);
	assert_int_equal(parse(), 0);
	if (lines_count() != n || (line && !lines_have(line)))
		lines_print();
	assert_int_equal(lines_count(), n);
	assert_true(!line || lines_have(line));
}

static void refused(const char *line)
{
	static const struct dma_viot empty;

	assert_int_equal(parse(), DMA_EINVAL);
	assert_true(lines_have(line));
	assert_memory_equal(&viot, &empty, sizeof(viot));
	assert_int_equal(lines_pages(), 0);
}

/* The unit's function and the endpoint of a requester; false: none. */
static bool is(uint32_t requester, uint32_t unit, uint32_t endpoint)
{
	uint32_t number = 0;
	const struct dma_viot_unit *found = dma_viot_unit_of(&viot, requester, &number);

	return found && found->function == unit && number == endpoint &&
	       dma_viot_requester_of(&viot, found, endpoint) == requester;
}

static bool nobody(uint32_t requester)
{
	uint32_t number;

	return !dma_viot_unit_of(&viot, requester, &number);
}

static void units_and_ranges(void **state)
{
	uint32_t first, last;
	size_t a, b;

	(void)state;
	viot_begin(&t);
	viot_range(&t, 0x1000, 0, 0x0000, 0x00ff, 48 + 24); /* its unit comes after it */
	a = viot_unit(&t, 0, 0x0008);
	b = viot_unit(&t, 2, 0x0100);
	viot_range(&t, 5, 1, 0x0200, 0x02ff, b);
	viot_set(&t, t.length - 14, 2, 2); /* segments 1 to 2 */
	viot_range(&t, 0x100000, 4, 0, 0xffff, a);
	odd_lines(0, NULL);
	assert_true(is(0x0010, 0x0008, 0x1010));
	assert_true(is(0x00ff, 0x0008, 0x10ff));
	assert_true(nobody(0x0100));
	assert_true(is(0x10200, 0x20100, 5));
	assert_true(is(0x20201, 0x20100, 0x10006));
	assert_true(nobody(0x20301) && nobody(0x30200));
	assert_true(is(0x4ffff, 0x0008, 0x10ffff));
	dma_viot_span(&viot, viot.units, &first, &last);
	assert_int_equal(first, 0);
	assert_int_equal(last, 0x4ffff);
	assert_int_equal(dma_viot_requester_of(&viot, viot.units, 0x101100), 0x41100);
	assert_int_equal(dma_viot_requester_of(&viot, viot.units, 0x1100), UINT32_MAX);
	assert_int_equal(dma_viot_requester_of(&viot, viot.units->next, 4), UINT32_MAX);
	dma_viot_log_unprotected(&viot, viot.units->next);
	assert_int_equal(lines_count(), 1);
	assert_true(lines_have("not protected|0x200|0x2ff|0x1|0x2"));
}

static void usual(void)
{
	viot_begin(&t);
	viot_unit(&t, 0, 0x0008);
}

static void odd_ranges(void **state)
{
	(void)state;
	usual();
	viot_range(&t, 0, 0, 0x20, 0x10, 48);
	viot_range(&t, 0, 0, 0x20, 0x2f, 48);
	odd_lines(1, "VIOT|PCI range|64|ends before it begins");
	assert_true(is(0x20, 8, 0));
	usual();
	viot_range(&t, 0, 3, 0x20, 0x2f, 48);
	viot_set(&t, 64 + 10, 2, 2);
	odd_lines(1, "ends before it begins");
	usual();
	viot_range(&t, 0xfffffff8, 0, 0, 8, 48);
	odd_lines(1, "numbers wrap");
	assert_true(nobody(0));
	usual();
	viot_range(&t, 0xfffffff7, 0, 0, 8, 48);
	odd_lines(0, NULL);
	assert_true(is(8, 8, 0xffffffff));
	usual();
	viot_range(&t, 0, 0, 0x00, 0xff, 48);
	viot_range(&t, 0x1000, 0, 0xff, 0x1ff, 48);
	odd_lines(1, "88|an earlier range has some of its functions");
	assert_true(is(0xff, 8, 0xff) && nobody(0x100));
	usual();
	viot_range(&t, 0, 0, 0x00, 0xff, 48);
	viot_range(&t, 0xff, 1, 0x00, 0xff, 48);
	odd_lines(1, "88|an earlier range has some of its endpoints");
	usual();
	viot_range(&t, 0, 0, 0, 0xff, 50);
	odd_lines(1, "output node 0x32|is no unit");
	usual();
	viot_range(&t, 0, 0, 0, 0xff, 64); /* itself */
	odd_lines(1, "is no unit");
	/* two units may use the same numbers */
	usual();
	viot_unit(&t, 1, 0x0008);
	viot_range(&t, 0, 0, 0, 0xff, 48);
	viot_range(&t, 0, 1, 0, 0xff, 64);
	odd_lines(0, NULL);
	assert_true(is(0x10, 8, 0x10) && is(0x10010, 0x10008, 0x10));
}

static void odd_units(void **state)
{
	size_t unit;

	(void)state;
	usual();
	viot_unit(&t, 0, 0x0008);
	odd_lines(1, "virtio-iommu|64|an earlier node is the same unit");
	assert_null(viot.units->next);
	/* another transport: not driven, and its devices are not somebody else's */
	viot_begin(&t);
	unit = viot_mmio_unit(&t, 0x10000000);
	viot_unit(&t, 0, 8);
	viot_range(&t, 0, 0, 0, 0xff, unit);
	odd_lines(1, "base address 0x10000000|not driven");
	assert_false(viot.units->pci);
	assert_true(is(5, 0, 5));
	usual();
	viot_mmio_endpoint(&t, 7, 0x20000000, 48);
	odd_lines(1, "MMIO endpoint|64|endpoint 0x7|left out");
	usual();
	t.bytes[viot_unit(&t, 0, 0x10)] = 9;
	odd_lines(1, "node|64|type 0x9|unknown");
	usual();
	viot_set(&t, viot_unit(&t, 0, 0x10) + 2, 12, 2);
	t.length -= 4;
	odd_lines(1, "node|64|length 0xc|too short for its type");
}

static void odd_tables(void **state)
{
	(void)state;
	usual();
	viot_set(&t, viot_unit(&t, 0, 0x10) + 2, 3, 2);
	odd_lines(1, "node|64|length 0x3|not whole");
	usual();
	viot_set(&t, viot_unit(&t, 0, 0x10) + 2, 17, 2);
	odd_lines(1, "length 0x11|not whole");
	usual();
	t.nodes = 3; /* more than there are */
	odd_lines(1, "length 0x0|not whole");
	usual();
	viot_unit(&t, 0, 0x10);
	t.nodes = 1; /* fewer */
	odd_lines(0, NULL);
	assert_null(viot.units->next);
	usual();
	viot_end(&t);
	t.bytes[9] ^= 1;
	assert_int_equal(parse(), 0);
	assert_true(lines_have("checksum"));
	usual();
	viot_end(&t);
	viot_set(&t, 4, t.length + 1, 4);
	assert_int_equal(parse(), 0);
	assert_true(lines_have("length 0x41"));
	/* not to be walked at all */
	usual();
	viot_end(&t);
	t.bytes[0] = 'X';
	refused("refused|signature");
	usual();
	viot_end(&t);
	viot_set(&t, 38, 47, 2);
	refused("refused|first node");
	viot_set(&t, 38, 65, 2);
	refused("refused|first node");
	viot_begin(&t);
	viot_end(&t);
	refused("refused|no unit");
	usual();
	viot_end(&t);
	t.length = 47;
	refused("refused|shorter than its header");
}

/* Every length that ends too early, every page that is not there. */
static void every_cut(void **state)
{
	struct viot_table whole;

	(void)state;
	usual();
	for (unsigned i = 0; i < 300; i++)
		viot_range(&t, i * 0x100, (uint16_t)i, 0, 0xff, 48);
	viot_end(&t);
	whole = t;
	for (size_t n = 0; n <= whole.length; n += n < 200 ? 1 : 37) {
		uint8_t *exact = malloc(n ? n : 1);

		memcpy(exact, whole.bytes, n);
		dma_viot_free(&viot);
		lines_begin(-1);
		assert_int_equal(dma_viot_parse(exact, n, &viot), n < 64 ? DMA_EINVAL : 0);
		free(exact);
	}
	for (int pages = 0;; pages++) {
		int error;

		dma_viot_free(&viot);
		lines_begin(pages);
		error = dma_viot_parse(whole.bytes, whole.length, &viot);
		if (!error)
			break;
		assert_int_equal(error, DMA_ENOMEM);
		assert_int_equal(lines_pages(), 0);
	}
	assert_true(is(0x12b0042, 8, 299 * 0x100 + 0x42));
}

static void hosts_ranges(void **state)
{
	struct dma_virtio_iommu_range ranges[3] = {
		{.unit = 0x10, .first = 0, .last = 0xf, .endpoint = 0x20},
		{.unit = 0x10, .first = 0x11, .last = 0xffff, .endpoint = 0x31},
		{.unit = 0x30010, .first = 0x30000, .last = 0x3ffff, .endpoint = 0},
	};

	(void)state;
	dma_viot_free(&viot);
	lines_begin(-1);
	assert_int_equal(dma_viot_from_host(ranges, 3, &viot), 0);
	assert_true(is(0xf, 0x10, 0x2f) && nobody(0x10) && is(0x12, 0x10, 0x32) && is(0x31234, 0x30010, 0x1234));
	ranges[2].last = 0x40000;
	dma_viot_free(&viot);
	assert_int_equal(dma_viot_from_host(ranges, 3, &viot), DMA_EINVAL);
	assert_true(lines_have("host's range|several segments"));
	ranges[2].last = 0x2ffff;
	assert_int_equal(dma_viot_from_host(ranges, 3, &viot), DMA_EINVAL);
	ranges[2] = ranges[0];
	assert_int_equal(dma_viot_from_host(ranges, 3, &viot), DMA_EINVAL);
	assert_int_equal(dma_viot_from_host(ranges, 0, &viot), DMA_EINVAL);
	assert_int_equal(dma_viot_from_host(NULL, 1, &viot), DMA_EINVAL);
	assert_int_equal(lines_pages(), 0);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(units_and_ranges), cmocka_unit_test(odd_ranges), cmocka_unit_test(odd_units),
		cmocka_unit_test(odd_tables),	    cmocka_unit_test(every_cut),  cmocka_unit_test(hosts_ranges),
	};

	if (argc == 3 && !strcmp(argv[1], "--table")) { /* a seed for the fuzzer */
		FILE *file = fopen(argv[2], "wb");

		usual();
		viot_range(&t, 0, 0, 0, 0xffff, 48);
		viot_mmio_unit(&t, 0x10000000);
		viot_mmio_endpoint(&t, 7, 0x20000000, 48);
		viot_end(&t);
		return !file || fputc(2, file) == EOF || fwrite(t.bytes, t.length, 1, file) != 1 || fclose(file);
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
