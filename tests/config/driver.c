/* SPDX-License-Identifier: MPL-2.0 */
/*
 * A driver as small kernels have it: map, alloc, sync, read, write, release, and coherent memory. size.sh links the
 * core with it and counts what stays.
 */
#include <dmastream/dmastream.h>

int driver(dma_paddr_t paddr, void *packet, size_t length);

static const struct dma_device_config config = {
	.name = "nic0",
	.mask = UINT64_MAX,
	.coherent = true,
	.trusted = true,
};

static struct dma_device nic;

static int transfer(struct dma_coherent *ring, struct dma_stream_to_device *tx, struct dma_stream_from_device *rx,
		    struct dma_segment *seg, void *packet, size_t length)
{
	uint64_t entry;
	int error = dma_coherent_alloc(ring, &nic, 0, 1);

	if (!error)
		error = dma_stream_alloc(tx, &nic, 0, 1);
	if (!error)
		error = dma_stream_map(rx, &nic, 0, seg);
	if (!error)
		error = dma_stream_write_bytes(tx, 0, packet, length);
	if (!error)
		error = dma_stream_sync_to_device(tx, 0, length);
	if (error)
		return error;
	entry = dma_stream_daddr(tx).raw;
	error = dma_coherent_write_val(ring, 0, &entry);
	dma_publish();
	if (!error)
		error = dma_coherent_read_val(ring, 8, &entry);
	dma_consume();
	if (!error)
		error = dma_stream_sync_from_device(rx, 0, length);
	return error ? error : dma_stream_read_bytes(rx, 0, packet, length);
}

int driver(dma_paddr_t paddr, void *packet, size_t length)
{
	struct dma_coherent ring = {0};
	struct dma_stream_to_device tx = {0};
	struct dma_stream_from_device rx = {0};
	struct dma_segment seg = {0};
	int error = dma_init();

	if (!error)
		error = dma_device_init(&nic, &config);
	if (!error)
		error = dma_segment_borrow(&seg, paddr, 1);
	if (error)
		return error;
	error = transfer(&ring, &tx, &rx, &seg, packet, length);
	dma_stream_release(&rx);
	dma_stream_release(&tx);
	dma_coherent_release(&ring);
	return error;
}
