/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What requests do (virtio 1.3, 5.13.6). One that breaks a rule is answered as the specification says, and nothing else
 * happens.
 */
#include "../machine/sim_machine.h"
#include "virtio_model.h"
#include <string.h>

enum { ATTACH = 1, DETACH, MAP, UNMAP, PROBE };
enum { TAIL = 4, PROBE_READABLE = 72 };

/* ---- State ----------------------------------------------------------------------------------------------------- */

struct endpoint *virtio_endpoint(struct sim_virtio *unit, uint32_t number)
{
	for (unsigned i = 0; i < unit->nendpoints; i++)
		if (unit->endpoints[i].number == number)
			return &unit->endpoints[i];
	return NULL;
}

static bool exists(const struct sim_virtio *unit, uint32_t domain, bool *bypass)
{
	for (unsigned i = 0; i < unit->nendpoints; i++)
		if (unit->endpoints[i].attached && unit->endpoints[i].domain == domain) {
			*bypass = unit->endpoints[i].bypass;
			return true;
		}
	return false;
}

const struct mapping *virtio_mapping(const struct sim_virtio *unit, uint32_t domain, uint64_t daddr)
{
	for (unsigned i = 0; i < MAPPINGS; i++)
		if (unit->mappings[i].used && unit->mappings[i].domain == domain && unit->mappings[i].first <= daddr &&
		    daddr <= unit->mappings[i].last)
			return &unit->mappings[i];
	return NULL;
}

/* A domain that lost its last endpoint goes with its mappings (5.13.6.4). */
static void leave(struct sim_virtio *unit, struct endpoint *endpoint)
{
	bool bypass;

	if (!endpoint->attached)
		return;
	endpoint->attached = false;
	if (exists(unit, endpoint->domain, &bypass))
		return;
	for (unsigned i = 0; i < MAPPINGS; i++)
		if (unit->mappings[i].domain == endpoint->domain)
			unit->mappings[i].used = false;
}

void virtio_forget_all(struct sim_virtio *unit)
{
	for (unsigned i = 0; i < unit->nendpoints; i++)
		unit->endpoints[i].attached = unit->endpoints[i].probed = false;
	for (unsigned i = 0; i < MAPPINGS; i++)
		unit->mappings[i].used = false;
}

/* ---- Requests: the words that the device reads, gives the status ------------------------------------------------ */

static uint64_t wide(const uint32_t *word)
{
	return word[0] | (uint64_t)word[1] << 32;
}

static uint8_t broken(struct sim_virtio *unit, enum virtio_rule rule, uint64_t value, uint8_t status)
{
	virtio_violation(unit, rule, value);
	return status;
}

static bool outside(const struct sim_virtio *unit, uint32_t domain)
{
	return unit->accepted & F_DOMAIN_RANGE &&
	       (domain < unit->config.first_domain || domain > unit->config.last_domain);
}

static uint8_t attach(struct sim_virtio *unit, const uint32_t *word)
{
	struct endpoint *endpoint = virtio_endpoint(unit, word[2]);
	bool asked = word[3] & 1, bypass = false, there = exists(unit, word[1], &bypass);

	if (word[4])
		return broken(unit, VIRTIO_REQUEST_RESERVED, word[4], S_INVAL);
	if (word[3] & ~1u || (asked && !(unit->accepted & F_BYPASS_CONFIG)) || (there && bypass != asked))
		return broken(unit, VIRTIO_ATTACH_FLAGS, word[3], S_INVAL);
	if (!endpoint)
		return S_NOENT;
	if (unit->accepted & F_PROBE && !endpoint->probed && !asked)
		return broken(unit, VIRTIO_ATTACH_UNPROBED, word[2], S_INVAL);
	if (endpoint->attached && endpoint->domain != word[1] && unit->config.no_move)
		return S_UNSUPP;
	if (there && unit->config.no_share && !(endpoint->attached && endpoint->domain == word[1]))
		return S_UNSUPP;
	if (!endpoint->attached || endpoint->domain != word[1])
		leave(unit, endpoint);
	endpoint->attached = true;
	endpoint->domain = word[1];
	endpoint->bypass = asked;
	return S_OK;
}

static uint8_t detach(struct sim_virtio *unit, const uint32_t *word)
{
	struct endpoint *endpoint = virtio_endpoint(unit, word[2]);

	if (word[3] || word[4])
		virtio_violation(unit, VIRTIO_REQUEST_RESERVED, word[3]); /* 5.13.6.4.2: the device ignores it */
	if (!endpoint)
		return S_NOENT;
	if (!endpoint->attached || endpoint->domain != word[1])
		return broken(unit, VIRTIO_DETACH_STRANGER, word[2], S_INVAL);
	leave(unit, endpoint);
	return S_OK;
}

static bool beyond_input(const struct sim_virtio *unit, uint64_t first, uint64_t last)
{
	return unit->accepted & F_INPUT_RANGE && (first < unit->config.input_first || last > unit->config.input_last);
}

