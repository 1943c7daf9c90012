/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Self-test of time, firmware tables, PCI, and of the library's hooks by a first stream.
 */
#include "../../../drivers/bus.h"
#include "../firmware/firmware.h"
#include "../iommu/bare_iommu.h"
#include "../kernel/options.h"
#include "../kernel/print.h"
#include "../memory/vm.h"
#include "../pci/pci.h"
#include "selftest.h"
#include <dmastream/dmastream.h>
#include <dmastream/platform.h>

#define NS_PER_MS UINT64_C(1000000)

/* ---- Time -------------------------------------------------------------------------------------------------------- */

enum {
	HPET_ADDRESS = 44, /* in its ACPI table (IA-PC HPET specification 1.0a, 3.2.4) */
	HPET_PERIOD = 4,   /* registers: femtoseconds a tick */
	HPET_CONFIG = 0x10,
	HPET_ENABLE = 1,
	HPET_COUNTER = 0xf0,
	HPET_BYTES = 1024,
};

/* Our clock against the HPET's over 10 ms, in thousandths. */
static void compare_with_hpet(uint64_t paddr)
{
	volatile void *mapped;
	uint64_t began, period, ours = 0, theirs, thousandths = 0;
	volatile char *regs;
	uint32_t first;

	if (vm_mmio_map(paddr, HPET_BYTES, &mapped)) {
		check(false, "time: the HPET's registers");
		return;
	}
	regs = mapped;
	period = dma_host_mmio_read32(regs + HPET_PERIOD);
	dma_host_mmio_write32(regs + HPET_CONFIG, dma_host_mmio_read32(regs + HPET_CONFIG) | HPET_ENABLE);
	/* One try may be spoilt by whatever else the host does between two looks. */
	for (unsigned i = 0; i < 5 && (thousandths < 950 || thousandths > 1050); i++) {
		first = dma_host_mmio_read32(regs + HPET_COUNTER);
		began = dma_host_time_ns();
		while (dma_host_time_ns() - began < 10 * NS_PER_MS)
			bus_relax();
		theirs = (uint64_t)(uint32_t)(dma_host_mmio_read32(regs + HPET_COUNTER) - first) * period / 1000000;
		ours = dma_host_time_ns() - began;
		thousandths = theirs ? ours * 1000 / theirs : 0;
	}
	vm_mmio_unmap(mapped, HPET_BYTES);
	check(thousandths >= 950 && thousandths <= 1050, "time: %lu thousandths of the HPET's over %lu us",
	      (unsigned long)thousandths, (unsigned long)(ours / 1000));
}

void test_time(void)
{
	uint64_t last = dma_host_time_ns(), now = last;
	struct acpi_table hpet;
	bool good = true;

	for (unsigned i = 0; i < 10000; i++) {
		now = dma_host_time_ns();
		good &= now >= last;
		last = now;
	}
	check(good, "time: never goes back");
	for (unsigned i = 0; i < 100000000 && now - last < NS_PER_MS; i++)
		now = dma_host_time_ns();
	check(now - last >= NS_PER_MS, "time: goes on");
	if (firmware_table("HPET", 0, &hpet) == 0 && hpet.nbytes >= HPET_ADDRESS + 8)
		compare_with_hpet(acpi_read64(hpet.bytes + HPET_ADDRESS));
}

/* ---- Firmware ---------------------------------------------------------------------------------------------------- */

void test_firmware(void)
{
	struct acpi_table table = {0};

	if (boot_info.rsdp == 0) {
		print("# no ACPI\n");
		return;
	}
	check(firmware_table("FACP", 0, &table) == 0 && table.nbytes >= 116, "acpi: FACP of %u bytes", table.nbytes);
	check(firmware_table("MCFG", 0, &table) == 0, "acpi: MCFG of %u bytes", table.nbytes);
	check(firmware_table("MCFG", 1, &table) == DMA_ENODEV, "acpi: there is no second MCFG");
	check(firmware_table("ZZZZ", 0, &table) == DMA_ENODEV, "acpi: there is no ZZZZ");
	if (option("oem", NULL))
		check(firmware_table("OEMT", 0, &table) == 0 && table.nbytes > ACPI_HEADER_BYTES &&
			      table.bytes[ACPI_HEADER_BYTES] == 'x',
		      "acpi: the table that the host added");
}

/* ---- PCI --------------------------------------------------------------------------------------------------------- */

#define CLASS_HOST_BRIDGE 0x060000
#define CLASS_NVME	  0x010802
#define NVME_BYTES	  16384 /* QEMU's: registers, doorbells and MSI-X */
#define NVME_VERSION	  8	/* register */

