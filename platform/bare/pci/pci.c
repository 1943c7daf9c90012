/* SPDX-License-Identifier: MPL-2.0 */
/*
 * PCI: what is there (PCI Local Bus specification 3.0, 6.1 and 6.2.5; bridges: PCI-to-PCI Bridge Architecture 1.2,
 * 3.2). What functions say of themselves is checked before it is believed.
 */
#include "pci.h"
#include "../kernel/print.h"
#include "../memory/vm.h"
#include "pci_config.h"
#include "pci_requester.h"

#define BUS_BYTES ((size_t)1 << 20)

static struct pci_function functions[PCI_FUNCTIONS];
static unsigned count;
static struct pci_host hosts[PCI_HOSTS];
static unsigned nhosts;
void (*pci_touches)(uint64_t paddr, uint64_t nbytes);

unsigned pci_count(void)
{
	return count;
}

struct pci_function *pci_function(unsigned index)
{
	return index < count ? &functions[index] : NULL;
}

const struct pci_host *pci_host_of(const struct pci_function *fn)
{
	const struct pci_host *host = hosts;

	while (host->segment != fn->segment || fn->bus < host->first_bus || fn->bus > host->last_bus)
		host++; /* it was found behind one of them */
	return host;
}

uint16_t pci_requester_of(const struct pci_function *fn)
{
	uint16_t id = 0;

	(void)pci_requester(functions, count, fn, 0, &id);
	return id;
}

const struct pci_function *pci_group_of(const struct pci_function *fn)
{
	return pci_group(functions, count, fn);
}

static const char *where(const struct pci_function *fn)
{
	static char text[24];

	format_text(text, sizeof(text), "%04x:%02x:%02x.%u", fn->segment, fn->bus, fn->devfn >> 3, fn->devfn & 7u);
	return text;
}

/* ---- BARs ------------------------------------------------------------------------------------------------------ */

/* What a BAR reads after all ones were written to it: the bits that it decodes. */
static uint32_t probe(struct pci_function *fn, unsigned offset)
{
	uint32_t before = pci_read32(fn->config, offset), bits;

	pci_write32(fn->config, offset, UINT32_MAX);
	bits = pci_read32(fn->config, offset);
	pci_write32(fn->config, offset, before);
	return bits;
}

/* One BAR, decoding being off. False: it makes no sense. */
static bool read_bar(struct pci_function *fn, unsigned i)
{
	unsigned offset = PCI_BAR0 + 4 * i;
	uint32_t low = pci_read32(fn->config, offset), bits = probe(fn, offset);
	struct pci_bar *bar = &fn->bar[i];
	uint64_t decoded = bits & ~(uint32_t)PCI_BAR_FLAGS, address = low & ~(uint32_t)PCI_BAR_FLAGS;
	unsigned kind = low & PCI_BAR_KIND;

	*bar = (struct pci_bar){0};
	if (bits == 0 || (low & PCI_BAR_IO))
		return true;
	if (kind != PCI_BAR_32 && kind != PCI_BAR_64)
		return false;
	if (kind == PCI_BAR_64) {
		if (i == 5)
			return false;
		address |= (uint64_t)pci_read32(fn->config, offset + 4) << 32;
		decoded |= (uint64_t)probe(fn, offset + 4) << 32;
		bar->wide = true;
	} else {
		decoded |= UINT64_C(0xffffffff) << 32;
	}
	bar->prefetchable = low & PCI_BAR_PREFETCHABLE;
	bar->size = 0 - decoded;
	if (decoded == 0 || (bar->size & (bar->size - 1)))
		return false;
	bar->paddr = address;
	return true;
}

/* Does it lie in RAM, wrap, or lie on another function's? */
static bool misplaced(const struct pci_function *fn, const struct pci_bar *bar)
{
	if (bar->paddr + bar->size - 1 < bar->paddr || boot_overlaps(&boot_info.ram, bar->paddr, bar->size) ||
	    boot_overlaps(&boot_info.firmware, bar->paddr, bar->size))
		return true;
	for (const struct pci_function *other = functions; other <= fn; other++)
		for (unsigned i = 0; i < 6; i++)
			if (&other->bar[i] != bar && other->bar[i].paddr &&
			    other->bar[i].paddr < bar->paddr + bar->size &&
			    bar->paddr < other->bar[i].paddr + other->bar[i].size)
				return true;
	return false;
}

