/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The fallible reader and writer: between a cursor and user memory, which may be gone.
 */
#ifndef DMASTREAM_USER_H
#define DMASTREAM_USER_H

#include <dmastream/cursor.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Copies n bytes from the cursor to user memory. *done says how many bytes were copied, in every case; the cursor
 * moves on by as many. 0, DMA_EFAULT if the user memory ended early, DMA_EINVAL if n is more than what is left (*done
 * = 0). Interrupts on. */
DMA_MUST_CHECK int dma_reader_read_user(struct dma_reader *r, void *user, size_t n, size_t *done);

/* The same the other way. */
DMA_MUST_CHECK int dma_writer_write_user(struct dma_writer *w, const void *user, size_t n, size_t *done);

#ifdef __cplusplus
}
#endif
#endif
