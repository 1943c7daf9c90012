/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Cursors to and from user memory.
 */
#include <dmastream/errors.h>
#include <dmastream/platform.h>
#include <dmastream/user.h>

int dma_reader_read_user(struct dma_reader *r, void *user, size_t n, size_t *done)
{
	*done = 0;
	if (n > r->left)
		return DMA_EINVAL;
	if (n == 0)
		return 0; /* an empty cursor may point nowhere */
	*done = dma_host_copy_to_user(user, dma_reader_at(r), n);
	if (*done > n)
		*done = n;
	r->left -= *done;
	return *done == n ? 0 : DMA_EFAULT;
}

int dma_writer_write_user(struct dma_writer *w, const void *user, size_t n, size_t *done)
{
	*done = 0;
	if (n > w->left)
		return DMA_EINVAL;
	if (n == 0)
		return 0; /* an empty cursor may point nowhere */
	*done = dma_host_copy_from_user(dma_writer_at(w), user, n);
	if (*done > n)
		*done = n;
	w->left -= *done;
	return *done == n ? 0 : DMA_EFAULT;
}