static void read_bars(struct pci_function *fn)
{
	uint32_t command = pci_read32(fn->config, PCI_COMMAND) & 0xffff;

	/* not while it decodes: the all-ones address would be somebody else's */
	pci_write32(fn->config, PCI_COMMAND, command & ~(uint32_t)PCI_COMMAND_DECODE);
	for (unsigned i = 0; i < (fn->bridge ? 2u : 6u); i++) {
		unsigned at = i;

		if (!read_bar(fn, at)) {
			print("pci: %s: BAR %u makes no sense\n", where(fn), at);
			fn->bar[at] = (struct pci_bar){.wide = fn->bar[at].wide};
		}
		i += fn->bar[at].wide;
	}
	pci_write32(fn->config, PCI_COMMAND, command);
}

static void check_bars(struct pci_function *fn)
{
	for (unsigned i = 0; i < 6; i++) {
		struct pci_bar *bar = &fn->bar[i];

		if (bar->paddr == 0 || !misplaced(fn, bar))
			continue;
		print("pci: %s: BAR %u at 0x%llx lies on RAM or another's\n", where(fn), i,
		      (unsigned long long)bar->paddr);
		bar->paddr = 0;
	}
}

/* ---- Functions --------------------------------------------------------------------------------------------------- */

static void add(const struct pci_host *host, unsigned bus, unsigned devfn, volatile uint8_t *config)
{
	struct pci_function *fn = &functions[count];
	uint32_t id = pci_read32(config, PCI_ID);

	if (count == PCI_FUNCTIONS) { /* one that nobody knows of must not be left running */
		print("pci: more than %u functions\n", PCI_FUNCTIONS);
		machine_exit(BARE_STATUS_SETUP);
	}
	*fn = (struct pci_function){
		.config = config,
		.segment = host->segment,
		.bus = (uint8_t)bus,
		.devfn = (uint8_t)devfn,
		.vendor = (uint16_t)id,
		.device = (uint16_t)(id >> 16),
		.class_code = pci_read32(config, PCI_CLASS) >> 8,
		.bridge = (pci_read32(config, PCI_HEADER) >> 16 & PCI_HEADER_TYPE) == PCI_HEADER_BRIDGE,
	};
	pci_read_port(fn);
	if (fn->class_code >> 8 != PCI_CLASS_HOST_BRIDGE) /* some stop all access to memory while they do not decode */
		read_bars(fn);
	count++;
}

static void scan_bus(const struct pci_host *host, volatile uint8_t *ecam, unsigned bus)
{
	volatile uint8_t *base = ecam + (bus - host->first_bus) * BUS_BYTES;

	for (unsigned device = 0; device < 32; device++) {
		for (unsigned function = 0; function < 8; function++) {
			unsigned devfn = device << 3 | function;
			volatile uint8_t *config = base + ((size_t)devfn << 12);

			if ((pci_read32(config, PCI_ID) & 0xffff) != 0xffff)
				add(host, bus, devfn, config);
			else if (function == 0)
				break;
			if (function == 0 && !(pci_read32(config, PCI_HEADER) >> 16 & PCI_HEADER_MULTI))
				break;
		}
	}
}

void pci_init(void)
{
	nhosts = machine_pci_hosts(hosts, PCI_HOSTS);
	for (unsigned i = 0; i < nhosts; i++) {
		size_t nbytes = (hosts[i].last_bus - hosts[i].first_bus + (size_t)1) * BUS_BYTES;
		unsigned first = count;
		volatile void *ecam;

		if (vm_mmio_map_for_ever(hosts[i].ecam, nbytes, &ecam)) {
			print("pci: configuration space at 0x%llx cannot be mapped\n",
			      (unsigned long long)hosts[i].ecam);
			continue;
		}
		if (pci_touches)
			pci_touches(hosts[i].ecam, nbytes);
		if (hosts[i].assign)
			pci_number_buses(&hosts[i], ecam);
		for (unsigned bus = hosts[i].first_bus; bus <= hosts[i].last_bus; bus++)
			scan_bus(&hosts[i], ecam, bus);
		if (hosts[i].assign)
			pci_place_bars(&hosts[i], &functions[first], count - first);
		for (unsigned k = first; k < count; k++)
			check_bars(&functions[k]);
	}
}
