/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Error codes in words.
 */
#include <dmastream/errors.h>

static const char *const texts[] = {
	[-DMA_OK] = "success",
	[-DMA_EINVAL] = "invalid argument",
	[-DMA_ENOMEM] = "out of memory",
	[-DMA_ENOSPC] = "no device address left",
	[-DMA_EACCES] = "access against the direction of the stream",
	[-DMA_EBUSY] = "busy",
	[-DMA_ENOTSUP] = "not supported by this machine or device",
	[-DMA_ETIMEDOUT] = "hardware did not answer in time",
	[-DMA_EIO] = "hardware error",
	[-DMA_EFAULT] = "memory is not accessible",
	[-DMA_ENODEV] = "no such device",
};

const char *dma_strerror(int error)
{
	if (error > 0 || error < DMA_ENODEV)
		return "unknown error";
	return texts[-error];
}
