/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Peers: registers of another device as a target, on every kind of machine, with and without an IOMMU: what arrives
 * there, what is refused, what release ends, and that no cache line is touched for it.
 */
#include "../../platform/sim/machine/sim_machine.h"
#include "../../src/iommu/table/walker_tree.h"
#include "rig.h"
#include <dmastream/errors.h>
#include <stdio.h>

#define REGISTERS ((uint64_t)0x30000000)
#define NPAGES	  3

/* ---- The other device: doorbells and a window of its own memory ---- */

static struct {
	uint64_t cells[NPAGES * PAGE / 8];
	unsigned rings;
} other;

static uint64_t cells_read(void *ctx, uint64_t offset, unsigned nbytes)
{
	uint64_t value = 0;

	(void)ctx;
	memcpy(&value, (char *)other.cells + offset, nbytes);
	return value;
}

static void cells_write(void *ctx, uint64_t offset, uint64_t value, unsigned nbytes)
{
	(void)ctx;
	memcpy((char *)other.cells + offset, &value, nbytes);
	other.rings++;
}

/* ---- The host's word ---- */

static struct {
	unsigned asked;
	int answer;
	const struct dma_device *dev;
	uint64_t registers, bus;
	size_t nbytes;
} host;

static int may(const struct dma_device *dev, dma_paddr_t registers, size_t nbytes, dma_daddr_t *bus, void *context)
{
	SIM_CHECK(context == &host && bus->raw == registers.raw);
	host.asked++;
	host.dev = dev;
	host.registers = registers.raw;
	host.nbytes = nbytes;
	if (host.bus)
		*bus = dma_daddr(host.bus);
	return host.answer;
}

static void start(void)
{
	memset(&other, 0, sizeof(other));
	memset(&host, 0, sizeof(host));
	sim_mmio_register(REGISTERS, sizeof(other.cells), cells_read, cells_write, NULL);
	dma_peers_with(may, &host);
}

static unsigned said; /* lines of the log that tell why */

static void listen(const char *line)
{
	said += strstr(line, "host says that this device may not") || strstr(line, "dma_peers_with()");
}

/* ---- Both ways ---- */

static bool writes(struct rig *rig, uint64_t daddr, uint32_t value)
{
	return sim_device_write(rig->dev.sim, dma_daddr(daddr), &value, sizeof(value)) == 0;
}

static bool reads(struct rig *rig, uint64_t daddr, uint32_t *value)
{
	return sim_device_read(rig->dev.sim, dma_daddr(daddr), value, sizeof(*value)) == 0;
}

static void window(struct rig *rig, unsigned dir)
{
	struct dma_peer p = {0};
	uint64_t daddr;
	uint32_t seen = 0, mapped = rig->kind != RIG_NONE;

	if (!SIM_CHECK(dma_peer_map(&p, &rig->dev.dma, dir, dma_paddr(REGISTERS), NPAGES * PAGE) == 0))
		return;
	SIM_CHECK(host.dev == &rig->dev.dma && host.registers == REGISTERS && host.nbytes == NPAGES * PAGE);
	SIM_CHECK(dma_device_live(&rig->dev.dma) == 1 && dma_peer_size(&p) == NPAGES * PAGE);
	SIM_CHECK(dma_peer_map(&p, &rig->dev.dma, dir, dma_paddr(REGISTERS), 4) == DMA_EINVAL);
	daddr = dma_peer_daddr(&p).raw;
	for (unsigned page = 0; page < NPAGES; page++) {
		uint64_t there = daddr + page * PAGE + 8 * page;
		uint64_t *cell = &other.cells[page * PAGE / 8 + page];

		*cell = 77 + page;
		SIM_CHECK(reads(rig, there, &seen) == (!mapped || (dir & DMA_TO_DEVICE)));
		SIM_CHECK(!(dir & DMA_TO_DEVICE) || seen == 77 + page);
		SIM_CHECK(writes(rig, there, 100 + page) == (!mapped || (dir & DMA_FROM_DEVICE)));
		SIM_CHECK(!(dir & DMA_FROM_DEVICE) || *cell == 100 + page);
	}
	sim_interrupts(false);
	dma_peer_release(&p);
	sim_interrupts(true);
	dma_peer_release(&p);
	SIM_CHECK(dma_peer_daddr(&p).raw == DMA_ADDRESS_NONE && dma_peer_size(&p) == 0);
	SIM_CHECK(!mapped || (!writes(rig, daddr, 1) && !reads(rig, daddr + PAGE, &seen)));
}

