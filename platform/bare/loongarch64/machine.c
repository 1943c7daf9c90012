/* SPDX-License-Identifier: MPL-2.0 */
/* loongarch64: what the machine is, and how it ends. */
#include "../efi/system.h"
#include "../firmware/uart_16550.h"
#include "../iommu/iommu_virtio.h"
#include "../kernel/cpu.h"
#include "../kernel/print.h"
#include "../memory/vm.h"
#include "loongarch.h"

const char machine_name[] = "loongarch64", machine_messages_name[] = "PCH-MSI";
const struct bare_iommu *const machine_iommus[] = {&bare_virtio, NULL};

#define LOADER_BYTES	(UINT64_C(1) << 20) /* QEMU puts command line and system table below */
#define COMMAND_CHECKED (MACHINE_LINEAR_SIZE - BOOT_COMMAND_LINE)

static volatile uint8_t *uart_registers;
static volatile uint8_t *power; /* NULL: no register that switches it off */
static uint8_t power_off;

static uint8_t read_uart(enum uart_16550_register reg)
{
	return uart_registers[reg];
}

static void write_uart(enum uart_16550_register reg, uint8_t value)
{
	uart_registers[reg] = value;
}

static struct uart_16550 uart = {.read = read_uart, .write = write_uart};

void machine_console_write(const char *text, size_t nbytes)
{
	uart_16550_print(&uart, text, nbytes);
}

void machine_start(uint64_t command_line_paddr, uint64_t system_table_paddr)
{
	uint64_t power_paddr, uart_paddr;
	const char *wrong;

	cpus[0].hardware_id = csr_read(CSR_CPUID) & 0x1ff;
	wrong = boot_from_tree_at(efi_system_tree(system_table_paddr), DMA_PAGE_SIZE);
	if (!wrong || boot_tree.bytes) {
		if (fdt_console("ns16550a", UART_REGISTERS, &uart_paddr)) {
			uart_registers = registers_at(uart_paddr);
			uart_16550_init(&uart, false);
		}
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

/* Nothing that this machine has takes a status: it is on the console. */
void machine_tell(int status)
{
	(void)status;
}

void machine_off(void)
{
	if (power)
		*power = power_off;
	for (;;)
		__asm__ volatile("idle 0");
}
