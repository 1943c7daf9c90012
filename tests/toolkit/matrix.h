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

/* An operation: 0, or the first error. */
typedef int matrix_run(const struct matrix_use *use);
matrix_run matrix_slice, matrix_split, matrix_cursor, matrix_counted, matrix_pool, matrix_arena, matrix_batch,
	matrix_rearm, matrix_list, matrix_owned_list, matrix_buffer, matrix_coherent, matrix_coherent_slice,
	matrix_ring, matrix_scattered, matrix_peer, matrix_segment, matrix_user, matrix_access_stream,
	matrix_access_slice, matrix_access_coherent, matrix_access_list, matrix_access_buffer, matrix_access_scattered,
	matrix_access_segment, matrix_pointer, matrix_frames, matrix_scattered_frames, matrix_adopted_arena,
	matrix_user_cursor;

/* Makes what the operation is about, sends bytes both ways as far as the direction allows, and releases everything,
 * also behind an error, which it returns. */
extern const struct matrix_operation {
	const char *name;
	matrix_run *run;
	bool one_way;	 /* no direction matters to it: run once */
	bool translated; /* only behind an IOMMU: DMA_ENOTSUP without one */
	bool faults;	 /* user memory may fault: interrupts on, by contract */
} matrix_operations[];
extern const unsigned matrix_noperations;

#endif
