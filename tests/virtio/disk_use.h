/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What the tests of the virtio disk do with it: some requests at once, each to its part of the disk and of one stream.
 */
#ifndef TESTS_VIRTIO_DISK_USE_H
#define TESTS_VIRTIO_DISK_USE_H

#include "rig.h"
#include <block.h>
#include <dmastream/dmastream.h>

enum { REQUESTS = 6, SECTORS = 8, BYTES = REQUESTS * SECTORS * 512, TURNS = 200000 };

extern const char *use_path; /* rig_file() */
extern char use_error[200];  /* what the driver said, in the scenario that ran last */

struct use {
	struct block *disk;
	struct dma_stream stream;
	struct block_request requests[REQUESTS];
	unsigned told;
	int error; /* of poll */
};

/* NULL: it is refused. */
struct block *use_open(bool read_only);
void use_start(struct use *u, unsigned i, enum block_op op);
/* All requests at once, as far as the disk's depth goes, until each is done or the disk has ended. How many ended
 * well. */
unsigned use_transfer(struct use *u, enum block_op op);
void use_check_bytes(struct use *u, unsigned i);
void use_told(struct block_request *request);
void use_close(struct use *u);

#endif
