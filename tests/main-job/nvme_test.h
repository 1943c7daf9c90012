/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The NVMe driver under test: a disk opened on the controller of nvme_model.h, and what must be left at the end.
 */
#ifndef TESTS_NVME_TEST_H
#define TESTS_NVME_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dmastream/dmastream.h>
#include <dmastream/platform.h>
#include <stdlib.h>
#include <string.h>

#include "block.h"
#include "bus.h"
#include "nvme_model.h"
#include "text.h"

/* Why the last open_disk() failed. */
extern char why[160];

int open_disk(const struct model_config *config, struct block **disk);
void nothing_left(void);
void assert_says(const char *said, const char *expected);
/* One request of so many blocks, and what the disk says of it. */
int transfer(struct block *disk, enum block_op op, uint64_t lba, uint32_t nblocks, struct dma_stream *s);

/* The tests: nvme_interrupts.c, nvme_failures.c. */
void interrupts_finish_requests(void **state);
void a_lost_interrupt_costs_time_only(void **state);
void a_handler_ends_the_disk(void **state);
void stopped_with_requests_in_flight(void **state);
void bring_up_failures(void **state);
void every_allocation_fails(void **state);
void lies(void **state);
void a_failed_request_leaves_the_disk_alive(void **state);

#endif
