/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Lists and buffers in trouble: every hook failing at every call, interrupts off, a reserve that runs dry, an IOMMU
 * that does not answer.
 */
#include "../../platform/sim/machine/sim_machine.h"
#include "rig.h"
#include <dmastream/errors.h>
#include <stdio.h>
#include <stdlib.h>

#define PIECES 4

static const struct {
	size_t offset, nbytes;
} shape[PIECES] = {{100, PAGE}, {0, PAGE}, {0, 2 * PAGE}, {0, 700}};

struct sample {
	struct rig_memory memory[PIECES];
	struct dma_piece pieces[PIECES];
	struct dma_list list;
};

static void drop(struct sample *s)
{
	for (size_t i = 0; i < PIECES; i++)
		rig_forget(&s->memory[i]);
}

static bool gather(struct sample *s, bool own)
{
	memset(s, 0, sizeof(*s));
	dma_list_init(&s->list, s->pieces, PIECES);
	for (size_t i = 0; i < PIECES; i++) {
		struct dma_segment seg = {0};

		if (!rig_memory(&s->memory[i], shape[i].offset, shape[i].nbytes, (unsigned)i))
			return false;
		if (!own) {
			SIM_CHECK(dma_list_add_segment(&s->list, &s->memory[i].seg, shape[i].offset, shape[i].nbytes) ==
				  0);
			continue;
		}
		SIM_CHECK(dma_segment_clone(&s->memory[i].seg, &seg) == 0);
		SIM_CHECK(dma_list_own_segment(&s->list, &seg, shape[i].offset, shape[i].nbytes) == 0);
	}
	return true;
}

/* ---- Every hook ---- */

struct job {
	enum rig_iommu kind;
	unsigned dir;
	bool own;
};

static int map_all(struct rig *rig, const struct job *job)
{
	struct dma_list before;
	struct dma_buffer b = {0};
	struct sample s = {0};
	int error;

	dma_list_init(&s.list, s.pieces, PIECES);
	for (size_t i = 0; i < PIECES; i++) {
		struct dma_segment *seg = &s.memory[i].seg, clone = {0};

		error = dma_segment_alloc(seg, (shape[i].offset + shape[i].nbytes + PAGE - 1) / PAGE, UINT64_MAX, 0);
		if (!error && job->own)
			error = dma_segment_clone(seg, &clone);
		if (!error && job->own)
			error = dma_list_own_segment(&s.list, &clone, shape[i].offset, shape[i].nbytes);
		else if (!error)
			error = dma_list_add_segment(&s.list, seg, shape[i].offset, shape[i].nbytes);
		if (error)
			goto out;
	}
	before = s.list;
	error = dma_list_map(&s.list, &rig->dev.dma, job->dir);
	if (error)
		SIM_CHECK(memcmp(&before, &s.list, sizeof(before)) == 0);
	else
		error = dma_buffer_map_segment(&b, &rig->dev.dma, job->dir, &s.memory[0].seg, 100, PAGE);
	if (b.list.dev)
		SIM_CHECK(s.memory[0].seg.npages == 0);
out:
	dma_list_release(&s.list);
	dma_buffer_release(&b); /* last: it has what the list borrows */
	drop(&s);
	(void)dma_reclaim();
	return error;
}

static int attempt(void *arg)
{
	const struct job *job = arg;
	struct rig rig;
	int error;

	error = rig_try_open(&rig, job->kind);
	if (error)
		return error;
	error = map_all(&rig, job);
	SIM_CHECK(!error || error == DMA_ENOMEM || error == DMA_EIO || error == DMA_ETIMEDOUT || error == DMA_ENOTSUP);
	rig_close(&rig);
	return error;
}

static void h12_every_hook_fails(void **state)
{
	static const char *const machines[] = {
		"low=1,high=1",		  "low=1,high=1,noncoherent",
		"low=1,high=1,untrusted", "low=1,high=1,mask=32",
		"low=1,high=1,nohigh",	  "low=1,high=1,noncoherent,nosync",
		"low=1,high=1,cvm",	  "low=1,high=1,cvm,noncoherent,nosync",
	};
	unsigned attempts = 0, runs;

	(void)state;
	for (size_t i = 0; i < sizeof(machines) / sizeof(*machines); i++) {
		for (unsigned kind = RIG_NONE; kind < RIG_IOMMUS; kind++) {
			struct sim_config machine = sim_config_plain(machines[i]);
			/* What lies in the frames is nobody's: no bytes for the host of a confidential VM. */
			unsigned dir = machine.cvm ? DMA_FROM_DEVICE : 1 + (unsigned)(i + kind) % 3;
			struct job job = {(enum rig_iommu)kind, dir, (i + kind) & 1};

			assert_int_equal(sim_for_each_failure(&machine, attempt, &job, &runs), 0);
			attempts += runs;
		}
	}
	printf("# %u runs\n", attempts);
}

