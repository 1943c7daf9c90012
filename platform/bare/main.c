/* SPDX-License-Identifier: MPL-2.0 */
/*
 * From the boot code to the application and out again.
 */
#include "../../drivers/bus.h"
#include "cvm/cvm_guest.h"
#include "firmware/firmware.h"
#include "iommu/bare_iommu.h"
#include "kernel/cpu.h"
#include "kernel/options.h"
#include "kernel/print.h"
#include "memory/frames.h"
#include "memory/torn.h"
#include "memory/vm.h"
#include "pci/pci.h"
#include "pci/pci_peer.h"
#include <dmastream/watch.h>

/* What happened, as the ledger of streams knows it: the option trace=1 of an image that keeps one (watch.mk). */
static void put_trace(const char *text, size_t n, void *context)
{
	(void)context;
	print_bytes(text, n);
}

_Noreturn void bare_start(void)
{
	int status;

	options_init();
	if (!boot_contains(&boot_info.ram, vm_linear_paddr(image_start), (uint64_t)(image_end - image_start)))
		panic("boot: the image lies outside of RAM");
	if (!boot_add(&boot_info.taken, vm_linear_paddr(image_start), (uint64_t)(image_end - image_start)))
		panic("boot: more than %d memory ranges", BOOT_RANGES);
	cvm_trim();
	frames_init();
	cvm_start();
	vm_init();
	kva_init();
	cvm_finish();
	machine_init();
	firmware_init();
	pci_touches = cvm_own_registers;
	pci_init();
	machine_interrupts_init();
	machine_interrupts_restore(~(uintptr_t)0);
	cpus_start();
	bus_init();
	iommu_init();
	scattered_init();
	pci_peer_init();

	status = app_main();
	if (DMA_CONFIG_WATCH && bus_option("trace", "")[0] == '1')
		dma_watch_trace(put_trace, NULL);
	machine_exit(cvm_end(status >= 0 && status <= 100 ? status : 100));
}
