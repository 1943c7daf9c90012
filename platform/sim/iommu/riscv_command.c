/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What a command of the RISC-V IOMMU model may say ("Command-Queue"). All that breaks a rule is illegal.
 */
#include "riscv_model.h"

static enum riscv_rule iotinval(const uint64_t c[2], unsigned function)
{
	if (function > 1)
		return RISCV_COMMAND_OPCODE;
	if (c[0] & 0xf00003fc00000800 || c[1] & 0xc0000000000003ff)
		return RISCV_IOTINVAL_RESERVED;
	return function == 1 && c[0] & BIT(32) ? RISCV_IOTINVAL_PSCV : RISCV_NRULES;
}

static enum riscv_rule iofence(const uint64_t c[2], unsigned function)
{
	uint64_t word;

	if (function)
		return RISCV_COMMAND_OPCODE;
	if (c[0] & 0xffffc000 || c[1] & 0xc000000000000000)
		return RISCV_IOFENCE_RESERVED;
	if (c[0] & BIT(11))
		return RISCV_IOFENCE_WSI;
	return c[0] & BIT(10) && sim_ram_read(c[1] << 2, &word, 4, true) ? RISCV_IOFENCE_ADDRESS : RISCV_NRULES;
}

static enum riscv_rule iodir(const struct sim_riscv *unit, const uint64_t c[2], unsigned function)
{
	if (function > 1)
		return RISCV_COMMAND_OPCODE;
	if (c[0] & 0xfd00000c00 || c[1] || (!function && c[0] & 0xfffff000))
		return RISCV_IODIR_RESERVED;
	if (function && !(c[0] & BIT(33)))
		return RISCV_IODIR_PDT;
	if (function && c[0] & 0xfffff000)
		return RISCV_IODIR_PROCESS;
	return c[0] & BIT(33) && riscv_too_wide(unit, (uint32_t)(c[0] >> 40)) ? RISCV_IODIR_DEVICE : RISCV_NRULES;
}

/* Payloads: an "Invalidation Request" has bits 10:1 at 0, a "Page Request Group Response" all but index and code. */
static enum riscv_rule ats(const struct sim_riscv *unit, const uint64_t c[2], unsigned function)
{
	unsigned code = (unsigned)(c[1] >> 44 & 15);

	if (function > 1)
		return RISCV_COMMAND_OPCODE;
	if (!unit->config.ats)
		return RISCV_ATS_UNSUPPORTED;
	if (c[0] & 0xfc00000c00)
		return RISCV_ATS_RESERVED;
	if (c[1] & (function ? 0xffff0e00ffffffff : 0x7fe))
		return RISCV_ATS_PAYLOAD;
	return function && code > 1 && code != 15 ? RISCV_PRGR_CODE : RISCV_NRULES;
}

enum riscv_rule riscv_command_check(const struct sim_riscv *unit, const uint64_t c[2])
{
	unsigned function = (unsigned)(c[0] >> 7 & 7);

	switch (c[0] & 127) {
	case 1:
		return iotinval(c, function);
	case 2:
		return iofence(c, function);
	case 3:
		return iodir(unit, c, function);
	case 4:
		return ats(unit, c, function);
	default:
		return RISCV_COMMAND_OPCODE;
	}
}
