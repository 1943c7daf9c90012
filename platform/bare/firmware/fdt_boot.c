/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Reads memory, command line and PCI hosts from the device tree. Whatever makes no sense is left out: a machine with
 * less RAM or fewer hosts still boots, and says so.
 */
#include "fdt_boot.h"

#include "../kernel/options.h"
#include "../kernel/print.h"
#include "../memory/vm.h"

struct fdt boot_tree;

static void say(fdt_node node, const char *what)
{
	print("device tree: %s: %s\n", fdt_name(&boot_tree, node), what);
}

/* Row `index` of the node's reg. False: it is empty, or makes no sense, which is said. */
static bool row_of(fdt_node node, uint32_t index, uint64_t *base, uint64_t *size)
{
	*size = 0;
	if (fdt_reg(&boot_tree, node, index, base, size))
		return true;
	print("device tree: %s: row %u of its reg is left out\n", fdt_name(&boot_tree, node), index);
	return false;
}

/* Adds [base, base + size) of RAM in whole blocks. */
static void add_ram(uint64_t base, uint64_t size, uint64_t block)
{
	uint64_t first = (base + block - 1) & ~(block - 1), end = (base + size) & ~(block - 1);

	if (first < base || end <= first || first >= MACHINE_LINEAR_SIZE)
		return;
	if (!boot_add(&boot_info.ram, first, end - first))
		print("device tree: memory at 0x%llx is not used: more than %d pieces\n", (unsigned long long)first,
		      BOOT_RANGES);
}

/* Adds RAM around the memory that must not even be mapped. */
static void add_ram_around(uint64_t base, uint64_t size, const struct boot_ranges *unmapped, uint64_t block)
{
	uint64_t at = base, end = base + size;

	for (unsigned i = 0; i < unmapped->count; i++) { /* sorted */
		uint64_t hole = unmapped->range[i].base, hole_end = hole + unmapped->range[i].size;

		if (hole_end <= at || hole >= end)
			continue;
		if (hole > at)
			add_ram(at, hole - at, block);
		at = hole_end;
	}
	if (at < end)
		add_ram(at, end - at, block);
}

/* Rows of a reserved node, as they stand there where its bus cannot be translated: memory that firmware keeps must not
 * become RAM because "ranges" is missing (3.5.1 wants it). */
static const char *reserve(fdt_node node, struct boot_ranges *ranges)
{
	uint64_t base, size;

	for (uint32_t row = 0; row < fdt_reg_rows(&boot_tree, node); row++) {
		if (!fdt_reg(&boot_tree, node, row, &base, &size) &&
		    !fdt_reg_untranslated(&boot_tree, node, row, &base, &size)) {
			print("device tree: %s: row %u of its reg is left out\n", fdt_name(&boot_tree, node), row);
			continue;
		}
		if (!boot_reserve(ranges, base, size))
			return "memory that is reserved cannot be kept";
	}
	return NULL;
}

/* /reserved-memory: children with a reg; "no-map" ones are not to be mapped at all (Devicetree Specification 3.5).
 * Those without a reg want any memory of a size, and are not firmware's yet. */
static const char *read_reserved(struct boot_ranges *unmapped)
{
	fdt_node reserved = fdt_path(&boot_tree, "/reserved-memory"), child;
	struct fdt_property no_map;
	const char *wrong = NULL;
	uint64_t base, size;

	for (child = fdt_child(&boot_tree, reserved, FDT_NONE); child != FDT_NONE && !wrong;
	     child = fdt_child(&boot_tree, reserved, child))
		if (fdt_available(&boot_tree, child))
			wrong = reserve(child, fdt_property(&boot_tree, child, "no-map", &no_map) ? unmapped
												  : &boot_info.taken);
	for (uint32_t row = 0; fdt_reservation(&boot_tree, row, &base, &size) && !wrong; row++)
		if (!boot_reserve(&boot_info.taken, base, size))
			wrong = "memory that is reserved cannot be kept";
	return wrong;
}

