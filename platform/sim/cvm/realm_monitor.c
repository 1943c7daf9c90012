/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What SMC does in a realm. The monitor is trusted: it converts what the host accepts, and tells how far that went.
 */
#include "realm_monitor.h"

#define RSI_TEXT(name, section, text) {#name, section, text},
const struct cvm_rule rsi_rules[RSI_NRULES] = {RSI_RULES(RSI_TEXT)};
#undef RSI_TEXT

unsigned rsi_width = 40;
bool rsi_absent;
void (*rsi_write)(uint64_t paddr, uint64_t value);

enum { SUCCESS = 0, ERROR_INPUT = 1, ERROR_STATE = 2 };

static uint64_t half(void)
{
	return UINT64_C(1) << (rsi_width - 1);
}

static void refuse(struct rsi_registers *regs, enum rsi_rule rule, uint64_t value)
{
	cvm_breach(rule, value);
	regs->x[0] = ERROR_INPUT;
}

static void version(struct rsi_registers *regs)
{
	uint64_t wanted = regs->x[1];

	if (wanted >> 31) {
		refuse(regs, RSI_VERSION_RESERVED, wanted);
		return;
	}
	regs->x[0] = wanted == 0x10000 ? SUCCESS : ERROR_INPUT;
	regs->x[1] = 0x10000;
	regs->x[2] = 0x10000;
}

static void config(struct rsi_registers *regs)
{
	uint64_t paddr = regs->x[1];
	const uint8_t *page = cvm_page_at(paddr);

	if (paddr % 4096) {
		refuse(regs, RSI_CONFIG_UNALIGNED, paddr);
		return;
	}
	if (!page || *page != CVM_PRIVATE) {
		refuse(regs, RSI_CONFIG_UNPROTECTED, paddr);
		return;
	}
	rsi_write(paddr, rsi_width);
	regs->x[0] = SUCCESS;
}

static void answer(struct rsi_registers *regs, struct cvm_said said, uint64_t base, uint64_t top)
{
	regs->x[0] = SUCCESS;
	regs->x[1] = base + (uint64_t)said.pieces * 4096;
	regs->x[2] = 0;
	switch (said.mood) {
	case CVM_REFUSES:
	case CVM_FAILS_INSIDE:
	case CVM_FAILS_THERE:
		regs->x[2] = 1; /* RSI_REJECT */
		return;
	/* What no monitor says. */
	case CVM_SAYS_MORE:
		regs->x[1] = top + 4096;
		return;
	case CVM_SAYS_ELSEWHERE:
		regs->x[1] = half();
		return;
	case CVM_SAYS_BACKWARDS:
		regs->x[1] = base - 4096;
		return;
	case CVM_SAYS_UNALIGNED:
		regs->x[1] = base + 8;
		return;
	case CVM_SAYS_NONSENSE:
		regs->x[0] = ERROR_STATE;
		return;
	default:
		return;
	}
}

static void set_state(struct rsi_registers *regs)
{
	uint64_t base = regs->x[1], top = regs->x[2], state = regs->x[3], flags = regs->x[4], same = 0;
	struct cvm_said said;

	if (base % 4096 || top % 4096) {
		refuse(regs, RSI_SET_UNALIGNED, base | top);
		return;
	}
	if (top <= base) {
		refuse(regs, RSI_SET_EMPTY, top);
		return;
	}
	if (top > half()) {
		refuse(regs, RSI_SET_UNPROTECTED, top);
		return;
	}
	if (state > 1) {
		refuse(regs, RSI_SET_STATE, state);
		return;
	}
	if (flags > 1) {
		refuse(regs, RSI_SET_FLAGS, flags);
		return;
	}
	for (uint64_t at = base; at < top; at += 4096) {
		const uint8_t *page = cvm_page_at(at);

		same += page && *page == (state ? CVM_PRIVATE : CVM_SHARED);
	}
	if (same == (top - base) / 4096)
		cvm_breach(RSI_SET_AGAIN, base); /* legal, and a sign that the realm has lost its books */
	if (cvm_module_fails()) {
		regs->x[0] = ERROR_STATE;
		return;
	}
	said = cvm_hypervisor((unsigned)((top - base) / 4096));
	cvm_turn(base, said.pieces, state == 0, CVM_PRIVATE);
	answer(regs, said, base, top);
}

void realm_monitor_call(struct rsi_registers *regs)
{
	if (rsi_absent) {
		regs->x[0] = UINT64_MAX; /* NOT_SUPPORTED: SMC calling convention, 5.2 */
		return;
	}
	switch (regs->x[0]) {
	case UINT64_C(0xc4000190):
		version(regs);
		return;
	case UINT64_C(0xc4000196):
		config(regs);
		return;
	case UINT64_C(0xc4000197):
		set_state(regs);
		return;
	default:
		cvm_breach(RSI_FUNCTION, regs->x[0]);
		regs->x[0] = UINT64_MAX;
	}
}
