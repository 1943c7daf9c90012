/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Cursors: single accesses.
 */
#include "access.h"
#include <dmastream/cursor.h>

static int check(uintptr_t at, size_t left, size_t nbytes)
{
	int error = dma_access_once(at, nbytes);

	return !error && nbytes > left ? DMA_EINVAL : error;
}

int dma_reader_read_once(struct dma_reader *r, void *value, size_t nbytes)
{
	const unsigned char *at = dma_reader_at(r);
	int error = check((uintptr_t)at, r->left, nbytes);

	if (error)
		return error;
	dma_access_store_value(value, dma_arch_read_once(at, nbytes), nbytes);
	r->left -= nbytes;
	return 0;
}

int dma_writer_write_once(struct dma_writer *w, const void *value, size_t nbytes)
{
	unsigned char *at = dma_writer_at(w);
	int error = check((uintptr_t)at, w->left, nbytes);

	if (error)
		return error;
	dma_arch_write_once(at, dma_access_load_value(value, nbytes), nbytes);
	w->left -= nbytes;
	return 0;
}
