/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The formats, as tables of facts. The walker needs to know nothing else about them.
 */
#include "format.h"

#define BIT(n)	   (1ull << (n))
#define ADDRESS_52 0x000ffffffffff000ull /* bits 51:12 */
#define ADDRESS_48 0x0000fffffffff000ull /* bits 47:12 */
#define EVERY_LEVEL(x)                                                                                                 \
	{                                                                                                              \
		(x), (x), (x), (x), (x), (x)                                                                           \
	}

enum {
	BIG_2M = 1 << 1,
	BIG_1G = 1 << 2,
};

/* R is bit 0, W bit 1, PS bit 7; 61:52 are ignored in every entry (9.8). Legacy mode: R = W = 0 is not present. */
#define VTD(nlevels)                                                                                                   \
	{                                                                                                              \
		.name = "vtd" #nlevels, .levels = (nlevels), .root_bits = 9, .big_levels = BIG_2M | BIG_1G,            \
		.generation_shift = 53, .generation_bits = 9, .present = BIT(0) | BIT(1), .address_mask = ADDRESS_52,  \
		.table_mask = BIT(7), .software_start = BIT(52), .software_synced = BIT(52),                           \
		.software_inside = BIT(53), .direction_bits = {0, BIT(0), BIT(1), BIT(0) | BIT(1)},                    \
		.leaf_bits = {0, BIT(7), BIT(7)}, .table_bits = EVERY_LEVEL(BIT(0) | BIT(1)),                          \
	}

const struct dma_format dma_format_vtd3 = VTD(3), dma_format_vtd4 = VTD(4), dma_format_vtd5 = VTD(5);

/* PR is bit 0, NextLevel 11:9 (0: a leaf of the level's own size), IR bit 61, IW bit 62; 4:1 are ignored; reserved are
 * 58:52 in leaves, 60:52 in tables (2.2.3). */
#define AMDVI_TABLE(level) (BIT(0) | (uint64_t)(level) << 9 | BIT(61) | BIT(62))
#define AMDVI(nlevels)                                                                                                 \
	{                                                                                                              \
		.name = "amdvi" #nlevels, .levels = (nlevels), .root_bits = 9, .big_levels = BIG_2M | BIG_1G,          \
		.generation_shift = 2, .generation_bits = 3, .present = BIT(0), .address_mask = ADDRESS_52,            \
		.table_mask = 7ull << 9, .software_start = BIT(1), .software_synced = BIT(1),                          \
		.software_inside = BIT(2), .direction_bits = {0, BIT(61), BIT(62), BIT(61) | BIT(62)},                 \
		.leaf_bits = EVERY_LEVEL(BIT(0)),                                                                      \
		.table_bits = {0, AMDVI_TABLE(1), AMDVI_TABLE(2), AMDVI_TABLE(3), AMDVI_TABLE(4), AMDVI_TABLE(5)},     \
	}

const struct dma_format dma_format_amdvi3 = AMDVI(3), dma_format_amdvi4 = AMDVI(4);

/* A page is 0b11, a block 0b01, a table 0b11; AF bit 10, software 58:55 in leaves, 58:51 ignored in tables (D8.3).
 * Stage 1: AP[1] (bit 6) lets the unprivileged in, AP[2] (bit 7) keeps writes out, execute-never 54:53.
 * Stage 2: S2AP bit 6 reads, bit 7 writes; execute-never 54:53 = 0b10. */
#define LPAE(nlevels, root, label, attributes, read, write, both)                                                      \
	{                                                                                                              \
		.name = (label), .levels = (nlevels), .root_bits = (root), .big_levels = BIG_2M | BIG_1G,              \
		.generation_shift = 56, .generation_bits = 3, .break_before_make = true, .present = BIT(0),            \
		.address_mask = ADDRESS_48, .table_mask = BIT(1), .software_start = BIT(55),                           \
		.software_synced = BIT(55), .software_inside = BIT(56),                                                \
		.direction_bits = {0, (read), (write), (both)},                                                        \
		.leaf_bits = {3 | (attributes), 1 | (attributes), 1 | (attributes)}, .table_bits = EVERY_LEVEL(3ull),  \
	}
#define STAGE1(nlevels)                                                                                                \
	LPAE(nlevels, 9, "lpae1_" #nlevels, BIT(10) | BIT(54) | BIT(53), BIT(6) | BIT(7), BIT(6), BIT(6))
#define STAGE2(nlevels, root, label) LPAE(nlevels, root, label, BIT(10) | BIT(54), BIT(6), BIT(7), BIT(6) | BIT(7))

const struct dma_format dma_format_lpae1_3 = STAGE1(3), dma_format_lpae1_4 = STAGE1(4);
const struct dma_format dma_format_lpae2_3 = STAGE2(3, 9, "lpae2_3"), dma_format_lpae2_4 = STAGE2(4, 9, "lpae2_4");
/* 2 or 8 tables of level 1 side by side (D8.2.7). */
const struct dma_format dma_format_lpae2_40 = STAGE2(3, 10, "lpae2_40"),
			dma_format_lpae2_42 = STAGE2(3, 12, "lpae2_42");

/* V bit 0, R 1, W 2 (never without R), X 3, U 4 (always), A 6, D 7, software 9:8. The root of the second stage is four
 * pages (18.5.1); addresses of the first are sign-extended, and the half that begins with zeros is used. */
#define RISCV(nlevels, root, label)                                                                                    \
	{                                                                                                              \
		.name = (label), .levels = (nlevels), .root_bits = (root), .address_shift = 2,                         \
		.big_levels = BIG_2M | BIG_1G, .generation_shift = 9, .generation_bits = 1, .present = BIT(0),         \
		.address_mask = 0x003ffffffffffc00ull, .table_mask = BIT(1) | BIT(2) | BIT(3),                         \
		.software_start = BIT(8), .software_synced = BIT(8), .software_inside = BIT(9),                        \
		.direction_bits = {0, BIT(1), BIT(1) | BIT(2), BIT(1) | BIT(2)},                                       \
		.leaf_bits = EVERY_LEVEL(BIT(0) | BIT(4) | BIT(6) | BIT(7)), .table_bits = EVERY_LEVEL(BIT(0)),        \
	}

const struct dma_format dma_format_sv39x4 = RISCV(3, 11, "sv39x4"), dma_format_sv48x4 = RISCV(4, 11, "sv48x4");
const struct dma_format dma_format_sv39 = RISCV(3, 8, "sv39"), dma_format_sv48 = RISCV(4, 8, "sv48"),
			dma_format_sv57 = RISCV(5, 8, "sv57");

const struct dma_format *const dma_formats[] = {
	&dma_format_vtd3,
	&dma_format_vtd4,
	&dma_format_vtd5,
	&dma_format_amdvi3,
	&dma_format_amdvi4,
	&dma_format_lpae1_3,
	&dma_format_lpae1_4,
	&dma_format_lpae2_3,
	&dma_format_lpae2_4,
	&dma_format_lpae2_40,
	&dma_format_lpae2_42,
	&dma_format_sv39x4,
	&dma_format_sv48x4,
	&dma_format_sv39,
	&dma_format_sv48,
	&dma_format_sv57,
	NULL,
};
