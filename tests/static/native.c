/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The host's own architecture, run: line operations keep the bytes, what CPUID says is what the system says, copies and
 * single accesses do what native.h promises at every size and alignment.
 */
#include <dmastream/barrier.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static _Alignas(4096) unsigned char memory[8192];

static void pattern(void)
{
	for (size_t i = 0; i < sizeof(memory); i++)
		memory[i] = (unsigned char)(i * 7 + (i >> 8));
}

static void unchanged(void)
{
	for (size_t i = 0; i < sizeof(memory); i++)
		assert_int_equal(memory[i], (unsigned char)(i * 7 + (i >> 8)));
}

#ifdef DMA_X86_WC /* elsewhere they need a kernel */
static void line_operations_keep_the_bytes(void **state)
{
	static void (*const operations[])(const void *) = {dma_arch_line_clean, dma_arch_line_flush,
							   dma_arch_line_invalidate};
	size_t step = 0, align = 0;

	(void)state;
	if (!dma_arch_can_sync() || !dma_arch_cache_lines(&step, &align))
		skip();
	assert_true(step >= 16 && step <= 4096 && (step & (step - 1)) == 0);
	assert_true(align >= step && align <= 4096 && (align & (align - 1)) == 0);
	for (size_t i = 0; i < 3; i++) {
		pattern();
		dma_arch_maintenance_begin();
		for (size_t at = 0; at < sizeof(memory); at += step)
			operations[i](memory + at);
		dma_arch_maintenance_end();
		unchanged();
	}
	dma_publish();
	dma_consume();
}

static void stores_past_the_caches(void **state)
{
	uint64_t *word = (uint64_t *)(void *)memory;

	(void)state;
	if (!dma_arch_can_write_past())
		skip();
	pattern();
	dma_arch_maintenance_begin();
	dma_arch_write_past(&word[8], 0x1122334455667788);
	dma_arch_write_past(&word[9], 0x99);
	dma_arch_write_past(&word[8], 0xaabbccddeeff0011);
	dma_arch_maintenance_end();
	assert_true(word[8] == 0xaabbccddeeff0011 && word[9] == 0x99);
	for (size_t i = 64; i < 80; i++)
		memory[i] = (unsigned char)(i * 7 + (i >> 8));
	unchanged();
}

static void two_words_at_once(void **state)
{
	uint64_t *word = (uint64_t *)(void *)memory;

	(void)state;
	pattern();
	if (!dma_arch_write_pair(&word[8], 0x1122334455667788, 0x99))
		skip();
	assert_true(word[8] == 0x1122334455667788 && word[9] == 0x99);
	for (size_t i = 64; i < 80; i++)
		memory[i] = (unsigned char)(i * 7 + (i >> 8));
	unchanged();
}

static void two_words_side_by_side(void **state)
{
	uint64_t *word = (uint64_t *)(void *)memory;

	(void)state;
	pattern();
	assert_ptr_equal(dma_arch_write_two(&word[9], 0x1122334455667788, 0), &word[11]); /* aligned to 8, no more */
	assert_true(word[9] == 0x1122334455667788 && word[10] == 0);
	for (size_t i = 72; i < 88; i++)
		memory[i] = (unsigned char)(i * 7 + (i >> 8));
	unchanged();
}

/* True if the first CPU of the system has that flag. */
static bool system_has(const char *flag)
{
	FILE *file = fopen("/proc/cpuinfo", "r");
	char line[8192];
	bool found = false;

	if (!file)
		return false;
	while (!found && fgets(line, (int)sizeof(line), file)) {
		char *at = strncmp(line, "flags", 5) == 0 ? line : NULL;
		size_t length = strlen(flag);

		while (at && (at = strstr(at, flag)) != NULL) {
			if (at[-1] == ' ' && (at[length] == ' ' || at[length] == '\n')) {
				found = true;
				break;
			}
			at += length;
		}
	}
	(void)fclose(file);
	return found;
}

/* The choice between clwb, clflushopt and clflush. */
static void features_are_the_systems(void **state)
{
	unsigned features = dma_x86_features();

	(void)state;
	if (!system_has("clflush"))
		skip();
	assert_true(dma_arch_can_sync());
	assert_int_equal((features & DMA_X86_CLFLUSHOPT) != 0, system_has("clflushopt"));
	assert_int_equal((features & DMA_X86_CLWB) != 0, system_has("clwb"));
	assert_int_equal((features & DMA_X86_CX16) != 0, system_has("cx16"));
	assert_int_equal(dma_x86_features(), features);
}
#endif

static void copies(void **state)
{
	unsigned char to[64];

	(void)state;
	pattern();
	for (size_t from = 0; from < 16; from++) {
		for (size_t n = 0; n <= 40; n++) {
			memset(to, 0xee, sizeof(to));
			dma_arch_copy(to + 8, memory + from, n);
			for (size_t i = 0; i < sizeof(to); i++)
				assert_int_equal(to[i], i < 8 || i >= 8 + n ? 0xee : memory[from + i - 8]);
			dma_arch_fill(to + 8, 0x11, n);
			for (size_t i = 0; i < sizeof(to); i++)
				assert_int_equal(to[i], i < 8 || i >= 8 + n ? 0xee : 0x11);
		}
	}
}

static void single_accesses(void **state)
{
	static const size_t sizes[] = {1, 2, 4, 8};

	(void)state;
	for (size_t s = 0; s < 4; s++) {
		for (size_t at = 0; at < 64; at += sizes[s]) {
			uint64_t expected = 0, value = UINT64_C(0x1122334455667788);

			pattern();
			memcpy(&expected, memory + at, sizes[s]);
			assert_int_equal(dma_arch_read_once(memory + at, sizes[s]), expected);
			dma_arch_write_once(memory + at, value, sizes[s]);
			assert_memory_equal(memory + at, &value, sizes[s]);
			memcpy(memory + at, &expected, sizes[s]);
			unchanged();
		}
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
#ifdef DMA_X86_WC
		cmocka_unit_test(line_operations_keep_the_bytes),
		cmocka_unit_test(stores_past_the_caches),
		cmocka_unit_test(two_words_at_once),
		cmocka_unit_test(two_words_side_by_side),
		cmocka_unit_test(features_are_the_systems),
#endif
		cmocka_unit_test(copies),
		cmocka_unit_test(single_accesses),
	};

	return cmocka_run_group_tests_name("native architecture", tests, NULL, NULL);
}
