/* SPDX-License-Identifier: MPL-2.0 */
/* What the toolkit's boot test is made of. */
#ifndef TESTS_BARE_TOOLKIT_H
#define TESTS_BARE_TOOLKIT_H

#include "../../platform/bare/kernel/print.h"
#include "../../platform/bare/selftest/selftest.h"
#include <block.h>

/* Moves nbytes between the disk, from block `lba` on, and the device addresses from daddr on. 0, or an error. */
int transfer(struct block *disk, enum block_op op, uint64_t lba, dma_daddr_t daddr, uint64_t nbytes);

/* toolkit_peer.c */
void test_peers(struct block *disk);

#endif