static void h12_a_map_unwinds(void **state)
{
	struct sim_config machine = sim_config_plain("low=1,high=1,cvm,run=1");
	struct job job = {RIG_STRICT, DMA_FROM_DEVICE, true};
	unsigned runs;

	(void)state;
	assert_int_equal(sim_for_each_failure(&machine, attempt, &job, &runs), 0);
}

/* ---- Interrupts off ---- */

static uint64_t empties(void)
{
	struct dma_stats stats;

	dma_stats(&stats);
	return stats.reserve_empty;
}

static void off(struct rig *rig)
{
	struct dma_buffer *buffers = calloc(5, sizeof(*buffers));
	struct dma_segment seg = {0};
	struct sample s;
	struct rig_memory m;
	unsigned char *file;
	uint64_t empty;
	int error = 0;
	unsigned n;

	if (!gather(&s, false) || !rig_memory(&m, 100, 600, 9))
		return;
	file = malloc(600);
	core_pattern(file, 9, 0, 600);
	SIM_CHECK(dma_buffer_reserve(&rig->dev.dma, 0, 1) == DMA_EINVAL);
	SIM_CHECK(dma_buffer_reserve(&rig->dev.dma, 2 * PAGE, 6) == 0);
	/* Each size of range has tables of its own: what the domain's reserve is sized for is not the matter here. */
	SIM_CHECK(dma_list_map(&s.list, &rig->dev.dma, DMA_TO_DEVICE) == 0);
	dma_list_unmap(&s.list);
	SIM_CHECK(dma_segment_clone(&m.seg, &seg) == 0);
	SIM_CHECK(dma_buffer_map_segment(&buffers[0], &rig->dev.dma, DMA_TO_DEVICE, &seg, 100, 600) == 0);
	dma_buffer_release(&buffers[0]);
	if (rig->kind != RIG_NONE)
		SIM_CHECK(dma_domain_flush(&rig->space.domain) == 0);
	empty = empties();
	sim_interrupts(false);
	SIM_CHECK(dma_buffer_reserve(&rig->dev.dma, PAGE, 1) == DMA_EBUSY);
	error = dma_list_map(&s.list, &rig->dev.dma, DMA_BIDIRECTIONAL);
	SIM_CHECK(error == 0);
	for (n = 0; n < 5; n++) {
		SIM_CHECK(dma_segment_clone(&m.seg, &seg) == 0);
		SIM_CHECK(dma_buffer_map_segment(&buffers[n], &rig->dev.dma, DMA_BIDIRECTIONAL, &seg, 100, 600) == 0);
		dma_segment_drop(&seg);
	}
	SIM_CHECK(empties() == empty);
	SIM_CHECK(dma_buffer_sync_to_device(&buffers[0], 0, 600) == 0);
	SIM_CHECK(dma_buffer_sync_from_device(&buffers[0], 0, 600) == 0);
	dma_list_release(&s.list);
	for (n = 0; n < 5; n++)
		dma_buffer_release(&buffers[n]);
	sim_interrupts(true);
	(void)dma_reclaim();
	SIM_CHECK(rig_holds(&m, file) && rig_beside(&m));
	rig_forget(&m);
	drop(&s);
	free(file);
	free(buffers);
}

static void h82_interrupts_off(void **state)
{
	static const char *const machines[] = {
		"low=2,high=2",
		"low=2,high=2,noncoherent",
		"low=2,high=2,untrusted",
		"low=2,high=2,mask=32",
		"low=2,high=2,cvm",
		"low=2,high=2,noncoherent,nosync",
		"low=2,high=2,untrusted,noncoherent",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(machines) / sizeof(*machines); i++)
		for (unsigned kind = RIG_NONE; kind < RIG_IOMMUS; kind++)
			assert_int_equal(rig_on(machines[i], (enum rig_iommu)kind, off), 0);
}

/* A reserve that is empty is said and counted; dma_reclaim() fills it again. */
static void dry(struct rig *rig)
{
	enum { MOST = 200 };
	struct dma_buffer *buffers = calloc(MOST, sizeof(*buffers));
	struct rig_memory m;
	uint64_t empty = empties();
	unsigned n = 0, first;
	int error = 0;

	if (!rig_memory(&m, 100, 600, 9))
		return;
	SIM_CHECK(dma_buffer_reserve(&rig->dev.dma, 600, 10) == 0);
	for (unsigned round = 0; round < 2; round++) {
		sim_interrupts(false);
		for (n = 0, error = 0; !error && n < MOST; n += !error) {
			struct dma_segment seg = {0};

			SIM_CHECK(dma_segment_borrow(&seg, m.seg.paddr, 1) == 0);
			error = dma_buffer_map_segment(&buffers[n], &rig->dev.dma, DMA_TO_DEVICE, &seg, 100, 600);
		}
		SIM_CHECK(error == DMA_ENOMEM && n >= 10 && n < MOST);
		SIM_CHECK(empties() == ++empty);
		sim_interrupts(true);
		first = n;
		(void)dma_reclaim(); /* fills it again, although nothing has come back */
		sim_interrupts(false);
		for (error = 0; !error && n < MOST; n += !error) {
			struct dma_segment seg = {0};

			SIM_CHECK(dma_segment_borrow(&seg, m.seg.paddr, 1) == 0);
			error = dma_buffer_map_segment(&buffers[n], &rig->dev.dma, DMA_TO_DEVICE, &seg, 100, 600);
		}
		empty = empties();
		SIM_CHECK(n >= first + 10);
		while (n > 0)
			dma_buffer_release(&buffers[--n]);
		sim_interrupts(true);
	}
	rig_forget(&m);
	free(buffers);
}

