/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What a harness needs to run a driver under dmacheck (docs/dmacheck.md): the device's side, registers, checks. The
 * device is a model in plain C against sim.h (sim_device_read(), sim_device_write(), sim_on_tick(), sim_choose());
 * ready ones are in dmacheck_models.h. The harness defines dmacheck_main(): dmacheck run calls it once for each
 * machine and seed, in a process of its own, so that the driver's static variables are fresh each time.
 *
 *     static void doorbell(void *nic, uint64_t offset, uint64_t value, unsigned nbytes) { ... sim_device_read() ... }
 *     void dmacheck_main(void)
 *     {
 *             struct sim_device *nic = dmacheck_device("nic0");
 *             void *registers = dmacheck_registers(0x1000, NULL, doorbell, nic);
 *             driver_start(registers);
 *             driver_send("hello", 6);
 *     }
 */
#ifndef DMACHECK_H
#define DMACHECK_H

#include "sim.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The harness's. */
void dmacheck_main(void);

/* The DMA side of a new device, as the machine has them (coherent or not, mask). NULL: no more. */
struct sim_device *dmacheck_device(const char *name);

/* nbytes of registers of a device. The driver reaches them by its API's accessors (readl(), bus_space_read_4(), …)
 * or by volatile loads and stores of 1, 2, 4 or 8 bytes, aligned. read may be NULL (gives 0), write may be NULL. */
void *dmacheck_registers(size_t nbytes, sim_mmio_read read, sim_mmio_write write, void *context);
/* The same at an address that the driver's source has fixed. NULL: the host has something else there. */
void *dmacheck_registers_at(uintptr_t address, size_t nbytes, sim_mmio_read read, sim_mmio_write write, void *context);

/* A driver's access to them, ordered as Linux's writel() and readl() are. */
void dmacheck_register_write(void *registers, size_t offset, uint64_t value, unsigned nbytes);
uint64_t dmacheck_register_read(void *registers, size_t offset, unsigned nbytes);

/* A device's interrupt: handler(context) is called at the driver's next pause (dmacheck_wait(), cpu_relax(), udelay(),
 * k_busy_wait(), wait_event(), …) after dmacheck_interrupt(). */
void dmacheck_on_interrupt(void (*handler)(void *context), void *context);
void dmacheck_interrupt(void);
/* A pause: devices get on, the caches do what they like, interrupts arrive. */
void dmacheck_wait(void);

/* What must hold: else a finding. Gives the condition's value. */
#define DMACHECK(condition) dmacheck_check((condition), #condition, __FILE__, __LINE__)
bool dmacheck_check(bool condition, const char *text, const char *file, int line);

/* Memory of the machine for the harness: what a driver would have had from its system. Aligned to a line. */
void *dmacheck_alloc(size_t nbytes);
void *dmacheck_pages(size_t npages); /* of 4 KiB, aligned */
void dmacheck_free(void *memory);

/* For drivers without a mapping API, whose devices use the CPU's addresses (Zephyr, CMSIS, bare metal): what is
 * given to the device is the pointer itself. The doors of Zephyr and CMSIS call it. */
void dmacheck_identity(void);

#ifdef __cplusplus
}
#endif
#endif