/* Four bytes in the middle of a page. */
static void doorbell(struct rig *rig)
{
	const uint64_t registers = REGISTERS + PAGE + 0x24;
	struct dma_peer p = {0}, empty = {0};
	unsigned rings = other.rings;
	int error = dma_peer_map(&p, &rig->dev.dma, DMA_FROM_DEVICE, dma_paddr(registers), 4);

	if (rig->kind != RIG_NONE && !rig->dev.dma.trusted) { /* it could reach what else is in the page */
		SIM_CHECK(error == DMA_ENOTSUP && memcmp(&p, &empty, sizeof(p)) == 0);
		return;
	}
	if (!SIM_CHECK(error == 0))
		return;
	SIM_CHECK(dma_peer_daddr(&p).raw % PAGE == registers % PAGE);
	SIM_CHECK(writes(rig, dma_peer_daddr(&p).raw, 0xabc));
	SIM_CHECK(other.rings == rings + 1 && other.cells[(PAGE + 0x20) / 8] >> 32 == 0xabc);
	dma_peer_release(&p);
}

static void registers_are_a_target(struct rig *rig)
{
	bool windows = rig->kind == RIG_NONE && rig->dev.dma.nwindows > 0;

	start();
	if (windows) { /* without an IOMMU the address on the bus is the host's to say */
		struct dma_peer p = {0};

		host.bus = 0x1234000;
		if (SIM_CHECK(dma_peer_map(&p, &rig->dev.dma, DMA_FROM_DEVICE, dma_paddr(REGISTERS), 8) == 0))
			SIM_CHECK(dma_peer_daddr(&p).raw == 0x1234000);
		dma_peer_release(&p);
		return;
	}
	for (unsigned dir = DMA_TO_DEVICE; dir <= DMA_BIDIRECTIONAL; dir++)
		window(rig, dir);
	doorbell(rig);
}

static void every_machine(void **state)
{
	(void)state;
	assert_int_equal(rig_all(registers_are_a_target), 0);
}

static void every_row_line_and_iommu(void **state)
{
	(void)state;
	for (unsigned row = 0; row < 8; row++) {
		for (unsigned line = 32; line <= 128; line *= 2) {
			char words[100];

			snprintf(words, sizeof(words), "low=1,high=1,line=%u%s%s%s", line,
				 row & 1 ? ",noncoherent" : "", row & 2 ? ",nosync" : "", row & 4 ? ",cvm" : "");
			for (enum rig_iommu kind = RIG_NONE; kind < RIG_IOMMUS; kind++)
				assert_int_equal(rig_on(words, kind, registers_are_a_target), 0);
		}
	}
}

/* ---- Refused ---- */

static int try(struct rig *rig, unsigned dir, uint64_t registers, size_t nbytes)
{
	struct dma_peer p = {0}, empty = {0};
	int error = dma_peer_map(&p, &rig->dev.dma, dir, dma_paddr(registers), nbytes);

	if (error)
		SIM_CHECK(memcmp(&p, &empty, sizeof(p)) == 0);
	dma_peer_release(&p);
	return error;
}