static uint8_t map(struct sim_virtio *unit, const uint32_t *word)
{
	uint64_t first = wide(&word[2]), last = wide(&word[4]), paddr = wide(&word[6]);
	uint64_t granule = unit->config.page_size_mask & (0 - unit->config.page_size_mask);
	struct mapping *free = NULL;
	bool bypass = false;

	unit->seen.maps++;
	if (last <= first)
		return broken(unit, VIRTIO_MAP_EMPTY, last, S_INVAL);
	if ((first | paddr | (last + 1)) & (granule - 1))
		return broken(unit, VIRTIO_MAP_GRANULE, first, S_RANGE);
	if (paddr + (last - first) < paddr)
		return broken(unit, VIRTIO_MAP_PHYSICAL, paddr, S_RANGE);
	if (word[8] & ~7u || (word[8] & 4 && !(unit->accepted & F_MMIO)))
		return broken(unit, VIRTIO_MAP_FLAGS, word[8], S_INVAL);
	if (beyond_input(unit, first, last))
		return broken(unit, VIRTIO_REQUEST_INPUT, first, S_RANGE);
	if (!exists(unit, word[1], &bypass) || bypass)
		return broken(unit, VIRTIO_MAP_NOWHERE, word[1], bypass ? S_INVAL : S_NOENT);
	if (unit->config.reserved_last && first <= unit->config.reserved_last && unit->config.reserved_first <= last)
		return broken(unit, VIRTIO_MAP_RESERVED, first, S_INVAL);
	for (unsigned i = 0; i < MAPPINGS; i++) {
		struct mapping *m = &unit->mappings[i];

		if (!m->used)
			free = m;
		else if (m->domain == word[1] && m->first <= last && first <= m->last)
			return broken(unit, VIRTIO_MAP_TWICE, first, S_INVAL);
	}
	if (unit->config.no_write_only && (word[8] & 3) == 2)
		return S_UNSUPP;
	if (!free || ++unit->maps == unit->config.fail_at)
		return S_NOMEM;
	*free = (struct mapping){true, word[1], word[8], first, last, paddr};
	return S_OK;
}

static uint8_t unmap(struct sim_virtio *unit, const uint32_t *word)
{
	uint64_t first = wide(&word[2]), last = wide(&word[4]);
	bool bypass = false;

	unit->seen.unmaps++;
	if (unit->before)
		unit->before(unit->before_ctx);
	if (word[6])
		return broken(unit, VIRTIO_REQUEST_RESERVED, word[6], S_INVAL);
	if (beyond_input(unit, first, last))
		return broken(unit, VIRTIO_REQUEST_INPUT, first, S_RANGE);
	if (!exists(unit, word[1], &bypass))
		return S_NOENT;
	if (bypass)
		return broken(unit, VIRTIO_MAP_NOWHERE, word[1], S_INVAL);
	for (unsigned i = 0; i < MAPPINGS; i++) {
		const struct mapping *m = &unit->mappings[i];

		if (m->used && m->domain == word[1] && m->first <= last && first <= m->last &&
		    (m->first < first || m->last > last))
			return broken(unit, VIRTIO_UNMAP_PART, first, S_RANGE);
	}
	for (unsigned i = 0; i < MAPPINGS; i++) {
		struct mapping *m = &unit->mappings[i];

		if (m->domain == word[1] && first <= m->first && m->last <= last)
			m->used = false;
	}
	return S_OK;
}

static size_t property(uint8_t *at, unsigned type, unsigned length, unsigned kind, uint64_t first, uint64_t last)
{
	uint16_t head[2] = {(uint16_t)type, (uint16_t)length};

	memcpy(at, head, 4);
	at[4] = (uint8_t)kind;
	memcpy(at + 8, &first, 8);
	memcpy(at + 16, &last, 8);
	return 4 + length;
}

static uint8_t probe(struct sim_virtio *unit, const struct chain *chain, const uint32_t *word)
{
	const struct sim_virtio_config *c = &unit->config;
	struct endpoint *endpoint = virtio_endpoint(unit, word[1]);
	uint8_t properties[512] = {0};
	size_t n = 0;

	if (chain->writable != c->probe_size + TAIL)
		return broken(unit, VIRTIO_PROBE_SIZE, chain->writable, S_INVAL);
	for (unsigned i = 2; i < PROBE_READABLE / 4; i++)
		if (word[i])
			return broken(unit, VIRTIO_REQUEST_RESERVED, word[i], S_INVAL);
	if (!endpoint)
		return S_NOENT;
	endpoint->probed = true;
	if (c->odd_properties) {
		n += property(properties + n, 0x777, 21, 0, 0x5000, 0x6000);   /* an unknown type, an odd length */
		n += property(properties + n, 0x1001, 20, 0, 0, UINT64_MAX);   /* reserved bits */
		n += property(properties + n, 1, 24, 9, 0x7000000, 0x7000fff); /* an unknown kind, longer */
		n += property(properties + n, 1, 20, 0, 0x9000, 0x8000);       /* backward */
		n += property(properties + n, 1, 8, 0, 0, 0);		       /* too short */
	}
	if (c->reserved_last)
		n += property(properties + n, 1, 20, c->reserved_kind, c->reserved_first, c->reserved_last);
	if (c->long_property)
		(void)property(properties + n, 1, 0xfff0, 0, 0, 0);
	virtio_chain_write(chain, 0, properties,
			   c->probe_size < sizeof(properties) ? c->probe_size : sizeof(properties));
	return S_OK;
}

