/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The three orders that a driver needs. Sync uses the first two inside; on coherent memory they are the caller's.
 *
 *   what comes first           what comes next                    between them
 *   -------------------------  ---------------------------------  ---------------
 *   write a descriptor         write its valid bit or index       dma_publish()
 *   write a descriptor         ring the doorbell                  dma_publish()
 *   see a valid bit or index   read what it announces             dma_consume()
 *   read a device register     read memory that it announces      dma_consume()
 *   write an event index,      read the ring once more, to be     dma_barrier()
 *   or "wake me"               sure that nothing came meanwhile
 *   acknowledge an interrupt   look for work once more            dma_barrier()
 *   write an index             read the device's event index, to  dma_barrier()
 *                              decide whether to ring at all
 *   read what a device wrote   give the buffer back (an index     dma_barrier()
 *                              or a doorbell that lets it write)
 *
 * In the last four rows a store comes before a load, or a load before a store. No dma_publish(), no dma_consume(), and
 * not both of them together order these, on any CPU. Where two sides each write something and then look at what the
 * other wrote, both need dma_barrier(); otherwise a wake-up is lost (hazard 69).
 *
 * Example: virtio's event index (Virtual I/O Device 1.2, 2.7.7 and 2.7.10). The driver goes to sleep:
 *
 *     avail->used_event = seen;      // "interrupt me when you use entry `seen`"
 *     dma_barrier();                 // the store is visible before the look
 *     if (used->idx != seen)         // one came in between: no interrupt may follow
 *             handle it instead of sleeping, after dma_consume();
 *
 * and adds buffers:
 *
 *     avail->ring[i] = head;
 *     dma_publish();                 // the entry before the index
 *     avail->idx = next;
 *     dma_barrier();                 // the index before the look at what the device asked for
 *     if (used->avail_event lies among the entries just added)
 *             ring the doorbell;     // the index is visible already
 *
 * Example: an interrupt is acknowledged, then the work is looked for, never the other way round:
 *
 *     write32(regs + INT_STATUS, bits);    // from here on new work raises a new interrupt
 *     dma_barrier();
 *     while (a completion is valid) {      // what came before the acknowledgement is found here
 *             dma_consume();
 *             handle it;
 *     }
 *
 * A register write may be posted: a bridge may hold it, so that it reaches the device after the barrier (PCI Express
 * Base 6.0, 2.4). Where the device must have got the write, read one of its registers after the write, then
 * dma_barrier().
 *
 * Both examples are tests: tests/sim/wakeup.c runs them on the simulated machine, tests/static/store_load.c on this
 * CPU.
 */
#ifndef DMASTREAM_BARRIER_H
#define DMASTREAM_BARRIER_H

#include <dmastream/arch.h> /* src/arch/<architecture>/dmastream/arch.h */

#ifdef __cplusplus
extern "C" {
#endif

/* Devices see every store to memory before this call earlier than any store to memory or to a device's registers after
 * it. x86-64: SDM vol. 3, 9.2.2 (stores stay in order). AArch64: DDI 0487, B2.3 "Memory barriers" (DMB OSHST). RISC-V:
 * unprivileged ISA, "Memory Ordering Instructions" (FENCE w,ow). LoongArch: reference manual vol. 1, 2.2.8.1 (DBAR).
 *
 * Loads before it are ordered only if a store before it depends on them. So before a buffer is given back to the
 * device, copy it to memory (read_bytes does), decide by what was read, or use dma_barrier(): a value that is only used
 * later may also be loaded later.
 * Returns: nothing.
 * Errors: none.
 * Context: any.
 * Example:
 *     descriptor->address = daddr;   // the entry
 *     dma_publish();
 *     descriptor->flags = VALID;     // the device sees this only after the entry
 * See: dma_consume(), dma_barrier(), dma_stream_sync_to_device(). */
static inline void dma_publish(void)
{
	dma_arch_publish();
}

/* Every load from memory after this call returns a value at least as new as any load from memory or from a device's
 * registers before it. x86-64: SDM vol. 3, 9.2.2 (loads stay in order). AArch64: DDI 0487, B2.3 (DMB OSHLD). RISC-V:
 * FENCE ir,r. LoongArch: DBAR.
 * Returns: nothing.
 * Errors: none.
 * Context: any.
 * Example:
 *     if (completion->valid) {       // the device wrote the result first, then this
 *             dma_consume();
 *             length = completion->length;
 *     }
 * See: dma_publish(), dma_barrier(), dma_stream_sync_from_device(). */
static inline void dma_consume(void)
{
	dma_arch_consume();
}

/* For all observers, every load and store before this call, of memory or of a device's registers, comes before every
 * load and store after it. It costs more than dma_publish() and dma_consume(): dozens of cycles, and where a register
 * was written, the time until the write is answered. x86-64: SDM vol. 3, 9.2.5 (MFENCE). AArch64: DDI 0487, B2.3 (DSB
 * SY). RISC-V: FENCE iorw,iorw. LoongArch: DBAR 0.
 * Returns: nothing.
 * Errors: none.
 * Context: any.
 * Example:
 *     avail->used_event = seen;      // "interrupt me when you use entry `seen`"
 *     dma_barrier();                 // the store is visible before the look
 *     if (used->idx != seen)         // one came in between: no interrupt may follow
 *             handle_it();
 * See: dma_publish(), dma_consume(). */
static inline void dma_barrier(void)
{
	dma_arch_barrier();
}

#ifdef __cplusplus
}
#endif
#endif
