// SPDX-License-Identifier: GPL-2.0
/*
 * Maps and unmaps of a page through Linux's DMA API, by one CPU and by two at once, for one device (QEMU's edu). For
 * each a line, as an error, which "quiet" lets pass: ends pairs_by_N_CPUs PAIRS NANOSECONDS -
 */
#include <linux/completion.h>
#include <linux/dma-mapping.h>
#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/module.h>
#include <linux/pci.h>

enum { CPUS = 2, AT_ONCE = 64, RUNS = 50 };

static unsigned int ms = 20; /* of a run: the best of RUNS counts, in which no CPU had to wait for the host */
module_param(ms, uint, 0);

static struct worker {
	struct device *dev;
	void *memory;
	u64 pairs, until;
	bool failed;
	struct completion go, done;
} workers[CPUS];

static int work(void *context)
{
	struct worker *w = context;
	int i;

	wait_for_completion(&w->go);
	while (!w->failed && ktime_get_ns() < w->until) {
		for (i = 0; i < AT_ONCE && !w->failed; i++) {
			dma_addr_t at = dma_map_single(w->dev, w->memory, PAGE_SIZE, DMA_BIDIRECTIONAL);

			w->failed = dma_mapping_error(w->dev, at);
			if (!w->failed) {
				dma_unmap_single(w->dev, at, PAGE_SIZE, DMA_BIDIRECTIONAL);
				w->pairs++;
			}
		}
		cond_resched();
	}
	complete(&w->done);
	return 0;
}

static int run(struct device *dev, int ncpus, u64 *pairs, u64 *ns)
{
	u64 began;
	int i, n, error = 0;

	for (n = 0; n < ncpus; n++) {
		struct worker *w = &workers[n];
		struct task_struct *thread;

		*w = (struct worker){.dev = dev, .memory = (void *)__get_free_page(GFP_KERNEL)};
		init_completion(&w->go);
		init_completion(&w->done);
		thread = w->memory ? kthread_create(work, w, "pairs/%d", n) : ERR_PTR(-ENOMEM);
		if (IS_ERR(thread)) {
			free_page((unsigned long)w->memory);
			error = PTR_ERR(thread);
			break;
		}
		kthread_bind(thread, n);
		wake_up_process(thread);
	}
	*pairs = 0;
	began = ktime_get_ns();
	for (i = 0; i < n; i++) {
		workers[i].until = began + (u64)ms * NSEC_PER_MSEC;
		complete(&workers[i].go);
	}
	for (i = 0; i < n; i++) {
		wait_for_completion(&workers[i].done);
		*pairs += workers[i].pairs;
		if (workers[i].failed)
			error = -EIO;
		free_page((unsigned long)workers[i].memory);
	}
	*ns = ktime_get_ns() - began;
	return error;
}

static int best_of(struct device *dev, int ncpus)
{
	u64 pairs, ns, most = 0, within = 1;
	int i, error = 0;

	for (i = 0; i < RUNS && !error; i++) {
		error = run(dev, ncpus, &pairs, &ns);
		if (!error && pairs * within > most * ns) {
			most = pairs;
			within = ns;
		}
	}
	if (!error)
		pr_err("ends pairs_by_%d_CPU%s %llu %llu -\n", ncpus, ncpus > 1 ? "s" : "", most, within);
	return error;
}

static int pairs_probe(struct pci_dev *pci, const struct pci_device_id *id)
{
	int error = pcim_enable_device(pci);

	if (!error)
		error = dma_set_mask_and_coherent(&pci->dev, DMA_BIT_MASK(64));
	if (!error)
		error = best_of(&pci->dev, 1);
	if (!error && num_online_cpus() > 1)
		error = best_of(&pci->dev, 2);
	return error;
}

static const struct pci_device_id ids[] = {{PCI_DEVICE(0x1234, 0x11e8)}, {}};
MODULE_DEVICE_TABLE(pci, ids);
static struct pci_driver pairs_driver = {.name = "pairs", .id_table = ids, .probe = pairs_probe};
module_pci_driver(pairs_driver);
MODULE_DESCRIPTION("Maps and unmaps by one CPU and by two");
MODULE_LICENSE("GPL");
