/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The attacker's tools. Everything is judged by bytes: what lies in memory afterwards, and what the device's buffer
 * holds.
 */
#include "attacks.h"

enum { SOME = 64 }; /* bytes of one attack */

const uint64_t doorbells[DOORBELLS] = {0xfee00010, 0x08020040, 0x08090040, 0x28000000, 0x2ff00000};

static uint64_t word(unsigned number, size_t index)
{
	uint64_t x = ((uint64_t)number << 32 | index) * 0x9e3779b97f4a7c15u;

	x ^= x >> 29;
	x *= 0xbf58476d1ce4e5b9u;
	return (x ^ x >> 32) | 1;
}

void secret_fill(dma_paddr_t paddr, size_t npages, unsigned number)
{
	volatile uint64_t *at = dma_host_linear(paddr, npages << DMA_PAGE_SHIFT);

	for (size_t i = 0; i < npages << DMA_PAGE_SHIFT >> 3; i++)
		at[i] = word(number, i);
}

bool secret_intact(dma_paddr_t paddr, size_t npages, unsigned number)
{
	const volatile uint64_t *at = dma_host_linear(paddr, npages << DMA_PAGE_SHIFT);

	for (size_t i = 0; i < npages << DMA_PAGE_SHIFT >> 3; i++)
		if (at[i] != word(number, i))
			return false;
	return true;
}

enum verdict worse(enum verdict a, enum verdict b)
{
	return a > b ? a : b;
}

static void on_fault(const struct dma_fault *fault, void *context)
{
	struct attacker *a = context;

	for (unsigned i = 0; i < DOORBELLS; i++) /* QEMU's VT-d does not say whose, nor where in the page */
		if ((fault->daddr.raw ^ doorbells[i]) >> DMA_PAGE_SHIFT == 0)
			a->interrupts_blocked++;
	if (fault->dev != a->device[0].dma)
		return; /* of nobody that attacks: then the attack counts as silent */
	a->faults++;
	a->fault_page = fault->daddr.raw & ~(uint64_t)(DMA_PAGE_SIZE - 1);
}

int attacker_open(struct attacker *a)
{
	for (unsigned i = 0; i < 2; i++) {
		int error = weapon_open(&a->device[i], i);

		if (!error)
			error = dma_stream_alloc(&a->marker[i], a->device[i].dma, DMA_TO_DEVICE, 1);
		if (!error)
			error = dma_stream_alloc_uninit(&a->loot[i], a->device[i].dma, DMA_FROM_DEVICE, 1);
		if (!error)
			error = dma_stream_fill(&a->marker[i], 0, 0xee, DMA_PAGE_SIZE);
		if (!error)
			error = dma_stream_sync_to_device(&a->marker[i], 0, DMA_PAGE_SIZE);
		if (error)
			return error;
	}
	dma_iommu_on_fault(on_fault, a);
	return 0;
}

int attacker_close(struct attacker *a)
{
	int error = 0;

	for (unsigned i = 0; i < 2; i++) {
		dma_stream_release(&a->marker[i]);
		dma_stream_release(&a->loot[i]);
		error = error ? error : weapon_close(&a->device[i]);
	}
	return error;
}

/* Fills the device's buffer with 0xee, by the book. */
static bool mark(struct attacker *a, unsigned who)
{
	return weapon_fetch(&a->device[who], dma_stream_daddr(&a->marker[who]), 0, DMA_PAGE_SIZE) == 0;
}

/* Copies the device's buffer to us, by the book. */
static bool look(struct attacker *a, unsigned who, unsigned char *bytes, size_t n)
{
	return weapon_store(&a->device[who], dma_stream_daddr(&a->loot[who]), 0, DMA_PAGE_SIZE) == 0 &&
	       dma_stream_sync_from_device(&a->loot[who], 0, DMA_PAGE_SIZE) == 0 &&
	       dma_stream_read_bytes(&a->loot[who], 0, bytes, n) == 0;
}

static void forget_faults(struct attacker *a)
{
	(void)dma_iommu_poll_all();
	a->faults = 0;
	a->fault_page = 0;
}

bool device_reads(struct attacker *a, unsigned who, dma_daddr_t daddr)
{
	forget_faults(a);
	return weapon_fetch(&a->device[who], daddr, 0, SOME) == 0 && dma_iommu_poll_all() == 0;
}

bool device_writes(struct attacker *a, unsigned who, dma_daddr_t daddr)
{
	forget_faults(a);
	return weapon_store(&a->device[who], daddr, 0, SOME) == 0 && dma_iommu_poll_all() == 0;
}

/* A report of another page than any that was touched is worse than none. */
static enum verdict reported(struct attacker *a, dma_daddr_t daddr, size_t n)
{
	const uint64_t mask = ~(uint64_t)(DMA_PAGE_SIZE - 1);

	(void)dma_iommu_poll_all();
	if (!a->faults)
		return SILENT;
	return a->fault_page == (daddr.raw & mask) || a->fault_page == ((daddr.raw + n - 1) & mask) ? REPORTED : BROKEN;
}

enum verdict attack_write(struct attacker *a, dma_daddr_t daddr, size_t n)
{
	if (!mark(a, 0))
		return BROKEN;
	forget_faults(a);
	if (weapon_store(&a->device[0], daddr, 0, n))
		return BROKEN;
	return reported(a, daddr, n);
}

enum verdict attack_read(struct attacker *a, dma_daddr_t daddr, size_t n, dma_paddr_t secret)
{
	const volatile unsigned char *truth = dma_host_linear(secret, n);
	unsigned char got[SOME];
	enum verdict verdict;

	if (n > SOME || !mark(a, 0))
		return BROKEN;
	forget_faults(a);
	if (weapon_fetch(&a->device[0], daddr, 0, n))
		return BROKEN;
	verdict = reported(a, daddr, n);
	if (!look(a, 0, got, n))
		return BROKEN;
	/* What a blocked read leaves in the buffer is the device's affair: zeros, ones, or what was there. Single bytes
	 * agree by chance; eight do not. */
	for (size_t i = 0; i + 8 <= n; i += 8) {
		uint64_t word_got, word_true = 0;

		__builtin_memcpy(&word_got, &got[i], 8);
		for (unsigned k = 8; k-- > 0;)
			word_true = word_true << 8 | truth[i + k];
		if (word_got == word_true && word_got != 0 && word_got != ~(uint64_t)0 &&
		    word_got != 0xeeeeeeeeeeeeeeee)
			return OPEN;
	}
	return verdict;
}

enum verdict attack_page(struct attacker *a, dma_daddr_t daddr, dma_paddr_t secret, unsigned number)
{
	enum verdict verdict = attack_write(a, daddr, SOME);

	if (!secret_intact(secret, 1, number))
		return OPEN;
	return worse(verdict, attack_read(a, daddr, SOME, secret));
}
