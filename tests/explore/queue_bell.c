/* SPDX-License-Identifier: MPL-2.0 */
/*
 * One doorbell for two CPUs (src/iommu/unit/unit_bell.h): a command is executed before its owner goes on, whoever
 * rings; none is lost; none is executed twice unless it was thrown away. The hardware finds what a follower's command
 * speaks of, and the follower sees what the hardware did.
 *
 * CPU 0 leads, where nothing else is said. Who leads looks twice for a request, who follows looks twice for its answer:
 * so each of them is left alone on some paths.
 */
#include "queue.h"

static void start_led(const struct dma_queue_ops *ops, unsigned slow, unsigned leader)
{
	queue_start_at(ops, 0, 0, slow);
	queue.leader = 1 + leader;
}

static void start_words(void)
{
	start_led(&queue_by_words, 0, 0);
}

static void start_head(void)
{
	start_led(&queue_by_head, 0, 0);
}

static void runs_two(void)
{
	queue_run(0);
	queue_run(1);
}

static void runs_two_others(void)
{
	queue_run(2);
	queue_run(3);
}

static void runs_one(void)
{
	queue_run(4);
}

static void runs_third(void)
{
	queue_run(5);
}

static void in_interrupt(void)
{
	queue_run(6);
}

const struct explore_program queue_bell_words = {
	.name = "queue: one doorbell for two, whose fence writes",
	.start = start_words,
	.cpu = {runs_two, runs_two_others},
	.finish = queue_finish,
	.preemptions = 3,
};
const struct explore_program queue_bell_head = {
	.name = "queue: one doorbell for two, whose fence the head passes",
	.start = start_head,
	.cpu = {runs_two, runs_two_others},
	.finish = queue_finish,
	.preemptions = 3,
};

/* ---- The follower withdraws, or waits for the submission's end, while the leader waits ---- */

static void start_slow(void)
{
	start_led(&queue_by_words, 2, 0);
}

static void start_slow_head(void)
{
	start_led(&queue_by_head, 3, 0);
}

const struct explore_program queue_bell_slow = {
	.name = "queue: one doorbell for two, slow hardware that writes",
	.start = start_slow,
	.cpu = {runs_two, runs_two_others},
	.finish = queue_finish,
	.preemptions = 2,
};
const struct explore_program queue_bell_slow_head = {
	.name = "queue: one doorbell for two, slow hardware",
	.start = start_slow_head,
	.cpu = {runs_two, runs_two_others},
	.finish = queue_finish,
	.preemptions = 2,
};

/* Executed, but nobody has looked. The second joint submission finds no room, and looks. Positions wrap. */
static void start_full(void)
{
	queue_start_at(&queue_by_words, (uint32_t)0 - 240, 10, 0);
	queue.leader = 1;
}

/* The first submission is a joint one, on the paths that matter: its end is in no slot's word. */
static void finish_full(void)
{
	uint32_t done;

	queue_finish();
	(void)dma_queue_make_room(&queue, 1);
	done = queue.done;
	explore_check(done == queue.tail, "what is executed is not settled");
}

const struct explore_program queue_bell_full = {
	.name = "queue: one doorbell for two, a full ring",
	.start = start_full,
	.cpu = {runs_two, runs_two_others},
	.finish = finish_full,
	.preemptions = 3,
};

/* ---- The first submission, joint or not, is thrown away ---- */

static void start_thrown(void)
{
	start_words();
	hardware.throws = true;
}

static void start_thrown_head(void)
{
	start_head();
	hardware.throws = true;
}

/* Who was not thrown away may have been told so: it submits again. */
static void finish_thrown(void)
{
	for (unsigned i = 0; i < COMMANDS; i++)
		explore_check(hardware.done[i] >= hardware.asked[i] && hardware.done[i] <= 2 * hardware.asked[i],
			      "a command is lost, or executed too often");
	explore_check(!dma_queue_failed(&queue), "a unit that works is given up");
}

const struct explore_program queue_bell_thrown = {
	.name = "queue: one doorbell for two, commands are thrown away",
	.start = start_thrown,
	.cpu = {runs_two, runs_two_others},
	.finish = finish_thrown,
	.preemptions = 2,
};
const struct explore_program queue_bell_thrown_head = {
	.name = "queue: one doorbell for two, the head passes what is thrown away",
	.start = start_thrown_head,
	.cpu = {runs_two, runs_two_others},
	.finish = finish_thrown,
	.preemptions = 2,
};

/* ---- An interrupt, on the follower or the leader ---- */

static void start_follower(void)
{
	start_led(&queue_by_words, 0, 1);
}

static void start_follower_head(void)
{
	start_led(&queue_by_head, 0, 1);
}

