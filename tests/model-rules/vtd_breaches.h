/* SPDX-License-Identifier: MPL-2.0 */
#ifndef TESTS_MODEL_RULES_VTD_BREACHES_H
#define TESTS_MODEL_RULES_VTD_BREACHES_H

#include "model_rules.h"

extern const struct breach vtd_register_breaches[], vtd_command_breaches[], vtd_structure_breaches[],
	vtd_interrupt_breaches[];
extern const size_t vtd_nregister_breaches, vtd_ncommand_breaches, vtd_nstructure_breaches, vtd_ninterrupt_breaches;

extern const struct breach vtd_behaviours[];
extern const size_t vtd_nbehaviours;

#endif