static void list_functions(void)
{
	struct bus_pci fn;

	for (unsigned i = 0; i < pci_count(); i++) {
		const struct pci_function *f = pci_function(i);

		print("# pci %04x:%02x:%02x.%u %04x:%04x class %06x", f->segment, f->bus, f->devfn >> 3, f->devfn & 7u,
		      f->vendor, f->device, f->class_code);
		for (unsigned bar = 0; bar < 6; bar++)
			if (f->bar[bar].paddr)
				print(" BAR%u 0x%lx+0x%lx", bar, (unsigned long)f->bar[bar].paddr,
				      (unsigned long)f->bar[bar].size);
		print("\n");
	}
	check(bus_pci_find_id(0xffff, 0xffff, 0, &fn) == DMA_ENODEV, "pci: no function that is not there");
}

static void test_disk(const struct bus_pci *fn)
{
	dma_paddr_t paddr = {0};
	uint64_t nbytes = 0;
	volatile void *regs = NULL;

	check(bus_pci_bar(fn, 0, &paddr, &nbytes) == 0 && nbytes == NVME_BYTES && paddr.raw % nbytes == 0,
	      "pci: BAR 0 of %02x:%02x at 0x%lx, %lu bytes", fn->bus, fn->devfn, (unsigned long)paddr.raw,
	      (unsigned long)nbytes);
	check(bus_pci_bar(fn, 1, &paddr, &nbytes) == DMA_ENODEV, "pci: the upper half of BAR 0 is no BAR");
	if (option("high_bar", NULL))
		check(bus_pci_bar(fn, 2, &paddr, &nbytes) == 0 && nbytes == (UINT64_C(1) << 30) && paddr.raw >> 32 &&
			      paddr.raw % nbytes == 0,
		      "pci: BAR 2 of 1 GiB above 4 GiB, at 0x%lx", (unsigned long)paddr.raw);
	check(bus_pci_bar(fn, 6, &paddr, &nbytes) == DMA_EINVAL, "pci: there is no BAR 6");
	bus_pci_enable(fn);
	check((bus_pci_read32(fn, 4) & 6) == 6, "pci: decoding and mastering on");
	if (bus_pci_bar(fn, 0, &paddr, &nbytes) == 0 && vm_mmio_map(paddr.raw, (size_t)nbytes, &regs) == 0) {
		uint32_t version = dma_host_mmio_read32((volatile char *)regs + NVME_VERSION);

		check(version >= 0x10000 && version < 0x30000, "pci: its registers answer: version %x", version);
		vm_mmio_unmap(regs, (size_t)nbytes);
	}
	bus_pci_disable(fn);
	check((bus_pci_read32(fn, 4) & 6) == 2, "pci: mastering off, decoding still on");
}

void test_pci(void)
{
	struct bus_pci fn;
	unsigned disks = 0;

	list_functions();
	if (pci_count() == 0) {
		print("# no PCI\n");
		return;
	}
	check(bus_pci_find_class(CLASS_HOST_BRIDGE, 0, &fn) == 0 && fn.bus == 0 && fn.devfn == 0, "pci: a host bridge");
	check(bus_pci_read32(&fn, 0) == ((uint32_t)fn.device << 16 | fn.vendor), "pci: its configuration space");
	check(bus_pci_read32(&fn, 4096) == UINT32_MAX && bus_pci_read32(&fn, 2) == UINT32_MAX,
	      "pci: configuration space ends at 4096, and is read by words");
	while (bus_pci_find_class(CLASS_NVME, disks, &fn) == 0) {
		test_disk(&fn);
		disks++;
	}
	check(disks == (unsigned)(option("disks", "0")[0] - '0'), "pci: %u disks", disks);
}

/* ---- The library ------------------------------------------------------------------------------------------------- */

#define STREAM_PAGES 16

/* The two parts of a stream live and die alone. Where the IOMMU takes no part of a mapping away, that is for streams
 * which were made for it; any other is as it was (dma_stream_split()). Releases the stream. */
static void test_split(struct dma_device *dev, struct dma_stream *stream, unsigned how)
{
	struct dma_stream tail = {0};
	bool whole = dev->domain && dev->domain->features & DMA_DOMAIN_TRANSLATES &&
		     !(dev->domain->features & DMA_DOMAIN_SPLITS) && !(how & DMA_SPLITTABLE);
	uint64_t daddr = dma_stream_daddr(stream).raw;
	int error = dma_stream_split(stream, 7 * DMA_PAGE_SIZE, &tail);

	if (whole)
		check(error == DMA_ENOTSUP && dma_stream_size(stream) == STREAM_PAGES * DMA_PAGE_SIZE &&
			      dma_stream_daddr(stream).raw == daddr && dma_stream_size(&tail) == 0,
		      "library: it stays whole");
	else
		check(error == 0 && dma_stream_daddr(&tail).raw == daddr + 7 * DMA_PAGE_SIZE, "library: split");
	if (!error)
		dma_stream_release(stream);
	check(dma_stream_fill(error ? stream : &tail, 0, 0x5a, 100) == 0, "library: what is left lives on");
	dma_stream_release(error ? stream : &tail);
}

