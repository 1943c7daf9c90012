/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The rig: its IOMMU, its memory, its machines.
 */
#include "rig.h"
#include "../../platform/sim/machine/sim_machine.h"
#include "../../src/base/cache.h"
#include "../../src/base/state.h"
#include <dmastream/errors.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

struct dma_device_config rig_limits;
struct sim_device *rig_device;
bool rig_is_told;

/* ---- The IOMMU ---- */

#define CACHED 512

/* Under the machine's lock, which an access of the device holds when it comes here: a lock of its own would be taken
 * behind that one there, and before it by who walks the tables. */
static struct {
	uint64_t root;
	unsigned invalidations, ncached;
	bool answers;
	struct {
		uint64_t daddr, entry;
	} cached[CACHED];
} unit;

/* The entry that maps the page (9.8): levels of 9 bits, bit 7 a larger page; 0: none. */
static uint64_t walk(uint64_t daddr)
{
	uint64_t table = unit.root, entry = 0;

	for (unsigned shift = 39; shift >= 12; shift -= 9) {
		if (sim_ram_read(table + (daddr >> shift & 511) * 8, &entry, 8, true))
			return 0;
		if (!(entry & 3))
			return 0;
		if (shift == 12 || entry & 0x80)
			return (entry & 0x000ffffffffff000 & ~((UINT64_C(1) << shift) - 1)) |
			       (daddr & ((UINT64_C(1) << shift) - 1) & ~UINT64_C(4095)) | (entry & 3);
		table = entry & 0x000ffffffffff000;
	}
	return 0;
}

static uint64_t look_cached(uint64_t daddr, bool keep)
{
	uint64_t page = daddr & ~UINT64_C(4095), entry;

	for (unsigned i = 0; i < unit.ncached; i++)
		if (unit.cached[i].daddr == page)
			return unit.cached[i].entry;
	entry = daddr >> 48 ? 0 : walk(page);
	if (entry && keep && unit.ncached < CACHED) {
		unit.cached[unit.ncached].daddr = page;
		unit.cached[unit.ncached++].entry = entry;
	}
	return entry;
}

static uint64_t look(uint64_t daddr, bool keep)
{
	uint64_t entry;

	machine_lock();
	entry = look_cached(daddr, keep);
	machine_unlock();
	return entry;
}

static int translate(void *ctx, struct sim_device *dev, uint64_t daddr, bool write, uint64_t *paddr)
{
	uint64_t entry = look(daddr, true);

	(void)ctx, (void)dev;
	if (!(entry & (write ? 2 : 1)))
		return DMA_EFAULT;
	*paddr = (entry & 0x000ffffffffff000) | (daddr & 4095);
	return 0;
}

void rig_warm(uint64_t daddr)
{
	if (unit.root)
		(void)look(daddr, true);
}

bool rig_reaches(uint64_t daddr, bool write)
{
	return (look(daddr, false) & (write ? 2 : 1)) != 0;
}

static int attach(struct dma_space *space, struct dma_device *dev)
{
	(void)space, (void)dev;
	return 0;
}

static void detach(struct dma_space *space, struct dma_device *dev)
{
	(void)space, (void)dev;
}

static int block(struct dma_space *space, struct dma_device *dev)
{
	(void)space, (void)dev;
	unit.root = SIM_NOWHERE; /* nothing is translated but what is cached */
	return 0;
}

static int invalidate(struct dma_space *space, uint64_t daddr, size_t npages, bool leaf_only)
{
	unsigned kept = 0;

	(void)space, (void)leaf_only;
	sim_handover(); /* the doorbell of the request: what was published before has arrived */
	machine_lock();
	unit.invalidations++;
	if (!unit.answers) {
		machine_unlock();
		return DMA_ETIMEDOUT;
	}
	for (unsigned i = 0; i < unit.ncached; i++)
		if (unit.cached[i].daddr - daddr >= (uint64_t)npages << DMA_PAGE_SHIFT)
			unit.cached[kept++] = unit.cached[i];
	unit.ncached = kept;
	machine_unlock();
	return 0;
}

static int invalidate_all(struct dma_space *space)
{
	return invalidate(space, 0, SIZE_MAX >> DMA_PAGE_SHIFT, false);
}

