/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Devices, CPUs, and the verdict.
 */
#include "stress.h"
#include "text.h"

struct stress stress;

void stress_fail(const char *what, int error)
{
	const char *nothing = NULL;

	if (__atomic_compare_exchange_n(&stress.failed, &nothing, what, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {
		stress.error = error;
		stress.failed_cpu = dma_host_cpu();
	}
}

bool stress_mistake(const char *name)
{
	return text_same(stress.mistake, name) && !__atomic_exchange_n(&stress.mistaken, true, __ATOMIC_RELAXED);
}

static int open_devices(void)
{
	char line[160];
	struct text why = text_in(line, sizeof(line));

	for (unsigned i = 0; i < STRESS_DISKS; i++) {
		int error = block_open(i, &stress.disks[i], &why);

		if (error) {
			stress_fail("a disk could not be opened", error);
			return error;
		}
		stress.ndisks++;
		if (stress.disks[i]->nblocks * stress.disks[i]->block_size <
		    (uint64_t)STRESS_CPUS * STRESS_SLOTS * STRESS_PAGES * DMA_PAGE_SIZE) {
			stress_fail("a disk is too small", DMA_EINVAL);
			return DMA_EINVAL;
		}
	}
	while (stress.nedus < STRESS_EDUS && edu_open(&stress.edus[stress.nedus], stress.nedus, "edu") == 0)
		stress.nedus++;
	return 0;
}

static void run(uint64_t seconds)
{
	unsigned n = bus_cpus() < STRESS_CPUS ? bus_cpus() : STRESS_CPUS;
	int error = 0;

	for (unsigned i = 0; i < n && !error; i++)
		error = worker_open(&stress.workers[i], i);
	if (error)
		stress_fail("no memory for a CPU's transfers", error);
	for (unsigned i = 0; i < n; i++)
		stress.workers[i].end = dma_host_time_ns() + seconds * 1000000000u;
	for (unsigned i = 1; i < n; i++)
		if (!bus_cpu_run(i, worker_run, &stress.workers[i]))
			stress_fail("a CPU takes no work", 0);
	worker_run(&stress.workers[0]);
	for (unsigned i = 1; i < n; i++)
		while (bus_cpu_busy(i))
			bus_relax();
	for (unsigned i = 0; i < stress.ndisks; i++)
		stress.disks[i]->ops->stop(stress.disks[i]);
	for (unsigned i = 0; i < n; i++)
		worker_close(&stress.workers[i]);
}

/* What a CPU may have made the library keep for itself, in pages: it does not grow with time. */
enum { KEPT = 4 };

/* Whatever is left over, was blocked or was quarantined is a failure. Frames that the library keeps for itself are
 * none: what it needed once it keeps for the next time. (The driver of the IOMMU initialised the library before, so
 * that it lives on.) */
static void judge(const struct dma_stats *before, const struct dma_stats *stats, uint64_t frames)
{
	uint64_t kept = stats->pages_own - before->pages_own;

	if (stats->faults)
		stress_fail("an IOMMU blocked something", 0);
	if (stats->pages_quarantined)
		stress_fail("pages are in quarantine", 0);
	if (stats->pages_alloc || stats->pages_bounce || stats->pages_pending)
		stress_fail("pages are still in use", 0);
	if (kept <= UINT32_MAX && kept > (uint64_t)KEPT * bus_cpus())
		stress_fail("the library keeps more and more for itself", 0);
	stress.frames_leaked = frames;
	if (stress.frames_leaked)
		stress_fail("frames were leaked", 0);
}

static void put(struct text *t, const char *name, uint64_t value)
{
	text_put(t, ", \"");
	text_put(t, name);
	text_put(t, "\": ");
	text_put_number(t, value);
}

static void report(const struct dma_stats *stats, uint64_t interrupts)
{
	struct counts sum = {0};
	char line[700];
	struct text t = text_in(line, sizeof(line));

	for (unsigned i = 0; i < STRESS_CPUS; i++) {
		const struct counts *c = &stress.workers[i].counts;

		sum.transfers += c->transfers;
		sum.bytes += c->bytes;
		sum.churned += c->churned;
		sum.handled += c->handled;
		sum.coherent += c->coherent;
		sum.edu += c->edu;
		sum.dry += c->dry;
	}
	text_put(&t, "@stress {\"machine\": \"");
	text_put(&t, bus_machine());
	text_put(&t, "\", \"iommu\": \"");
	text_put(&t, bus_iommu());
	text_put(&t, "\"");
	put(&t, "cpus", bus_cpus());
	put(&t, "transfers", sum.transfers);
	put(&t, "bytes", sum.bytes);
	put(&t, "interrupts", interrupts);
	put(&t, "streams", sum.churned);
	put(&t, "in_handlers", sum.handled);
	put(&t, "coherent", sum.coherent);
	put(&t, "edu", sum.edu);
	put(&t, "dry", sum.dry);
	put(&t, "invalidations", stats->iotlb_invalidations);
	put(&t, "faults", stats->faults);
	put(&t, "quarantined", stats->pages_quarantined);
	put(&t, "pages_own", stats->pages_own);
	put(&t, "frames_leaked", stress.frames_leaked);
	text_put(&t, ", \"failed\": \"");
	text_put(&t, stress.failed ? stress.failed : "");
	if (stress.failed && stress.error) {
		text_put(&t, ": ");
		text_put(&t, dma_strerror(stress.error));
	}
	text_put(&t, "\"");
	put(&t, "failed_cpu", stress.failed_cpu);
	text_put(&t, "}\n");
	bus_write(t.start, t.used);
}

int app_main(void)
{
	struct dma_stats before = {0}, stats = {0};
	uint64_t frames, seconds, interrupts = 0;
	int error = dma_init();

	dma_stats(&before);
	frames = bus_frames_in_use();
	if (text_number(bus_option("seconds", "10"), &seconds) || seconds > 86400)
		seconds = 10;
	stress.mistake = bus_option("mistake", "");
	if (error) {
		stress_fail("the library refused this machine", error);
	} else {
		if (!open_devices())
			run(seconds);
		for (unsigned i = 0; i < stress.ndisks; i++) {
			interrupts += stress.disks[i]->interrupts;
			error = stress.disks[i]->ops->close(stress.disks[i]);
			if (error)
				stress_fail("a disk could not be closed", error);
		}
		for (unsigned i = 0; i < stress.nedus; i++) {
			error = edu_close(&stress.edus[i]);
			if (error)
				stress_fail("edu could not be closed", error);
		}
		(void)dma_reclaim();
		dma_stats(&stats);
		judge(&before, &stats, bus_frames_in_use() - frames);
		error = dma_fini();
		if (error)
			stress_fail("memory is still in use at the end", error);
	}
	report(&stats, interrupts);
	return stress.failed ? 1 : 0;
}