static void h82_a_dry_reserve(void **state)
{
	(void)state;
	assert_int_equal(rig_on("low=4,high=4,untrusted", RIG_STRICT, dry), 0);
	assert_int_equal(rig_on("low=4,high=4,noncoherent", RIG_DEFERRED, dry), 0);
	assert_int_equal(rig_on("low=4,high=4,mask=32", RIG_NONE, dry), 0);
	assert_int_equal(rig_on("low=4,high=4,cvm", RIG_STRICT, dry), 0);
}

/* A device that never needs a bounce gets no reserve of them; one that may need a bounce does. */
static unsigned frames_for_a_reserve(struct rig *rig)
{
	unsigned before = sim_hook_calls(SIM_HOOK_FRAMES_ALLOC);

	SIM_CHECK(dma_buffer_reserve(&rig->dev.dma, PAGE, 4) == 0);
	return sim_hook_calls(SIM_HOOK_FRAMES_ALLOC) - before;
}

static void needless(struct rig *rig)
{
	SIM_CHECK(frames_for_a_reserve(rig) == 0);
}

static void needed(struct rig *rig)
{
	SIM_CHECK(frames_for_a_reserve(rig) > 0);
}

static void a_reserve_where_bounces_may_come(void **state)
{
	(void)state;
	for (unsigned kind = RIG_NONE; kind < RIG_IOMMUS; kind++) {
		assert_int_equal(rig_on("low=1,high=1", (enum rig_iommu)kind, needless), 0);
		if (kind != RIG_NONE) /* edges of pages */
			assert_int_equal(rig_on("low=1,high=1,untrusted", (enum rig_iommu)kind, needed), 0);
	}
}

/* ---- No answer ---- */

static void lost(struct rig *rig)
{
	struct dma_stats stats;
	struct sample s;
	uint64_t frames;

	if (!gather(&s, true) || !SIM_CHECK(dma_list_map(&s.list, &rig->dev.dma, DMA_BIDIRECTIONAL) == 0))
		return;
	rig_answers(false);
	dma_list_release(&s.list);
	dma_stats(&stats);
	SIM_CHECK(stats.pages_quarantined >= 5);
	frames = stats.pages_alloc;
	drop(&s); /* the last references but those of the library's own */
	dma_stats(&stats);
	/* What the device may reach stays. Where the first and the last piece bounced it never reached their frames. */
	SIM_CHECK(frames - stats.pages_alloc <= 3);
	SIM_CHECK(!sim_is_free(s.memory[1].seg.paddr.raw));
	SIM_CHECK(dma_list_map(&s.list, &rig->dev.dma, DMA_TO_DEVICE) == DMA_EINVAL); /* it is empty */
}

static void no_answer_at_release(void **state)
{
	(void)state;
	assert_int_equal(rig_stuck("low=1,high=1", lost), 0);
	assert_int_equal(rig_stuck("low=1,high=1,untrusted", lost), 0);
	assert_int_equal(rig_stuck("low=1,high=1,offset", lost), 0);
}

/* An IOMMU that wants to be told of each map, and does not answer: nobody knows what the device reaches. */
static void lost_at_map(struct rig *rig)
{
	struct dma_stats stats;
	struct sample s;

	if (!gather(&s, true))
		return;
	rig_answers(false);
	SIM_CHECK(dma_list_map(&s.list, &rig->dev.dma, DMA_BIDIRECTIONAL) == DMA_ETIMEDOUT);
	dma_list_release(&s.list);
	dma_stats(&stats);
	SIM_CHECK(stats.pages_quarantined >= 5);
	drop(&s);
	SIM_CHECK(!sim_is_free(s.memory[1].seg.paddr.raw));
}

static void no_answer_at_map(void **state)
{
	(void)state;
	rig_is_told = true;
	assert_int_equal(rig_stuck("low=1,high=1", lost_at_map), 0);
	assert_int_equal(rig_stuck("low=1,high=1,untrusted", lost_at_map), 0);
	assert_int_equal(rig_stuck("low=1,high=1,offset", lost_at_map), 0);
	rig_is_told = false;
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(h12_every_hook_fails),
		cmocka_unit_test(h12_a_map_unwinds),
		cmocka_unit_test(h82_interrupts_off),
		cmocka_unit_test(h82_a_dry_reserve),
		cmocka_unit_test(no_answer_at_release),
		cmocka_unit_test(no_answer_at_map),
		cmocka_unit_test(a_reserve_where_bounces_may_come),
	};

	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
