/* SPDX-License-Identifier: MPL-2.0 */
/* Interrupt remapping (AMD IOMMU specification 48882, 2.2.5): see amdvi_remap.h. */
#include "amdvi_remap.h"

#include "../cvm/cvm_guest.h"
#include "../machine.h"
#include "../memory/frames.h"
#include "../memory/linear.h"
#include <dmastream/amdvi.h>
#include <dmastream/barrier.h>
#include <dmastream/errors.h>

/* Bits 191:128 of a device table entry: 2.2.2.1. */
#define WORD_IV	      UINT64_C(1)
#define WORD_REMAPPED (UINT64_C(2) << 60) /* IntCtl */
enum {
	WORD_LENGTH_SHIFT = 1,
	LENGTH = 8, /* log2 of the entries of a table */
	ENTRIES = 1 << LENGTH,
};

/* An entry of 32 bits: fixed delivery, physical destination. */
#define ENTRY_ENABLED UINT32_C(1)
enum {
	ENTRY_DESTINATION_SHIFT = 8,
	ENTRY_VECTOR_SHIFT = 16,
	VECTOR = 0xff,
};

static volatile uint32_t *tables[PCI_FUNCTIONS]; /* by index of pci_function() */
static const struct pci_function *owners[ENTRIES];

static volatile uint32_t **table_of(const struct pci_function *fn)
{
	unsigned i = 0;

	while (pci_function(i) != fn)
		i++;
	return &tables[i];
}

/* The unit knows the function by the id that its requests carry; its table as it is now is what the unit uses. */
static int tell(struct dma_iommu *amdvi, const struct pci_function *fn)
{
	uint64_t table = vm_linear_paddr((const void *)(uintptr_t)*table_of(fn));
	uint32_t requester = dma_amdvi_requester(amdvi, (uint32_t)fn->segment << 16 | pci_requester_of(fn));

	return dma_amdvi_interrupts_set(amdvi, requester,
					WORD_IV | (uint64_t)LENGTH << WORD_LENGTH_SHIFT | table | WORD_REMAPPED);
}

int amdvi_remap_message(struct dma_iommu *amdvi, const struct pci_function *fn, unsigned number,
			struct machine_message *message)
{
	volatile uint32_t **table = table_of(fn);
	int error;

	if (message->target >> 8 || number >= ENTRIES)
		return DMA_ENOTSUP;
	if (!*table) {
		uint64_t paddr = frames_take();

		if (!paddr)
			return DMA_ENOMEM;
		*table = vm_linear(paddr);
		cvm_lend(paddr, 1, true);
		__builtin_memset(vm_linear(paddr), 0, DMA_PAGE_SIZE);
	}
	(*table)[number] = ENTRY_ENABLED | message->target << ENTRY_DESTINATION_SHIFT |
			   (message->data & VECTOR) << ENTRY_VECTOR_SHIFT;
	dma_publish();
	owners[number] = fn;
	error = tell(amdvi, fn);
	message->data = number; /* 2.2.5.1: the index */
	return error;
}

void amdvi_remap_end(struct dma_iommu *amdvi, unsigned number)
{
	const struct pci_function *fn = number < ENTRIES ? owners[number] : NULL;

	if (!fn)
		return;
	(*table_of(fn))[number] = 0;
	dma_publish();
	(void)tell(amdvi, fn);
	owners[number] = NULL;
}
