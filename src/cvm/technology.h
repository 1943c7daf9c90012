/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What the technologies of confidential VMs have in common. All convert granules of 4 KiB, whatever the library's
 * page.
 */
#ifndef DMASTREAM_SRC_TECHNOLOGY_H
#define DMASTREAM_SRC_TECHNOLOGY_H

#include <dmastream/cvm.h>
#include <dmastream/errors.h>

#define DMA_CVM_GRANULE UINT64_C(4096)
#define DMA_CVM_LARGE	UINT64_C(0x200000)

/* Answers "busy" without progress after which a conversion is given up. */
enum { DMA_CVM_RETRIES = 64 };

/* Judges an answer "done up to next" of somebody who is not trusted: next lies between what was done and what was
 * asked, at the begin of a granule. */
bool dma_cvm_credible(uint64_t next, uint64_t at, uint64_t asked);

#endif
