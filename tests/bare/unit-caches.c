/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Caches of LoongArch CPUs by the words of CPUCFG (LoongArch Reference Manual vol. 1, v1.10, table of 2.2.10.5, and
 * 4.2.2.1 for the order of CACOP's objects).
 */
#include "../../platform/bare/loongarch64/caches.h"
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/* Word 0x10. */
#define L1_IU	      (1u << 0)
#define L1_UNIFY      (1u << 1)
#define L1_D	      (1u << 2)
#define L2_IU	      (1u << 3)
#define L2_UNIFY      (1u << 4)
#define L2_PRIVATE    (1u << 5)
#define L2_INCLUSIVE  (1u << 6)
#define L2_D	      (1u << 7)
#define L2_D_PRIVATE  (1u << 8)
#define L2_D_INCLUDES (1u << 9)
#define L3_IU	      (1u << 10)
#define L3_UNIFY      (1u << 11)
#define L3_PRIVATE    (1u << 12)
#define L3_INCLUSIVE  (1u << 13)
#define L3_D	      (1u << 14)
#define L3_D_PRIVATE  (1u << 15)
#define L3_D_INCLUDES (1u << 16)

/* A word that describes a cache: 2^line bytes, 256 lines a way, 4 ways. */
#define CACHE(line) ((uint32_t)(line) << 24 | 8u << 16 | 3)

static const struct row {
	const char *what;
	uint32_t word[CACHES_WORDS];
	unsigned data;
	size_t step, align;
} rows[] = {
	{"LA464, the manual's example",
	 {0x2c3d, CACHE(6), CACHE(6), CACHE(6), CACHE(6)},
	 1 << 1 | 1 << 2 | 1 << 3,
	 64,
	 64},
	{"a first level alone", {L1_IU | L1_D, CACHE(5), CACHE(5)}, 1 << 1, 32, 32},
	{"a first level that is unified", {L1_IU | L1_UNIFY, CACHE(5)}, 1 << 0, 32, 32},
	{"data alone", {L1_D, 0, CACHE(5)}, 1 << 0, 32, 32},
	{"unified, and a data cache beside it",
	 {L1_IU | L1_UNIFY | L1_D, CACHE(7), CACHE(5)},
	 1 << 0 | 1 << 1,
	 32,
	 128},
	{"a second level of its own for data",
	 {L1_IU | L1_D | L2_IU | L2_D, CACHE(6), CACHE(6), CACHE(6)},
	 1 << 1 | 1 << 3,
	 16,
	 64},
	{"a third behind it", /* what was the third object is the fourth then */
	 {L1_IU | L1_D | L2_IU | L2_D | L3_IU | L3_UNIFY, CACHE(6), CACHE(6), CACHE(6), CACHE(6)},
	 1 << 1 | 1 << 3 | 1 << 4,
	 16,
	 64},
	{"a third of its own for data",
	 {L1_IU | L1_D | L2_IU | L2_D | L3_IU | L3_D, CACHE(6), CACHE(6), CACHE(6), CACHE(6)},
	 1 << 1 | 1 << 3 | 1 << 5,
	 16,
	 64},
	{"a second level for instructions alone holds no data",
	 {L1_IU | L1_D | L2_IU, CACHE(6), CACHE(6), CACHE(4)},
	 1 << 1,
	 64,
	 64},
	{"no second level",
	 {L1_IU | L1_D | L3_IU | L3_UNIFY, CACHE(6), CACHE(6), 0, CACHE(7)},
	 1 << 1 | 1 << 2,
	 64,
	 128},
	{"what is said of caches that are not there",
	 {L1_IU | L1_D | L2_UNIFY | L2_PRIVATE | L2_INCLUSIVE | L2_D_PRIVATE | L2_D_INCLUDES | L3_UNIFY | L3_PRIVATE |
		  L3_INCLUSIVE | L3_D_PRIVATE | L3_D_INCLUDES,
	  CACHE(6), CACHE(6), CACHE(4), CACHE(12)},
	 1 << 1,
	 64,
	 64},
	{"bits that mean nothing", {0xfffe0000 | L1_IU | L1_D, CACHE(6), CACHE(6) | 1u << 31}, 1 << 1, 64, 64},
	{"larger lines further out",
	 {0x2c3d, CACHE(5), CACHE(6), CACHE(7), CACHE(8)},
	 1 << 1 | 1 << 2 | 1 << 3,
	 64,
	 256},
	{"smaller lines further out",
	 {0x2c3d, CACHE(4), CACHE(7), CACHE(6), CACHE(5)},
	 1 << 1 | 1 << 2 | 1 << 3,
	 32,
	 128},
	{"a size that is not said", {0x2c3d, CACHE(6), CACHE(6), CACHE(6), 0}, 1 << 1 | 1 << 2 | 1 << 3, 16, 64},
	{"a size that makes no sense",
	 {0x2c3d, CACHE(6), CACHE(13), CACHE(6), CACHE(127)},
	 1 << 1 | 1 << 2 | 1 << 3,
	 16,
	 64},
	{"the smallest, the largest",
	 {0x2c3d, CACHE(6), CACHE(4), CACHE(6), CACHE(12)},
	 1 << 1 | 1 << 2 | 1 << 3,
	 16,
	 4096},
	{"no cache at all", {0, CACHE(5), CACHE(5), CACHE(5), CACHE(5)}, 0, 64, 64},
};

static void words(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct caches caches = caches_of(rows[i].word);

		if (caches.data != rows[i].data || caches.step != rows[i].step || caches.align != rows[i].align)
			fail_msg("%s: caches 0x%x, lines of %zu to %zu bytes", rows[i].what, caches.data, caches.step,
				 caches.align);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {cmocka_unit_test(words)};

	return cmocka_run_group_tests_name("caches", tests, NULL, NULL);
}
