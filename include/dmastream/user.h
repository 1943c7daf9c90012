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

/* Copies n bytes from the cursor to the user memory of the current process. *done says how many bytes were copied,
 * in every case; the cursor moves on by as many.
 * Returns: 0, or an error: then *done bytes have been copied all the same.
 * Errors: DMA_EINVAL (fewer than n bytes are left; *done is 0); DMA_EFAULT (the user memory cannot be written behind
 * the first *done bytes).
 * Context: interrupts on.
 * Example:
 *     error = dma_reader_read_user(&r, buffer, count, &done);
 *     return done > 0 ? (long)done : error;
 * See: dma_writer_write_user(), dma_host_copy_to_user(). */
DMA_MUST_CHECK int dma_reader_read_user(struct dma_reader *r, void *user, size_t n, size_t *done);

/* Copies n bytes from the user memory of the current process into the cursor. *done says how many bytes were copied,
 * in every case; the cursor moves on by as many.
 * Returns: 0, or an error: then *done bytes have been copied all the same.
 * Errors: DMA_EINVAL (fewer than n bytes are left; *done is 0); DMA_EFAULT (the user memory cannot be read behind
 * the first *done bytes).
 * Context: interrupts on.
 * See: dma_reader_read_user(), dma_host_copy_from_user(). */
DMA_MUST_CHECK int dma_writer_write_user(struct dma_writer *w, const void *user, size_t n, size_t *done);

/* Copies n bytes within the user memory of the current process, or writes n bytes of one value there. *done says how
 * many bytes were written for certain, in every case. The two ranges of a copy must not overlap.
 * Returns: 0, or an error: then *done bytes have been written all the same.
 * Errors: DMA_EFAULT (the user memory cannot be read, or written, behind the first *done bytes).
 * Context: interrupts on.
 * See: dma_reader_read_user(), dma_writer_write_user(), dma_host_copy_to_user(), dma_host_copy_from_user(). */
DMA_MUST_CHECK int dma_user_copy(void *to_user, const void *from_user, size_t n, size_t *done);
DMA_MUST_CHECK int dma_user_fill(void *user, unsigned char value, size_t n, size_t *done);

#ifdef __cplusplus
}
#endif
#endif
