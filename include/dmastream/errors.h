/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Errors: every fallible call returns 0 or one of these negative codes, and leaves its arguments as
 * they were when it fails.
 */
#ifndef DMASTREAM_ERRORS_H
#define DMASTREAM_ERRORS_H

#ifdef __cplusplus
extern "C" {
#endif

enum dma_error {
	DMA_OK = 0,
	DMA_EINVAL = -1,    /* an argument is outside its documented range, or the object is empty */
	DMA_ENOMEM = -2,    /* the host has no frames, kernel addresses or table pages to give now */
	DMA_ENOSPC = -3,    /* no device address left that satisfies mask, alignment and boundary */
	DMA_EACCES = -4,    /* the access is against the direction of the stream */
	DMA_EBUSY = -5,	    /* called with interrupts off where pages are needed, or still in use */
	DMA_ENOTSUP = -6,   /* this machine or this device cannot do it at all */
	DMA_ETIMEDOUT = -7, /* hardware did not answer within its documented time */
	DMA_EIO = -8,	    /* hardware answered with an error, or contradicts itself */
	DMA_EFAULT = -9,    /* memory handed in cannot be accessed or is not RAM */
	DMA_ENODEV = -10,   /* no such device, or it has been blocked or removed */
};

/* What the code means, in a few English words.
 * Returns: a string that stays valid for ever, never NULL; "unknown error" for a number that is none of the codes.
 * Errors: none.
 * Context: any.
 * See: dmastream_errors. */
const char *dma_strerror(int error);

#ifdef __cplusplus
}
#endif
#endif
