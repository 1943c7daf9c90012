/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Runs the README's example on the machine's first disk, and prints what it returned.
 */
#include <dmastream/dmastream.h>

#include "block.h"
#include "bus.h"
#include "text.h"

int first_word(struct block *disk, uint32_t *word);

int app_main(void)
{
	char line[100];
	struct text t = text_in(line, sizeof(line));
	struct block *disk;
	uint32_t word = 0;
	int error = dma_init();

	if (!error)
		error = block_open(0, &disk, &t);
	if (error)
		return 1;
	error = first_word(disk, &word);
	text_put_hex(&t, word, 8);
	text_put(&t, error ? " failed\n" : "\n");
	bus_write(t.start, t.used);
	if (disk->ops->close(disk) || dma_fini())
		return 2;
	return error ? 3 : 0;
}
