/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Arm CCA. A realm asks its monitor (RMM specification, DEN0137, B5.3): addresses in the lower half of the address
 * space are protected, those in the upper half are shared with the host. A page is shared once its protected address
 * is EMPTY. The monitor is trusted: what it refuses is as it was. The host may refuse, too, and the monitor says
 * from where on.
 */
#include "technology.h"
#include <dmastream/cvm_arm.h>

#define RSI_VERSION	  UINT64_C(0xc4000190)
#define RSI_REALM_CONFIG  UINT64_C(0xc4000196)
#define RSI_IPA_STATE_SET UINT64_C(0xc4000197)
#define VERSION_1_0	  UINT64_C(0x10000)

enum {
	RSI_SUCCESS = 0,
	RIPAS_EMPTY = 0,
	RIPAS_RAM = 1,
	NO_CHANGE_DESTROYED = 0,
	CHANGE_DESTROYED = 1,
	RSI_ACCEPT = 0,
};

static int convert(const struct dma_cvm *cvm, uint64_t *at, uint64_t *asked, uint64_t end, bool share)
{
	unsigned busy = 0;

	(void)cvm;
	while (*at < end) {
		/* A page whose contents the host has destroyed may be shared, but nobody may take it for RAM unseen. */
		struct dma_smc regs = {RSI_IPA_STATE_SET, *at, end, share ? RIPAS_EMPTY : RIPAS_RAM,
				       share ? CHANGE_DESTROYED : NO_CHANGE_DESTROYED};

		*asked = *at;
		dma_arm_smc(&regs);
		if (regs.x0 != RSI_SUCCESS)
			return DMA_EACCES;
		if (!dma_cvm_credible(regs.x1, *at, end))
			return DMA_ENODEV; /* what cannot be: no answer of this monitor counts */
		busy = regs.x1 == *at ? busy + 1 : 0;
		*at = regs.x1;
		if (regs.x2 != RSI_ACCEPT)
			return *at < end ? DMA_EACCES : 0;
		if (busy == DMA_CVM_RETRIES)
			return DMA_EACCES;
	}
	return 0;
}

int dma_cvm_cca(struct dma_cvm *cvm, volatile void *config, dma_paddr_t config_paddr)
{
	static const struct dma_cvm_ops ops = {"CCA", convert, NULL, NULL};
	struct dma_smc regs = {.x0 = RSI_VERSION, .x1 = VERSION_1_0};
	uint64_t width;

	if (((uintptr_t)config | config_paddr.raw) % DMA_CVM_GRANULE)
		return DMA_EINVAL;
	/* Where nobody is a monitor the answer is -1 (SMC calling convention, 5.2), which is no success. */
	dma_arm_smc(&regs);
	if (regs.x0 != RSI_SUCCESS || regs.x1 >> 16 != VERSION_1_0 >> 16)
		return DMA_ENODEV;
	regs = (struct dma_smc){.x0 = RSI_REALM_CONFIG, .x1 = config_paddr.raw};
	dma_arm_smc(&regs);
	if (regs.x0 != RSI_SUCCESS)
		return DMA_ENODEV;
	width = *(volatile uint64_t *)config; /* RsiRealmConfig: ipa_width at offset 0 */
	if (width < 32 || width > 52)
		return DMA_ENOTSUP;
	*cvm = (struct dma_cvm){.ops = &ops,
				.pte_bit = UINT64_C(1) << (width - 1),
				.pte_bit_shares = true,
				.device_bit = UINT64_C(1) << (width - 1)};
	return 0;
}
