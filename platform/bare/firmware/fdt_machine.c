/* SPDX-License-Identifier: MPL-2.0 */
/* See fdt_machine.h. */
#include "fdt_machine.h"
#include "../kernel/cpu.h"
#include "../kernel/options.h"
#include "../kernel/print.h"
#include <dmastream/errors.h>

static bool interrupts, messages;
static uint64_t doorbell, doorbell_bytes;

bool fdt_list_has(const struct fdt_property *list, char between, const char *name)
{
	size_t length = 0, n = 0;

	while (name[length])
		length++;
	for (uint32_t i = 0; i < list->nbytes; i++) {
		char c = (char)list->value[i];

		if (c == between || !c) {
			if (n == length && !__builtin_memcmp(list->value + i - n, name, n))
				return true;
			n = 0;
		} else {
			n++;
		}
	}
	return false;
}

bool fdt_power(uint64_t *paddr, uint8_t *value)
{
	fdt_node node = fdt_compatible(&boot_tree, FDT_NONE, "syscon-poweroff"), registers;
	uint32_t offset;
	uint64_t nbytes;

	if (node == FDT_NONE)
		return false;
	registers = fdt_phandle(&boot_tree, fdt_u32(&boot_tree, node, "regmap", 0));
	offset = fdt_u32(&boot_tree, node, "offset", 0);
	if (registers == FDT_NONE || !fdt_reg(&boot_tree, registers, 0, paddr, &nbytes) || offset >= nbytes ||
	    fdt_u32(&boot_tree, registers, "reg-io-width", 4) != 1)
		return false;
	*paddr += offset;
	*value = (uint8_t)fdt_u32(&boot_tree, node, "value", 0);
	return true;
}

void machine_interrupts_init(void)
{
	if (option_is("interrupts", "off"))
		return;
	interrupts = true;
	messages = machine_messages_find(&doorbell, &doorbell_bytes);
	if (!messages)
		print("%s: no %s: devices send no messages, and are polled\n", machine_name, machine_messages_name);
	machine_cpu_listen();
}

bool machine_has_interrupts(void)
{
	return interrupts;
}

bool machine_has_wide_ids(void)
{
	return true;
}

int machine_message(const struct pci_function *fn, unsigned number, unsigned cpu, struct machine_message *message)
{
	(void)fn;
	message->target = (uint32_t)cpus[cpu].hardware_id;
	return messages && machine_message_to(number, cpu, message) ? 0 : DMA_ENOTSUP;
}

bool machine_doorbell(uint64_t *paddr, uint64_t *nbytes)
{
	*paddr = doorbell;
	*nbytes = doorbell_bytes;
	return messages;
}

void machine_message_end(const struct pci_function *fn, unsigned number)
{
	(void)fn, (void)number; /* its handler is gone, and nobody else's number */
}

/* Devicetree Specification, "dma-noncoherent". */
bool machine_pci_coherent(void)
{
	return fdt_pci_coherent(true);
}

unsigned machine_pci_hosts(struct pci_host *hosts, unsigned max)
{
	return fdt_pci_hosts(hosts, max);
}
