/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What the virtio-iommu model tells: broken rules to the scenario, faults to the driver (virtio 1.3, 5.13.6.9).
 */
#include "virtio_model.h"
#include <dmastream/errors.h>
#include <string.h>

#define VIRTIO_RULE(name, section, text) [name] = {#name, section, text},
static const struct sim_rule rules[] = {VIRTIO_RULES(VIRTIO_RULE)};
#undef VIRTIO_RULE

const struct sim_rule *sim_virtio_rules(size_t *n)
{
	*n = VIRTIO_NRULES;
	return rules;
}

unsigned sim_virtio_broken(const struct sim_virtio *unit, unsigned rule)
{
	return rule < VIRTIO_NRULES ? unit->broken[rule] : 0;
}

void virtio_violation(struct sim_virtio *unit, enum virtio_rule rule, uint64_t value)
{
	unit->broken[rule]++;
	if (unit->config.only_counts || sim_rule_broken("virtio-iommu", &rules[rule], value))
		unit->seen.violations++;
}

bool virtio_whim(bool otherwise)
{
	return sim_config()->adversary ? sim_choose(2) : otherwise;
}

static void report(struct sim_virtio *unit, const void *bytes, uint32_t nbytes)
{
	struct chain chain;

	if (!(unit->status & OK_DRIVER) || !virtio_chain_take(unit, 1, &chain))
		return; /* 5.13.6.9: it may be dropped */
	if (chain.readable) {
		virtio_violation(unit, VIRTIO_EVENT_BUFFER, chain.head);
		return;
	}
	virtio_chain_write(&chain, 0, bytes, nbytes < chain.writable ? nbytes : chain.writable);
	virtio_chain_return(unit, 1, chain.head, nbytes < chain.writable ? nbytes : chain.writable);
}

int virtio_blocked(struct sim_virtio *unit, uint32_t endpoint, uint64_t daddr, bool write, unsigned reason)
{
	uint32_t fault[6] = {reason, 1u << 8 | (write ? 2 : 1), endpoint, 0, (uint32_t)daddr, (uint32_t)(daddr >> 32)};

	unit->seen.faults++;
	report(unit, fault, sizeof(fault));
	return DMA_EFAULT;
}

void sim_virtio_report_lie(struct sim_virtio *unit, uint32_t id, uint32_t nbytes, bool leap)
{
	if (leap)
		virtio_used_leap(unit, 1);
	else
		virtio_chain_return(unit, 1, id, nbytes);
}

void sim_virtio_report(struct sim_virtio *unit, const void *bytes, uint32_t nbytes)
{
	report(unit, bytes, nbytes);
}
