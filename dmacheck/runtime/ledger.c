/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Mappings: the live ones, the last ones that ended, and how each API calls its syncs.
 */
#include "runtime.h"
#include <stdlib.h>
#include <unistd.h>

#define DEAD 1024u

static struct mapping **live;
static size_t nlive, room;
static struct mapping *dead[DEAD];
static uint32_t ndead, ids;
static bool doors;

struct mapping *ledger_add(const struct mapping *like)
{
	struct mapping *m = malloc(sizeof(*m));

	if (nlive == room) {
		room = room ? 2 * room : 64;
		live = realloc(live, room * sizeof(struct mapping *));
	}
	if (!m || !live)
		exit(2);
	*m = *like;
	m->id = ++ids;
	m->live = true;
	live[nlive++] = m;
	doors |= m->api != API_LIBRARY;
	if (m->api != API_LIBRARY)
		for (size_t at = 0; at < m->size + ((uintptr_t)m->va & (DMA_PAGE_SIZE - 1)); at += DMA_PAGE_SIZE) {
			struct shadow *page = page_at((char *)m->va + at, true);

			if (page)
				page_link(page, m);
		}
	trace_mapping(m, "begins");
	return m;
}

void page_link(struct shadow *page, struct mapping *m)
{
	struct link *link = malloc(sizeof(*link));

	if (!link)
		exit(2);
	*link = (struct link){m, page->links};
	page->links = link;
}

static void unlink_page(struct shadow *page, const struct mapping *m)
{
	for (struct link **at = &page->links; *at; at = &(*at)->next)
		if ((*at)->mapping == m) {
			struct link *gone = *at;

			*at = gone->next;
			free(gone);
			return;
		}
}

void ledger_end(struct mapping *m)
{
	trace_mapping(m, "ends");
	m->live = false;
	if (!m->ended)
		m->ended = stack_here();
	for (size_t i = 0; i < nlive; i++)
		if (live[i] == m) {
			live[i] = live[--nlive];
			break;
		}
	if (m->api != API_LIBRARY)
		for (size_t at = 0; at < m->size + ((uintptr_t)m->va & (DMA_PAGE_SIZE - 1)); at += DMA_PAGE_SIZE) {
			struct shadow *page = page_at((char *)m->va + at, false);

			if (page)
				unlink_page(page, m);
		}
	dead[ndead++ % DEAD] = m; /* the ones before are kept, too: findings may name them */
}

void ledger_end_page(uint64_t cpu, uint64_t device, uint64_t daddr)
{
	struct shadow *page = page_of_frame(cpu, false), *other = page_of_frame(device, false);

	for (struct link *link = page ? page->links : NULL; link; link = link->next) {
		struct mapping *m = link->mapping;

		if (m->slot + page->frame - m->frame != device >> DMA_PAGE_SHIFT ||
		    m->daddr + ((page->frame - m->frame) << DMA_PAGE_SHIFT) != daddr)
			continue;
		if (other && other != page)
			unlink_page(other, m);
		unlink_page(page, m);
		if (++m->pages_gone == m->pages)
			ledger_end(m);
		return;
	}
}

struct mapping *ledger_find(const struct sim_device *dev, uint64_t daddr, bool alive)
{
	static size_t last;
	struct mapping *at_end = NULL;

	if (alive) {
		if (last < nlive && live[last]->dev == dev && daddr - live[last]->daddr < live[last]->size)
			return live[last];
		for (size_t i = nlive; i-- > 0;) {
			if (live[i]->api == API_LIBRARY || (live[i]->dev && dev && live[i]->dev != dev))
				continue;
			if (daddr - live[i]->daddr < live[i]->size) {
				last = i;
				return live[i];
			}
			if (daddr - live[i]->daddr - live[i]->size < 64 && daddr >= live[i]->daddr)
				at_end = live[i]; /* just behind its end */
		}
		return at_end;
	}
	for (uint32_t i = ndead; i-- > (ndead > DEAD ? ndead - DEAD : 0);) {
		struct mapping *m = dead[i % DEAD];

		if (m->api != API_LIBRARY && (!m->dev || !dev || m->dev == dev) && daddr - m->daddr < m->size)
			return m;
	}
	return NULL;
}

struct mapping *ledger_covering(const void *va, size_t n)
{
	const char *at = va;

	for (size_t off = 0; off < n + ((uintptr_t)at & (DMA_PAGE_SIZE - 1)); off += DMA_PAGE_SIZE) {
		struct shadow *page = page_at(at + off, false);

		for (struct link *link = page ? page->links : NULL; link; link = link->next) {
			struct mapping *m = link->mapping;

			if (m->live && (char *)m->va < at + n && at < (char *)m->va + m->size)
				return m;
		}
	}
	return NULL;
}

struct mapping *ledger_next(const struct mapping *after)
{
	size_t i = 0;

	while (after && i < nlive && live[i] != after)
		i++;
	i += after != NULL;
	return i < nlive ? live[i] : NULL;
}

void ledger_finish(void)
{
	for (size_t i = 0; i < nlive; i++) {
		struct mapping *m = live[i];
		struct finding *f;

		if (m->pooled)
			continue;
		f = finding_new(LEAK_RULE, m, m->made);
		finding_say(f, "%zu bytes are still mapped at the end", m->size);
		snprintf(f->missing, sizeof(f->missing), "the call that ends what %s began", m->what);
		finding_send(f);
	}
}

const char *ledger_dir(unsigned dir)
{
	static const char *const names[] = {"coherent", "to device", "from device", "bidirectional"};

	return names[dir & 3];
}

static bool identity;

/* A door's function has mapped something, or devices use the CPU's addresses. */
bool ledger_doors(void)
{
	return doors || identity;
}

void dmacheck_identity(void)
{
	if (sim.config.cvm || iommu_present())
		_exit(0); /* no such machine has devices that use the CPU's addresses */
	identity = true;
}

bool ledger_identity(void)
{
	return identity;
}

const char *ledger_call(const struct mapping *m, bool to_device)
{
	switch (m ? m->api : identity ? API_CACHE : API_LIBRARY) {
	case API_LINUX:
		return to_device ? "dma_sync_single_for_device() (or map behind the write)"
				 : "dma_sync_single_for_cpu() or dma_unmap_single()";
	case API_FREEBSD:
		return to_device ? "bus_dmamap_sync(BUS_DMASYNC_PREWRITE)" : "bus_dmamap_sync(BUS_DMASYNC_POSTREAD)";
	case API_CACHE:
		return to_device ? "a clean of these lines (sys_cache_data_flush_range(), SCB_CleanDCache_by_Addr())"
				 : "an invalidate of these lines (sys_cache_data_invd_range(), "
				   "SCB_InvalidateDCache_by_Addr())";
	default:
		return to_device ? "dma_stream_sync_to_device()" : "dma_stream_sync_from_device()";
	}
}
