/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What both layouts of queues share: setting them up, chains and their identifiers, and the look at every answer
 * before it is believed.
 */
#include <dmastream/barrier.h>
#include <dmastream/errors.h>
#include <dmastream/platform.h>

#include "virtio.h"

/* ---- Set up ----------------------------------------------------------------------------------------------- */

/* 4.1.4.4: where the device wants to be told of the queue that is selected. */
static volatile void *doorbell(const struct virtio *v)
{
	uint64_t at = (uint64_t)virtio_read(v, VIRTIO_QUEUE_NOTIFY_OFF, 2) * v->notify_step;

	if (at % 2 || v->nbytes[VIRTIO_NOTIFY] < 2 || at > v->nbytes[VIRTIO_NOTIFY] - 2)
		return NULL;
	return v->structures[VIRTIO_NOTIFY] + at;
}

/* The largest size that the device, the layout and the caller allow; 0: none. */
static unsigned size_of(const struct virtio *v, unsigned most)
{
	unsigned size = virtio_read(v, VIRTIO_QUEUE_SIZE, 2), fits = 1;

	size = size < most ? size : most;
	size = size < VIRTQ_SIZE ? size : VIRTQ_SIZE;
	while (fits * 2 <= size) /* a split queue's is a power of two (2.7), and a packed one's may be */
		fits *= 2;
	return size ? fits : 0;
}

unsigned virtq_size(const struct virtio *v, unsigned index, unsigned most)
{
	virtio_write(v, VIRTIO_QUEUE_SELECT, 2, index);
	return size_of(v, most);
}

static void tell(const struct virtio *v, const struct virtq *q)
{
	static const unsigned areas[] = {VIRTIO_QUEUE_DESCRIPTORS, VIRTIO_QUEUE_DRIVER, VIRTIO_QUEUE_DEVICE};

	virtio_write(v, VIRTIO_QUEUE_SIZE, 2, q->size);
	for (unsigned i = 0; i < 3; i++) {
		uint64_t daddr = q->layout->area(q, i).raw;

		virtio_write(v, areas[i], 4, (uint32_t)daddr);
		virtio_write(v, areas[i] + 4, 4, (uint32_t)(daddr >> 32));
	}
	dma_publish();
	virtio_write(v, VIRTIO_QUEUE_ENABLE, 2, 1);
}

static int open_tables(struct virtio *v, struct virtq *q)
{
	struct dma_pool_config tables = {
		.name = "virtio tables",
		.coherent = true,
		.block_size = VIRTQ_PARTS * sizeof(struct virtq_descriptor),
		.align = 16, /* 2.7.5.3.1 has none; descriptors have */
		.blocks = q->size,
	};

	return v->features & VIRTIO_F_INDIRECT ? dma_pool_create(&q->tables, &v->dma, &tables) : 0;
}

int virtq_open(struct virtio *v, struct virtq *q, unsigned index, unsigned most, unsigned message)
{
	int error;

	*q = (struct virtq){
		.device = v,
		.layout = v->features & VIRTIO_F_PACKED ? &virtq_packed : &virtq_split,
		.index = (uint16_t)index,
		.events = v->features & VIRTIO_F_EVENT_INDEX,
	};
	if (index >= virtio_read(v, VIRTIO_NQUEUES, 2))
		return virtio_fail(v, DMA_ENODEV, "it has too few queues");
	q->size = (uint16_t)virtq_size(v, index, most);
	if (q->size < 2)
		return virtio_fail(v, DMA_ENODEV, "it has a queue without entries");
	q->doorbell = doorbell(v);
	if (!q->doorbell || virtio_read(v, VIRTIO_QUEUE_ENABLE, 2))
		return virtio_fail(v, DMA_EIO, "a queue of it cannot be set up");
	q->nfree = q->size;
	for (unsigned i = 0; i < q->size; i++)
		q->next[i] = (uint16_t)(i + 1);
	error = q->layout->open(q);
	if (error)
		return virtio_fail(v, error, dma_strerror(error));
	error = open_tables(v, q);
	if (error) {
		q->layout->close(q);
		return virtio_fail(v, error, dma_strerror(error));
	}
	q->layout->wake(q, message != VIRTIO_NO_VECTOR);
	if (message != VIRTIO_NO_VECTOR) {
		virtio_write(v, VIRTIO_QUEUE_VECTOR, 2, message);
		/* 4.1.5.1.2.1: the device may have no resources for it */
		if (virtio_read(v, VIRTIO_QUEUE_VECTOR, 2) != message)
			error = virtio_fail(v, DMA_EIO, "it has no interrupt for a queue");
	}
	if (error)
		virtq_close(q);
	else
		tell(v, q);
	return error;
}

