/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Mappings of watched memory that outlive their streams, in a table that is bounded by count and bytes.
 *
 * Never stale: a mapping enters the table only if no dma_ranges_forget() was called since before its memory was
 * watched. From then on the host calls that before the addresses mean other memory, and it takes the mapping out, or
 * marks it if streams still use it. Unmaps happen outside the lock, of what nobody finds any more.
 */
#include "../../base/state.h"
#include "ranges_own.h"
#include <dmastream/errors.h>

static uint64_t now(struct dma_ranges *r)
{
	return ++r->clock;
}

static bool touches(const struct dma_kept *k, uint64_t paddr, uint64_t nbytes)
{
	return k->nbytes && paddr - k->paddr < k->nbytes ? true : k->nbytes && k->paddr - paddr < nbytes;
}

/* Takes a slot out of the table, under the lock; *gone is to be unmapped when the lock is free. */
static void take_out(struct dma_ranges *r, struct dma_kept *k, struct dma_kept *gone)
{
	*gone = *k;
	r->stats.kept--;
	r->stats.kept_bytes -= k->nbytes;
	*k = (struct dma_kept){0};
}

static int unmap(struct dma_ranges *r, const struct dma_kept *gone)
{
	return dma_space_unmap(&r->space.domain, NULL, dma_daddr(gone->daddr), (size_t)(gone->nbytes >> DMA_PAGE_SHIFT),
			       0);
}

uint32_t dma_kept_find(struct dma_ranges *r, uint64_t paddr, uint64_t nbytes, unsigned dir, uint64_t *daddr)
{
	uintptr_t state = dma_host_lock(&r->lock);
	uint64_t left = r->stats.kept; /* that have not been looked at */
	uint32_t tag = 0;

	for (uint32_t i = 0; left && !tag; i++) {
		struct dma_kept *k = &r->kept[i];

		left -= k->nbytes != 0;
		if (k->nbytes < nbytes || paddr - k->paddr > k->nbytes - nbytes || k->stale || (dir & ~k->dir))
			continue;
		k->uses++;
		k->used = now(r);
		*daddr = k->daddr + (paddr - k->paddr);
		r->stats.hits++;
		tag = i + 1;
	}
	dma_host_unlock(&r->lock, state);
	return tag;
}

/* A slot for nbytes, under the lock: a free one, or that of a mapping that has not been used for longest. False: what
 * is in use leaves no room. May have to be called again, after *gone was unmapped. */
static struct dma_kept *make_room(struct dma_ranges *r, uint64_t nbytes, struct dma_kept *gone)
{
	struct dma_kept *unused = NULL, *oldest = NULL;

	for (uint32_t i = 0; i < DMA_RANGES_KEPT; i++) {
		struct dma_kept *k = &r->kept[i];

		if (!k->nbytes)
			unused = unused ? unused : k; /* the first: dma_kept_find() begins there */
		else if (!k->uses && (!oldest || k->used < oldest->used))
			oldest = k;
	}
	if (unused && r->stats.kept < r->keep_count && nbytes <= r->keep_bytes - r->stats.kept_bytes)
		return unused;
	if (oldest)
		take_out(r, oldest, gone);
	return NULL;
}

int dma_kept_add(struct dma_ranges *r, struct dma_kept new, uint64_t since, uint32_t *tag)
{
	*tag = 0;
	for (;;) {
		uintptr_t state = dma_host_lock(&r->lock);
		struct dma_kept gone = {0}, *slot = r->forgets == since ? make_room(r, new.nbytes, &gone) : NULL;
		int error;

		if (slot) {
			new.uses = 1;
			new.used = now(r);
			*slot = new;
			r->stats.kept++;
			r->stats.kept_bytes += new.nbytes;
			*tag = (uint32_t)(slot - r->kept) + 1;
		}
		dma_host_unlock(&r->lock, state);
		error = gone.nbytes ? unmap(r, &gone) : 0;
		if (!gone.nbytes || error)
			return error;
	}
}

int dma_kept_end(struct dma_ranges *r, uint32_t tag)
{
	struct dma_kept *k = &r->kept[tag - 1], gone = {0};
	uintptr_t state = dma_host_lock(&r->lock);

	if (--k->uses == 0 && k->stale)
		take_out(r, k, &gone);
	dma_host_unlock(&r->lock, state);
	return gone.nbytes ? unmap(r, &gone) : 0;
}

int dma_kept_forget(struct dma_ranges *r, uint64_t paddr, uint64_t nbytes)
{
	bool busy = false;

	if (!r->kept)
		return 0;
	for (;;) {
		struct dma_kept gone = {0};
		uintptr_t state = dma_host_lock(&r->lock);
		int error;

		dma_store(&r->forgets, r->forgets + 1); /* dma_kept_add()'s caller reads it without the lock */
		for (uint32_t i = 0; i < DMA_RANGES_KEPT && !gone.nbytes; i++) {
			struct dma_kept *k = &r->kept[i];

			if (!touches(k, paddr, nbytes))
				continue;
			if (k->uses) {
				k->stale = true;
				busy = true;
			} else {
				take_out(r, k, &gone);
			}
		}
		dma_host_unlock(&r->lock, state);
		if (!gone.nbytes)
			return busy ? DMA_EBUSY : 0;
		error = unmap(r, &gone);
		if (error)
			return error;
	}
}

/* Each turn takes one out, so it ends: others may use or add mappings meanwhile, and these stay. */
bool dma_kept_trim(struct dma_ranges *r)
{
	bool some = false;

	for (uint32_t i = 0; r->kept && i < DMA_RANGES_KEPT; i++) {
		struct dma_kept *k = &r->kept[i], gone = {0};
		uintptr_t state = dma_host_lock(&r->lock);

		if (k->nbytes && !k->uses)
			take_out(r, k, &gone);
		dma_host_unlock(&r->lock, state);
		if (gone.nbytes && unmap(r, &gone))
			return false;
		some = some || gone.nbytes;
	}
	return some;
}
