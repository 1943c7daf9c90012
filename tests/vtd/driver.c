/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The VT-d driver where hardware, firmware or memory fail: what it says, what stays blocked, what is never given back.
 * Each case runs in a process of its own, since some leave the library with memory that it must keep for ever.
 */
#include "world.h"
#include <dmastream/errors.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static struct world w;
static unsigned failures; /* on earlier machines of the same case */

/* Another machine, plain and empty. */
static void fresh(void)
{
	struct sim_config config = sim_config_plain(NULL);

	failures += sim_stop();
	sim_start(&config);
}

static uint32_t no_bus(void *context, uint16_t segment, uint8_t bus, uint8_t devfn, unsigned offset)
{
	(void)context, (void)segment, (void)bus, (void)devfn, (void)offset;
	return ~(uint32_t)0;
}

static int probe(void)
{
	struct dma_vtd_config config = {.dmar = w.table.bytes, .dmar_nbytes = w.table.length, .pci_read32 = no_bus};

	return dma_vtd_probe(&config, &w.iommu);
}

/* ---- Invalidations that go wrong ----------------------------------------------------------------------------------- */

static unsigned at; /* which descriptor */

static void refuse(struct sim_vtd_config *c)
{
	c->refuse_at = at;
}

static void refuse_twice(struct sim_vtd_config *c)
{
	c->root_invalidates = false;
	c->refuse_at = at;
	c->refuse_twice = true;
}

static void throw_away(struct sim_vtd_config *c)
{
	c->abort_at = at;
}

static void hang(struct sim_vtd_config *c)
{
	c->hang_at = at;
}

static const struct wish refusing = {.name = "refuse", .unit = refuse};
static const struct wish refusing_twice = {.name = "refuse twice", .unit = refuse_twice};
static const struct wish throwing = {.name = "throw away", .unit = throw_away};
static const struct wish hanging = {.name = "hang", .unit = hang};
static const struct wish hanging_deferred = {.name = "hang", .unit = hang, .deferred = true};
static const struct wish usual = {.name = "usual"};
static const struct wish two_units = {.name = "two units", .units = 2};
static const struct wish polling_host = {.name = "interrupts blocked", .block_interrupts = true};

static void survives(const struct wish *wish)
{
	for (at = 1; at < 24; at++) {
		fresh();
		SIM_CHECK(dma_init() == 0);
		if (world_up(&w, wish)) {
			world_traffic(&w, 0, 2);
			world_traffic(&w, 0, 1);
		}
		world_down(&w);
		SIM_CHECK(dma_fini() == 0);
		SIM_CHECK(sim_check_clean(0));
	}
}

static void iqe_is_repaired(void)
{
	survives(&refusing);
}

static void ite_is_repeated(void)
{
	survives(&throwing);
}

/* From some descriptor on nothing completes: release blocks the device, keeps the memory, and says so in its figures. */
static void memory_is_quarantined(const struct wish *wish)
{
	struct dma_stream s = {0}, other = {0};
	struct dma_stats stats;
	dma_paddr_t paddr, taken[64];
	uint64_t began;

	SIM_CHECK(dma_init() == 0);
	at = 0;
	SIM_CHECK(world_up(&w, wish));
	world_traffic(&w, 0, 1);
	SIM_CHECK(dma_stream_alloc_uninit(&s, &w.dev[0], DMA_BIDIRECTIONAL, 3) == 0);
	paddr = dma_stream_paddr(&s);
	sim_vtd_break(w.unit[0]);
	dma_stream_release(&s);
	if (wish->deferred)
		SIM_CHECK(dma_domain_flush(w.domain[0]) == DMA_ETIMEDOUT);
	dma_stats(&stats);
	SIM_CHECK(stats.pages_quarantined >= 3);
	for (unsigned i = 0; i < 64; i++) {
		if (!SIM_CHECK(dma_host_frames_alloc(1, UINT64_MAX, DMA_PAGE_SIZE, &taken[i]) == 0))
			return;
		SIM_CHECK(taken[i].raw < paddr.raw || taken[i].raw >= paddr.raw + 3 * DMA_PAGE_SIZE);
	}
	/* From now on nobody waits for that unit again. */
	began = dma_host_time_ns();
	SIM_CHECK(dma_stream_alloc_uninit(&other, &w.dev[0], DMA_BIDIRECTIONAL, 1) != 0);
	SIM_CHECK(dma_host_time_ns() - began < 100000000);
	/* And nothing that it may still look at can be taken from it. */
	SIM_CHECK(dma_device_fini(&w.dev[0]) == 0);
	SIM_CHECK(dma_iommu_domain_destroy(w.iommu, w.domain[0]) == DMA_ETIMEDOUT);
	SIM_CHECK(dma_vtd_remove(w.iommu) != 0);
}

