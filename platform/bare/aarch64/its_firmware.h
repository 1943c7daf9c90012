/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What firmware says of the interrupt translation service: by ACPI (MADT, IORT) or by a device tree.
 */
#ifndef BARE_AARCH64_ITS_FIRMWARE_H
#define BARE_AARCH64_ITS_FIRMWARE_H

#include "../pci/pci.h"

/* Where the registers of the first ITS lie. False: there is none, or its registers are not named. */
bool its_find(uint64_t *paddr, uint64_t *nbytes);
/* By what id that ITS knows a function; false: its messages do not go there. After its_find(). */
bool its_device_id(const struct pci_function *fn, uint32_t *id);

#endif
