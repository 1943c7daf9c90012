/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The toolkit's operations (matrix.h), which are those of matrix_streams.c, matrix_memory.c, matrix_access.c and
 * matrix_frames.c.
 * matrix_calls.sh looks whether a public call is in none of them.
 */
#include "matrix.h"

const struct matrix_operation matrix_operations[] = {
	{"slice", matrix_slice, false, false, false},
	{"split stream", matrix_split, false, false, false},
	{"reader, writer", matrix_cursor, false, false, false},
	{"counted stream", matrix_counted, false, false, false},
	{"pool", matrix_pool, false, false, false},
	{"arena", matrix_arena, false, false, false},
	{"list", matrix_list, false, false, false},
	{"list that owns", matrix_owned_list, false, false, false},
	{"buffer", matrix_buffer, false, false, false},
	{"batch", matrix_batch, false, false, false},
	{"coherent memory", matrix_coherent, true, false, false},
	{"coherent slice", matrix_coherent_slice, true, false, false},
	{"ring", matrix_ring, true, false, false},
	{"armed again", matrix_rearm, false, false, false},
	{"scattered memory", matrix_scattered, false, true, false},
	{"peer", matrix_peer, false, false, false},
	{"segment", matrix_segment, true, false, false},
	{"accesses: stream", matrix_access_stream, false, false, false},
	{"accesses: slice", matrix_access_slice, false, false, false},
	{"accesses: coherent", matrix_access_coherent, true, false, false},
	{"accesses: list", matrix_access_list, false, false, false},
	{"accesses: buffer", matrix_access_buffer, false, false, false},
	{"accesses: scattered", matrix_access_scattered, false, true, false},
	{"accesses: segment", matrix_access_segment, true, false, false},
	{"by pointer", matrix_pointer, false, false, false},
	{"frames", matrix_frames, true, false, false},
	{"scattered frames", matrix_scattered_frames, false, true, false},
	{"adopted arena", matrix_adopted_arena, false, false, false},
	{"user cursors", matrix_user_cursor, true, false, true},
	{"user ranges", matrix_user, true, false, true},
};
const unsigned matrix_noperations = sizeof(matrix_operations) / sizeof(*matrix_operations);
