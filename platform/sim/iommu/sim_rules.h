/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The specifications' rules, as data. Each model of an IOMMU has a table of the rules that its specification makes for
 * software: reserved bits, reserved values, reserved encodings, required orders. The model refuses whatever breaks one
 * and reports it as a failure of the scenario (SIM_BROKEN_RULE), whoever runs it. tests/model-rules breaks every rule
 * of every table once and checks that just this rule is reported (`make model-rules`).
 */
#ifndef PLATFORM_SIM_RULES_H
#define PLATFORM_SIM_RULES_H

#include <stdbool.h>
#include <stdint.h>

struct sim_rule {
	const char *id;
	const char *section; /* of the specification */
	const char *text;    /* what breaks it */
};

/* From now on that rule's breaches are printed once and fail nothing, since a known mistake of the driver breaks it;
 * the program says so in its first lines. For a short time only: the mistake is to be mended. */
void sim_rule_tolerate(const char *id, const char *mistake);

/* For the models: reports the breach, unless it is tolerated. Gives true if it counts. */
bool sim_rule_broken(const char *model, const struct sim_rule *rule, uint64_t value);

#endif
