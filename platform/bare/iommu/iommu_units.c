/* SPDX-License-Identifier: MPL-2.0 */
/* Several units of one kind: see iommu_units.h. */
#include "iommu_units.h"
#include "iommu_requester.h"

#include "../firmware/fdt_boot.h"
#include "../kernel/print.h"
#include <dmastream/errors.h>
#include <dmastream/init.h>

static const struct unit_kind *kind;
static struct unit *units; /* a page each */

/* By index of pci_function(). */
static struct route {
	struct unit *unit; /* NULL: none stands in front of the function */
	uint32_t id;	   /* what that calls it */
	uint64_t faults;
	const struct pci_function *leader;
} routes[PCI_FUNCTIONS];
static uint64_t faults_elsewhere;

int units_add(struct unit found)
{
	struct unit **link = &units;

	while (*link)
		link = &(*link)->next;
	*link = dma_host_page_alloc();
	if (!*link)
		return DMA_ENOMEM;
	**link = found;
	return 0;
}

int units_add_by_tree(const char *compatible, bool coherent, uint32_t (*model_of)(fdt_node node))
{
	fdt_node node = FDT_NONE;
	uint64_t nbytes;
	int error = 0;

	while (!error && (node = fdt_compatible(&boot_tree, node, compatible)) != FDT_NONE) {
		struct unit unit = {0};

		if (!fdt_reg(&boot_tree, node, 0, &unit.registers, &nbytes)) {
			print("device tree: %s: its reg makes no sense\n", fdt_name(&boot_tree, node));
			continue;
		}
		unit.name = fdt_u32(&boot_tree, node, "phandle", 0);
		unit.coherent = fdt_dma_coherent(&boot_tree, node, coherent);
		unit.model = model_of ? model_of(node) : 0;
		error = units_add(unit);
	}
	return error;
}

struct unit *units_named(uint32_t name)
{
	struct unit *unit = units;

	while (unit && unit->name != name)
		unit = unit->next;
	return unit;
}

struct unit *units_first(void)
{
	return units;
}

/* ---- Routes ------------------------------------------------------------------------------------------------------ */

static struct route *route_of(const struct pci_function *fn)
{
	for (unsigned i = 0; i < pci_count(); i++)
		if (pci_function(i) == fn)
			return &routes[i];
	return NULL;
}

bool units_in_tree(const struct pci_function *fn)
{
	struct fdt_property property;
	fdt_node host = pci_host_of(fn)->node;

	return fdt_property(&boot_tree, host, "iommu-map", &property) ||
	       fdt_property(&boot_tree, host, "iommus", &property);
}

struct unit *units_route_by_tree(const struct pci_function *fn, uint32_t *id)
{
	fdt_node host = pci_host_of(fn)->node;
	struct fdt_property map;
	uint32_t phandle;
	bool known;

	if (fdt_property(&boot_tree, host, "iommu-map", &map))
		known = fdt_map_id(&boot_tree, host, "iommu-map", "iommu-map-mask", pci_requester_of(fn), &phandle, id);
	else
		known = fdt_iommus(&boot_tree, host, &phandle, id);
	return known ? units_named(phandle) : NULL;
}

/* Functions that share a domain anyhow, and those that a unit calls by one number, share one leader. */
static void find_leader(unsigned index)
{
	struct route *route = &routes[index];
	const struct pci_function *own = pci_group_of(pci_function(index));

	route->leader = own;
	for (unsigned i = 0; i < index; i++) {
		const struct pci_function *other = routes[i].leader, *mine = route->leader;

		if (mine == other || (pci_group_of(pci_function(i)) != own &&
				      (!route->unit || routes[i].unit != route->unit || routes[i].id != route->id)))
			continue;
		for (unsigned k = 0; k <= index; k++)
			if (routes[k].leader == mine)
				routes[k].leader = other;
	}
}

static void take_routes(void)
{
	for (unsigned i = 0; i < pci_count(); i++) {
		const struct pci_function *fn = pci_function(i);
		struct route *route = &routes[i];
		struct unit *unit;

		*route = (struct route){0};
		unit = kind->route(fn, &route->id);
		if (unit && unit->own != fn) {
			route->unit = unit;
			unit->last_id = route->id > unit->last_id ? route->id : unit->last_id;
		}
		find_leader(i);
	}
}

const struct pci_function *units_leader_of(const struct pci_function *fn)
{
	return route_of(fn)->leader;
}

