/* SPDX-License-Identifier: MPL-2.0 */
/* riscv64: what the machine is, its console, and how it ends. */
#include "../iommu/iommu_riscv.h"
#include "../iommu/iommu_virtio.h"
#include "../kernel/cpu.h"
#include "../kernel/print.h"
#include "../kernel/ticks.h"
#include "../memory/vm.h"
#include "riscv.h"
#include "sbi.h"

const char machine_name[] = "riscv64", machine_messages_name[] = "IMSIC";
const struct bare_iommu *const machine_iommus[] = {&bare_riscv, &bare_virtio, NULL};

/* SiFive's test device, which QEMU has: the status in the upper half, one of these in the lower. */
enum {
	TEST_FAIL = 0x3333,
	TEST_PASS = 0x5555,
	TEST_BYTES = 4,
	LINE = 128,
};
#define END_NS UINT64_C(1000000000)

static uint64_t test_paddr; /* 0: there is none */
static volatile uint32_t *test_device;

void machine_start(uint64_t hart, uint64_t tree_paddr)
{
	const char *wrong;
	uint64_t nbytes;

	cpus[0].hardware_id = hart;
	wrong = boot_from_tree_at(tree_paddr, DMA_PAGE_SIZE);
	if (wrong)
		panic("device tree: %s", wrong);
	if (fdt_reg(&boot_tree, fdt_compatible(&boot_tree, FDT_NONE, "sifive,test1"), 0, &test_paddr, &nbytes) &&
	    test_paddr < MACHINE_LINEAR_SIZE)
		test_device = vm_linear(test_paddr); /* in the boot table */
	bare_start();
}

void machine_init(void)
{
	volatile void *mapped;

	test_device = test_paddr && !vm_mmio_map_for_ever(test_paddr, TEST_BYTES, &mapped) ? mapped : NULL;
	cpu_find_features();
}

/* The firmware writes to its own console, the one that the tree names, by the paddr of the text; an old one by single
 * characters. */
void machine_console_write(const char *text, size_t nbytes)
{
	char line[LINE];

	while (nbytes) {
		unsigned long n = 0, done = 0;

		for (; nbytes && n < LINE - 1; text++, nbytes--) {
			if (*text == '\n')
				line[n++] = '\r';
			line[n++] = *text;
		}
		while (done < n) {
			struct sbi_result result = sbi_call(SBI_DBCN, 0, n - done, vm_linear_paddr(line + done), 0, 0);

			if (result.error || result.value <= 0)
				(void)sbi_call(SBI_LEGACY_PUTCHAR, 0, (unsigned char)line[done++], 0, 0, 0);
			else
				done += (unsigned long)result.value;
		}
	}
}

/* The test device tells QEMU, and takes its time. */
void machine_tell(int status)
{
	uint64_t began = machine_counter();

	if (test_device)
		*test_device = status ? (uint32_t)status << 16 | TEST_FAIL : TEST_PASS;
	while (test_device && machine_counter() - began < ticks_of(END_NS))
		machine_relax();
}

void machine_off(void)
{
	(void)sbi_call(SBI_SRST, 0, 0, 0, 0, 0);
	for (;;)
		__asm__ volatile("wfi");
}
