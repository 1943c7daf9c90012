/* SPDX-License-Identifier: MPL-2.0 */
/*
 * One call on one typed handle: misuse.sh compiles it with HANDLE and CALL, for types that have the call and types that
 * do not. C11 and C++17.
 */
#include <dmastream/dmastream.h>

int misuse(struct dma_device *dev, struct dma_segment *seg, struct dma_reader *r, struct dma_writer *w, void *mem);

int misuse(struct dma_device *dev, struct dma_segment *seg, struct dma_reader *r, struct dma_writer *w, void *mem)
{
	static struct HANDLE h;
	static struct TAIL tail;
	static struct dma_coherent ring;
	static struct dma_segment part;
	uint8_t array[6] = {0};
	struct dma_segment *pointer = seg;
	uint32_t value = 0;
	size_t n = sizeof(value);
	int error = 0;

	(void)ring, (void)part, (void)array, (void)pointer, (void)n;
	(void)dev, (void)seg, (void)r, (void)w, (void)mem, (void)tail, (void)value;
	CALL;
	dma_stream_release(&h);
	return error;
}