/* The numbers are the unit's own: another one may know somebody else by the same. */
static void on_fault(const struct dma_fault *fault, void *context)
{
	bool known = false;

	(void)context;
	for (unsigned i = 0; i < pci_count(); i++) { /* several may have one number: it was any of them */
		struct route *route = &routes[i];

		if (!route->unit || route->unit->registers != fault->registers.raw || route->id != fault->requester)
			continue;
		__atomic_add_fetch(&route->faults, 1, __ATOMIC_RELAXED);
		known = true;
	}
	if (!known)
		__atomic_add_fetch(&faults_elsewhere, 1, __ATOMIC_RELAXED);
}

/* ---- Start and end ----------------------------------------------------------------------------------------------- */

static bool id_of(const void *unit, const struct pci_function *fn, uint32_t *id)
{
	const struct route *route = route_of(fn);

	*id = route->id;
	return route->unit == unit;
}

static void say_unprotected(const struct unit *unit)
{
	for (unsigned i = 0; i < pci_count(); i++) {
		const struct pci_function *fn = pci_function(i);

		if (routes[i].unit == unit)
			print("iommu: not protected: %x:%x.%x\n", (unsigned)fn->bus, (unsigned)fn->devfn >> 3,
			      (unsigned)fn->devfn & 7);
	}
}

/* A unit that is a function reads its tables by addresses of memory: another unit in front of it would translate those,
 * too. */
static int start(struct unit *unit)
{
	static struct dma_iommu_region doorbells[PCI_FUNCTIONS];

	if (unit->own && route_of(unit->own)->unit) {
		print("iommu: the %s at 0x%llx is itself behind the one at 0x%llx\n", kind->name,
		      (unsigned long long)unit->registers, (unsigned long long)route_of(unit->own)->unit->registers);
		return DMA_ENOTSUP;
	}
	return kind->start(unit, doorbells, requester_doorbells(doorbells, id_of, unit));
}

/* 0: at least one works. */
static int start_all(void)
{
	int result = DMA_ENODEV;
	bool any = false;

	for (struct unit *unit = units; unit; unit = unit->next) {
		int error = start(unit);

		any = any || !error;
		result = error ? error : result;
		if (error) {
			print("iommu: the %s at 0x%llx does not work: %s\n", kind->name,
			      (unsigned long long)unit->registers, dma_strerror(error));
			say_unprotected(unit);
		}
	}
	return any ? 0 : result;
}

int units_probe(const struct unit_kind *wanted)
{
	int error;

	kind = wanted;
	error = kind->find();
	if (!error)
		error = dma_init();
	if (!error) {
		take_routes();
		dma_iommu_on_fault(on_fault, NULL);
		error = start_all();
	}
	if (error) {
		print("iommu: no %s to protect memory with: %s\n", kind->name, dma_strerror(error));
		(void)units_end(); /* none works, and a later try finds them again */
	}
	return error;
}

/* Units stay blocked, not open: what their devices do meanwhile reaches no memory. */
int units_end(void)
{
	int result = 0;

	for (struct unit *unit = units; unit; unit = unit->next) {
		int error = unit->iommu ? kind->remove(unit->iommu) : 0;

		if (!error)
			unit->iommu = NULL;
		else
			result = error;
	}
	while (!result && units) {
		struct unit *unit = units;

		units = unit->next;
		dma_host_page_free(unit);
	}
	return result;
}

/* ---- Domains ----------------------------------------------------------------------------------------------------- */

int units_domain_for(const struct bus_pci *fn, struct dma_device_config *config)
{
	const struct route *route = route_of(fn->priv);

	if (!route->unit || !route->unit->iommu) {
		print("iommu: no %s that works stands in front of %x:%x.%x\n", kind->name, (unsigned)fn->bus,
		      (unsigned)fn->devfn >> 3, (unsigned)fn->devfn & 7);
		return DMA_ENODEV;
	}
	config->requester = route->id;
	if (config->domain && route_of(route->leader)->unit != route->unit) {
		print("iommu: %x:%x.%x shares a domain with a function behind another %s\n", (unsigned)fn->bus,
		      (unsigned)fn->devfn >> 3, (unsigned)fn->devfn & 7, kind->name);
		return DMA_ENOTSUP;
	}
	return requester_domain_for(route->unit->iommu, fn, config);
}

void units_domain_put(const struct bus_pci *fn, struct dma_domain *domain)
{
	requester_domain_put(route_of(fn->priv)->unit->iommu, fn, domain);
}

uint64_t units_faults(const struct bus_pci *fn)
{
	const struct route *route = route_of(fn->priv);

	(void)dma_iommu_poll_all();
	return route ? __atomic_load_n(&route->faults, __ATOMIC_RELAXED)
		     : __atomic_load_n(&faults_elsewhere, __ATOMIC_RELAXED);
}

bool units_registers_of(const struct pci_function *fn, uint64_t *registers)
{
	const struct route *route = route_of(fn);

	if (!route->unit || !route->unit->iommu)
		return false;
	*registers = route->unit->registers;
	return true;
}
