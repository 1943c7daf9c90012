/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The small bus header: what drivers/ and apps/ need from a machine beyond dmastream itself. Every platform (bare, sim,
 * linux) implements it; the sources above it are the same everywhere.
 */
#ifndef DRIVERS_BUS_H
#define DRIVERS_BUS_H

#include <dmastream/device.h>
#include <dmastream/platform.h>
#include <dmastream/types.h>

/* ---- PCI functions ---------------------------------------------------------------------------------- */

struct bus_pci {
	uint16_t segment;
	uint8_t bus;
	uint8_t devfn; /* device << 3 | function */
	uint16_t vendor;
	uint16_t device;
	uint32_t class_code; /* class << 16 | subclass << 8 | programming interface */
	void *priv;	     /* the platform's */
};

/* The index-th function (from 0, in bus order) of that class code / of that identity. 0, DMA_ENODEV. */
int bus_pci_find_class(uint32_t class_code, unsigned index, struct bus_pci *out);
int bus_pci_find_id(uint16_t vendor, uint16_t device, unsigned index, struct bus_pci *out);

/* Configuration space, offset a multiple of 4, below 4096. Reads of what is not there give all ones. */
uint32_t bus_pci_read32(const struct bus_pci *fn, unsigned offset);
void bus_pci_write32(const struct bus_pci *fn, unsigned offset, uint32_t value);

/* Where the function is on the bus, as one number: in bus order, a smaller one comes first. */
static inline uint32_t bus_pci_place(const struct bus_pci *fn)
{
	return (uint32_t)fn->segment << 16 | (uint32_t)fn->bus << 8 | fn->devfn;
}

/* Where memory BAR `bar` (0 to 5) lies and how long it is. 0, DMA_ENODEV (no such BAR, I/O, unassigned, or it lies
 * where RAM does), DMA_EINVAL. */
int bus_pci_bar(const struct bus_pci *fn, unsigned bar, dma_paddr_t *paddr, uint64_t *nbytes);

/* Switches memory decoding and bus mastering on / bus mastering off. */
void bus_pci_enable(const struct bus_pci *fn);
void bus_pci_disable(const struct bus_pci *fn);

/* Makes *dev ready: the driver has filled name, mask, limits and zero_length_reads; the bus adds what only it knows
 * (domain as the IOMMU option says, coherence, trust, windows, requester) and calls dma_device_init(), whose errors
 * it returns. */
int bus_pci_dma_init(const struct bus_pci *fn, struct dma_device *dev, struct dma_device_config *config);

/* dma_device_fini(), and the domain that bus_pci_dma_init() made for it, if any. */
int bus_pci_dma_fini(const struct bus_pci *fn, struct dma_device *dev);

/* Faults that IOMMUs reported for this device since boot (a lower bound); looks at the hardware's fault records
 * first, so that a driver can ask before it trusts a completion (hazard 61). 0 without an IOMMU. */
uint64_t bus_pci_faults(const struct bus_pci *fn);

/* A register of nbytes, 1, 2 or 4, at an address that dma_host_mmio_map() gave: one access of that width. */
uint32_t bus_register_read(const volatile void *reg, unsigned nbytes);
void bus_register_write(volatile void *reg, unsigned nbytes, uint32_t value);

/* ---- Interrupts ----------------------------------------------------------------------------------------- */

/* From now on the function's message number `message` calls handler(context): with interrupts off, on CPU `cpu` (modulo
 * the number of CPUs), never on two at once. Call it before the device sends its first message. A message that the
 * device sends during the call is delivered afterwards. 0; DMA_ENOTSUP (the function or the machine has none: the
 * driver polls), DMA_EINVAL (no such message), DMA_EBUSY (in use), DMA_ENOSPC, DMA_ENOMEM, DMA_ETIMEDOUT. Interrupts
 * on. */
int bus_pci_interrupt(const struct bus_pci *fn, unsigned message, unsigned cpu, void (*handler)(void *context),
		      void *context);
/* Ends that: when it returns, the handler has run for the last time. Does nothing if the message has no handler.
 * Interrupts on, and not from the handler. */
void bus_pci_interrupt_end(const struct bus_pci *fn, unsigned message);

/* ---- The program's surroundings ----------------------------------------------------------------------- */

/* The value of option key (KEY=VALUE on the machine's command line), or otherwise. The string lives for ever. */
const char *bus_option(const char *key, const char *otherwise);

/* As MACHINE= names it: "q35", …, "sim". */
const char *bus_machine(void);
/* "none", "vtd", "smmuv3", …: what bus_pci_dma_init() puts in front of devices. */
const char *bus_iommu(void);

/* Raw bytes to the console (no newline added). */
void bus_write(const char *text, size_t nbytes);

/* The number of frames in use now, without those that the library keeps for itself (dma_stats' pages_own). Frames that
 * are in use at the end and were not at the beginning were leaked. Any context. */
uint64_t bus_frames_in_use(void);

/* The finest steady counter there is, in its own unit, with its own cost: for measuring code, not time. Under QEMU's
 * -icount shift=0 it counts guest instructions where the machine has a cycle counter. */
uint64_t bus_ticks(void);

/* A pause of the polling loop: lets other CPUs, or the simulated devices, get on. */
void bus_relax(void);

/* Waits until ready(context) is true, an interrupt has come, or about 10 ms have passed; ready() is asked with
 * interrupts off, so that an interrupt that makes it true is not missed. Where nothing interrupts: bus_relax(). Also
 * gives the library the time to work off what releases in interrupt handlers have left (dma_reclaim()). Interrupts
 * on. */
void bus_wait(bool (*ready)(void *context), void *context);

/* A driver's lock: as dma_host_lock() and dma_host_unlock(), for the library to be called under it. (The library's own
 * locks are the innermost: under them it calls no other hook, which the simulated machine watches.) */
uintptr_t bus_lock(struct dma_lock *lock);
void bus_unlock(struct dma_lock *lock, uintptr_t state);

/* ---- CPUs ------------------------------------------------------------------------------------------------- */

/* The number of CPUs, 1 or more. app_main() runs on CPU 0; dma_host_cpu() is the number of the CPU that calls it. */
unsigned bus_cpus(void);
/* Runs work(context) on another CPU, which must be idle, with interrupts on, and returns at once. false: it is not
 * idle, or there is none of that number. */
bool bus_cpu_run(unsigned cpu, void (*work)(void *context), void *context);
/* True while the work of that CPU has not returned. When it is false, the caller sees all that the work did. */
bool bus_cpu_busy(unsigned cpu);
/* Runs call(context) in an interrupt handler of that CPU, this one included, and waits until it has returned. False:
 * the machine has no interrupts, and nothing has been called. Interrupts on. */
bool bus_cpu_interrupt(unsigned cpu, void (*call)(void *context), void *context);

/* The program: the machine calls it, and its return value becomes the machine's exit status (0 success, 1 to 100
 * failure). */
int app_main(void);

#endif
