/* SPDX-License-Identifier: MPL-2.0 */
/* A few PCI functions: see functions.h. */
#include "functions.h"

struct pci_function functions[FUNCTIONS];
const struct pci_function *groups[FUNCTIONS];

unsigned pci_count(void)
{
	return FUNCTIONS;
}

struct pci_function *pci_function(unsigned index)
{
	return &functions[index];
}

const struct pci_host *pci_host_of(const struct pci_function *fn)
{
	return &hosts[fn->segment];
}

uint16_t pci_requester_of(const struct pci_function *fn)
{
	return (uint16_t)(fn->bus << 8 | fn->devfn);
}

const struct pci_function *pci_group_of(const struct pci_function *fn)
{
	return groups[fn - functions];
}

struct bus_pci bus_of(unsigned index)
{
	const struct pci_function *fn = &functions[index];

	return (struct bus_pci){.segment = fn->segment,
				.bus = fn->bus,
				.devfn = fn->devfn,
				.class_code = fn->class_code,
				.priv = &functions[index]};
}
