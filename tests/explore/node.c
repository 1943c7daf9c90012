/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The pool of nodes (src/base/node.c): no node is given to two owners, and none is lost, also when an interrupt comes
 * in between.
 */
#include "../../src/base/node.h"
#include "programs.h"
#include "world.h"

#define HELD 4u

static void *held[HELD]; /* the harness's books: by slot */
static unsigned nheld;

static void *take(void)
{
	void *node = dma_node_alloc();

	for (unsigned i = 0; i < HELD; i++)
		explore_check(!node || held[i] != node, "a node is given to two");
	if (node)
		held[nheld++ % HELD] = node;
	return node;
}

static void give(void *node)
{
	for (unsigned i = 0; i < HELD; i++)
		if (held[i] == node)
			held[i] = NULL;
	if (node)
		dma_node_free(node);
}

static void start(void)
{
	world_start(2);
	explore_ignore(held, sizeof(held));
	explore_ignore(&nheld, sizeof(nheld));
}

static void finish(void)
{
	explore_check(dma_node_fini(), "a node is lost");
}

static void takes_and_gives(void)
{
	void *a = take(), *b = take();

	explore_check(a && b, "no node although memory is plenty");
	give(a);
	give(b);
}

static void takes_one(void)
{
	void *a = take();

	explore_check(a != NULL, "no node although memory is plenty");
	give(a);
}

static void in_interrupt(void)
{
	give(take());
}

/* ---- All nodes but the reserve are in use: CPUs bring a page each, an interrupt lives on the reserve ---- */

static void *in_use[DMA_PAGE_SIZE / DMA_NODE_SIZE];
static unsigned nin_use;

static void start_empty(void)
{
	start();
	for (void *node; (node = dma_node_take()) != NULL; in_use[nin_use++] = node)
		;
}

static void in_interrupt_empty(void)
{
	void *node = take();

	explore_check(node != NULL, "the reserve is empty although nobody has taken of it");
	give(node);
}

static void finish_empty(void)
{
	while (nin_use > 0)
		dma_node_free(in_use[--nin_use]);
	finish();
}

const struct explore_program node_alloc_and_free = {
	.name = "nodes: two CPUs take and give",
	.start = start,
	.cpu = {takes_and_gives, takes_one},
	.finish = finish,
	.preemptions = 2,
};
const struct explore_program node_interrupt = {
	.name = "nodes: with an interrupt",
	.start = start,
	.cpu = {takes_and_gives},
	.interrupt = in_interrupt,
	.finish = finish,
	.preemptions = 2,
};
const struct explore_program node_empty = {
	.name = "nodes: three CPUs find none",
	.start = start_empty,
	.cpu = {takes_one, takes_one, takes_one},
	.finish = finish_empty,
	.preemptions = 2,
};
const struct explore_program node_reserve = {
	.name = "nodes: an interrupt while two CPUs find none",
	.start = start_empty,
	.cpu = {takes_one, takes_one},
	.interrupt = in_interrupt_empty,
	.finish = finish_empty,
	.preemptions = 2,
};
