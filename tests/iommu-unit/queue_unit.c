/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The unit in software: see queue_unit.h. Numbers are the specifications', written down a second time.
 */
#include "queue_unit.h"
#include "../../src/base/state.h"
#include "../../src/iommu/amdvi/amdvi_driver.h"
#include "../../src/iommu/riscv/riscv_driver.h"
#include "../../src/iommu/smmuv3/smmuv3_driver.h"
#include "../../src/iommu/vtd/vtd_driver.h"
#include "queue_host.h"
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SLOTS = 256, PAGE = 4096 };

struct dma_state dma_state;
const char *const unit_names[UNIT_KINDS] = {"vtd", "smmuv3", "amdvi", "riscv"};

static struct {
	enum unit_kind kind;
	bool immediate;
	char registers[0x20000];
	uint64_t *ring; /* 2 words a command */
	uint64_t *words;
	uint32_t head, tail; /* slots; SMMU: with the wrap bit */
	uint32_t fsts, gerror, gerrorn, error;
	uint64_t taken[SLOTS]; /* by the RISC-V unit since the last fence; 0: all is to be invalidated */
	unsigned ntaken;
	uint64_t control; /* of AMD-Vi; its buffer does not run while fsts says that it was stopped */
	unsigned refuse, refusals, refuse_error;
	uint64_t ran[UNIT_CPUS];
	struct unit_seen seen;
} hw;

static struct vtd_unit *vtd;
static struct smmu_unit *smmu;
static struct amdvi_unit *amdvi;
static struct riscv_unit *riscv;
static int working; /* somebody executes commands */

/* ---- The unit ---- */

static uint32_t span(void)
{
	return hw.kind == UNIT_SMMU ? 2 * SLOTS : SLOTS;
}

unsigned unit_waiting(void)
{
	return (__atomic_load_n(&hw.tail, __ATOMIC_ACQUIRE) - __atomic_load_n(&hw.head, __ATOMIC_ACQUIRE)) % span();
}

static void note(uint64_t address)
{
	unsigned cpu = (unsigned)(address >> 40) % UNIT_CPUS;
	uint64_t count = address >> 12 & 0xfffffff;

	if (count > __atomic_load_n(&hw.ran[cpu], __ATOMIC_RELAXED))
		__atomic_store_n(&hw.ran[cpu], count, __ATOMIC_RELEASE);
}

/* What took the place of a refused command invalidates everything. */
static void note_all(void)
{
	for (unsigned cpu = 0; cpu < UNIT_CPUS; cpu++)
		__atomic_store_n(&hw.ran[cpu], 0xfffffff, __ATOMIC_RELEASE);
}

/* 2.4.1, 2.4.3. */
static void execute_amdvi(uint64_t low, uint64_t high)
{
	switch (low >> 60) {
	case 1:
		__atomic_store_n((uint64_t *)(uintptr_t)(low & 0x000ffffffffffff8), high, __ATOMIC_RELEASE);
		break;
	case 3:
		high & 1 ? note_all() : note(high);
		break;
	default:
		hw.seen.unlawful++;
	}
}

/* "IOTINVAL.GVMA" with AV and GV, or for all; "IOFENCE.C" with PR and PW. */
static void execute_riscv(uint64_t low, uint64_t high)
{
	switch (low & 0x3ff) {
	case 0x81:
		hw.seen.unlawful += (low != 0x81 && (low >> 33 & 1) != (low >> 10 & 1)) || hw.ntaken == SLOTS;
		hw.taken[hw.ntaken++ % SLOTS] = low >> 10 & 1 ? high >> 10 << 12 : 0;
		break;
	case 2:
		hw.seen.unlawful += (low & ~(uint64_t)0x3000) != 2;
		for (unsigned i = 0; i < hw.ntaken; i++)
			hw.taken[i] ? note(hw.taken[i]) : note_all();
		hw.ntaken = 0;
		break;
	default:
		hw.seen.unlawful++;
	}
}

static void execute(uint64_t low, uint64_t high)
{
	unsigned code = (unsigned)low & (hw.kind == UNIT_VTD ? 15 : 255);

	if (hw.kind == UNIT_AMDVI)
		execute_amdvi(low, high);
	else if (hw.kind == UNIT_RISCV)
		execute_riscv(low, high);
	else if (hw.kind == UNIT_VTD && code == 2)
		(low >> 4 & 3) == 1 ? note_all() : note(high & ~(uint64_t)0xfff);
	else if (hw.kind == UNIT_VTD && code == 5)
		__atomic_store_n((uint32_t *)(uintptr_t)high, (uint32_t)(low >> 32), __ATOMIC_RELEASE);
	else if (hw.kind == UNIT_SMMU && code == 0x2a)
		note(high & ~(uint64_t)0xfff);
	else if (hw.kind == UNIT_SMMU && code == 0x30)
		note_all();
	else if (hw.kind != UNIT_SMMU || code != 0x46)
		hw.seen.unlawful++;
}

