/* SPDX-License-Identifier: MPL-2.0 */
/*
 * One call on one typed slice: misuse.sh compiles it with HANDLE and CALL, for types that have the call and types that
 * do not. C11 and C++17.
 */
#include <dmastream/dmastream.h>

int misuse(struct dma_reader *r, struct dma_writer *w, void *mem);

int misuse(struct dma_reader *r, struct dma_writer *w, void *mem)
{
	static struct dma_stream core;
	static struct dma_stream_to_device to;
	static struct dma_stream_from_device from;
	static struct dma_stream_bidirectional both;
	static struct HANDLE h;
	static struct TAIL tail;
	uint32_t value = 0;
	int error = 0;

	(void)r, (void)w, (void)mem, (void)tail, (void)value, (void)core, (void)to, (void)from, (void)both;
	CALL;
	return error || !dma_slice_lives(&h);
}
