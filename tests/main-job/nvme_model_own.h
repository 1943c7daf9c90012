/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Inside the model of an NVMe controller: what nvme_model.c and nvme_commands.c share.
 */
#ifndef TESTS_NVME_MODEL_OWN_H
#define TESTS_NVME_MODEL_OWN_H

#include "nvme_model.h"

struct model_state {
	uint32_t cc, aqa;
	uint64_t asq, acq;
	struct model_queue {
		uint64_t sq, cq;
		uint32_t entries, sq_head, cq_tail;
		bool phase, made;
	} queue[2];
	uint32_t pending[64]; /* completions that wait: identifier | status << 16 */
	unsigned npending;
	unsigned admin;
	bool fatal, gone;
	uint64_t faults, time;
	uint64_t reach[64 * 130]; /* pages that commands without an answer name */
	unsigned nreach;
	bool interrupts, pending_interrupt; /* of the I/O queue */
	unsigned message;
};

extern struct model_state model;

/* nvme_commands.c: executes what lies in that submission queue, up to the tail. */
void model_doorbell(unsigned qid, uint32_t tail);
/* The completion of an I/O command. */
void model_answer(uint32_t id, uint16_t status);

#endif