static bool stuck(void)
{
	return hw.kind != UNIT_SMMU ? __atomic_load_n(&hw.fsts, __ATOMIC_ACQUIRE) & 0x50
				    : __atomic_load_n(&hw.gerror, __ATOMIC_ACQUIRE) !=
					      __atomic_load_n(&hw.gerrorn, __ATOMIC_ACQUIRE);
}

static bool refuse(void)
{
	if (!hw.refusals || hw.refuse > 1) {
		hw.refuse -= hw.refuse > 1;
		return false;
	}
	hw.refusals--;
	hw.seen.refused++;
	hw.error = hw.refuse_error;
	hw.ntaken = 0;
	__atomic_fetch_or(&hw.fsts, 0x10, __ATOMIC_RELEASE);
	__atomic_store_n(&hw.gerror, hw.gerrorn ^ 1, __ATOMIC_RELEASE);
	return true;
}

void unit_work(unsigned n)
{
	while (__atomic_exchange_n(&working, 1, __ATOMIC_ACQUIRE))
		sched_yield();
	while (n-- && unit_waiting() && !stuck() && !refuse()) {
		uint32_t head = __atomic_load_n(&hw.head, __ATOMIC_RELAXED);
		volatile uint64_t *command = &hw.ring[head % SLOTS * 2];

		execute(command[0], command[1]);
		command[0] = command[1] = 0; /* a ring entry that is executed twice is none */
		__atomic_store_n(&hw.head, (head + 1) % span(), __ATOMIC_RELEASE);
	}
	__atomic_store_n(&working, 0, __ATOMIC_RELEASE);
}

void unit_refuse(unsigned n, unsigned times, unsigned error)
{
	hw.refuse = n;
	hw.refusals = times;
	hw.refuse_error = error;
}

void unit_throw_away(void)
{
	hw.seen.thrown += unit_waiting() / 2;
	__atomic_store_n(&hw.head, __atomic_load_n(&hw.tail, __ATOMIC_ACQUIRE), __ATOMIC_RELEASE);
	__atomic_fetch_or(&hw.fsts, 0x40, __ATOMIC_RELEASE);
}

struct unit_seen unit_seen(void)
{
	return hw.seen;
}

uint64_t unit_ran(unsigned cpu)
{
	return __atomic_load_n(&hw.ran[cpu], __ATOMIC_ACQUIRE);
}

/* ---- The driver ---- */

static void set_up(struct dma_unit *unit, const struct dma_queue_ops *ops)
{
	unit->regs = hw.registers;
	unit->reach.snoops = true;
	unit->queue.ops = ops;
	unit->queue.regs = hw.registers;
	unit->queue.ring = (void *)hw.ring;
	unit->queue.paddr = dma_paddr((uintptr_t)hw.ring);
	unit->queue.words = hw.words;
	unit->queue.words_paddr = dma_paddr((uintptr_t)hw.words);
	unit->queue.timeout_ns = UNIT_TIMEOUT_NS;
	unit->queue.name = unit_names[hw.kind];
}

struct dma_queue *unit_queue(void)
{
	struct dma_unit *units[UNIT_KINDS] = {&vtd->base, &smmu->base, &amdvi->base, &riscv->base};

	return &units[hw.kind]->queue;
}

static void *zeroed(size_t nbytes)
{
	void *at = aligned_alloc(PAGE, (nbytes + PAGE - 1) / PAGE * PAGE);

	return at ? memset(at, 0, nbytes) : NULL;
}

void unit_make(enum unit_kind kind, bool immediate)
{
	free(hw.ring);
	free(hw.words);
	free(vtd);
	free(smmu);
	free(amdvi);
	free(riscv);
	memset(&hw, 0, sizeof(hw));
	hw.kind = kind;
	hw.immediate = immediate;
	hw.ring = aligned_alloc(PAGE, PAGE);
	hw.words = aligned_alloc(PAGE, PAGE);
	vtd = zeroed(sizeof(*vtd));
	smmu = zeroed(sizeof(*smmu));
	amdvi = zeroed(sizeof(*amdvi));
	riscv = zeroed(sizeof(*riscv));
	if (!hw.ring || !hw.words || !vtd || !smmu || !amdvi || !riscv)
		abort();
	memset(hw.ring, 0, PAGE);
	memset(hw.words, 0, PAGE);
	set_up(&vtd->base, &dma_vtd_queue);
	set_up(&smmu->base, &dma_smmu_queue);
	set_up(&amdvi->base, &dma_amdvi_queue);
	set_up(&riscv->base, &dma_riscv_queue);
	amdvi->control = hw.control = AMDVI_CONTROL_ENABLE | AMDVI_CONTROL_COMMANDS;
	amdvi->base.running = true;
	if (kind != UNIT_VTD)
		dma_queue_reset(unit_queue());
	else if (dma_vtd_queue_start(vtd))
		abort();
}

int unit_run(unsigned cpu, uint64_t count)
{
	uint64_t address = (uint64_t)cpu << 40 | (count & 0xfffffff) << 12;
	struct dma_command command = smmu_tlbi(true, 1, address, true, false, 0, 0),
			   pages = amdvi_invalidate_pages(1, address, 0, true);

	if (hw.kind == UNIT_RISCV)
		return dma_riscv_run_one(&riscv->base, riscv_page(false, 1, address));
	if (hw.kind == UNIT_AMDVI)
		return dma_amdvi_run(amdvi, &pages, 1);
	if (hw.kind == UNIT_VTD)
		return dma_vtd_run(vtd, vtd_iotlb_descriptor(VTD_SELECTIVE, 1, 0, address, 0, true));
	return dma_smmu_run(&smmu->base, &command, 1);
}