static int mapped(struct dma_space *space, uint64_t daddr, size_t npages)
{
	return invalidate(space, daddr, npages, true);
}

static const struct dma_unit_ops unit_ops = {attach, detach, block, invalidate, invalidate_all, NULL},
				 told_ops = {attach, detach, block, invalidate, invalidate_all, mapped};

unsigned rig_invalidations(void)
{
	return unit.invalidations;
}

void rig_answers(bool answers)
{
	unit.answers = answers;
}

/* ---- Open and close ---- */

int rig_try_open(struct rig *rig, enum rig_iommu kind)
{
	struct dma_space_config config = {
		.mapper = &dma_walker_mapper,
		.unit = rig_is_told ? &told_ops : &unit_ops,
		.table = {.format = &dma_format_vtd4, .snoops = true, .max_paddr = UINT64_MAX},
		.last = (UINT64_C(1) << 48) - 1,
		.deferred = kind == RIG_DEFERRED,
	};
	struct sim_device_config device = sim_config()->device;
	struct dma_device_config limits = rig_limits, dma;
	int error;

	memset(rig, 0, sizeof(*rig));
	memset(&rig_limits, 0, sizeof(rig_limits));
	rig->kind = kind;
	device.readable = UINT32_MAX & ~(UINT32_C(1) << SIM_FOREIGN) & ~(UINT32_C(1) << RIG_SECRET);
	rig->dev.sim = rig_device ? rig_device : sim_device_new(&device);
	rig_device = NULL;
	dma = sim_device_dma(rig->dev.sim);
	dma.min_align = limits.min_align;
	dma.boundary = limits.boundary;
	dma.max_segment_size = limits.max_segment_size;
	dma.max_segments = limits.max_segments;
	memset(&unit, 0, sizeof(unit));
	unit.answers = true;
	sim_set_translator(NULL, NULL);
	if (kind != RIG_NONE) {
		error = dma_space_init(&rig->space, &config);
		if (error)
			return error;
		unit.root = rig->space.table.root.raw;
		sim_set_translator(translate, NULL);
		dma.domain = &rig->space.domain;
	}
	rig->config = dma;
	error = dma_device_init(&rig->dev.dma, &dma);
	if (error && kind != RIG_NONE)
		SIM_CHECK(dma_space_fini(&rig->space) == 0);
	return error;
}

void rig_open(struct rig *rig, enum rig_iommu kind)
{
	SIM_CHECK(rig_try_open(rig, kind) == 0);
}

void rig_close(struct rig *rig)
{
	if (rig->kind != RIG_NONE)
		SIM_CHECK(dma_domain_flush(&rig->space.domain) == 0);
	core_close(&rig->dev);
	sim_set_translator(NULL, NULL);
	if (rig->kind != RIG_NONE)
		SIM_CHECK(dma_space_fini(&rig->space) == 0);
}

/* ---- Memory ---- */

#define BESIDE 0x5c

/* The CPU's address of the pages, for as long as the call lasts. */
static void *map_pages(const struct dma_segment *seg)
{
	void *va = dma_host_linear(seg->paddr, dma_segment_size(seg));

	if (!va && dma_host_kva_map(seg->paddr, seg->npages, DMA_KVA_CACHED, &va))
		return NULL;
	return va;
}

static void unmap_pages(const struct dma_segment *seg, void *va)
{
	if (dma_host_linear(seg->paddr, dma_segment_size(seg)))
		return;
	if (sim_config()->can_sync)
		dma_cache_clean(va, dma_segment_size(seg));
	dma_host_kva_unmap(va, seg->paddr, seg->npages);
	dma_host_tlb_shootdown(va, seg->npages);
}