const struct explore_program queue_bell_interrupt = {
	.name = "queue: one doorbell for two, the follower is interrupted",
	.start = start_follower,
	.cpu = {runs_one, runs_two},
	.interrupt = in_interrupt,
	.finish = queue_finish,
	.preemptions = 3,
};
const struct explore_program queue_bell_interrupt_head = {
	.name = "queue: one doorbell for two, the head tells, the follower is interrupted",
	.start = start_follower_head,
	.cpu = {runs_one, runs_two},
	.interrupt = in_interrupt,
	.finish = queue_finish,
	.preemptions = 2,
};
const struct explore_program queue_bell_leader_interrupt = {
	.name = "queue: one doorbell for two, the leader is interrupted",
	.start = start_head,
	.cpu = {runs_one, runs_two},
	.interrupt = in_interrupt,
	.finish = queue_finish,
	.preemptions = 3,
};

/* ---- More than one leads, or follows ---- */

/* Both have found themselves to be the leader: there was another one between. */
static void leads(uint64_t number)
{
	__atomic_store_n(&queue.leader, 1 + explore_cpu(), __ATOMIC_RELAXED);
	queue_run(number);
}

static void leads_first(void)
{
	leads(0);
}

static void leads_second(void)
{
	leads(2);
}

const struct explore_program queue_bell_two_leaders = {
	.name = "queue: one doorbell for two, two leaders",
	.start = start_words,
	.cpu = {leads_first, leads_second, runs_one},
	.finish = queue_finish,
	.preemptions = 2,
};
const struct explore_program queue_bell_two_followers = {
	.name = "queue: one doorbell for two, two followers",
	.start = start_words,
	.cpu = {runs_two, runs_one, runs_third},
	.finish = queue_finish,
	.preemptions = 2,
};
const struct explore_program queue_bell_two_followers_head = {
	.name = "queue: one doorbell for two, the head tells, two followers",
	.start = start_head,
	.cpu = {runs_two, runs_one, runs_third},
	.finish = queue_finish,
	.preemptions = 2,
};

/* ---- Leaders come and go ---- */

/* One submission more without a request, and the leader resigns: then nobody answers. */
static void start_lonely(void)
{
	start_words();
	queue.lonely = 31;
}

const struct explore_program queue_bell_resigns = {
	.name = "queue: one doorbell for two, the leader resigns",
	.start = start_lonely,
	.cpu = {runs_two, runs_one, runs_third},
	.finish = queue_finish,
	.preemptions = 2,
};

/* Who comes is looked at for the first two submissions: if they are of two CPUs, the second leads. */
static void start_met(void)
{
	queue_start_at(&queue_by_words, 30, 30, 0);
	queue.met = 3;
}

const struct explore_program queue_bell_met = {
	.name = "queue: one doorbell for two, a leader is found",
	.start = start_met,
	.cpu = {runs_two, runs_two_others},
	.finish = queue_finish,
	.preemptions = 3,
};

/* A follower that waits may become the leader, in its interrupt, and answers itself: CPU 1 leads, and resigns; then the
 * interrupt comes second behind it. */
static void start_lonely_met(void)
{
	queue_start_at(&queue_by_words, 30, 30, 0);
	queue.leader = 2;
	queue.lonely = 31;
	queue.came = 1;
	queue.met = 3;
}

const struct explore_program queue_bell_met_interrupt = {
	.name = "queue: one doorbell for two, who follows is interrupted, and leads",
	.start = start_lonely_met,
	.cpu = {runs_one, runs_two},
	.interrupt = in_interrupt,
	.finish = queue_finish,
	.preemptions = 3,
};

/* ---- The hardware stops for good: so does who follows ---- */

static void start_mute(void)
{
	start_led(&queue_by_words, UINT32_MAX, 0);
	queue.timeout_ns = 100;
	(void)world_logged("given up");
}

static void runs_in_vain(void)
{
	struct dma_command command = {{explore_cpu(), ~(uint64_t)explore_cpu()}};

	explore_check(dma_queue_run_one(queue.ops, &queue, command) == DMA_ETIMEDOUT,
		      "a command is executed that was not");
}

static void finish_mute(void)
{
	explore_check(dma_queue_failed(&queue) && world_logged("given up") == 1, "a unit is given up twice");
}

const struct explore_program queue_bell_mute = {
	.name = "queue: one doorbell for two, the hardware does not answer",
	.start = start_mute,
	.cpu = {runs_in_vain, runs_in_vain},
	.finish = finish_mute,
	.preemptions = 2,
};

/* The leader resigns while the other CPU gives the unit up: that stays. */
static void start_mute_lonely(void)
{
	start_mute();
	queue.lonely = 31;
}

const struct explore_program queue_bell_mute_resigns = {
	.name = "queue: one doorbell for two, a leader of a unit that is given up resigns",
	.start = start_mute_lonely,
	.cpu = {runs_in_vain, runs_in_vain},
	.finish = finish_mute,
	.preemptions = 2,
};