const char *boot_from_tree(const void *tree, uint64_t tree_paddr, size_t nbytes, uint64_t block_size)
{
	static struct boot_ranges unmapped;
	const char *wrong = fdt_open(&boot_tree, tree, nbytes), *type, *command_line;
	uint32_t total = fdt_total_size(tree);
	uint64_t base, size;

	unmapped.count = 0;
	if (!wrong)
		wrong = read_reserved(&unmapped);
	if (wrong)
		return wrong;
	for (fdt_node node = fdt_next(&boot_tree, FDT_NONE); node != FDT_NONE; node = fdt_next(&boot_tree, node)) {
		type = fdt_string(&boot_tree, node, "device_type");
		if (!type || !text_equal(type, "memory") || !fdt_available(&boot_tree, node))
			continue;
		for (uint32_t row = 0; row < fdt_reg_rows(&boot_tree, node); row++)
			if (row_of(node, row, &base, &size))
				add_ram_around(base, size, &unmapped, block_size);
	}
	if (!boot_info.ram.count)
		return "it names no memory";
	if (!boot_reserve(boot_contains(&boot_info.ram, tree_paddr, total) ? &boot_info.taken : &boot_info.firmware,
			  tree_paddr, total))
		return "it cannot be kept";
	command_line = fdt_string(&boot_tree, fdt_path(&boot_tree, "/chosen"), "bootargs");
	if (command_line)
		boot_set_command_line(command_line);
	return NULL;
}

const char *boot_from_tree_at(uint64_t tree_paddr, uint64_t block_size)
{
	const void *tree = vm_linear(tree_paddr);

	if (!tree_paddr || (tree_paddr & 7) || tree_paddr >= MACHINE_LINEAR_SIZE - FDT_MAX_SIZE ||
	    !fdt_total_size(tree))
		return "there is none";
	return boot_from_tree(tree, tree_paddr, fdt_total_size(tree), block_size);
}

bool fdt_console(const char *compatible, uint64_t nbytes, uint64_t *paddr)
{
	const char *path = fdt_string(&boot_tree, fdt_path(&boot_tree, "/chosen"), "stdout-path");
	fdt_node first = fdt_compatible(&boot_tree, FDT_NONE, compatible), node = first;
	fdt_node wanted = path ? fdt_path(&boot_tree, path) : FDT_NONE;
	uint64_t there;

	while (node != FDT_NONE && node != wanted)
		node = fdt_compatible(&boot_tree, node, compatible);
	if (node == FDT_NONE)
		node = first;
	return node != FDT_NONE && fdt_reg(&boot_tree, node, 0, paddr, &there) && there >= nbytes;
}

/* ---- PCI hosts --------------------------------------------------------------------------------------------------- */

/* Remembers what the bridge decodes. Windows beyond those that fit are joined with the last: addresses that nobody is
 * given are no loss. */
static void add_decoded(struct pci_host *host, uint64_t base, uint64_t size)
{
	struct boot_range *last = &host->decoded[PCI_HOST_WINDOWS - 1];
	uint64_t end = base + (size - 1), last_end = last->base + (last->size - 1);

	if (host->ndecoded < PCI_HOST_WINDOWS) {
		host->decoded[host->ndecoded++] = (struct boot_range){base, size};
		return;
	}
	last->base = base < last->base ? base : last->base;
	last->size = (end > last_end ? end : last_end) - last->base + 1;
}

/* The biggest window of each kind whose bus addresses are the CPU's is for BARs. */
static void read_windows(fdt_node node, struct pci_host *host)
{
	struct fdt_pci_window window;

	for (uint32_t row = 0; row < fdt_pci_rows(&boot_tree, node, "ranges"); row++) {
		struct boot_range *to;

		if (!fdt_pci_window(&boot_tree, node, "ranges", row, &window)) {
			print("device tree: %s: row %u of its ranges is left out\n", fdt_name(&boot_tree, node), row);
			continue;
		}
		to = window.space == 2 ? &host->memory32 : window.space == 3 ? &host->memory64 : NULL;
		if (to)
			add_decoded(host, window.bus, window.nbytes);
		if (to && window.bus == window.address && window.nbytes > to->size)
			*to = (struct boot_range){window.address, window.nbytes};
	}
}

/* "dma-ranges": which memory devices reach, and where they see it. Without a row they see all of it where it is. A row
 * more than fits is memory that they are not given: it bounces, or is refused. */
