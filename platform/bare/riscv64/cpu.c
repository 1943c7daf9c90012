/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What the CPUs can do: time, cache-block maintenance (Zicbom), uncached pages (Svpbmt). The device tree says what
 * there is, but not whether firmware has enabled it (menvcfg.CBCFE, CBIE, PBMTE), so each CPU tries it with the
 * exception caught. What one of them cannot is not used on any.
 */
#include "../kernel/cpu.h"
#include "../kernel/options.h"
#include "../kernel/print.h"
#include "../kernel/ticks.h"
#include "../memory/frames.h"
#include "../memory/lines.h"
#include "../memory/vm.h"
#include "riscv.h"

#include <dmastream/arch.h>

#define BLOCK_LEAST 16 /* that dma_init() takes */
#define BLOCK_MOST  DMA_PAGE_SIZE

static _Alignas(BLOCK_MOST) char trial[BLOCK_MOST];

static bool has_cycle, asked;
static size_t block_least = 64, block_most = 64; /* until a CPU says otherwise */
static const char *no_cbo = "not asked";	 /* why cache blocks are not maintained; NULL: they are */
static uintptr_t uncached;			 /* a page that is mapped so for trials; 0: none */
bool machine_has_pbmt;

/* Cycles, where they may be read: with QEMU's -icount shift=0 they are instructions. */
uint64_t machine_ticks(void)
{
	uint64_t ticks;

	if (!has_cycle)
		return machine_counter();
	__asm__ volatile("rdcycle %0" : "=r"(ticks) : : "memory");
	return ticks;
}

/* ---- Extensions -------------------------------------------------------------------------------------------------- */

/* "riscv,isa-extensions" is a list of strings; the older "riscv,isa" one string with '_' between the longer names. */
static bool extension(fdt_node hart, const char *name)
{
	struct fdt_property list;

	if (fdt_property(&boot_tree, hart, "riscv,isa-extensions", &list))
		return fdt_list_has(&list, '\0', name);
	return fdt_property(&boot_tree, hart, "riscv,isa", &list) && fdt_list_has(&list, '_', name);
}

/* NULL, or why Zicbom cannot be used. */
static const char *find_blocks(fdt_node hart)
{
	uint32_t block = fdt_u32(&boot_tree, hart, "riscv,cbom-block-size", 0);

	if (!extension(hart, "zicbom"))
		return "no Zicbom";
	if (block < BLOCK_LEAST || (block & (block - 1)) || block > BLOCK_MOST)
		return "Zicbom's block size is no power of two from 16 bytes to a page";
	block_least = !asked || block < block_least ? block : block_least;
	block_most = !asked || block > block_most ? block : block_most;
	return cpu_try(CPU_TRY_CBO, trial) ? NULL : "Zicbom is there, but not enabled in menvcfg";
}

/* Maps the page for trials; kva.c writes its lines back before. */
static bool map_uncached(void)
{
	uint64_t paddr;

	machine_has_pbmt = true; /* for machine_vm_leaf() */
	if (frames_alloc(1, UINT64_MAX, DMA_PAGE_SIZE, &paddr))
		return false;
	if (!kva_map(paddr, 1, VM_UNCACHED, &uncached))
		return true;
	frames_free(paddr, 1);
	return false;
}

void cpu_find_features(void)
{
	fdt_node hart = fdt_cpu(cpus[machine_cpu()].hardware_id);
	bool first = !asked, pbmt = extension(hart, "svpbmt");
	uint64_t paddr;
	unsigned attr, level;

	if (first) {
		ticks_init(fdt_u32(&boot_tree, fdt_path(&boot_tree, "/cpus"), "timebase-frequency", 0),
			   "the device tree has no timebase-frequency");
		has_cycle = true;
		no_cbo = NULL;
	}
	has_cycle = has_cycle && cpu_try(CPU_TRY_CYCLE, NULL);
	no_cbo = no_cbo ? no_cbo : find_blocks(hart);
	asked = true;
	/* The page is made on the first CPU; where no cache lines can be written back, no page may become uncached. */
	if (first)
		pbmt = pbmt && !no_cbo && map_uncached();
	machine_has_pbmt = (first || machine_has_pbmt) && pbmt && cpu_try(CPU_TRY_LOAD, (const void *)uncached);
	if (!machine_has_pbmt && uncached && vm_query(uncached, &paddr, &attr, &level)) {
		kva_unmap(uncached, 1);
		kva_flush(uncached, 1);
		frames_free(paddr, 1);
		uncached = 0;
	}
}

void machine_cache_info(struct dma_host_info *info)
{
	static bool said;

	info->can_sync = !no_cbo && dma_arch_can_sync();
	info->uncached_ok = !no_cbo && machine_has_pbmt;
	info->line_step = block_least;
	info->line_align = block_most;
	if (!info->uncached_ok && !said)
		print("riscv64: %s: %s devices that do not snoop are refused\n", no_cbo ? no_cbo : "no Svpbmt",
		      no_cbo ? "all" : "rings of");
	said = true;
}

void machine_flush_lines(const void *va, size_t nbytes)
{
	if (!no_cbo)
		lines_flush(va, nbytes, block_least);
}