static void refusals(struct rig *rig)
{
	struct dma_peer p = {0};
	unsigned asked;

	start();
	asked = host.asked;
	SIM_CHECK(try(rig, 0, REGISTERS, PAGE) == DMA_EINVAL);
	SIM_CHECK(try(rig, 4, REGISTERS, PAGE) == DMA_EINVAL);
	SIM_CHECK(try(rig, DMA_SPLITTABLE | DMA_TO_DEVICE, REGISTERS, PAGE) == DMA_EINVAL);
	SIM_CHECK(try(rig, DMA_TO_DEVICE, REGISTERS, 0) == DMA_EINVAL);
	SIM_CHECK(try(rig, DMA_TO_DEVICE, UINT64_MAX - 10, 20) == DMA_EINVAL);
	SIM_CHECK(try(rig, DMA_TO_DEVICE, REGISTERS, SIZE_MAX) == DMA_EINVAL);
	SIM_CHECK(dma_peer_map(&p, NULL, DMA_TO_DEVICE, dma_paddr(REGISTERS), PAGE) == DMA_EINVAL);
	/* RAM, at either end. */
	SIM_CHECK(try(rig, DMA_TO_DEVICE, SIM_LOW_RAM, PAGE) == DMA_EFAULT);
	SIM_CHECK(try(rig, DMA_TO_DEVICE, SIM_LOW_RAM - PAGE, 2 * PAGE) == DMA_EFAULT);
	SIM_CHECK(try(rig, DMA_TO_DEVICE, SIM_HIGH_RAM + PAGE + 3, 1) == DMA_EFAULT);
	SIM_CHECK(host.asked == asked);
	/* The host's word. */
	said = 0;
	sim_on_log(listen);
	host.answer = DMA_EBUSY;
	SIM_CHECK(try(rig, DMA_TO_DEVICE, REGISTERS, PAGE) == DMA_ENOTSUP && host.asked == asked + 1);
	host.answer = 0;
	dma_peers_with(NULL, NULL);
	SIM_CHECK(try(rig, DMA_TO_DEVICE, REGISTERS, PAGE) == DMA_ENOTSUP && host.asked == asked + 1);
	SIM_CHECK(said == 2);
	dma_peers_with(may, &host);
	SIM_CHECK(try(rig, DMA_TO_DEVICE, REGISTERS, PAGE) == 0);
	/* A live one keeps the device. */
	SIM_CHECK(dma_peer_map(&p, &rig->dev.dma, DMA_TO_DEVICE, dma_paddr(REGISTERS), PAGE) == 0);
	SIM_CHECK(dma_device_fini(&rig->dev.dma) == DMA_EBUSY);
	sim_on_log(NULL);
	dma_peer_release(&p);
	if (rig->kind != RIG_NONE) {
		SIM_CHECK(dma_device_block(&rig->dev.dma) == 0);
		SIM_CHECK(try(rig, DMA_TO_DEVICE, REGISTERS, PAGE) == DMA_ENODEV);
	}
}

static void what_is_refused(void **state)
{
	(void)state;
	for (enum rig_iommu kind = RIG_NONE; kind < RIG_IOMMUS; kind++)
		assert_int_equal(rig_on("low=1,high=1", kind, refusals), 0);
}

static void limited(void *arg)
{
	const enum rig_iommu kind = *(enum rig_iommu *)arg;
	struct rig rig;

	rig_limits.boundary = 2 * PAGE;
	rig_limits.max_segment_size = 2 * PAGE;
	rig_limits.min_align = 16;
	rig_open(&rig, kind);
	start();
	SIM_CHECK(try(&rig, DMA_TO_DEVICE, REGISTERS, 2 * PAGE) == 0);
	SIM_CHECK(try(&rig, DMA_TO_DEVICE, REGISTERS, 3 * PAGE) == DMA_ENOTSUP);
	SIM_CHECK(try(&rig, DMA_TO_DEVICE, REGISTERS + 16, 16) == 0);
	SIM_CHECK(try(&rig, DMA_TO_DEVICE, REGISTERS + 8, 8) == DMA_ENOTSUP);
	/* Without an IOMMU the registers are where they are. */
	SIM_CHECK(try(&rig, DMA_TO_DEVICE, REGISTERS + PAGE, 2 * PAGE) == (kind == RIG_NONE ? DMA_ENOTSUP : 0));
	if (kind == RIG_NONE) {
		host.bus = rig.dev.dma.mask - 7;
		SIM_CHECK(try(&rig, DMA_TO_DEVICE, REGISTERS, 16) == DMA_ENOTSUP);
	}
	rig_close(&rig);
}

static void h83_limits_of_the_device(void **state)
{
	(void)state;
	for (enum rig_iommu kind = RIG_NONE; kind < RIG_IOMMUS; kind++)
		assert_int_equal(core_run("low=1,high=1,mask=32", limited, &kind), 0);
}

/* ---- In trouble ---- */

static int attempt(void *arg)
{
	struct rig rig;
	int error = rig_try_open(&rig, *(enum rig_iommu *)arg);

	if (error)
		return error;
	start();
	error = try(&rig, DMA_BIDIRECTIONAL, REGISTERS, NPAGES * PAGE);
	rig_close(&rig);
	return error;
}

static void h12_every_hook_fails(void **state)
{
	unsigned runs = 0, all = 0;

	(void)state;
	for (enum rig_iommu kind = RIG_NONE; kind < RIG_IOMMUS; kind++) {
		struct sim_config machine = sim_config_plain("low=1,high=1");

		assert_int_equal(sim_for_each_failure(&machine, attempt, &kind, &runs), 0);
		all += runs;
	}
	printf("# %u runs\n", all);
}

