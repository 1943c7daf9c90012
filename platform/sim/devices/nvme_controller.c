/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The simulated NVMe controller at work: takes commands from any queue, moves their pages in any order between file and
 * memory, completes them in any order. On a plain machine all at once and in order; else a little at a time, as the
 * adversary likes.
 */
#include "nvme_controller.h"
#include "../machine/sim_machine.h"
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CONTROLLERS 8

static struct sim_nvme controllers[CONTROLLERS];
static unsigned ncontrollers;

static uint32_t waiting(const struct sim_nvme_queue *q)
{
	return q->size ? (q->tail + q->size - q->head) % q->size : 0;
}

static void take(struct sim_nvme *n, unsigned queue)
{
	struct sim_nvme_queue *q = &n->submission[queue];
	struct sim_nvme_flight *f = &n->flight[n->nflight];

	memset(f, 0, sizeof(*f));
	if (!sim_pci_is_master(n->fn) ||
	    sim_device_work_read(n->dma, dma_daddr(q->base + (uint64_t)q->head * sizeof(f->command)), &f->command,
				 sizeof(f->command))) {
		nvme_fatal(n);
		return;
	}
	q->head = (q->head + 1) % q->size;
	f->queue = (uint16_t)queue;
	f->head = (uint16_t)q->head;
	f->backwards = sim_choose(2);
	f->status = queue ? nvme_io_begin(n, f) : nvme_admin_begin(n, f);
	if (f->status)
		f->bytes = 0;
	n->nflight++;
}

static bool moving(const struct sim_nvme_flight *f)
{
	return f->bytes && !f->status && f->done < f->npages;
}

/* 3.3.3.2: the word with phase and status is written last. */
static bool complete(struct sim_nvme *n, unsigned index)
{
	struct sim_nvme_flight *f = &n->flight[index];
	struct sim_nvme_queue *q = &n->completion[f->queue ? n->submission[f->queue].completion : 0];
	uint64_t at = q->base + (uint64_t)q->tail * 16;
	uint32_t result[3] = {0, 0, (uint32_t)f->head | (uint32_t)f->queue << 16};
	uint32_t last = (uint32_t)f->command.id | (uint32_t)q->phase << 16 | (uint32_t)(f->status & 0xff) << 17 |
			(uint32_t)(f->status >> 8) << 25;

	if ((q->tail + 1) % q->size == q->head)
		return false; /* full: the driver has not rung its head doorbell */
	if (sim_device_work_write(n->dma, dma_daddr(at), result, sizeof(result)) ||
	    sim_device_work_write(n->dma, dma_daddr(at + sizeof(result)), &last, sizeof(last))) {
		nvme_fatal(n);
		return true;
	}
	q->tail = (q->tail + 1) % q->size;
	q->phase ^= q->tail == 0;
	n->flight[index] = n->flight[--n->nflight];
	return true;
}

/* Something to do, and done; false: nothing. */
static bool step(struct sim_nvme *n)
{
	unsigned index = n->nflight ? sim_choose(n->nflight) : 0;

	for (unsigned i = 0, first = sim_choose(NVME_QUEUES); i < NVME_QUEUES; i++) {
		unsigned queue = (first + i) % NVME_QUEUES;

		if (waiting(&n->submission[queue]) && n->nflight < NVME_FLIGHT &&
		    (n->nflight == 0 || sim_choose(2) == 0)) {
			take(n, queue);
			return true;
		}
	}
	for (unsigned i = 0; i < n->nflight; i++, index = (index + 1) % n->nflight) {
		if (moving(&n->flight[index])) {
			nvme_piece(n, &n->flight[index]);
			return true;
		}
		if (complete(n, index))
			return true;
	}
	return false;
}

bool nvme_tick(void *ctx)
{
	struct sim_nvme *n = ctx;
	unsigned steps = sim.mode == PLAIN ? UINT32_MAX : 1 + sim_choose(8);

	if (!(n->csts & 1) || n->csts & 2)
		return false;
	while (steps-- && n->csts & 1 && !(n->csts & 2) && step(n))
		;
	return n->nflight > 0;
}

void nvme_start(void)
{
	while (ncontrollers)
		close(controllers[--ncontrollers].file);
}

struct sim_pci *sim_nvme_add(const char *path, bool read_only)
{
	struct sim_nvme *n = &controllers[ncontrollers];
	struct stat about;

	if (ncontrollers == CONTROLLERS)
		return NULL;
	*n = (struct sim_nvme){.read_only = read_only};
	n->file = open(path, read_only ? O_RDONLY : O_RDWR);
	if (n->file < 0 || fstat(n->file, &about)) {
		perror(path);
		return NULL;
	}
	n->nblocks = (uint64_t)about.st_size / 512;
	n->fn = sim_pci_add(0x1b36, 0x0010, 0x010802, 0x2000, nvme_register_read, nvme_register_write, n);
	n->dma = sim_pci_device(n->fn);
	sim_on_tick(nvme_tick, n);
	ncontrollers++;
	return n->fn;
}
