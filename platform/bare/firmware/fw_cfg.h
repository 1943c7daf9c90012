/* SPDX-License-Identifier: MPL-2.0 */
/*
 * QEMU's firmware configuration device: ACPI tables on machines that boot with a device tree and have no firmware to
 * install them.
 */
#ifndef BARE_FW_CFG_H
#define BARE_FW_CFG_H

#include "../machine.h"

/* Looks in QEMU's file of ACPI tables for one with that signature; tables lie in frames that are kept. NULL: no such
 * device, file or table. *nbytes: how many bytes follow, at least its head's 36. */
const uint8_t *fw_cfg_acpi_table(const char *signature, size_t *nbytes);

#endif
