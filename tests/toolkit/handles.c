/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What becomes of each handle of the toolkit that is empty, released twice, moved, used as a copy after its original
 * was released, or released as a copy: nothing, a code, or a report that says what to do; and never a lost frame. The
 * table that this program prints stands in docs/drivers.md.
 */
#include "handles.h"
#include <stdio.h>

static const char *const done_names[DONES] = {"empty, used", "empty, released", "released twice", "used after",
					      "moved",	     "copy used after", "copy released"};

static const char *const what_names[] = {"nothing happens / works", "DMA_EINVAL", "DMA_EINVAL, logged", "reported",
					 "-"};

struct cell {
	const struct handle_kind *kind;
	enum done done;
	enum rig_iommu iommu;
	int code; /* of the call that the cell is about */
};

static void attempt(void *arg)
{
	static union handle a, b, zero;
	struct cell *cell = arg;
	const struct handle_kind *k = cell->kind;

	memset(&a, 0, sizeof(a));
	b = zero;
	rig_open(&handle_rig, cell->iommu);
	handles_begin();
	if (cell->done > EMPTY_RELEASED)
		SIM_CHECK(k->make(&a) == 0);
	b = a;
	switch (cell->done) {
	case EMPTY_USED:
		cell->code = k->use(&a);
		break;
	case EMPTY_RELEASED:
		cell->code = k->release(&a);
		break;
	case TWICE:
		SIM_CHECK(k->release(&a) == 0);
		cell->code = k->release(&a);
		break;
	case USED_AFTER:
		SIM_CHECK(k->release(&a) == 0);
		cell->code = k->use(&a);
		break;
	case MOVED:
		a = zero;
		cell->code = k->use(&b);
		SIM_CHECK(k->release(&b) == cell->code);
		a = b;
		break;
	case COPY_USED:
		SIM_CHECK(k->release(&a) == 0);
		cell->code = k->use(&b);
		break;
	default:
		SIM_CHECK(k->release(&a) == 0);
		cell->code = k->release(&b);
		break;
	}
	if (cell->done == MOVED && cell->code)
		SIM_CHECK(k->release(&a) == 0); /* back where it was */
	handles_end();
	(void)dma_reclaim();
	rig_close(&handle_rig);
}

static enum what seen(const struct cell *cell)
{
	if (cell->code == DMA_EINVAL)
		return sim_failures() == 0 ? CODE : MISUSE;
	return sim_failures() == 0 ? WORKS : REPORTED;
}

static void every_handle(void **state)
{
	static const char *const machines[] = {"low=1,high=1", "low=1,high=1,noncoherent,line=128",
					       "low=1,high=1,mask=32", "low=1,high=1,cvm"};
	unsigned wrong = 0;

	(void)state;
	for (size_t i = 0; i < handle_nkinds; i++) {
		for (unsigned done = 0; done < DONES; done++) {
			enum what expected = handle_kinds[i].expected[done], got = NONE;

			for (size_t m = 0; m < 2 * sizeof(machines) / sizeof(*machines) && expected != NONE; m++) {
				struct sim_config machine = sim_config_plain(machines[m / 2]);
				enum rig_iommu iommu = m % 2 ? RIG_DEFERRED : RIG_STRICT;
				struct cell cell = {&handle_kinds[i], (enum done)done, iommu, 0};

				machine.quiet = true;
				(void)sim_run(&machine, attempt, &cell);
				got = seen(&cell);
				if (got != expected) {
					printf("# WRONG on %s%s: %s: %.200s\n", machines[m / 2],
					       m % 2 ? ", deferred" : "", what_names[got], sim_report());
					wrong++;
				}
			}
			printf("# %-20s %-16s %s\n", handle_kinds[i].name, done_names[done], what_names[got]);
			fflush(stdout);
		}
	}
	assert_int_equal(wrong, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_handle),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
