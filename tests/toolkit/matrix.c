/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The matrix: each operation of the toolkit (matrix_ops.c) on the eight rows of the truth table, with lines of 32, 64
 * and 128 bytes, without an IOMMU and behind a strict and a deferred one, with interrupts on and off; on each row and
 * kind of IOMMU with every hook failing at every call, while the library's reserves are empty; and on four CPUs at
 * once. What ran is counted where it ran, printed, and compared with what there must be.
 *
 * Deeper tests of each operation stand in files of their own.
 */
#include "matrix.h"
#include "../../src/base/node.h"
#include "../../src/iommu/table/table.h"
#include <pthread.h>
#include <stdio.h>

#define ROWS	8
#define LINES	3
#define THREADS 4
#define MOST	40
#define NODES	8192 /* more than the reserve has */

#if defined(__SANITIZE_THREAD__)
#define TSAN true
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define TSAN true
#endif
#endif
#ifndef TSAN
#define TSAN false
#endif

enum column { ON, OFF, HOOKS, CPUS, REFUSED, COLUMNS };
static unsigned cells[MOST][COLUMNS], calls[MOST];

/* Where the device snoops, the two rows of can_sync differ in nothing: one of them has, with lines of 64 bytes, a
 * linear map of one offset, which opens the fast paths of alloc, map and release. */
static struct sim_config row_config(unsigned row, unsigned line, unsigned mib)
{
	char words[100];

	snprintf(words, sizeof(words), "low=%u,high=%u,line=%u%s%s%s%s", mib, mib, line, row & 1 ? ",noncoherent" : "",
		 row & 2 ? ",nosync" : "", row & 4 ? ",cvm" : "", (row & 3) == 2 && line == 64 ? ",offset" : "");
	return sim_config_plain(words);
}

/* In every direction that matters to it. Whether it ran; false: refused, as it must be without an IOMMU. */
static bool run(const struct matrix_operation *o, struct matrix_use use)
{
	bool refused = o->translated && use.rig->kind == RIG_NONE;

	for (use.dir = o->one_way ? DMA_BIDIRECTIONAL : DMA_TO_DEVICE; use.dir <= DMA_BIDIRECTIONAL; use.dir++) {
		int error = o->run(&use);

		if (!SIM_CHECK(error == (refused ? DMA_ENOTSUP : 0)))
			fprintf(stderr, "# %s, direction %u, interrupts %s: %d\n", o->name, use.dir,
				use.off ? "off" : "on", error);
	}
	return !refused;
}

/* ---- Rows, lines, IOMMUs, interrupts ---- */

static void once(void *arg)
{
	struct rig rig;

	rig_open(&rig, *(enum rig_iommu *)arg);
	for (unsigned i = 0; i < matrix_noperations; i++) {
		for (unsigned off = 0; off < (matrix_operations[i].faults ? 1 : 2); off++) {
			bool ran = run(&matrix_operations[i], (struct matrix_use){.rig = &rig, .off = off});

			cells[i][!ran ? REFUSED : off ? OFF : ON]++;
			(void)dma_reclaim();
		}
	}
	rig_close(&rig);
}

static void every_row_line_and_iommu(void **state)
{
	(void)state;
	for (unsigned row = 0; row < ROWS; row++) {
		for (unsigned line = 32; line <= 128; line *= 2) {
			for (enum rig_iommu kind = RIG_NONE; kind < RIG_IOMMUS; kind++) {
				struct sim_config machine = row_config(row, line, 1);

				assert_int_equal(sim_run(&machine, once, &kind), 0);
			}
		}
	}
	for (unsigned i = 0; i < matrix_noperations; i++) {
		unsigned kinds = matrix_operations[i].translated ? RIG_IOMMUS - 1 : RIG_IOMMUS;

		assert_int_equal(cells[i][ON], ROWS * LINES * kinds);
		assert_int_equal(cells[i][OFF], matrix_operations[i].faults ? 0 : ROWS * LINES * kinds);
	}
}

/* ---- Hooks ---- */

/* A hook that fails shows nothing while a reserve stands in for it. */
static struct {
	void *nodes[NODES];
	uint64_t tables[64];
	unsigned nnodes, ntables;
} taken;

static void starve(struct rig *rig)
{
	sim_interrupts(false);
	while (taken.nnodes < NODES && (taken.nodes[taken.nnodes] = dma_node_alloc()))
		taken.nnodes++;
	SIM_CHECK(taken.nnodes < NODES);
	while (rig->kind != RIG_NONE && taken.ntables < 64 &&
	       (taken.tables[taken.ntables] = dma_table_page_get(&rig->space.table)))
		taken.ntables++;
	sim_interrupts(true);
}

static void feed(struct rig *rig)
{
	while (taken.nnodes > 0)
		dma_node_free(taken.nodes[--taken.nnodes]);
	while (taken.ntables > 0)
		dma_table_page_put(&rig->space.table, taken.tables[--taken.ntables]);
	(void)dma_reclaim();
	if (rig->kind != RIG_NONE)
		SIM_CHECK(dma_domain_flush(&rig->space.domain) == 0);
}

static bool expected(int error)
{
	return error == 0 || error == DMA_ENOMEM || error == DMA_EIO || error == DMA_ENOTSUP || error == DMA_EFAULT;
}

