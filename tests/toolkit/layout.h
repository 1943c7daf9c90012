/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Bytes that are written and read by every kind of access: a value, single accesses of 1 to 8 bytes, bytes, a fill,
 * and cursors.
 */
#ifndef TESTS_TOOLKIT_LAYOUT_H
#define TESTS_TOOLKIT_LAYOUT_H

#include "rig.h"

#define LEN 200 /* bytes of a layout; the rest of what is looked at is not touched */

/* What the writes below leave, and the reads find. */
static inline void layout(unsigned char *bytes, unsigned seed)
{
	core_pattern(bytes, seed, 0, LEN);
	memset(bytes + 48, 0x5a, 40);
}

static inline void device_sees(struct rig *rig, dma_daddr_t daddr, unsigned seed)
{
	unsigned char expected[LEN], seen[LEN];

	layout(expected, seed);
	SIM_CHECK(sim_device_read(rig->dev.sim, daddr, seen, LEN) == 0 && memcmp(seen, expected, LEN) == 0);
}

static inline void device_puts(struct rig *rig, dma_daddr_t daddr, unsigned seed)
{
	unsigned char bytes[LEN];

	layout(bytes, seed);
	SIM_CHECK(sim_device_write(rig->dev.sim, daddr, bytes, LEN) == 0);
}

/* The last part of a layout, by a cursor that stands at its first byte. */
static inline void cursor_writes(struct dma_writer w, const unsigned char *bytes)
{
	struct dma_reader rest = dma_reader_of(bytes + 152, LEN - 152);

	SIM_CHECK(dma_writer_skip(&w, 128) == 0);
	SIM_CHECK(dma_writer_write_once(&w, bytes + 128, 8) == 0);
	SIM_CHECK(dma_writer_write_bytes(&w, bytes + 136, 16) == 0);
	dma_writer_limit(&w, LEN - 152);
	SIM_CHECK(dma_writer_write(&w, &rest) == LEN - 152 && dma_writer_remain(&w) == 0);
}

static inline void cursor_reads(struct dma_reader r, unsigned char *bytes)
{
	struct dma_writer rest = dma_writer_of(bytes + 152, LEN - 152);

	SIM_CHECK(dma_reader_skip(&r, 128) == 0);
	SIM_CHECK(dma_reader_read_once(&r, bytes + 128, 8) == 0);
	SIM_CHECK(dma_reader_read_bytes(&r, bytes + 136, 16) == 0);
	dma_reader_limit(&r, LEN - 152);
	SIM_CHECK(dma_reader_read(&r, &rest) == LEN - 152 && dma_reader_remain(&r) == 0);
}

/* A layout into / out of an object that has all of these calls. */
#define WRITES(kind, object, seed)                                                                                     \
	do {                                                                                                           \
		unsigned char bytes[LEN];                                                                              \
		struct dma_reader part;                                                                                \
		struct dma_writer all;                                                                                 \
		uint64_t word;                                                                                         \
                                                                                                                       \
		layout(bytes, (seed));                                                                                 \
		memcpy(&word, bytes, 8);                                                                               \
		SIM_CHECK(dma_##kind##_write_val((object), 0, &word) == 0);                                            \
		for (size_t n = 1; n <= 8; n *= 2) /* at 9, 10, 12 and 16 */                                           \
			SIM_CHECK(dma_##kind##_write_once((object), 8 + n, bytes + 8 + n, n) == 0);                    \
		SIM_CHECK(dma_##kind##_write_bytes((object), 8, bytes + 8, 1) == 0);                                   \
		SIM_CHECK(dma_##kind##_write_bytes((object), 11, bytes + 11, 1) == 0);                                 \
		SIM_CHECK(dma_##kind##_write_bytes((object), 24, bytes + 24, 24) == 0);                                \
		SIM_CHECK(dma_##kind##_fill((object), 48, 0x5a, 40) == 0);                                             \
		part = dma_reader_of(bytes + 88, 40);                                                                  \
		SIM_CHECK(dma_##kind##_write((object), 88, &part) == 0 && dma_reader_remain(&part) == 0);              \
		if (SIM_CHECK(dma_##kind##_writer((object), &all) == 0))                                               \
			cursor_writes(all, bytes);                                                                     \
	} while (0)

#define READS(kind, object, seed)                                                                                      \
	do {                                                                                                           \
		unsigned char bytes[LEN] = {0}, expected[LEN];                                                         \
		struct dma_writer part;                                                                                \
		struct dma_reader all;                                                                                 \
		uint64_t word = 0;                                                                                     \
                                                                                                                       \
		SIM_CHECK(dma_##kind##_read_val((object), 0, &word) == 0);                                             \
		memcpy(bytes, &word, 8);                                                                               \
		for (size_t n = 1; n <= 8; n *= 2)                                                                     \
			SIM_CHECK(dma_##kind##_read_once((object), 8 + n, bytes + 8 + n, n) == 0);                     \
		SIM_CHECK(dma_##kind##_read_bytes((object), 8, bytes + 8, 1) == 0);                                    \
		SIM_CHECK(dma_##kind##_read_bytes((object), 11, bytes + 11, 1) == 0);                                  \
		SIM_CHECK(dma_##kind##_read_bytes((object), 24, bytes + 24, 64) == 0);                                 \
		part = dma_writer_of(bytes + 88, 40);                                                                  \
		SIM_CHECK(dma_##kind##_read((object), 88, &part) == 0 && dma_writer_remain(&part) == 0);               \
		if (SIM_CHECK(dma_##kind##_reader((object), &all) == 0))                                               \
			cursor_reads(all, bytes);                                                                      \
		layout(expected, (seed));                                                                              \
		SIM_CHECK(memcmp(bytes, expected, LEN) == 0);                                                          \
	} while (0)

#endif
