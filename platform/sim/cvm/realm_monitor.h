/* SPDX-License-Identifier: MPL-2.0 */
/*
 * A model of Arm's realm management monitor as a realm sees it: the RSI calls that conversions need (DEN0137 1.0,
 * B5.3).
 */
#ifndef PLATFORM_SIM_REALM_MONITOR_H
#define PLATFORM_SIM_REALM_MONITOR_H

#include "cvm_world.h"

#define RSI_RULES(R)                                                                                                   \
	R(RSI_FUNCTION, "B5.3", "a function of the standard range that no monitor has")                                \
	R(RSI_VERSION_RESERVED, "B5.3.10", "RSI_VERSION: bits 63:31 of the version")                                   \
	R(RSI_CONFIG_UNALIGNED, "B5.3.7", "RSI_REALM_CONFIG: an address that is no granule's")                         \
	R(RSI_CONFIG_UNPROTECTED, "B5.3.7", "RSI_REALM_CONFIG: a granule that is not the realm's own RAM")             \
	R(RSI_SET_UNALIGNED, "B5.3.5", "RSI_IPA_STATE_SET: base or top is no granule's")                               \
	R(RSI_SET_EMPTY, "B5.3.5", "RSI_IPA_STATE_SET: top is not above base")                                         \
	R(RSI_SET_UNPROTECTED, "B5.3.5", "RSI_IPA_STATE_SET beyond the protected half")                                \
	R(RSI_SET_STATE, "B5.3.5", "RSI_IPA_STATE_SET: a state other than EMPTY and RAM")                              \
	R(RSI_SET_FLAGS, "B5.3.5", "RSI_IPA_STATE_SET: flags that are reserved")                                       \
	R(RSI_SET_AGAIN, "A5.2", "RSI_IPA_STATE_SET of a range that has that state already")

#define RSI_RULE(name, section, text) name,
enum rsi_rule { RSI_RULES(RSI_RULE) RSI_NRULES };
#undef RSI_RULE
extern const struct cvm_rule rsi_rules[RSI_NRULES];

struct rsi_registers {
	uint64_t x[5];
};

extern unsigned rsi_width;				  /* of IPAs in bits */
extern bool rsi_absent;					  /* nobody answers */
extern void (*rsi_write)(uint64_t paddr, uint64_t value); /* 8 bytes into the realm's memory */

void realm_monitor_call(struct rsi_registers *regs);

#endif
