/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The machine's own tests, printed as TAP over the console. With the option selftest=NAME it does one thing that must
 * end the machine (selftest_ends.c), so that the host can judge how.
 */
#include "selftest.h"
#include "../../../drivers/bus.h"
#include "../kernel/options.h"
#include "../kernel/print.h"
#include "../memory/frames.h"

static void test_options(void)
{
	check(text_equal(option("first", ""), "1"), "option: a value");
	check(text_equal(option("FIRST", ""), "1"), "option: its key in the other case");
	check(text_equal(option("twice", ""), "b=c"), "option: the last of two counts, = in a value");
	check(text_equal(option("word", "?"), ""), "option: a word alone has an empty value");
	check(text_equal(option("absent", "x"), "x"), "option: one that is not there");
}

static void test_print(void)
{
	char text[64];
	size_t n = format_text(text, sizeof(text), "%s|%5d|%-4u|%04x|%lx|%c|%%|%03d", "a", -12, 7u, 0xabu,
			       0x123456789abcdeful, 'z', -5);

	check(text_equal(text, "a|  -12|7   |00ab|123456789abcdef|z|%|-05"), "print: %s", text);
	check(n == 41, "print: its length is %zu", n);
	n = format_text(text, 4, "%s", "abcdef");
	check(n == 3 && text_equal(text, "abc"), "print: cut at the end of the buffer");
}

/* All lengths and offsets near the places where the copies change their step, against byte loops. */
static bool memory_functions_agree(void)
{
	static unsigned char a[512], b[512], reference[512];

	for (size_t n = 0; n < 200; n++) {
		for (size_t to = 0; to < 17; to += 3) {
			for (size_t from = 0; from < 17; from += 2) {
				for (size_t i = 0; i < sizeof(a); i++) {
					a[i] = (unsigned char)(i * 7 + n);
					b[i] = reference[i] = (unsigned char)(i * 5 + 1);
				}
				for (size_t i = 0; i < n; i++)
					reference[64 + to + i] = a[32 + from + i];
				__builtin_memcpy(b + 64 + to, a + 32 + from, n);
				if (__builtin_memcmp(b, reference, sizeof(b)))
					return false;
				__builtin_memmove(a + 32 + to, a + 32 + from, n);
				for (size_t i = 0; i < n; i++)
					if (a[32 + to + i] != (unsigned char)((32 + from + i) * 7 + n))
						return false;
				for (size_t i = 0; i < n; i++)
					reference[64 + from + i] = 0xa5;
				__builtin_memset(b + 64 + from, 0xa5, n);
				if (__builtin_memcmp(b, reference, sizeof(b)))
					return false;
			}
		}
	}
	a[100] = 1, b[100] = 2;
	__builtin_memcpy(b, a, 100);
	return __builtin_memcmp(a, b, 100) == 0 && __builtin_memcmp(a, b, 101) < 0 && __builtin_memcmp(b, a, 101) > 0;
}

int app_main(void)
{
	const char *end = option("selftest", "");
	uint64_t frames = bus_frames_in_use();

	if (*end)
		return selftest_end(end);
	print("TAP version 13\n");
	if (option("first", NULL))
		test_options();
	test_print();
	check(memory_functions_agree(), "memcpy, memmove, memset, memcmp: all lengths and offsets");
	test_frames();
	test_vm();
	test_cpus();
	test_time();
	test_firmware();
	test_pci();
	test_library();
	check(bus_frames_in_use() == frames, "frames in use as at the beginning: %lu", (unsigned long)frames);
	test_iommu();
	return check_end();
}
