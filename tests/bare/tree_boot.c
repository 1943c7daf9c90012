/* SPDX-License-Identifier: MPL-2.0 */
/* Booting from a device tree on the host: see tree_boot.h. */
#include "tree_boot.h"

char said[65536];
jmp_buf ended;
struct tree tree;
struct pci_host hosts[PCI_HOSTS];

/* ---- What the sources under test call ---------------------------------------------------------------------------- */

void print(const char *format, ...) DMA_PRINTF(1, 2);
void print(const char *format, ...)
{
	size_t n = strlen(said);
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(said + n, sizeof(said) - n, format, arguments);
	va_end(arguments);
}

_Noreturn void machine_exit(int status)
{
	assert_int_equal(status, BARE_STATUS_SETUP);
	longjmp(ended, 1);
}

/* ---- Trees ------------------------------------------------------------------------------------------------------- */

void begin(void)
{
	tree = (struct tree){0};
	tree_begin(&tree, "");
	TREE_CELLS(&tree, "#address-cells", 2);
	TREE_CELLS(&tree, "#size-cells", 2);
	tree_begin(&tree, "memory@40000000");
	tree_text(&tree, "device_type", "memory");
	TREE_CELLS(&tree, "reg", 0, 0x40000000, 0, 0x40000000);
	tree_end(&tree);
}

const char *boot(void)
{
	tree_end(&tree);
	tree_finish(&tree);
	boot_info = (struct boot_info){0};
	said[0] = '\0';
	return boot_from_tree(tree.blob, TREE, tree.nblob, BLOCK);
}

void host_begin(const char *name, uint32_t ecam, uint32_t nbytes)
{
	tree_begin(&tree, name);
	tree_text(&tree, "compatible", "pci-host-ecam-generic");
	TREE_CELLS(&tree, "#address-cells", 3);
	TREE_CELLS(&tree, "#size-cells", 2);
	TREE_CELLS(&tree, "reg", 0, ecam, 0, nbytes);
}

unsigned find_hosts(void)
{
	assert_null(boot());
	memset(hosts, 0, sizeof(hosts));
	return fdt_pci_hosts(hosts, PCI_HOSTS);
}

bool is_ram(uint64_t paddr, uint64_t nbytes)
{
	return boot_overlaps(&boot_info.ram, paddr, nbytes);
}