/* With interrupts off it takes table pages from the reserve. */
static void off(struct rig *rig)
{
	struct dma_peer p = {0};

	start();
	sim_interrupts(false);
	SIM_CHECK(dma_peer_map(&p, &rig->dev.dma, DMA_FROM_DEVICE, dma_paddr(REGISTERS), PAGE) == 0);
	SIM_CHECK(writes(rig, dma_peer_daddr(&p).raw, 5) && other.cells[0] == 5);
	dma_peer_release(&p);
	sim_interrupts(true);
}

static void h82_interrupts_off(void **state)
{
	(void)state;
	for (enum rig_iommu kind = RIG_NONE; kind < RIG_IOMMUS; kind++)
		assert_int_equal(rig_on("low=1,high=1", kind, off), 0);
}

static void stuck(struct rig *rig)
{
	struct dma_peer p = {0};

	start();
	if (!SIM_CHECK(dma_peer_map(&p, &rig->dev.dma, DMA_BIDIRECTIONAL, dma_paddr(REGISTERS), PAGE) == 0))
		return;
	rig_answers(false);
	dma_peer_release(&p);
	SIM_CHECK(dma_peer_size(&p) == 0);
	SIM_CHECK(try(rig, DMA_TO_DEVICE, REGISTERS, PAGE) == DMA_ENODEV);
}

static void no_answer_at_release(void **state)
{
	(void)state;
	assert_int_equal(rig_stuck("low=1,high=1", stuck), 0);
}

/* ---- Memory type ---- */

/* As an SMMU's tables have it: memory attributes in one field of a leaf, of which devices have another value than
 * memory. Of all sizes of leaf. */
static void types(void *unused)
{
	const uint64_t memory = UINT64_C(15) << 2, registers = UINT64_C(1) << 2, field = memory;
	const struct dma_table_config config = {.format = &dma_format_lpae2_4,
						.leaf_extra = memory,
						.registers_extra = registers,
						.big_levels = 6,
						.snoops = true,
						.max_paddr = UINT64_MAX};
	struct dma_owed_node run = {.owed = {.paddr = {REGISTERS}, .npages = 1024}};
	struct dma_gather gather = {0};
	struct dma_table t;
	uint64_t daddr = UINT64_C(1) << 30, *entry;

	(void)unused;
	if (!SIM_CHECK(dma_table_init(&t, &config) == 0))
		return;
	SIM_CHECK(dma_table_map_chain(&t, daddr, &run, DMA_BIDIRECTIONAL | DMA_MAP_REGISTERS, 0) == 0);
	entry = dma_table_at(t.root.raw);
	for (unsigned shift = 39; shift > 21; shift -= 9)
		entry = dma_table_at(dma_entry_address(t.format, dma_entry_read(&entry[daddr >> shift & 511])));
	for (unsigned i = 0; i < 2; i++) /* 2 MiB each */
		SIM_CHECK((dma_entry_read(&entry[i]) & field) == registers && !(dma_entry_read(&entry[i]) & 2));
	SIM_CHECK(dma_table_unmap(&t, daddr, 1024, 0, &gather) == 0);
	run.owed.npages = 3;
	SIM_CHECK(dma_table_map_chain(&t, 16 * PAGE, &run, DMA_FROM_DEVICE | DMA_MAP_REGISTERS, 0) == 0);
	SIM_CHECK(dma_table_map_chain(&t, 19 * PAGE, &run, DMA_FROM_DEVICE, 0) == 0);
	entry = dma_table_leaf_find(&t, 0, 16 * PAGE);
	for (unsigned i = 16; entry && i < 22; i++)
		SIM_CHECK((dma_entry_read(&entry[i]) & field) == (i < 19 ? registers : memory));
	SIM_CHECK(entry && dma_table_unmap(&t, 16 * PAGE, 6, 0, &gather) == 0);
	dma_table_reclaim(&t, &gather);
	dma_table_fini(&t);
}

static void registers_have_a_type_of_their_own(void **state)
{
	struct sim_config machine = sim_config_plain("low=1,high=1");

	(void)state;
	assert_int_equal(core_run_with_offset(&machine, types, NULL), 0);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_machine),	cmocka_unit_test(every_row_line_and_iommu),
		cmocka_unit_test(what_is_refused),	cmocka_unit_test(h83_limits_of_the_device),
		cmocka_unit_test(h12_every_hook_fails), cmocka_unit_test(h82_interrupts_off),
		cmocka_unit_test(no_answer_at_release), cmocka_unit_test(registers_have_a_type_of_their_own),
	};

	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
