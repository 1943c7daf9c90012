/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The use that the tests of the virtio disk make of it (disk_use.h).
 */
#include "disk_use.h"
#include <stdio.h>
#include <text.h>

const char *use_path;
char use_error[200];

void use_told(struct block_request *request)
{
	((struct use *)request->context)->told++;
}

struct block *use_open(bool read_only)
{
	struct sim_disk_config config = sim_disk_config(use_path);
	struct text why = text_in(use_error, sizeof(use_error));
	struct block *disk = NULL;

	config.read_only = read_only;
	use_error[0] = 0;
	if (!SIM_CHECK(sim_vdisk_add(&rig_device, &config) != NULL) || block_open(0, &disk, &why))
		return NULL;
	return disk;
}

/* Starts a request of its part of the disk and of the stream; those that the queue has no room for wait. */
void use_start(struct use *u, unsigned i, enum block_op op)
{
	u->requests[i] = (struct block_request){
		.op = op,
		.lba = i * SECTORS,
		.nblocks = SECTORS,
		.daddr = dma_daddr(dma_stream_daddr(&u->stream).raw + i * SECTORS * 512u),
		.complete = use_told,
		.context = u,
	};
	SIM_CHECK(u->disk->ops->submit(u->disk, &u->requests[i]) == 0);
}

unsigned use_transfer(struct use *u, enum block_op op)
{
	unsigned started = 0, turns = 0, good = 0;

	u->told = 0;
	u->error = 0;
	while ((u->told < REQUESTS && u->error >= 0) || (u->error < 0 && u->told < started)) {
		while (started < REQUESTS && started - u->told < u->disk->depth && u->error >= 0)
			use_start(u, started++, op);
		u->error = u->disk->ops->poll(u->disk);
		sim_relax();
		if (!SIM_CHECK(turns++ < TURNS))
			break;
	}
	for (unsigned i = 0; i < started; i++)
		good += block_done(&u->requests[i]) && u->requests[i].status == 0;
	SIM_CHECK(u->told == started); /* each was told of, once */
	return good;
}

void use_check_bytes(struct use *u, unsigned i)
{
	unsigned char bytes[SECTORS * 512];
	bool same = true;

	SIM_CHECK(dma_stream_sync_from_device(&u->stream, i * sizeof(bytes), sizeof(bytes)) == 0 &&
		  dma_stream_read_bytes(&u->stream, i * sizeof(bytes), bytes, sizeof(bytes)) == 0);
	for (size_t k = 0; k < sizeof(bytes); k++)
		same &= bytes[k] == rig_byte(i * sizeof(bytes) + k);
	SIM_CHECK(same);
}

void use_close(struct use *u)
{
	snprintf(use_error, sizeof(use_error), "%s", u->disk->error);
	u->disk->ops->stop(u->disk);
	dma_stream_release(&u->stream);
	SIM_CHECK(u->disk->ops->close(u->disk) == 0);
}
