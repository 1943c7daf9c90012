/* SPDX-License-Identifier: MPL-2.0 */
/*
 * loongarch64: what the machine is, and how it ends.
 */
#include "../efi/uefi.h"
#include "../iommu/iommu_virtio.h"
#include "../kernel/cpu.h"
#include "../kernel/print.h"
#include "../memory/vm.h"
#include "loongarch.h"

const char machine_name[] = "loongarch64", machine_messages_name[] = "PCH-MSI";
const struct bare_iommu *const machine_iommus[] = {&bare_virtio, NULL};

#define EFI_SIGNATURE	UINT64_C(0x5453595320494249)
#define LOADER_BYTES	(UINT64_C(1) << 20) /* QEMU puts command line and system table below */
#define EFI_TABLES	256		    /* that are looked at */
#define COMMAND_CHECKED (MACHINE_LINEAR_SIZE - BOOT_COMMAND_LINE)

static volatile uint8_t *power; /* NULL: no register that switches it off */
static uint8_t power_off;
static bool ending;

/* The device tree's paddr, from UEFI's system table (2.10, 4.3, 4.6), whose pointers are paddrs; 0: there is none. */
static uint64_t find_tree(uint64_t system_paddr)
{
	static const struct efi_guid wanted = EFI_GUID_DEVICE_TREE;
	const struct efi_system *system = vm_linear(system_paddr);
	const struct efi_table *tables;

	if ((system_paddr & 7) || system_paddr > COMMAND_CHECKED || system->header.signature != EFI_SIGNATURE ||
	    ((uintptr_t)system->tables & 7) || (uintptr_t)system->tables > COMMAND_CHECKED)
		return 0;
	tables = vm_linear((uintptr_t)system->tables);
	for (uint64_t i = 0; i < system->ntables && i < EFI_TABLES; i++)
		if (!__builtin_memcmp(&tables[i].guid, &wanted, sizeof(wanted)))
			return (uintptr_t)tables[i].table;
	return 0;
}

void machine_start(uint64_t command_line_paddr, uint64_t system_table_paddr)
{
	uint64_t power_paddr;
	const char *wrong;

	cpus[0].hardware_id = csr_read(CSR_CPUID) & 0x1ff;
	wrong = boot_from_tree_at(find_tree(system_table_paddr), DMA_PAGE_SIZE);
	if (!wrong || boot_tree.bytes) {
		console_init();
		if (fdt_power(&power_paddr, &power_off))
			power = registers_at(power_paddr);
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

	if (ending) /* nothing works any more */
		machine_exit(BARE_STATUS_EXCEPTION);
	machine_exception_end(name, "estat 0x%llx, era 0x%llx, badv 0x%llx", (unsigned long long)state,
			      (unsigned long long)at, (unsigned long long)address);
}
