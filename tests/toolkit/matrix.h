/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Each operation of the toolkit as one function, so that matrix.c runs all of them under every condition.
 */
#ifndef TESTS_TOOLKIT_MATRIX_H
#define TESTS_TOOLKIT_MATRIX_H

#include "rig.h"
#include <dmastream/errors.h>

struct matrix_use {
	struct rig *rig;
	unsigned dir;
	bool off;	 /* all that may be called so, with interrupts off */
	unsigned number; /* of the thread; bytes and registers differ by it */
};

/* Makes what the operation is about, sends bytes both ways as far as the direction allows, and releases everything,
 * also behind an error, which it returns. */
extern const struct matrix_operation {
	const char *name;
	int (*run)(const struct matrix_use *use);
	bool one_way;	 /* no direction matters to it: run once */
	bool translated; /* only behind an IOMMU: DMA_ENOTSUP without one */
	bool faults;	 /* user memory may fault: interrupts on, by contract */
} matrix_operations[];
extern const unsigned matrix_noperations;

#endif
