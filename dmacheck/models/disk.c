/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Backing files in memory, for the disks of sim.h.
 */
#include "dmacheck_models.h"
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

const char *model_disk(unsigned nblocks, unsigned seed)
{
	static char paths[8][40];
	static unsigned n;
	char *path = paths[n++ % 8];
	unsigned char block[512];
	int file = memfd_create("disk", 0);

	if (file < 0)
		exit(2);
	for (unsigned i = 0; i < nblocks; i++) {
		for (unsigned at = 0; at < sizeof(block); at++)
			block[at] = (unsigned char)(seed ? seed * 31 + i * 7 + at * 13 + (at >> 8) : 0);
		if (write(file, block, sizeof(block)) != sizeof(block))
			exit(2);
	}
	(void)snprintf(path, sizeof(paths[0]), "/proc/self/fd/%d", file);
	return path;
}