/* That hook failing at its n-th call; false: it is not called as often. */
static bool fails(const struct matrix_operation *o, enum rig_iommu kind, struct sim_device **device, enum sim_hook hook,
		  unsigned n, bool on)
{
	struct rig rig; /* a fresh one: table pages stay where they once were needed */
	const struct matrix_use use = {.rig = &rig, .dir = DMA_BIDIRECTIONAL};
	unsigned before;
	bool reached;
	int error;

	rig_device = *device;
	rig_open(&rig, kind);
	*device = rig.dev.sim;
	starve(&rig);
	before = sim_hook_calls(hook);
	on ? sim_fail_hook_from(hook, n) : sim_fail_hook(hook, n);
	error = o->run(&use);
	reached = sim_hook_calls(hook) - before >= n;
	sim_fail_hook(hook, 0);
	feed(&rig);
	rig_close(&rig);
	if (!SIM_CHECK(expected(error) && (reached || error == 0)))
		fprintf(stderr, "# %s: %s failing at call %u%s: %d\n", o->name, sim_hook_name(hook), n,
			on ? " and after" : "", error);
	return reached;
}

struct job {
	unsigned operation;
	enum rig_iommu kind;
};

static void hooks(void *arg)
{
	const struct job *job = arg;
	const struct matrix_operation *o = &matrix_operations[job->operation];
	struct sim_device *device = NULL;

	for (unsigned hook = 0; hook < SIM_FAILABLE; hook++)
		for (unsigned on = 0; on < 2; on++)
			for (unsigned n = 1; n < 200 && fails(o, job->kind, &device, (enum sim_hook)hook, n, on); n++)
				calls[job->operation]++;
	cells[job->operation][HOOKS]++;
}

/* Each operation has a run of its own: the library keeps the pages of nodes that an attempt made it fetch. */
static void every_hook_fails_at_every_call(void **state)
{
	(void)state;
	for (unsigned row = 0; row < ROWS; row++) {
		for (enum rig_iommu kind = RIG_NONE; kind < RIG_IOMMUS; kind++) {
			for (unsigned i = 0; i < matrix_noperations; i++) {
				struct sim_config machine = row_config(row, 64, 4);
				struct job job = {i, kind};

				if (matrix_operations[i].translated && kind == RIG_NONE)
					continue; /* refused before any hook; counted above */
				assert_int_equal(sim_run(&machine, hooks, &job), 0);
			}
		}
	}
	for (unsigned i = 0; i < matrix_noperations; i++) {
		assert_int_equal(cells[i][HOOKS],
				 ROWS * (matrix_operations[i].translated ? RIG_IOMMUS - 1 : RIG_IOMMUS));
		assert_true(calls[i] > 0);
	}
}

/* ---- Several CPUs ---- */

static struct rig shared;

static void *live(void *arg)
{
	const struct matrix_use *use = arg;

	sim_set_cpu(use->number);
	for (unsigned k = 0; k < matrix_noperations; k++) {
		unsigned i = (k + use->number) % matrix_noperations; /* one beside another */

		(void)run(&matrix_operations[i], *use);
	}
	sim_handover();
	return NULL;
}

static void at_once(void *arg)
{
	struct matrix_use use[THREADS];
	pthread_t ids[THREADS];

	rig_open(&shared, *(enum rig_iommu *)arg);
	for (unsigned i = 0; i < THREADS; i++) {
		use[i] = (struct matrix_use){.rig = &shared, .number = i};
		pthread_create(&ids[i], NULL, live, &use[i]);
	}
	for (unsigned i = 0; i < THREADS; i++)
		pthread_join(ids[i], NULL);
	for (unsigned i = 0; i < matrix_noperations; i++)
		cells[i][CPUS] += !matrix_operations[i].translated || shared.kind != RIG_NONE;
	(void)dma_reclaim();
	rig_close(&shared);
}

static void four_cpus(void **state)
{
	(void)state;
	for (unsigned row = 0; row < ROWS; row++) {
		for (enum rig_iommu kind = RIG_NONE; kind < RIG_IOMMUS; kind++) {
			struct sim_config machine = row_config(row, 64, 4);

			machine.cpus = THREADS;
			assert_int_equal(sim_run(&machine, at_once, &kind), 0);
		}
	}
}

/* ---- What there is ---- */

static void print(void **state)
{
	(void)state;
	printf("# operation          interrupts on  off  hooks fail: machines (calls)  4 CPUs\n");
	for (unsigned i = 0; i < matrix_noperations; i++)
		printf("# %-18s %13u  %3u  %20u (%5u)  %6u\n", matrix_operations[i].name, cells[i][ON], cells[i][OFF],
		       cells[i][HOOKS], calls[i], cells[i][CPUS]);
	printf("# on and off: 8 rows x 3 line sizes x 3 kinds of IOMMU, in each direction. Hooks and CPUs: 8 rows x 3\n"
	       "# kinds, lines of 64 bytes, since neither a hook nor a lock depends on the size of a line.\n"
	       "# scattered memory is DMA_ENOTSUP without an IOMMU (seen), which leaves 2 kinds of 3. Copies between\n"
	       "# ranges of user memory may fault, and so have interrupts on by contract.\n");
}

int main(int argc, char **argv)
{
	const struct CMUnitTest threads[] = {
		cmocka_unit_test(four_cpus),
	};
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_row_line_and_iommu),
		cmocka_unit_test(every_hook_fails_at_every_call),
		cmocka_unit_test(four_cpus),
		cmocka_unit_test(print),
	};

	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return TSAN ? cmocka_run_group_tests(threads, NULL, NULL) : cmocka_run_group_tests(tests, NULL, NULL);
}
