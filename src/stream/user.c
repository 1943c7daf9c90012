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

/* User ranges: through a piece of the stack. */
#define PIECE ((size_t)256)

static size_t at_most(size_t n, size_t most)
{
	return n < most ? n : most;
}

int dma_user_copy(void *to_user, const void *from_user, size_t n, size_t *done)
{
	unsigned char piece[PIECE];

	for (*done = 0; *done < n;) {
		size_t asked = at_most(n - *done, PIECE), got, put;

		got = at_most(dma_host_copy_from_user(piece, (const char *)from_user + *done, asked), asked);
		put = got ? at_most(dma_host_copy_to_user((char *)to_user + *done, piece, got), got) : 0;
		*done += put;
		if (put < asked)
			return DMA_EFAULT;
	}
	return 0;
}

int dma_user_fill(void *user, unsigned char value, size_t n, size_t *done)
{
	unsigned char piece[PIECE];

	dma_arch_fill(piece, value, PIECE);
	for (*done = 0; *done < n;) {
		size_t asked = at_most(n - *done, PIECE);
		size_t put = at_most(dma_host_copy_to_user((char *)user + *done, piece, asked), asked);

		*done += put;
		if (put < asked)
			return DMA_EFAULT;
	}
	return 0;
}
