/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Machines whose architecture has no confidential VMs that the library knows.
 */
#include "../kernel/options.h"
#include "../kernel/print.h"
#include "cvm_guest.h"
#include <dmastream/errors.h>

struct dma_cvm bare_cvm;

void cvm_trim(void)
{
	if (*option("cvm", ""))
		panic("cvm=%s: there is none on this machine", option("cvm", ""));
}

void cvm_start(void)
{
}

void cvm_finish(void)
{
}

void cvm_own_registers(uint64_t paddr, uint64_t nbytes)
{
	(void)paddr, (void)nbytes;
}

void cvm_lend(uint64_t paddr, size_t npages, bool given)
{
	(void)paddr, (void)npages, (void)given;
}

int cvm_convert(dma_paddr_t paddr, size_t npages, size_t *done, bool share)
{
	(void)paddr, (void)npages, (void)share;
	*done = 0;
	return DMA_ENOTSUP;
}

int cvm_end(int status)
{
	return status;
}