bool unit_submit(void)
{
	uint32_t end, aborts;
	uint64_t address = (uint64_t)(UNIT_CPUS - 1) << 40 | 1 << 12;
	struct dma_command commands[UNIT_KINDS] = {vtd_iotlb_descriptor(VTD_SELECTIVE, 1, 0, address, 0, true),
						   smmu_tlbi(true, 1, address, true, false, 0, 0),
						   amdvi_invalidate_pages(1, address, 0, true),
						   riscv_page(false, 1, address)};

	return dma_queue_submit(unit_queue()->ops, unit_queue(), &commands[hw.kind], 1, &end, &aborts);
}

void unit_skip(uint32_t positions)
{
	struct dma_queue *queue = unit_queue();

	if (unit_waiting())
		abort();
	queue->tail += positions;
	queue->done = queue->tail;
	hw.head = hw.tail = queue->tail % span();
}

bool unit_given_up(void)
{
	return dma_queue_failed(unit_queue());
}

/* The rest of the driver, which no queue needs. */
int dma_vtd_command(struct vtd_unit *unit, uint32_t bit, uint32_t value)
{
	(void)unit, (void)bit, (void)value;
	return 0;
}

int dma_vtd_write_buffer_flush_now(struct vtd_unit *unit)
{
	(void)unit;
	return 0;
}

/* ---- Its registers, as the host reads and writes them ---- */

static uint32_t offset_of(const volatile void *reg)
{
	return (uint32_t)((const volatile char *)reg - hw.registers);
}

uint32_t dma_host_mmio_read32(const volatile void *reg)
{
	switch (offset_of(reg)) {
	case 0x80:
		return __atomic_load_n(&hw.head, __ATOMIC_ACQUIRE) * 16;
	case 0x34:
		return hw.kind == UNIT_VTD ? __atomic_load_n(&hw.fsts, __ATOMIC_ACQUIRE) : 0;
	case 0x60:
		return __atomic_load_n(&hw.gerror, __ATOMIC_ACQUIRE);
	case 0x64:
		return __atomic_load_n(&hw.gerrorn, __ATOMIC_ACQUIRE);
	case 0x20:
		return __atomic_load_n(&hw.head, __ATOMIC_ACQUIRE);
	case 0x48:
		return 1 | (stuck() ? (uint32_t[]){0, 1 << 10, 1 << 8, 1 << 9}[hw.error & 3] : 0);
	case AMDVI_COMMAND_HEAD:
		return __atomic_load_n(&hw.head, __ATOMIC_ACQUIRE) * 16;
	case 0x9c:
		return __atomic_load_n(&hw.head, __ATOMIC_ACQUIRE) | (stuck() ? hw.error << 24 : 0);
	default:
		return 0;
	}
}

uint64_t dma_host_mmio_read64(const volatile void *reg)
{
	if (offset_of(reg) == AMDVI_STATUS)
		return __atomic_load_n(&hw.fsts, __ATOMIC_ACQUIRE) ? 0 : AMDVI_STATUS_COMMANDS;
	return offset_of(reg) == 0x80 ? (uint64_t)__atomic_load_n(&hw.head, __ATOMIC_ACQUIRE) * 16 : 0;
}

void dma_host_mmio_write32(volatile void *reg, uint32_t value)
{
	static const uint32_t tails[UNIT_KINDS] = {0x88, 0x98, 0x2008, 0x24};
	uint32_t offset = offset_of(reg);

	if (hw.kind == UNIT_VTD && offset == 0x34)
		__atomic_fetch_and(&hw.fsts, ~value, __ATOMIC_RELEASE);
	else if (offset == 0x64)
		__atomic_store_n(&hw.gerrorn, value, __ATOMIC_RELEASE);
	else if (hw.kind == UNIT_RISCV && offset == 0x48 && value & 0x700)
		__atomic_store_n(&hw.fsts, 0, __ATOMIC_RELEASE);
	else if (offset == tails[hw.kind]) {
		if (++hw.seen.doorbells % 64 == 0 && host_meets) /* the queue's lock is held */
			(void)usleep(1);
		__atomic_store_n(&hw.tail, value / (hw.kind == UNIT_SMMU || hw.kind == UNIT_RISCV ? 1 : 16),
				 __ATOMIC_RELEASE);
	}
	if (hw.immediate)
		unit_work(SLOTS);
}

void dma_host_mmio_write64(volatile void *reg, uint64_t value)
{
	if (hw.kind != UNIT_AMDVI || offset_of(reg) != 0x18)
		return;
	if (value & ~hw.control & 1 << 12) /* CmdBufEn, switched on again */
		__atomic_store_n(&hw.fsts, 0, __ATOMIC_RELEASE);
	hw.control = value;
}
