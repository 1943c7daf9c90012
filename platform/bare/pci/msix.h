/* SPDX-License-Identifier: MPL-2.0 */
/*
 * MSI-X (PCI Local Bus specification 3.0, 6.8.2): functions interrupt by writing a message of a table in one of their
 * BARs.
 */
#ifndef BARE_MSIX_H
#define BARE_MSIX_H

#include "pci.h"

/* As bus_pci_interrupt() and bus_pci_interrupt_end(). */
int msix_take(const struct pci_function *fn, unsigned message, unsigned cpu, void (*handler)(void *context),
	      void *context);
void msix_give(const struct pci_function *fn, unsigned message);

/* Can the function send such messages? */
bool msix_has(const struct pci_function *fn);

#endif
