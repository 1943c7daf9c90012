/* SPDX-License-Identifier: MPL-2.0 */
/* Requesters and groups: see pci_requester.h. */
#include "pci_requester.h"
#include "pci_config.h"

enum {
	EXPRESS_TYPE_SHIFT = 20, /* device/port type, in the capability's first word (base specification, 7.5.3.2) */
	EXPRESS_TYPE = 15,
	EXTENDED = 0x100, /* the first extended capability (7.6) */
	EXTENDED_END = 0x1000,
	ACS = 0x000d,	   /* 7.7.11 */
	ACS_REGISTERS = 4, /* capability in the low half, control in the high */
	ACS_CONTROL_SHIFT = 16,
	ACS_VALIDATION = 1 << 0,
	ACS_REQUEST_REDIRECT = 1 << 2,
	ACS_COMPLETION_REDIRECT = 1 << 3,
	ACS_FORWARDING = 1 << 4,
	ACS_ENDPOINT = ACS_REQUEST_REDIRECT | ACS_COMPLETION_REDIRECT,
	ACS_PORT = ACS_VALIDATION | ACS_ENDPOINT | ACS_FORWARDING,
};

/* ---- What a function says of itself ------------------------------------------------------------------------------ */

static unsigned extended_capability(volatile uint8_t *config, unsigned id)
{
	unsigned at = EXTENDED;

	/* A capability has 8 bytes at least: a longer list is a circle. */
	for (unsigned i = 0; at >= EXTENDED && at < EXTENDED_END && i < EXTENDED_END / 8; i++) {
		uint32_t head = pci_read32(config, at);

		if (head == 0 || head == UINT32_MAX)
			return 0;
		if ((head & 0xffff) == id)
			return at;
		at = head >> 20 & 0xffc;
	}
	return 0;
}

static bool is_port(const struct pci_function *fn)
{
	return fn->port == PCI_PORT_ROOT || fn->port == PCI_PORT_DOWNSTREAM;
}

/* Switches on what it needs to send everything upstream. False: it cannot. */
static bool isolate(const struct pci_function *fn)
{
	unsigned at = extended_capability(fn->config, ACS);
	uint32_t needed = is_port(fn) ? ACS_PORT : ACS_ENDPOINT, registers;

	if (!at)
		return false;
	registers = pci_read32(fn->config, at + ACS_REGISTERS);
	if ((registers & needed) != needed)
		return false;
	registers |= needed << ACS_CONTROL_SHIFT;
	pci_write32(fn->config, at + ACS_REGISTERS, registers);
	registers = pci_read32(fn->config, at + ACS_REGISTERS);
	return (registers >> ACS_CONTROL_SHIFT & needed) == needed;
}

void pci_read_port(struct pci_function *fn)
{
	unsigned express = pci_capability(fn->config, PCI_CAPABILITY_EXPRESS);

	fn->port = PCI_PORT_CONVENTIONAL;
	if (express)
		fn->port = (uint8_t)(pci_read32(fn->config, express) >> EXPRESS_TYPE_SHIFT & EXPRESS_TYPE);
	fn->secondary = fn->bridge ? (uint8_t)(pci_read32(fn->config, PCI_BRIDGE_BUSES) >> 8) : 0;
	fn->isolates = express && isolate(fn); /* conventional functions have no extended capabilities */
}

/* ---- Ways up ----------------------------------------------------------------------------------------------------- */

/* The bridge in front of the function's bus; NULL: it is on a root bus. Bus numbers get lower at each step, so a walk
 * upwards ends. */
static const struct pci_function *above(const struct pci_function *functions, unsigned n, const struct pci_function *fn)
{
	for (unsigned i = 0; i < n; i++)
		if (functions[i].bridge && functions[i].segment == fn->segment && functions[i].secondary == fn->bus &&
		    functions[i].bus < fn->bus)
			return &functions[i];
	return NULL;
}

/* Does the bridge put an id of its own on what comes from below? */
static bool owns(const struct pci_function *bridge, uint16_t *id)
{
	switch (bridge->port) {
	case PCI_PORT_EXPRESS_TO_PCI:
		*id = (uint16_t)(bridge->secondary << 8);
		return true;
	case PCI_PORT_PCI_TO_EXPRESS:
	case PCI_PORT_CONVENTIONAL:
		*id = (uint16_t)(bridge->bus << 8 | bridge->devfn);
		return true;
	default: /* ports of PCI Express pass on whose request it is */
		return false;
	}
}

bool pci_requester(const struct pci_function *functions, unsigned n, const struct pci_function *fn, unsigned index,
		   uint16_t *id)
{
	const struct pci_function *bridge;
	unsigned owners = 0, wanted;
	uint16_t owner;

	for (bridge = above(functions, n, fn); bridge; bridge = above(functions, n, bridge))
		owners += owns(bridge, &owner);
	if (index > owners)
		return false;
	*id = (uint16_t)(fn->bus << 8 | fn->devfn);
	wanted = owners - index; /* counted from the function up */
	for (bridge = above(functions, n, fn); bridge && wanted; bridge = above(functions, n, bridge))
		if (owns(bridge, &owner)) {
			*id = owner;
			wanted--;
		}
	return true;
}

/* True if a request from below the bridge, or from the function, can reach another function only by way of the root. */
static bool contained(const struct pci_function *fn)
{
	if (fn->port == PCI_PORT_CONVENTIONAL || fn->port == PCI_PORT_EXPRESS_TO_PCI ||
	    fn->port == PCI_PORT_PCI_TO_EXPRESS)
		return false;
	return fn->isolates;
}

/* The lowest function of the same device that is not contained, either: such functions reach each other. */
static const struct pci_function *device_of(const struct pci_function *functions, unsigned n,
					    const struct pci_function *fn)
{
	if (contained(fn))
		return fn;
	for (unsigned i = 0; i < n; i++)
		if (functions[i].segment == fn->segment && functions[i].bus == fn->bus &&
		    functions[i].devfn >> 3 == fn->devfn >> 3 && !contained(&functions[i]))
			return &functions[i];
	return fn;
}

/* An upstream port has nobody beside it to send requests to: its downstream ports decide. */
static bool lets_through(const struct pci_function *bridge)
{
	return bridge->port != PCI_PORT_UPSTREAM && !contained(bridge);
}

const struct pci_function *pci_group(const struct pci_function *functions, unsigned n, const struct pci_function *fn)
{
	const struct pci_function *top = fn;

	for (const struct pci_function *bridge = above(functions, n, fn); bridge; bridge = above(functions, n, bridge))
		if (lets_through(bridge))
			top = bridge;
	return device_of(functions, n, top);
}
