/* SPDX-License-Identifier: MPL-2.0 */
/*
 * loongarch64: what the machine is, and how it ends.
 */
#include "../iommu/iommu_virtio.h"
#include "../kernel/cpu.h"
#include "../kernel/print.h"
#include "../memory/vm.h"
#include "loongarch.h"

const char machine_name[] = "loongarch64";
const struct bare_iommu *const machine_iommus[] = {&bare_virtio, NULL};

/* UEFI 2.10, 4.3 and 4.6: what is read of the system table that the loader hands over. */
struct efi_table {
	uint8_t guid[16];
	uint64_t paddr;
};
struct efi_system {
	uint64_t signature;
	uint8_t unused[96];
	uint64_t ntables;
	uint64_t tables; /* paddr */
};
#define EFI_SIGNATURE	UINT64_C(0x5453595320494249)
#define LOADER_BYTES	(UINT64_C(1) << 20) /* QEMU puts command line and system table below */
#define COMMAND_CHECKED (MACHINE_LINEAR_SIZE - BOOT_COMMAND_LINE)

static const uint8_t tree_guid[16] = {0xd5, 0x21, 0xb6, 0xb1, 0x9c, 0xf1, 0xa5, 0x41,
				      0x83, 0x0b, 0xd9, 0x15, 0x2c, 0x69, 0xaa, 0xe0};

static volatile uint8_t *power; /* NULL: no register that switches it off */
static uint8_t power_off;
static bool ending;

/* The device tree's paddr; 0: the system table names none. */
static uint64_t find_tree(uint64_t system_paddr)
{
	const struct efi_system *system = vm_linear(system_paddr);

	if ((system_paddr & 7) || system_paddr > COMMAND_CHECKED || system->signature != EFI_SIGNATURE ||
	    (system->tables & 7) || system->tables > COMMAND_CHECKED || system->ntables > BOOT_COMMAND_LINE)
		return 0;
	for (uint64_t i = 0; i < system->ntables; i++) {
		const struct efi_table *table = (const struct efi_table *)vm_linear(system->tables) + i;

		if (!__builtin_memcmp(table->guid, tree_guid, sizeof(tree_guid)))
			return table->paddr;
	}
	return 0;
}

/* The "syscon-poweroff" binding: a value for a register of the node that "regmap" names. */
static void find_power(void)
{
	fdt_node node = fdt_compatible(&boot_tree, FDT_NONE, "syscon-poweroff");
	fdt_node registers = fdt_phandle(&boot_tree, fdt_u32(&boot_tree, node, "regmap", 0));
	uint32_t offset = fdt_u32(&boot_tree, node, "offset", 0);
	uint64_t paddr, nbytes;

	if (node == FDT_NONE || registers == FDT_NONE || !fdt_reg(&boot_tree, registers, 0, &paddr, &nbytes) ||
	    offset >= nbytes || fdt_u32(&boot_tree, registers, "reg-io-width", 4) != 1)
		return;
	power = (volatile uint8_t *)registers_at(paddr) + offset;
	power_off = (uint8_t)fdt_u32(&boot_tree, node, "value", 0);
}

void machine_start(uint64_t command_line_paddr, uint64_t system_table_paddr)
{
	uint64_t paddr = find_tree(system_table_paddr);
	const char *wrong = "there is none";

	cpus[0].hardware_id = csr_read(CSR_CPUID);
	if (paddr && !(paddr & 7) && paddr < MACHINE_LINEAR_SIZE - FDT_MAX_SIZE && fdt_total_size(vm_linear(paddr)))
		wrong = boot_from_tree(vm_linear(paddr), paddr, fdt_total_size(vm_linear(paddr)), DMA_PAGE_SIZE);
	if (!wrong || boot_tree.bytes) {
		console_init();
		find_power();
	}
	if (!wrong && !boot_reserve(&boot_info.taken, 0, LOADER_BYTES))
		wrong = "what the loader left cannot be kept";
	if (wrong)
		panic("device tree: %s", wrong);
	if (command_line_paddr < COMMAND_CHECKED)
		boot_set_command_line(vm_linear(command_line_paddr));
	bare_start();
}

void machine_init(void)
{
	timer_init();
}

/* Nothing that this machine has takes a status: it is on the console. */
void machine_exit(int status)
{
	if (!ending) {
		ending = true;
		print("@status %d\n", status);
	}
	if (power)
		*power = power_off;
	for (;;)
		__asm__ volatile("idle 0");
}

void machine_exception(uint64_t state, uint64_t at, uint64_t address)
{
	/* ESTAT.Ecode (table 21), those that a kernel's mistakes give. */
	static const char *const causes[] = {
		[1] = "load page invalid",
		[2] = "store page invalid",
		[3] = "fetch page invalid",
		[4] = "store to read-only page",
		[5] = "page not readable",
		[6] = "page not executable",
		[7] = "privilege",
		[8] = "address error",
		[9] = "unaligned address",
		[12] = "break",
		[13] = "undefined instruction",
		[14] = "privileged instruction",
		[15] = "floating point",
	};
	unsigned code = state >> 16 & 63;
	const char *name = code < sizeof(causes) / sizeof(causes[0]) ? causes[code] : NULL;
	static bool again;

	if (ending || again) /* nothing works any more */
		machine_exit(BARE_STATUS_EXCEPTION);
	again = true;
	print("exception: %s: estat 0x%llx, era 0x%llx, badv 0x%llx\n", name ? name : "unknown",
	      (unsigned long long)state, (unsigned long long)at, (unsigned long long)address);
	machine_exit(BARE_STATUS_EXCEPTION);
}

/* Devices of LoongArch snoop unless the tree says otherwise. */
bool machine_pci_coherent(void)
{
	return fdt_pci_coherent(true);
}

unsigned machine_pci_hosts(struct pci_host *hosts, unsigned max)
{
	return fdt_pci_hosts(hosts, max);
}
