/* SPDX-License-Identifier: MPL-2.0 */
/*
 * PROGRAM TEST runs that test alone.
 */
#ifndef TESTS_IOMMU_CORE_CHOOSE_H
#define TESTS_IOMMU_CORE_CHOOSE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static inline void choose(int argc, char **argv)
{
	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
}

#endif