void virtq_close(struct virtq *q)
{
	if (!q->layout)
		return;
	for (unsigned i = 0; i < q->size; i++)
		if (q->chains[i].table)
			(void)dma_pool_put(&q->tables, q->chains[i].table);
	if (q->tables.dev)
		(void)!dma_pool_destroy(&q->tables); /* nothing is out */
	q->layout->close(q);
	q->layout = NULL;
}

/* ---- Chains ----------------------------------------------------------------------------------------------- */

unsigned virtq_room(const struct virtq *q, unsigned nparts)
{
	return q->size / (q->device->features & VIRTIO_F_INDIRECT ? 1 : nparts);
}

static int put_table(struct virtq *q, struct virtq_chain *chain, const struct virtq_part *parts, unsigned nread,
		     unsigned nparts)
{
	struct virtq_descriptor split[VIRTQ_PARTS];
	struct virtq_packed_descriptor packed[VIRTQ_PARTS];
	bool is_packed = q->layout == &virtq_packed;
	int error = dma_pool_get(&q->tables, &chain->table);

	if (error)
		return error;
	for (unsigned i = 0; i < nparts; i++) {
		unsigned flags = i >= nread ? VIRTQ_WRITE : 0;

		if (is_packed) /* 2.8.7: the order is that of the table */
			packed[i] = (struct virtq_packed_descriptor){parts[i].daddr.raw, parts[i].nbytes, 0,
								     (uint16_t)flags};
		else
			split[i] = (struct virtq_descriptor){parts[i].daddr.raw, parts[i].nbytes,
							     (uint16_t)(flags | (i + 1 < nparts ? VIRTQ_NEXT : 0)),
							     (uint16_t)(i + 1 < nparts ? i + 1 : 0)};
	}
	error = dma_slice_write_bytes(&chain->table->slice, 0, is_packed ? (void *)packed : (void *)split,
				      nparts * sizeof(split[0]));
	if (error) {
		(void)dma_pool_put(&q->tables, chain->table);
		chain->table = NULL;
	}
	return error;
}

int virtq_add(struct virtq *q, const struct virtq_part *parts, unsigned nread, unsigned nparts, unsigned token)
{
	bool indirect = nparts > 1 && q->device->features & VIRTIO_F_INDIRECT;
	struct virtq_part table;
	struct virtq_chain *chain;
	unsigned id = q->free;
	uint64_t writable = 0;
	int error;

	if (!nparts || nparts > VIRTQ_PARTS || nread > nparts || nparts > q->size)
		return DMA_EINVAL;
	for (unsigned i = 0; i < nparts; i++) {
		if (!parts[i].nbytes)
			return DMA_EINVAL;
		writable += i >= nread ? parts[i].nbytes : 0;
	}
	if (writable > UINT32_MAX)
		return DMA_EINVAL;
	if (q->nfree < (indirect ? 1 : nparts))
		return DMA_EBUSY;
	chain = &q->chains[id];
	if (indirect) {
		error = put_table(q, chain, parts, nread, nparts);
		if (error)
			return error;
		table = (struct virtq_part){dma_block_daddr(chain->table),
					    nparts * (uint32_t)sizeof(struct virtq_descriptor)};
		parts = &table;
		nread = nparts = 1;
	}
	chain->writable = (uint32_t)writable;
	chain->token = (uint16_t)token;
	chain->ndescriptors = (uint16_t)nparts;
	chain->busy = true;
	q->nfree = (uint16_t)(q->nfree - nparts);
	q->nchains++;
	q->layout->add(q, id, parts, nread, nparts);
	return 0;
}

void virtq_kick(struct virtq *q)
{
	if (!q->layout->offer(q))
		return;
	q->notifications++;
	bus_register_write(q->doorbell, 2, q->index);
}

int virtq_take(struct virtq *q, unsigned *token, uint32_t *nbytes)
{
	struct virtq_chain *chain;
	uint32_t id = 0;
	int got = q->layout->next(q, &id, nbytes);

	if (got <= 0)
		return got;
	if (id >= q->size)
		return virtio_fail(q->device, DMA_EIO, "an answer names a buffer that cannot be there");
	chain = &q->chains[id];
	if (!chain->busy)
		return virtio_fail(q->device, DMA_EIO, "an answer names a buffer that the device does not have");
	if (*nbytes > chain->writable)
		return virtio_fail(q->device, DMA_EIO, "an answer is longer than its buffer");
	*token = chain->token;
	if (chain->table)
		(void)dma_pool_put(&q->tables, chain->table);
	chain->table = NULL;
	chain->busy = false;
	q->layout->finish(q, id);
	q->nfree = (uint16_t)(q->nfree + chain->ndescriptors);
	q->nchains--;
	return 1;
}

bool virtq_listen(struct virtq *q)
{
	q->layout->wake(q, true);
	dma_barrier(); /* the request is visible before the look (2.7.7.1, 2.8.21.3.1; hazard 69) */
	return q->layout->more(q);
}
