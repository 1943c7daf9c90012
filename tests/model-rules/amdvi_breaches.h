/* SPDX-License-Identifier: MPL-2.0 */
#ifndef TESTS_MODEL_RULES_AMDVI_BREACHES_H
#define TESTS_MODEL_RULES_AMDVI_BREACHES_H

#include "model_rules.h"

extern const struct breach amdvi_register_breaches[], amdvi_command_breaches[], amdvi_structure_breaches[];
extern const size_t amdvi_nregister_breaches, amdvi_ncommand_breaches, amdvi_nstructure_breaches;

extern const struct breach amdvi_behaviours[];
extern const size_t amdvi_nbehaviours;

#endif
