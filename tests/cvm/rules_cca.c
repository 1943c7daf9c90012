/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Each rule of the model of CCA's monitor, broken once.
 */
#include "cvm/realm_monitor.h"
#include "guest.h"
#include "rules.h"

static void rsi(uint64_t x0, uint64_t x1, uint64_t x2, uint64_t x3, uint64_t x4)
{
	struct rsi_registers regs = {{x0, x1, x2, x3, x4}};

	realm_monitor_call(&regs);
}

static void set_state(uint64_t base, uint64_t top, uint64_t state, uint64_t flags)
{
	rsi(UINT64_C(0xc4000197), base, top, state, flags);
}

static void rsi_function(void)
{
	rsi(UINT64_C(0xc40001ff), 0, 0, 0, 0);
}
static void rsi_version(void)
{
	rsi(UINT64_C(0xc4000190), UINT64_C(1) << 31, 0, 0, 0);
}
static void rsi_config_unaligned(void)
{
	rsi(UINT64_C(0xc4000196), GUEST_BASE + 512, 0, 0, 0);
}
static void rsi_config_unprotected(void)
{
	set_state(GUEST_BASE, GUEST_BASE + 4096, 0, 0);
	rsi(UINT64_C(0xc4000196), GUEST_BASE, 0, 0, 0);
}
static void rsi_set_unaligned(void)
{
	set_state(GUEST_BASE, GUEST_BASE + 100, 0, 0);
}
static void rsi_set_empty(void)
{
	set_state(GUEST_BASE, GUEST_BASE, 0, 0);
}
static void rsi_set_unprotected(void)
{
	set_state(UINT64_C(1) << 39, (UINT64_C(1) << 39) + 4096, 0, 0);
}
static void rsi_set_state(void)
{
	set_state(GUEST_BASE, GUEST_BASE + 4096, 2, 0);
}
static void rsi_set_flags(void)
{
	set_state(GUEST_BASE, GUEST_BASE + 4096, 0, 2);
}
static void rsi_set_again(void)
{
	set_state(GUEST_BASE, GUEST_BASE + 4096, 1, 0);
}

void (*const rules_cca[RSI_NRULES])(void) = {
	[RSI_FUNCTION] = rsi_function,
	[RSI_VERSION_RESERVED] = rsi_version,
	[RSI_CONFIG_UNALIGNED] = rsi_config_unaligned,
	[RSI_CONFIG_UNPROTECTED] = rsi_config_unprotected,
	[RSI_SET_UNALIGNED] = rsi_set_unaligned,
	[RSI_SET_EMPTY] = rsi_set_empty,
	[RSI_SET_UNPROTECTED] = rsi_set_unprotected,
	[RSI_SET_STATE] = rsi_set_state,
	[RSI_SET_FLAGS] = rsi_set_flags,
	[RSI_SET_AGAIN] = rsi_set_again,
};