bool rig_memory(struct rig_memory *m, size_t offset, size_t nbytes, unsigned seed)
{
	unsigned char *bytes = malloc(nbytes);
	unsigned label;
	void *va;

	*m = (struct rig_memory){.offset = offset, .nbytes = nbytes};
	core_pattern(bytes, seed, 0, nbytes);
	if (!core_segment_raw(&m->seg, (offset + nbytes + PAGE - 1) / PAGE))
		return false;
	va = map_pages(&m->seg);
	if (!SIM_CHECK(va != NULL))
		return false;
	label = sim_label(RIG_SECRET);
	unsigned char *all = malloc(dma_segment_size(&m->seg));
	memset(all, BESIDE, dma_segment_size(&m->seg));
	dma_arch_copy(va, all, dma_segment_size(&m->seg));
	free(all);
	sim_label(SIM_OWN);
	dma_arch_copy((char *)va + offset, bytes, nbytes);
	sim_label(label);
	unmap_pages(&m->seg, va);
	free(bytes);
	return true;
}

void rig_forget(struct rig_memory *m)
{
	dma_segment_drop(&m->seg);
}

/* Whether all bytes of a range are as expected; beside: BESIDE. */
static bool compare(const struct rig_memory *m, size_t from, size_t n, const unsigned char *expected)
{
	unsigned char *seen = malloc(n + 1);
	void *va = map_pages(&m->seg);
	bool fine = va != NULL;

	if (va) {
		dma_arch_copy(seen, (char *)va + from, n);
		unmap_pages(&m->seg, va);
	}
	for (size_t i = 0; fine && i < n; i++) {
		unsigned char want = expected ? expected[i] : BESIDE;

		if (seen[i] != want) {
			fprintf(stderr, "# byte %zu of the pages is 0x%02x, not 0x%02x\n", from + i, seen[i], want);
			fine = false;
		}
	}
	free(seen);
	return fine;
}

bool rig_holds(const struct rig_memory *m, const unsigned char *bytes)
{
	return compare(m, m->offset, m->nbytes, bytes);
}

bool rig_beside(const struct rig_memory *m)
{
	size_t end = m->offset + m->nbytes;

	return compare(m, 0, m->offset, NULL) && compare(m, end, dma_segment_size(&m->seg) - end, NULL);
}

/* ---- Machines ---- */

struct job {
	rig_body body;
	enum rig_iommu kind;
};

static void run(void *arg)
{
	const struct job *job = arg;
	struct rig rig;

	rig_open(&rig, job->kind);
	job->body(&rig);
	rig_close(&rig);
}

unsigned rig_on(const char *words, enum rig_iommu kind, rig_body body)
{
	struct job job = {body, kind};

	return core_run(words, run, &job);
}

static void run_stuck(void *arg)
{
	static struct rig rig;
	const struct job *job = arg;

	rig_open(&rig, RIG_STRICT);
	job->body(&rig);
	fflush(stderr);
	_exit(sim_failures() ? 1 : 0);
}

unsigned rig_stuck(const char *words, rig_body body)
{
	struct job job = {body, RIG_STRICT};
	struct sim_config machine = sim_config_plain(words);
	int status = -1;
	pid_t child = fork();

	if (child == 0)
		(void)sim_run(&machine, run_stuck, &job);
	if (child < 0 || waitpid(child, &status, 0) != child)
		return 1;
	return status != 0;
}

unsigned rig_all(rig_body body)
{
	unsigned failures = 0;

	for (unsigned kind = RIG_NONE; kind < RIG_IOMMUS && !failures; kind++) {
		struct job job = {body, (enum rig_iommu)kind};

		failures = core_run_all(run, &job);
		if (failures)
			fprintf(stderr, "# with %s\n",
				kind == RIG_NONE     ? "no IOMMU"
				: kind == RIG_STRICT ? "a strict IOMMU"
						     : "a deferred IOMMU");
	}
	return failures;
}

void rig_on_every_row(const char *more, rig_body body)
{
	char words[100];

	for (unsigned row = 0; row < 8; row++) {
		for (unsigned line = 32; line <= 128; line *= 2) {
			snprintf(words, sizeof(words), "low=1,high=1,line=%u%s%s%s%s", line,
				 row & 1 ? ",noncoherent" : "", row & 2 ? ",nosync" : "", row & 4 ? ",cvm" : "", more);
			for (enum rig_iommu kind = RIG_NONE; kind < RIG_IOMMUS; kind++)
				assert_int_equal(rig_on(words, kind, body), 0);
		}
	}
}
