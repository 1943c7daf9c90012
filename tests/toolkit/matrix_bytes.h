/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What the matrix's operations share: what of them runs with interrupts off, and bytes that go both ways.
 */
#ifndef TESTS_TOOLKIT_MATRIX_BYTES_H
#define TESTS_TOOLKIT_MATRIX_BYTES_H

#include "matrix.h"

#define MATRIX_BYTES 100

static inline void matrix_enter(const struct matrix_use *use)
{
	if (use->off)
		sim_interrupts(false);
}

static inline void matrix_leave(const struct matrix_use *use)
{
	if (use->off)
		sim_interrupts(true);
}

static inline int matrix_device_sees(const struct matrix_use *use, dma_daddr_t daddr, unsigned seed)
{
	unsigned char bytes[MATRIX_BYTES];

	SIM_CHECK(sim_device_read(use->rig->dev.sim, daddr, bytes, MATRIX_BYTES) == 0 &&
		  core_is_pattern(bytes, seed, 0, MATRIX_BYTES));
	return 0;
}

static inline int matrix_device_puts(const struct matrix_use *use, dma_daddr_t daddr, unsigned seed)
{
	unsigned char bytes[MATRIX_BYTES];

	core_pattern(bytes, seed, 0, MATRIX_BYTES);
	SIM_CHECK(sim_device_write(use->rig->dev.sim, daddr, bytes, MATRIX_BYTES) == 0);
	return 0;
}

/* The first MATRIX_BYTES bytes of an object of that kind, at the device's address, both ways; what the device wrote is
 * armed again. An int: 0, or the first error. */
#define MATRIX_EXCHANGE(use, kind, object, daddr)                                                                      \
	__extension__({                                                                                                \
		unsigned char all_[MATRIX_BYTES] = {0};                                                                \
		unsigned seed_ = (use)->number * 10 + (use)->dir;                                                      \
		int error_ = 0;                                                                                        \
                                                                                                                       \
		if ((use)->dir & DMA_TO_DEVICE) {                                                                      \
			core_pattern(all_, seed_, 0, MATRIX_BYTES);                                                    \
			error_ = dma_##kind##_write_bytes((object), 0, all_, MATRIX_BYTES);                            \
			if (!error_)                                                                                   \
				error_ = dma_##kind##_sync_to_device((object), 0, MATRIX_BYTES);                       \
			if (!error_)                                                                                   \
				error_ = matrix_device_sees((use), (daddr), seed_);                                    \
		}                                                                                                      \
		if (!error_ && (use)->dir & DMA_FROM_DEVICE) {                                                         \
			error_ = matrix_device_puts((use), (daddr), seed_ + 1);                                        \
			if (!error_)                                                                                   \
				error_ = dma_##kind##_sync_from_device((object), 0, MATRIX_BYTES);                     \
			if (!error_)                                                                                   \
				error_ = dma_##kind##_read_bytes((object), 0, all_, MATRIX_BYTES);                     \
			SIM_CHECK(error_ || core_is_pattern(all_, seed_ + 1, 0, MATRIX_BYTES));                        \
			if (!error_)                                                                                   \
				error_ = dma_##kind##_rearm((object), 0, MATRIX_BYTES);                                \
		}                                                                                                      \
		error_;                                                                                                \
	})

#endif
