/* SPDX-License-Identifier: MPL-2.0 */
/*
 * A rule of a specification and the steps of a bad driver that break it. The steps run on a machine of their own with a
 * unit that counts what is broken; what they break must be that rule, as often as they say, and no other.
 */
#ifndef TESTS_MODEL_RULES_H
#define TESTS_MODEL_RULES_H

#include "iommu/sim_rules.h"
#include "sim.h"

/* Kinds of unit that every model has; its own begin behind them. */
enum {
	USUAL,
	SHUFFLED, /* the usual one, in every schedule of what the steps explore; breach a: the outcomes */
	STRICT,	  /* whoever breaks a rule fails the scenario, as everywhere but here */
	OWN_KINDS
};

struct breach {
	unsigned rule;
	const char *test; /* what the bad driver does */
	void (*steps)(const struct breach *breach);
	uint64_t a, b, c; /* for steps that serve several rules */
	unsigned kind;	  /* of unit: what the model's file makes of it */
};

struct model {
	const char *name;
	const struct sim_rule *(*rules)(size_t *n);
	const struct breach *breaches[6]; /* NULL ends them */
	const size_t *counts[6];
	/* What the model does where nothing is broken, or in answer to it: steps that check it (SIM_CHECK). */
	const struct breach *behaviours;
	const size_t *nbehaviours;
	const struct breach *strict; /* one on a unit that does not only count: the scenario fails */
	uint32_t requester;	     /* of the device */
	uint64_t registers;
	size_t window; /* bytes of them */
	/* Takes an earlier run's unit away and puts one of that kind there. */
	void (*add_unit)(unsigned kind);
	void (*lawful)(void); /* the steps of a driver that breaks nothing */
	/* How often that rule was broken in the last run. */
	unsigned (*broken)(unsigned rule);
};

extern const struct model the_model; /* a program has one */

/* For steps: so many times the rule is broken, at least (once if they do not say); that other one goes with it. */
void breach_times(unsigned times);
void breach_also(unsigned rule);

#endif