static const struct {
	uint32_t readable;
	uint8_t (*run)(struct sim_virtio *unit, const uint32_t *word);
} kinds[] = {
	[ATTACH] = {20, attach}, [DETACH] = {20, detach}, [MAP] = {36, map},
	[UNMAP] = {28, unmap},	 [PROBE] = {72, NULL},
};

/* Executes it. Gives the bytes that were written: 0, if it cannot even be answered. */
static uint32_t execute(struct sim_virtio *unit, const struct chain *chain)
{
	uint32_t word[PROBE_READABLE / 4] = {0}, tail = 0;
	unsigned type;

	virtio_chain_read(chain, 0, word, chain->readable < sizeof(word) ? chain->readable : sizeof(word));
	type = word[0] & 0xff;
	if (word[0] >> 8) {
		virtio_violation(unit, VIRTIO_REQUEST_RESERVED, word[0]);
		word[0] = type; /* 5.13.6.2: the device ignores it */
	}
	if (type < ATTACH || type > PROBE || (type == PROBE && !(unit->accepted & F_PROBE)) ||
	    !(unit->accepted & F_MAP_UNMAP)) {
		virtio_violation(unit, VIRTIO_REQUEST_TYPE, type);
		return 0;
	}
	if (chain->readable != kinds[type].readable || chain->writable < TAIL ||
	    (type != PROBE && chain->writable != TAIL)) {
		virtio_violation(unit, VIRTIO_REQUEST_SIZE, chain->readable);
		return 0;
	}
	if (type != PROBE && outside(unit, word[1]))
		tail = broken(unit, VIRTIO_REQUEST_DOMAIN, word[1], S_RANGE);
	else
		tail = type == PROBE ? probe(unit, chain, word) : kinds[type].run(unit, word);
	virtio_chain_write(chain, chain->writable - TAIL, &tail, TAIL);
	return chain->writable;
}

/* ---- When ------------------------------------------------------------------------------------------------------ */

/* Returns one of those that were executed, any of them. */
static void return_one(struct sim_virtio *unit)
{
	unsigned i = unit->nheld > 1 && sim_config()->adversary ? sim_choose(unit->nheld) : 0;
	struct held held = unit->held[i];

	memmove(&unit->held[i], &unit->held[i + 1], (--unit->nheld - i) * sizeof(held));
	virtio_chain_return(unit, 0, held.head, held.nbytes);
}

static void lie(struct sim_virtio *unit, const struct chain *chain)
{
	uint32_t tail = unit->config.lie_status ? unit->config.lie_status : S_DEVERR;

	switch (unit->config.lie) {
	case SIM_VIRTIO_STATUS:
		virtio_chain_write(chain, chain->writable - TAIL, &tail, TAIL);
		virtio_chain_return(unit, 0, chain->head, TAIL);
		break;
	case SIM_VIRTIO_UNWRITTEN:
		virtio_chain_return(unit, 0, chain->head, 0);
		break;
	case SIM_VIRTIO_STRANGER:
		virtio_chain_return(unit, 0, (uint16_t)(chain->head + 1), TAIL);
		break;
	case SIM_VIRTIO_TWICE:
		(void)execute(unit, chain);
		virtio_chain_return(unit, 0, chain->head, TAIL);
		virtio_chain_return(unit, 0, chain->head, TAIL);
		break;
	default:
		virtio_used_leap(unit, 0);
	}
}

void virtio_work(struct sim_virtio *unit, bool all)
{
	struct chain chain;

	if (!(unit->status & OK_DRIVER))
		return;
	while (all || virtio_whim(true)) {
		if (unit->config.hang_at && unit->taken + 1 >= unit->config.hang_at)
			break;
		if (unit->nheld == HELD || !virtio_chain_take(unit, 0, &chain))
			break;
		unit->taken++;
		unit->seen.requests++;
		if (unit->taken == unit->config.lie_at) {
			lie(unit, &chain);
			continue;
		}
		unit->held[unit->nheld++] = (struct held){chain.head, execute(unit, &chain)};
	}
	while (unit->nheld && !sim_models_rest() && (all || virtio_whim(true)))
		return_one(unit);
}