static void timeout_quarantines(void)
{
	memory_is_quarantined(&hanging);
}

static void timeout_quarantines_deferred(void)
{
	memory_is_quarantined(&hanging_deferred);
}

static void refused_twice_gives_up(void)
{
	SIM_CHECK(dma_init() == 0);
	at = 1; /* the very first: the unit never starts */
	SIM_CHECK(world_units(&w, &refusing_twice));
	SIM_CHECK(probe() == DMA_ETIMEDOUT);
	SIM_CHECK(w.iommu == NULL);
}

/* ---- Hardware and firmware that are not what they should be ---------------------------------------------------------- */

static uint64_t nothing_there(void *ctx, uint64_t offset, unsigned nbytes)
{
	(void)ctx, (void)offset;
	return nbytes == 8 ? ~(uint64_t)0 : 0xffffffff;
}

static void swallowed(void *ctx, uint64_t offset, uint64_t value, unsigned nbytes)
{
	(void)ctx, (void)offset, (void)value, (void)nbytes;
}

static void hostile_tables(void)
{
	SIM_CHECK(dma_init() == 0);
	for (unsigned wrong = 0; wrong < 6; wrong++) {
		fresh();
		sim_mmio_register(0xfec10000, 0x1000, nothing_there, swallowed, NULL);
		SIM_CHECK(world_units(&w, &two_units));
		switch (wrong) {
		case 0:
			w.table.length -= 4; /* truncated */
			break;
		case 1:
			w.table.bytes[48 + 2] = 0; /* a structure of no length */
			table_end(&w.table);
			break;
		case 2:
			w.table.bytes[60] ^= 1; /* checksum */
			break;
		case 3: /* registers in the middle of memory */
			table_begin(&w.table, 39);
			table_unit(&w.table, 0, SIM_LOW_RAM + 0x100000, 1);
			table_end(&w.table);
			break;
		case 4: /* registers where nothing is */
			table_begin(&w.table, 39);
			table_unit(&w.table, 0, 0xfec10000, 1);
			table_end(&w.table);
			break;
		default: /* one good unit, one where nothing is: neither is touched */
			table_begin(&w.table, 39);
			table_unit(&w.table, 0, WORLD_REGISTERS(0), 1);
			table_unit(&w.table, 1, 0xfec10000, 1);
			table_end(&w.table);
		}
		SIM_CHECK(probe() < 0);
		SIM_CHECK(w.iommu == NULL);
		SIM_CHECK(sim_vtd_seen(w.unit[0]).invalidations == 0);
	}
	SIM_CHECK(dma_fini() == 0);
	SIM_CHECK(sim_check_clean(0));
}

/* A region over the kernel's memory: the device stays blocked, and no domain is made for it; others are not concerned. */
static void region_in_ram(void)
{
	struct dma_iommu_domain_config domain = {.requester = 4 << 3};
	struct wish wish = two_units;
	struct dma_domain *made;

	wish.region = (struct region){SIM_LOW_RAM, SIM_LOW_RAM + 0xffff};
	SIM_CHECK(dma_init() == 0);
	SIM_CHECK(world_units(&w, &wish));
	SIM_CHECK(probe() == 0);
	world_blocked(&w, 0, SIM_LOW_RAM);
	SIM_CHECK(dma_iommu_domain_create(w.iommu, &domain, &made) == DMA_ENOTSUP);
	domain.requester = 1 << 8 | 5 << 3;
	SIM_CHECK(dma_iommu_domain_create(w.iommu, &domain, &made) == 0);
	SIM_CHECK(dma_iommu_domain_destroy(w.iommu, made) == 0);
	SIM_CHECK(dma_vtd_remove(w.iommu) == 0);
	SIM_CHECK(dma_fini() == 0);
	SIM_CHECK(sim_check_clean(0));
}

static void no_queue(struct sim_vtd_config *c)
{
	c->no_queue = true;
}

static void strange_depth(struct sim_vtd_config *c)
{
	c->sagaw = 1 << 4;
}

static void unusable_units(void)
{
	static const struct wish wishes[] = {{.name = "no queue", .unit = no_queue},
					     {.name = "depth", .unit = strange_depth}};

	SIM_CHECK(dma_init() == 0);
	for (unsigned i = 0; i < 2; i++) {
		fresh();
		SIM_CHECK(world_units(&w, &wishes[i]));
		SIM_CHECK(probe() == DMA_ENOTSUP);
	}
	SIM_CHECK(dma_fini() == 0);
	SIM_CHECK(sim_check_clean(0));
}

/* ---- Devices ------------------------------------------------------------------------------------------------------------- */

