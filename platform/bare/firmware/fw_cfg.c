/* SPDX-License-Identifier: MPL-2.0 */
/*
 * QEMU's firmware configuration device behind memory-mapped registers (QEMU documentation, specs/fw_cfg): a 16-bit
 * selector, then bytes of the file from the data register.
 */
#include "fw_cfg.h"

#include "../kernel/options.h"
#include "../memory/frames.h"
#include "../memory/vm.h"
#include "fdt_boot.h"

enum {
	DATA = 0,
	SELECTOR = 8, /* big endian */
	FILES = 0x19,
	FILES_MAX = 256,
	NAME_BYTES = 56,
	FILE_MAX = 1 << 20, /* bytes of a file that is believed */
	TABLE_HEAD = 36,
};

static volatile uint8_t *registers;

static void selected(uint16_t item)
{
	*(volatile uint16_t *)(void *)(uintptr_t)(registers + SELECTOR) = (uint16_t)(item << 8 | item >> 8);
}

static void read_bytes(uint8_t *to, size_t nbytes)
{
	for (size_t i = 0; i < nbytes; i++)
		to[i] = registers[DATA];
}

static uint32_t read_be32(void)
{
	uint8_t b[4];

	read_bytes(b, sizeof(b));
	return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

/* Selects the file and gives its size; 0: there is none. */
static uint32_t open_file(const char *name)
{
	uint32_t count, size, select;
	uint8_t text[NAME_BYTES];

	selected(FILES);
	count = read_be32();
	for (uint32_t i = 0; i < count && i < FILES_MAX; i++) {
		size = read_be32();
		select = read_be32();
		read_bytes(text, sizeof(text));
		text[NAME_BYTES - 1] = 0;
		if (text_equal((const char *)text, name)) {
			selected((uint16_t)(select >> 16));
			return size;
		}
	}
	return 0;
}

static bool find_device(void)
{
	fdt_node node = fdt_compatible(&boot_tree, FDT_NONE, "qemu,fw-cfg-mmio");
	uint64_t paddr, nbytes;
	volatile void *regs;

	if (node == FDT_NONE || !fdt_reg(&boot_tree, node, 0, &paddr, &nbytes) || nbytes < SELECTOR + 2 ||
	    vm_mmio_map(paddr, (size_t)nbytes, &regs))
		return false;
	registers = regs;
	return true;
}

/* QEMU leaves checksums to the firmware that installs the tables. */
static void seal(uint8_t *table, size_t nbytes)
{
	size_t length = table[4] | (size_t)table[5] << 8 | (size_t)table[6] << 16 | (size_t)table[7] << 24;
	uint8_t sum = 0;

	table[9] = 0;
	for (size_t i = 0; i < length && i < nbytes; i++)
		sum = (uint8_t)(sum + table[i]);
	table[9] = (uint8_t)-sum;
}

const uint8_t *fw_cfg_acpi_table(const char *signature, size_t *nbytes)
{
	uint32_t size;
	uint64_t paddr;
	uint8_t *file;

	if (!find_device())
		return NULL;
	size = open_file("etc/acpi/tables");
	if (size < TABLE_HEAD || size > FILE_MAX ||
	    frames_alloc((size + DMA_PAGE_SIZE - 1) >> DMA_PAGE_SHIFT, UINT64_MAX, DMA_PAGE_SIZE, &paddr))
		return NULL;
	file = vm_linear(paddr);
	read_bytes(file, size);
	for (uint32_t at = 0; at <= size - TABLE_HEAD; at++)
		if (!__builtin_memcmp(file + at, signature, 4)) {
			*nbytes = size - at;
			seal(file + at, *nbytes);
			return file + at;
		}
	return NULL;
}
