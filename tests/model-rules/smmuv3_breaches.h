/* SPDX-License-Identifier: MPL-2.0 */
#ifndef TESTS_MODEL_RULES_SMMUV3_BREACHES_H
#define TESTS_MODEL_RULES_SMMUV3_BREACHES_H

#include "model_rules.h"

extern const struct breach smmu_register_breaches[], smmu_queue_breaches[], smmu_command_breaches[],
	smmu_structure_breaches[], smmu_table_breaches[];
extern const size_t smmu_nregister_breaches, smmu_nqueue_breaches, smmu_ncommand_breaches, smmu_nstructure_breaches,
	smmu_ntable_breaches;

extern const struct breach smmu_behaviours[];
extern const size_t smmu_nbehaviours;

#endif