/* A stream whose memory goes through placement, kernel mappings and maintenance as the options say; "the device" is
 * the CPU at the frames' linear alias, after machine_flush_lines(). */
static void test_stream(struct dma_device *dev)
{
	struct dma_stream stream = {0};
	static unsigned char text[100], back[100];
	unsigned char *device;
	dma_paddr_t paddr;

	for (unsigned i = 0; i < sizeof(text); i++)
		text[i] = (unsigned char)(i * 3 + 1);
	if (dma_stream_alloc(&stream, dev, DMA_BIDIRECTIONAL, STREAM_PAGES)) {
		check(false, "library: a stream");
		return;
	}
	check(dma_stream_write_bytes(&stream, 5000, text, sizeof(text)) == 0 &&
		      dma_stream_sync_to_device(&stream, 5000, sizeof(text)) == 0,
	      "library: written and synced");
	paddr = dma_stream_paddr(&stream);
	device = vm_linear(paddr.raw);
	machine_flush_lines(device, STREAM_PAGES * DMA_PAGE_SIZE);
	check(__builtin_memcmp(device + 5000, text, sizeof(text)) == 0, "library: the device sees it");
	for (unsigned i = 0; i < sizeof(text); i++)
		device[9000 + i] = (unsigned char)(i ^ 0x5a);
	machine_flush_lines(device, STREAM_PAGES * DMA_PAGE_SIZE);
	check(dma_stream_sync_from_device(&stream, 9000, sizeof(back)) == 0 &&
		      dma_stream_read_bytes(&stream, 9000, back, sizeof(back)) == 0 &&
		      __builtin_memcmp(back, device + 9000, sizeof(back)) == 0,
	      "library: the CPU sees what the device wrote");
	test_split(dev, &stream, DMA_BIDIRECTIONAL);
	if (!dma_stream_alloc(&stream, dev, DMA_BIDIRECTIONAL | DMA_SPLITTABLE, STREAM_PAGES))
		test_split(dev, &stream, DMA_BIDIRECTIONAL | DMA_SPLITTABLE);
	else
		check(false, "library: a stream that can be split");
}

void test_library(void)
{
	struct dma_device dev;
	struct dma_device_config config = {.name = "selftest", .mask = UINT64_MAX};
	struct bus_pci fn;
	size_t kva = kva_in_use();
	bool on_bus = pci_count() && !bus_pci_find_class(CLASS_HOST_BRIDGE, 0, &fn);

	check(dma_init() == 0, "library: dma_init");
	if (!on_bus) {
		config.coherent = true;
		check(dma_device_init(&dev, &config) == 0, "library: a device without a bus");
	} else {
		check(bus_pci_dma_init(&fn, &dev, &config) == 0, "library: a device");
		check(dev.coherent == (machine_pci_coherent() && !option_is("coherent", "no")), "library: coherent: %s",
		      dev.coherent ? "yes" : "no");
		check(bus_pci_faults(&fn) == 0, "library: no faults");
	}
	test_stream(&dev);
	check((on_bus ? bus_pci_dma_fini(&fn, &dev) : dma_device_fini(&dev)) == 0, "library: the device is gone");
	dma_reclaim();
	check(dma_fini() == 0, "library: dma_fini");
	check(kva_in_use() == kva, "library: no kernel address lost");
}

/* ---- The IOMMU --------------------------------------------------------------------------------------------------- */

/* Off, on and off again: what it takes comes back each time. */
void test_iommu(void)
{
	const char *name = bus_iommu();
	uint64_t on = bus_frames_in_use(), off;
	size_t kva = kva_in_use();

	if (text_equal(name, "none")) {
		print("# no IOMMU\n");
		return;
	}
	check(iommu_end() == 0 && text_equal(bus_iommu(), "none"), "iommu: %s: off", name);
	off = bus_frames_in_use();
	check(off < on && kva_in_use() < kva, "iommu: its %lu frames and its registers' addresses are back",
	      (unsigned long)(on - off));
	check(iommu_start(name) == 0 && text_equal(bus_iommu(), name), "iommu: on again");
	check(bus_frames_in_use() == on && kva_in_use() == kva, "iommu: with as much memory as before: %lu, of %lu",
	      (unsigned long)(bus_frames_in_use() - off), (unsigned long)(on - off));
	test_library();
	check(iommu_end() == 0, "iommu: off for good");
	check(dma_init() == 0 && dma_fini() == 0, "iommu: and the library's end");
	check(bus_frames_in_use() == off, "iommu: nothing is left of it");
}
