/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What breaks each rule of the three models, by the rule's number. The steps begin in a guest that has just started.
 */
#ifndef TESTS_CVM_RULES_H
#define TESTS_CVM_RULES_H

#include "cvm/realm_monitor.h"
#include "cvm/snp_guest.h"
#include "cvm/tdx_module.h"

extern void (*const rules_tdx[TDX_NRULES])(void);
extern void (*const rules_snp[SNP_NRULES])(void);
extern void (*const rules_cca[RSI_NRULES])(void);

#endif