/* One of two devices is blocked: it reaches nothing, the other goes on. */
static void blocked_device(void)
{
	struct dma_stream s = {0};

	SIM_CHECK(dma_init() == 0);
	SIM_CHECK(world_up(&w, &two_units));
	SIM_CHECK(dma_stream_alloc(&s, &w.dev[0], DMA_BIDIRECTIONAL, 2) == 0);
	SIM_CHECK(dma_device_block(&w.dev[0]) == 0);
	world_blocked(&w, 0, dma_stream_daddr(&s).raw);
	world_traffic(&w, 1, 2);
	dma_stream_release(&s);
	world_down(&w);
	SIM_CHECK(dma_fini() == 0);
	SIM_CHECK(sim_check_clean(0));
}

/* A device that is attached, or whose unit is another, is refused; identities of domains come back. */
static void attaching(void)
{
	struct dma_iommu_domain_config config = {.requester = 4 << 3};
	struct dma_domain *second;
	struct dma_device_config device;
	struct dma_device dev;

	SIM_CHECK(dma_init() == 0);
	SIM_CHECK(world_up(&w, &two_units));
	SIM_CHECK(dma_iommu_domain_create(w.iommu, &config, &second) == 0);
	device = sim_device_dma(w.model[0]);
	device.domain = second;
	SIM_CHECK(dma_device_init(&dev, &device) == DMA_ENOTSUP); /* it has one */
	device = sim_device_dma(w.model[1]);
	device.domain = second;
	SIM_CHECK(dma_device_init(&dev, &device) == DMA_ENOTSUP); /* of another unit */
	SIM_CHECK(dma_iommu_domain_destroy(w.iommu, second) == 0);
	SIM_CHECK(dma_iommu_domain_destroy(w.iommu, w.domain[0]) == DMA_EBUSY);
	SIM_CHECK(dma_vtd_remove(w.iommu) == DMA_EBUSY);
	SIM_CHECK(probe() == DMA_EBUSY);
	config.requester = 2 << 16;
	SIM_CHECK(dma_iommu_domain_create(w.iommu, &config, &second) == DMA_ENODEV); /* a segment without a unit */
	world_traffic(&w, 0, 1);
	world_traffic(&w, 1, 1);
	world_down(&w);
	SIM_CHECK(dma_fini() == 0);
	SIM_CHECK(sim_check_clean(0));
}

static void few_domains(struct sim_vtd_config *c)
{
	c->domain_bits = 4;
}

static void domain_numbers(void)
{
	static const struct wish wish = {.name = "16 domains", .unit = few_domains};
	struct dma_iommu_domain_config config = {.requester = 4 << 3};
	struct dma_domain *domains[16];
	unsigned n = 0;
	int error = 0;

	SIM_CHECK(dma_init() == 0);
	SIM_CHECK(world_units(&w, &wish) && probe() == 0);
	while (n < 16 && !(error = dma_iommu_domain_create(w.iommu, &config, &domains[n])))
		n++;
	SIM_CHECK(n == 15 && error == DMA_ENOSPC);
	while (n)
		SIM_CHECK(dma_iommu_domain_destroy(w.iommu, domains[--n]) == 0);
	SIM_CHECK(dma_vtd_remove(w.iommu) == 0);
	SIM_CHECK(dma_fini() == 0);
	SIM_CHECK(sim_check_clean(0));
}

static void remapping(struct sim_vtd_config *c)
{
	c->interrupt_remap = true;
}

static void interrupts(void)
{
	struct wish wish = polling_host;
	uint64_t paddr;

	SIM_CHECK(dma_init() == 0);
	SIM_CHECK(world_up(&w, &wish)); /* no remapping: they go through, and the driver says nothing else */
	SIM_CHECK(sim_vtd_look(w.model[0], 0xfee01000, true, &paddr) == DMA_EFAULT);
	SIM_CHECK(sim_vtd_seen(w.unit[0]).interrupts == 1);
	world_down(&w);
	fresh();
	wish.unit = remapping;
	SIM_CHECK(world_up(&w, &wish));
	SIM_CHECK(sim_vtd_look(w.model[0], 0xfee01000, true, &paddr) == DMA_EFAULT);
	SIM_CHECK(sim_vtd_seen(w.unit[0]).interrupts == 0);
	SIM_CHECK(dma_iommu_poll_all() >= 1);
	world_down(&w);
	SIM_CHECK(dma_fini() == 0);
	SIM_CHECK(sim_check_clean(0));
}

static void no_zero_reads(struct sim_vtd_config *c)
{
	c->zero_length_reads = false;
}