static void read_dma_windows(fdt_node node, struct pci_host *host)
{
	struct fdt_pci_window window;

	for (uint32_t row = 0; row < fdt_pci_rows(&boot_tree, node, "dma-ranges"); row++) {
		bool fine = fdt_pci_window(&boot_tree, node, "dma-ranges", row, &window) && window.space > 1;

		if (!fine || host->ndma == DMA_DEVICE_WINDOWS)
			print("device tree: %s: row %u of its dma-ranges is left out\n", fdt_name(&boot_tree, node),
			      row);
		else
			host->dma[host->ndma++] =
				(struct dma_window){dma_paddr(window.address), dma_daddr(window.bus), window.nbytes};
	}
}

/* Its configuration space, and the buses that it has room for; the binding's default is all 256. False: none. */
static bool read_buses(fdt_node node, struct pci_host *host)
{
	struct fdt_property bus_range;
	uint64_t size, first = 0, last = 255, room;

	if (!fdt_reg(&boot_tree, node, 0, &host->ecam, &size) || size < 1 << 20) {
		say(node, "its reg makes no sense; the host is left out");
		return false;
	}
	if (fdt_property(&boot_tree, node, "bus-range", &bus_range) &&
	    (!fdt_cells(&bus_range, 0, 1, &first) || !fdt_cells(&bus_range, 1, 1, &last) || first > last ||
	     last > 255)) {
		say(node, "its bus-range makes no sense; as many buses as its reg has room for are used");
		first = 0;
		last = 255;
	}
	room = first + (size >> 20) - 1;
	if (last > room && fdt_property(&boot_tree, node, "bus-range", &bus_range))
		say(node, "its reg has no room for all of its bus-range; those beyond it are left out");
	host->first_bus = (uint8_t)first;
	host->last_bus = (uint8_t)(last < room ? last : room);
	return true;
}

static bool domain_of(fdt_node node, uint32_t *domain)
{
	struct fdt_property property;
	uint64_t value;

	if (!fdt_property(&boot_tree, node, "linux,pci-domain", &property) || !fdt_cells(&property, 0, 1, &value))
		return false;
	*domain = (uint32_t)value;
	return true;
}

/* A host keeps the domain number that the tree gives it; if two hosts have the same buses in one domain, the first one
 * keeps it. All others get the lowest numbers that are free. */
static void number_hosts(struct pci_host *hosts, unsigned count)
{
	bool given[PCI_HOSTS] = {false};
	uint32_t domain;

	for (unsigned i = 0; i < count; i++) {
		bool fine = domain_of(hosts[i].node, &domain) && domain <= 0xffff;

		for (unsigned k = 0; k < i && fine; k++)
			if (given[k] && hosts[k].segment == domain && hosts[k].first_bus <= hosts[i].last_bus &&
			    hosts[i].first_bus <= hosts[k].last_bus)
				fine = false;
		if (domain_of(hosts[i].node, &domain) && !fine)
			say(hosts[i].node, "its linux,pci-domain is impossible or another host's; it gets a free one");
		given[i] = fine;
		hosts[i].segment = fine ? (uint16_t)domain : 0;
	}
	for (unsigned i = 0; i < count; i++) {
		uint32_t segment = 0;

		for (unsigned k = 0; k < count && !given[i]; k++)
			for (unsigned j = 0; j < count; j++)
				if (given[j] && hosts[j].segment == segment)
					segment++;
		if (!given[i])
			hosts[i].segment = (uint16_t)segment;
		given[i] = true;
	}
}

unsigned fdt_pci_hosts(struct pci_host *hosts, unsigned max)
{
	fdt_node node = FDT_NONE;
	unsigned count = 0;

	while ((node = fdt_compatible(&boot_tree, node, "pci-host-ecam-generic")) != FDT_NONE) {
		struct pci_host host = {.node = node, .assign = true};

		if (!read_buses(node, &host))
			continue;
		if (count == max) { /* devices that nobody knows of must not be left running */
			print("device tree: more than %u PCI hosts\n", max);
			machine_exit(BARE_STATUS_SETUP);
		}
		read_windows(node, &host);
		read_dma_windows(node, &host);
		hosts[count++] = host;
	}
	number_hosts(hosts, count);
	if (!count)
		print("device tree: no PCI host with memory-mapped configuration space\n");
	return count;
}

bool fdt_pci_coherent(bool otherwise)
{
	fdt_node node = FDT_NONE;
	bool all = true;

	while ((node = fdt_compatible(&boot_tree, node, "pci-host-ecam-generic")) != FDT_NONE)
		all = all && fdt_dma_coherent(&boot_tree, node, otherwise);
	return all;
}
