/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Attacks on what was mapped a moment ago. Strict: blocked when release returns. Deferred: the memory stays with the
 * library until it is blocked; an access before that hits nobody's memory, and after a flush there is none.
 */
#include "attacks.h"

#include "../../src/device/domain_ops.h"

enum { SOME = 64, VICTIMS = 16 };

static bool deferred(const struct attacker *a)
{
	return a->device[0].dma->domain->features & DMA_DOMAIN_DEFERRED;
}

static bool zeros_stay(dma_paddr_t paddr)
{
	const volatile uint64_t *at = dma_host_linear(paddr, DMA_PAGE_SIZE);

	for (size_t i = 0; i < DMA_PAGE_SIZE / 8; i++)
		if (at[i])
			return false;
	return true;
}

/* Takes frames as anybody would, with secrets in them. */
static bool victims_take(dma_paddr_t *victims)
{
	for (unsigned i = 0; i < VICTIMS; i++) {
		if (dma_host_frames_alloc(1, UINT64_MAX, DMA_PAGE_SIZE, &victims[i]))
			return false;
		secret_fill(victims[i], 1, 100 + i);
	}
	return true;
}

static bool victims_intact(const dma_paddr_t *victims)
{
	for (unsigned i = 0; i < VICTIMS; i++)
		if (!secret_intact(victims[i], 1, 100 + i))
			return false;
	return true;
}

static void victims_free(const dma_paddr_t *victims)
{
	for (unsigned i = 0; i < VICTIMS; i++)
		dma_host_frames_free(victims[i], 1);
}

static bool is_victim(const dma_paddr_t *victims, dma_paddr_t paddr)
{
	for (unsigned i = 0; i < VICTIMS; i++)
		if (victims[i].raw == paddr.raw)
			return true;
	return false;
}

/* One page, released a moment ago, that was at daddr and paddr. The allocator has given out frames since. */
static enum verdict attack_gone(struct attacker *a, dma_daddr_t daddr, dma_paddr_t paddr)
{
	dma_paddr_t victims[VICTIMS];
	enum verdict verdict;

	if (!victims_take(victims))
		return BROKEN;
	verdict = attack_write(a, daddr, SOME);
	if (!victims_intact(victims)) {
		verdict = OPEN;
	} else if (is_victim(victims, paddr)) {
		verdict = worse(verdict, attack_read(a, daddr, SOME, paddr));
	} else if (!zeros_stay(paddr)) { /* it hit, and the frame is nobody's */
		verdict = worse(verdict, deferred(a) ? HELD : OPEN);
	}
	victims_free(victims);
	return verdict;
}

/* Ends what deferred mode allows. Then the frame is the allocator's, somebody else takes it, and the same attack does
 * not reach it. */
static enum verdict attack_flushed(struct attacker *a, dma_daddr_t daddr, dma_paddr_t paddr)
{
	enum verdict verdict;
	dma_paddr_t victim;

	if (dma_domain_flush(a->device[0].dma->domain) ||
	    dma_host_frames_alloc_within(1, paddr.raw, paddr.raw + DMA_PAGE_SIZE - 1, DMA_PAGE_SIZE, &victim))
		return BROKEN;
	secret_fill(victim, 1, 100);
	verdict = attack_page(a, daddr, victim, 100);
	dma_host_frames_free(victim, 1);
	return verdict;
}

static bool use(struct attacker *a, dma_daddr_t daddr)
{
	return device_reads(a, 0, daddr) && device_writes(a, 0, daddr);
}

enum verdict attack_after_release(struct attacker *a)
{
	struct dma_stream stream = {0};
	enum verdict verdict;
	dma_paddr_t paddr;
	dma_daddr_t daddr;

	if (dma_stream_alloc(&stream, a->device[0].dma, DMA_BIDIRECTIONAL, 1))
		return BROKEN;
	paddr = dma_stream_paddr(&stream);
	daddr = dma_stream_daddr(&stream);
	if (a->warm && !use(a, daddr)) {
		dma_stream_release(&stream);
		return BROKEN;
	}
	__builtin_memset(dma_host_linear(paddr, DMA_PAGE_SIZE), 0, DMA_PAGE_SIZE);
	dma_stream_release(&stream);
	verdict = attack_gone(a, daddr, paddr);
	return verdict == OPEN ? OPEN : worse(verdict, attack_flushed(a, daddr, paddr));
}

/* Four MiB, so that big pages are broken up; the upper half goes, the lower half goes on working. */
enum verdict attack_released_half(struct attacker *a)
{
	enum { PAGES = 1024, CUT = 384 };
	struct dma_stream stream = {0}, tail = {0};
	enum verdict verdict = BROKEN;
	dma_paddr_t paddr;
	dma_daddr_t daddr;

	if (dma_stream_alloc(&stream, a->device[0].dma, DMA_BIDIRECTIONAL | splittable(a), PAGES))
		return BROKEN;
	daddr = dma_daddr(dma_stream_daddr(&stream).raw + CUT * DMA_PAGE_SIZE);
	paddr = dma_paddr(dma_stream_paddr(&stream).raw + CUT * DMA_PAGE_SIZE);
	if (a->warm && (!use(a, dma_stream_daddr(&stream)) || !use(a, daddr)))
		goto out;
	if (dma_stream_split(&stream, CUT * DMA_PAGE_SIZE, &tail))
		goto out;
	if (a->warm && !use(a, daddr))
		goto out;
	__builtin_memset(dma_host_linear(paddr, DMA_PAGE_SIZE), 0, DMA_PAGE_SIZE);
	dma_stream_release(&tail);
	verdict = attack_gone(a, daddr, paddr);
	if (verdict != OPEN)
		verdict = worse(verdict, attack_flushed(a, daddr, paddr));
	if (verdict < OPEN && !use(a, dma_stream_daddr(&stream)))
		verdict = BROKEN;
out:
	dma_stream_release(&tail);
	dma_stream_release(&stream);
	return verdict;
}

/* Many released pages at once; the last ones are attacked. In strict mode nothing waits, and all of it is blocked. */
enum verdict attack_quarantine(struct attacker *a)
{
	enum { MANY = 24, ATTACKED = 3 };
	static struct dma_stream streams[MANY];
	dma_daddr_t daddr[MANY];
	dma_paddr_t paddr[MANY];
	enum verdict verdict = REPORTED;

	for (unsigned i = 0; i < MANY; i++) {
		if (dma_stream_alloc(&streams[i], a->device[0].dma, DMA_BIDIRECTIONAL, 1))
			return BROKEN;
		daddr[i] = dma_stream_daddr(&streams[i]);
		paddr[i] = dma_stream_paddr(&streams[i]);
		if (a->warm && i >= MANY - ATTACKED && !use(a, daddr[i]))
			return BROKEN;
		__builtin_memset(dma_host_linear(paddr[i], DMA_PAGE_SIZE), 0, DMA_PAGE_SIZE);
	}
	for (unsigned i = 0; i < MANY; i++)
		dma_stream_release(&streams[i]);
	for (unsigned i = MANY - ATTACKED; i < MANY && verdict < OPEN; i++)
		verdict = worse(verdict, attack_gone(a, daddr[i], paddr[i]));
	for (unsigned i = MANY - ATTACKED; i < MANY && verdict < OPEN; i++)
		verdict = worse(verdict, attack_flushed(a, daddr[i], paddr[i]));
	return verdict;
}