/* A device that reads nothing from where it writes: served by a write-only entry if the unit allows that, else by one that can be read. */
static void zero_length_reads(void)
{
	static const struct wish wish = {.name = "ZLR", .unit = no_zero_reads};
	struct dma_stream s = {0};

	SIM_CHECK(dma_init() == 0);
	SIM_CHECK(world_up(&w, &usual));
	SIM_CHECK(dma_stream_alloc_uninit(&s, &w.dev[0], DMA_FROM_DEVICE, 1) == 0);
	SIM_CHECK(sim_vtd_zero_read(w.model[0], dma_stream_daddr(&s).raw) == 0);
	dma_stream_release(&s);
	world_down(&w);
	fresh();
	SIM_CHECK(world_up(&w, &wish));
	w.dev[0].zero_length_reads = true;
	SIM_CHECK(dma_stream_alloc_uninit(&s, &w.dev[0], DMA_FROM_DEVICE, 1) == 0);
	SIM_CHECK(sim_vtd_zero_read(w.model[0], dma_stream_daddr(&s).raw) == 0);
	dma_stream_release(&s);
	w.dev[0].zero_length_reads = false;
	world_down(&w);
	SIM_CHECK(dma_fini() == 0);
	SIM_CHECK(sim_check_clean(0));
}

/* Every hook failing at every call of a whole life: the error comes back, and nothing is left. */
static int life(void *unused)
{
	struct dma_iommu_domain_config domain = {.requester = 4 << 3};
	struct dma_device_config config;
	struct dma_stream s = {0};
	int error;

	(void)unused;
	if (!world_units(&w, &usual))
		return DMA_EIO;
	error = probe();
	if (error)
		return error;
	error = dma_iommu_domain_create(w.iommu, &domain, &w.domain[0]);
	if (error)
		goto no_domain;
	config = sim_device_dma(w.model[0]);
	config.domain = w.domain[0];
	error = dma_device_init(&w.dev[0], &config);
	if (error)
		goto no_device;
	error = dma_stream_alloc(&s, &w.dev[0], DMA_BIDIRECTIONAL, 2);
	if (!error)
		dma_stream_release(&s);
	SIM_CHECK(dma_device_fini(&w.dev[0]) == 0);
no_device:
	SIM_CHECK(dma_iommu_domain_destroy(w.iommu, w.domain[0]) == 0);
no_domain:
	SIM_CHECK(dma_vtd_remove(w.iommu) == 0);
	return error;
}

static unsigned every_hook_fails(void)
{
	struct sim_config config = sim_config_plain(NULL);
	unsigned runs, bad = sim_for_each_failure(&config, life, NULL, &runs);

	printf("# %u runs\n", runs);
	return bad;
}

/* ---- The table ------------------------------------------------------------------------------------------------------------- */

static const struct {
	const char *name;
	void (*run)(void);
	unsigned (*whole)(void); /* brings its own machines */
} cases[] = {
	{"a refused descriptor is replaced by one that invalidates more (IQE), at each of the first 23",
	 iqe_is_repaired, NULL},
	{"waits that the hardware threw away are submitted again (ITE), at each of the first 23", ite_is_repeated,
	 NULL},
	{"an invalidation that never ends: blocked, quarantined for ever, counted", timeout_quarantines, NULL},
	{"the same, deferred", timeout_quarantines_deferred, NULL},
	{"a queue that refuses everything: no IOMMU", refused_twice_gives_up, NULL},
	{"hostile tables: an error, nothing touched, nothing leaked", hostile_tables, NULL},
	{"a reserved region over RAM: its device stays blocked, others do not", region_in_ram, NULL},
	{"units without a queue or of an unknown depth are refused", unusable_units, NULL},
	{"a blocked device reaches nothing", blocked_device, NULL},
	{"a device has one domain, of its own unit", attaching, NULL},
	{"domain numbers: all but 0, and no more", domain_numbers, NULL},
	{"the interrupt window: open without remapping, blocked with it", interrupts, NULL},
	{"zero-length reads", zero_length_reads, NULL},
	{"every hook failing at every call", NULL, every_hook_fails},
};

static int run_case(unsigned i)
{
	struct sim_config config = sim_config_plain(NULL);

	if (cases[i].whole)
		return cases[i].whole() != 0;
	sim_start(&config);
	cases[i].run();
	return failures + sim_stop() != 0;
}

int main(void)
{
	unsigned n = sizeof(cases) / sizeof(cases[0]), failed = 0;

	printf("1..%u\n", n);
	for (unsigned i = 0; i < n; i++) {
		int status = -1;
		pid_t child;

		fflush(stdout);
		child = fork();
		if (child == 0) {
			int bad = run_case(i);

			fflush(stdout);
			_exit(bad); /* memory that is kept for ever is no leak */
		}
		if (child < 0 || waitpid(child, &status, 0) != child)
			status = -1;
		printf("%s %u - %s\n", status ? "not ok" : "ok", i + 1, cases[i].name);
		failed += status != 0;
	}
	return failed != 0;
}
