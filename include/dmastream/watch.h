/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The ledger of streams: finds mistakes of drivers on real machines, where no model of memory looks on.
 *
 * Built with DMA_CONFIG_WATCH 1 (config.h), the library notes every stream, list, buffer and coherent memory: for which
 * device, which bytes, at which device address, in which direction, and where in the code it was made. It judges each
 * release and each sync by that, and writes what is wrong to the host's log (dma_host_log()). Built without, none of it
 * is there, and no instruction of it in any path.
 *
 *   what is wrong                                                      level
 *   ----------------------------------------------------------------   -----
 *   released twice (the handle was copied, and the copy released)       error
 *   synced after the release, or without ever being mapped              error
 *   a sync that does not fit: its range, its direction                  error
 *   two mappings have the same bytes, and a device writes there         error
 *   two mappings share a cache line, and a device writes there          note
 *   released although the CPU wrote after the last sync                 warning
 *   still mapped when its device ends, or when somebody asks            error
 *
 * How the ledger knows that the CPU wrote: at map and at each sync it keeps a sum of every 64 bytes of the range, and
 * at the release it computes the sums anew and compares. It does so for memory that no device writes: to-device
 * streams, and bidirectional streams that bounce. Bytes that the CPU took back from the device are left out, since the
 * CPU may write them. (It is a warning, since a driver may give up halfway.) The lines that two mappings share are a
 * note, since the library copies such edges where devices do not snoop (buffer.h).
 *
 * A mistake is told in full once for each place in the code; all are counted. Places are addresses in the log, which
 * tools/ledger turns into files and lines:
 *
 *     ledger: error 1: released twice: the handle was copied, and the copy released
 *     ledger: error 1: here  0x100f2c 0x101a40
 *     ledger: error 1: of   to device, 4096 bytes at device address 0x1234000
 *     ledger: error 1: made  0x100e10 0x101a40
 *     ledger: error 1: ended 0x100f10 0x101a40
 *
 * DMA_WATCH_CALLERS 1 promises that everything is compiled with frame pointers (-fno-omit-frame-pointer). Each place is
 * then a chain of up to eight callers; a line that begins with "from" continues the chain. Without it a place is one
 * address, the caller of the library's hook. For functions that are not inline that address lies in the library itself,
 * so places do not tell mistakes apart, and the first 64 mistakes are told.
 *
 * The ledger also keeps what happened, for a trace that people look at: dma_watch_trace().
 */
#ifndef DMASTREAM_WATCH_H
#define DMASTREAM_WATCH_H

#include <dmastream/types.h>

#ifdef __cplusplus
extern "C" {
#endif

struct dma_watch_counts {
	uint64_t begun, ended; /* mappings so far; a list counts each of its runs */
	uint64_t syncs;	       /* those that were refused, too */
	uint64_t errors, warnings, notes;
	uint64_t missed; /* mappings that it could not note, since there was no memory: syncs and releases of memory
	                  * that it does not know are not judged any more */
};

/* What the ledger has counted.
 * Returns: nothing; all 0 in a library without the ledger.
 * Errors: none.
 * Context: any.
 * See: dma_watch_left(). */
void dma_watch_stats(struct dma_watch_counts *out);

/* Logs every mapping that lives, with where it was made, as an error each; of one device, or of all where dev is NULL.
 * dma_device_fini() calls it if it refuses to end a device.
 * Returns: how many live.
 * Errors: none.
 * Context: any.
 * See: dma_device_fini(), dma_watch_stats(). */
size_t dma_watch_left(const void *dev);

/* Logs which mapping lives at a device address, or lived there last: for the handler of faults, whose hardware tells
 * the address alone.
 * Returns: whether the ledger knows one.
 * Errors: none.
 * Context: any.
 * See: dma_iommu_on_fault(). */
bool dma_watch_explain(dma_daddr_t daddr);

/* Where a trace goes: n characters, not terminated. */
typedef void dma_watch_put(const char *text, size_t n, void *context);

/* Writes the latest events (2048, or DMA_WATCH_EVENTS) in the JSON trace event format, which Perfetto opens: a track
 * for each mapping with its life and its syncs, a track for what was found and for faults that were explained. Times
 * are those of dma_host_time_ns(). One line for each event, so that a console's other lines can be told apart.
 * Returns: nothing.
 * Errors: none.
 * Context: any; nothing else happens meanwhile, since the ledger's lock is held.
 * See: dma_watch_left(), dma_host_time_ns(). */
void dma_watch_trace(dma_watch_put *put, void *context);

/* ---- The library's own: what dmastream/native.h calls, in any context, and dma_fini(), with interrupts on ---- */

void dma_ledger_stream_begins(const void *dev, const void *view, uint64_t daddr, size_t nbytes, unsigned dir,
			      bool bounces);
bool dma_ledger_stream_ends(const void *view, uint64_t daddr, size_t nbytes);
void dma_ledger_stream_synced(const void *view, size_t nbytes, unsigned dir);
void dma_ledger_stream_refused(const void *view, size_t off, size_t nbytes, unsigned dir, int error);
void dma_ledger_fini(void); /* gives the host's pages back, unless something is still mapped */

#ifdef __cplusplus
}
#endif
#endif
