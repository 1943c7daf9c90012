/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Share and unshare over the technologies: what was asked, what is certain, and what is done about the rest.
 */
#include "technology.h"

bool dma_cvm_credible(uint64_t next, uint64_t at, uint64_t asked)
{
	return next >= at && next <= asked && next % DMA_CVM_GRANULE == 0;
}

static bool range_of(const struct dma_cvm *cvm, dma_paddr_t paddr, size_t npages, uint64_t *end)
{
	uint64_t limit = cvm->pte_bit_shares ? cvm->pte_bit : UINT64_MAX;

	if (paddr.raw % DMA_PAGE_SIZE || npages == 0 || npages > (UINT64_MAX >> DMA_PAGE_SHIFT))
		return false;
	*end = paddr.raw + ((uint64_t)npages << DMA_PAGE_SHIFT);
	/* Exactly the range is converted (hazards 50, 51): an address that carried the bit would name another page. */
	return *end > paddr.raw && *end <= limit && !((paddr.raw | (*end - 1)) & cvm->pte_bit);
}

/* The page at which sharing failed is in doubt. Those behind it that the hypervisor was asked for, too, are private
 * again if it and the hardware say so, or the hardware alone; else they are in doubt as well. */
static int settle_behind(const struct dma_cvm *cvm, uint64_t from, uint64_t asked, int error)
{
	uint64_t at = from, ignored;

	if (from >= asked)
		return error;
	if (!cvm->ops->convert(cvm, &at, &ignored, asked, false))
		return error;
	return cvm->ops->keep && !cvm->ops->keep(at, asked) ? error : DMA_ENODEV;
}

static int convert(const struct dma_cvm *cvm, dma_paddr_t paddr, size_t npages, size_t *done, bool share)
{
	uint64_t at = paddr.raw, end, asked;
	int error;

	*done = 0;
	if (!range_of(cvm, paddr, npages, &end))
		return DMA_EINVAL;
	asked = at;
	error = cvm->ops->convert(cvm, &at, &asked, end, share);
	*done = (size_t)((at - paddr.raw) >> DMA_PAGE_SHIFT);
	if (error == DMA_EACCES && at % DMA_PAGE_SIZE) /* some granules of a large page are converted */
		error = DMA_EIO;
	if (!error || !share || error == DMA_EACCES)
		return error;
	return settle_behind(cvm, paddr.raw + ((uint64_t)(*done + 1) << DMA_PAGE_SHIFT), asked, error);
}

/* ---- Registers of devices ---- */

static int mmio(const struct dma_cvm *cvm, dma_paddr_t paddr, unsigned nbytes, bool write, uint64_t *value)
{
	if (!cvm->ops->mmio)
		return DMA_ENOTSUP;
	if (nbytes == 0 || nbytes > 8 || (nbytes & (nbytes - 1)) || paddr.raw % nbytes || (paddr.raw & cvm->pte_bit))
		return DMA_EINVAL;
	return cvm->ops->mmio(cvm, paddr.raw, nbytes, write, value);
}

int dma_cvm_mmio_read(const struct dma_cvm *cvm, dma_paddr_t paddr, unsigned nbytes, uint64_t *value)
{
	uint64_t read = 0;
	int error = mmio(cvm, paddr, nbytes, false, &read);

	if (!error) /* the hypervisor may have put anything beside it */
		*value = nbytes == 8 ? read : read & ((UINT64_C(1) << nbytes * 8) - 1);
	return error;
}

int dma_cvm_mmio_write(const struct dma_cvm *cvm, dma_paddr_t paddr, unsigned nbytes, uint64_t value)
{
	return mmio(cvm, paddr, nbytes, true, &value);
}

/* ---- Conversions ---- */

int dma_cvm_share(const struct dma_cvm *cvm, dma_paddr_t paddr, size_t npages, size_t *done)
{
	return convert(cvm, paddr, npages, done, true);
}

int dma_cvm_unshare(const struct dma_cvm *cvm, dma_paddr_t paddr, size_t npages, size_t *done)
{
	return convert(cvm, paddr, npages, done, false);
}
