/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What a driver's work costs from end to end: reads of a disk, frames sent and received. bench/linux/ends.c does the
 * same in Linux. For each of them it warms up, then does `ops` of them between two calls of ends_mark(), which
 * whoever counts executed instructions looks for, and prints
 *
 *	ends NAME OPERATIONS NANOSECONDS INVALIDATIONS
 *
 * Every read is mapped, and its mapping ended, as the memory of a program that comes with a request would be: a list
 * of pages that lie apart. Frames are blocks of pools. Options: job=disk|net|pairs ops=N only=NAME (with _ for a
 * space).
 */
#include <dmastream/dmastream.h>

#include "block.h"
#include "bus.h"
#include "net.h"
#include "pairs.h"
#include "text.h"

enum {
	DEPTH_MOST = 32,
	PAGES_MOST = 32,
	BURST = 32,
	SENDS = 16,
	FRAMES = 64,
	HEADER = 14,
	ASK_BYTES = 60,
	TYPE = 0x88b5
};

static const struct job {
	const char *name;
	bool disk, random, send;
	unsigned bytes, depth, share; /* of the operations that were asked for, one in so many */
} jobs[] = {
	{"read 128 KiB, depth 8", true, false, false, 131072, 8, 1},
	{"read 4 KiB random, depth 1", true, true, false, 4096, 1, 1},
	{"read 4 KiB random, depth 32", true, true, false, 4096, 32, 1},
	{"send 64 bytes", false, false, true, 64, 0, 1},
	{"send 1500 bytes", false, false, true, 1500, 0, 1},
	{"receive 64 bytes", false, false, false, 64, 0, 1},
	{"receive 1500 bytes", false, false, false, 1500, 0, 1},
};

static char problem[200];

static int fail(int error, const char *what)
{
	struct text t = text_in(problem, sizeof(problem));

	text_put(&t, what);
	text_put(&t, ": ");
	text_put(&t, dma_strerror(error));
	return error;
}

/* The count of executed instructions is read whenever the first instruction of this one is executed. */
void ends_mark(void);
__attribute__((noinline)) void ends_mark(void)
{
	__asm__ volatile("" ::: "memory");
}

/* Until that is so, or for a while. What functions whose names begin with wait_ take is the host's time, and not
 * counted. */
__attribute__((noinline)) static void wait_for(bool (*ready)(void))
{
	for (unsigned i = 0; i < 100000 && !ready(); i++)
		__asm__ volatile("pause");
}

/* ---- Reads ---- */

struct read {
	struct block_request request; /* first */
	struct dma_list list;
	struct dma_piece pieces[PAGES_MOST];
	bool busy;
};

static struct block *disk;
static struct read reads[DEPTH_MOST];
static struct dma_segment memory[DEPTH_MOST];

static int prepare(struct read *r, struct dma_segment *pages, const struct job *job)
{
	unsigned npages = job->bytes / 4096;
	int error = dma_segment_alloc(pages, 2u * npages, UINT64_MAX, 0);

	dma_list_init(&r->list, r->pieces, PAGES_MOST);
	for (unsigned i = 0; i < npages && !error; i++) /* every other page */
		error = dma_list_add_segment(&r->list, pages, (size_t)i * 8192, 4096);
	return error;
}

static uint64_t block_of(const struct job *job, uint64_t n)
{
	uint32_t nblocks = job->bytes / disk->block_size;
	uint64_t places = disk->nblocks / nblocks;

	if (job->random)
		n = n * 2654435761u >> 7;
	return n % places * nblocks;
}

__attribute__((noinline)) static bool wait_any_done(void)
{
	for (unsigned i = 0; i < DEPTH_MOST; i++)
		if (reads[i].busy && block_done(&reads[i].request))
			return true;
	return false;
}

static int start(struct read *r, const struct job *job, uint64_t n)
{
	int error = dma_list_map(&r->list, disk->dma, DMA_FROM_DEVICE);

	if (error)
		return fail(error, "a read cannot be mapped");
	r->request = (struct block_request){
		.op = BLOCK_READ, .lba = block_of(job, n), .nblocks = job->bytes / disk->block_size, .list = &r->list};
	error = disk->ops->submit(disk, &r->request);
	if (error) {
		dma_list_unmap(&r->list);
		return fail(error, "a read cannot be started");
	}
	r->busy = true;
	return 0;
}

static int finish(struct read *r, const struct job *job)
{
	int error = r->request.status;

	if (!error)
		error = dma_list_sync_from_device(&r->list, 0, job->bytes);
	dma_list_unmap(&r->list);
	r->busy = false;
	return error ? fail(error, "a read failed") : 0;
}

static int run_reads(const struct job *job, uint64_t ops)
{
	uint64_t started = 0, finished = 0;
	int error = 0;

	while (finished < ops && !error) {
		int got = 0;

		for (unsigned i = 0; i < job->depth && !error; i++) {
			if (reads[i].busy && block_done(&reads[i].request)) {
				error = finish(&reads[i], job);
				finished++;
				got++;
			}
			if (!reads[i].busy && started < ops && !error)
				error = start(&reads[i], job, started++);
		}
		if (!error && !got && disk->ops->poll(disk) == 0)
			wait_for(wait_any_done);
	}
	return error;
}

/* ---- Frames ---- */

struct send {
	struct net_send send; /* first */
	struct dma_block *block;
	bool busy;
};

static struct net *card;
static struct dma_pool frames;
static struct send sends[FRAMES];
static uint64_t came;
static unsigned char frame[NET_FRAME_BYTES];

static void received(struct net *net, const struct net_packet *packet)
{
	unsigned char type[2];

	if (packet->nbytes >= HEADER && !dma_slice_read_bytes(&packet->block->slice, packet->offset + 12, type, 2) &&
	    type[0] == TYPE >> 8 && type[1] == (TYPE & 0xff))
		__atomic_add_fetch(&came, 1, __ATOMIC_RELEASE);
	net->ops->give(net, packet);
}

static void sent(struct net_send *done)
{
	struct send *s = (struct send *)done;

	(void)dma_pool_put(&frames, s->block);
	__atomic_store_n(&s->busy, false, __ATOMIC_RELEASE);
}

__attribute__((noinline)) static bool wait_any_free(void)
{
	for (unsigned i = 0; i < FRAMES; i++)
		if (!__atomic_load_n(&sends[i].busy, __ATOMIC_ACQUIRE))
			return true;
	return false;
}

__attribute__((noinline)) static bool wait_none_busy(void)
{
	for (unsigned i = 0; i < FRAMES; i++)
		if (__atomic_load_n(&sends[i].busy, __ATOMIC_ACQUIRE))
			return false;
	return true;
}

static int send_frame(struct send *s, size_t nbytes)
{
	int error = dma_pool_get(&frames, &s->block);

	if (error)
		return fail(error, "no memory for a frame");
	s->send = (struct net_send){.complete = sent, .nbytes = nbytes, .daddr = dma_block_daddr(s->block)};
	s->busy = true;
	error = dma_slice_write_bytes(&s->block->slice, 0, frame, nbytes);
	if (!error)
		error = dma_slice_sync_to_device(&s->block->slice, 0, nbytes);
	if (!error)
		error = card->ops->send(card, &s->send);
	if (!error)
		return 0;
	sent(&s->send);
	return error == DMA_EBUSY ? error : fail(error, "a frame cannot be sent");
}

static int send_one(size_t nbytes)
{
	for (;;) {
		for (unsigned i = 0; i < FRAMES; i++)
			if (!__atomic_load_n(&sends[i].busy, __ATOMIC_ACQUIRE)) {
				int error = send_frame(&sends[i], nbytes);

				if (error != DMA_EBUSY)
					return error;
				break;
			}
		if (card->ops->poll(card) < 0)
			return fail(DMA_EIO, card->error);
		wait_for(wait_any_free);
	}
}

/* Bursts, so that what is done does not depend on how fast the host is. */
static int all_sent(void)
{
	while (!wait_none_busy()) {
		if (card->ops->poll(card) < 0)
			return fail(DMA_EIO, card->error);
		wait_for(wait_none_busy);
	}
	return 0;
}

static uint64_t wanted;
__attribute__((noinline)) static bool wait_all_came(void)
{
	return __atomic_load_n(&came, __ATOMIC_ACQUIRE) >= wanted;
}

/* Asks the other end of the wire for a burst of frames, and waits for them; those that are lost, asks for again. */
static int receive_burst(const struct job *job, uint64_t n)
{
	uint64_t before = __atomic_load_n(&came, __ATOMIC_ACQUIRE), began = dma_host_time_ns();
	int error;

	frame[14] = (unsigned char)n;
	frame[15] = (unsigned char)(job->bytes >> 8);
	frame[16] = (unsigned char)job->bytes;
	wanted = before + n;
	error = send_one(ASK_BYTES);
	while (!error && !wait_all_came()) {
		if (card->ops->poll(card) < 0)
			return fail(DMA_EIO, card->error);
		wait_for(wait_all_came);
		if ((int64_t)(dma_host_time_ns() - began) > 2000000000)
			break;
	}
	return error;
}

static int run_frames(const struct job *job, uint64_t ops)
{
	uint64_t began = dma_host_time_ns(), first = __atomic_load_n(&came, __ATOMIC_ACQUIRE);
	int error = 0;

	frame[14] = 0;
	for (uint64_t i = 0; i < ops && job->send && !error; i++) {
		error = send_one(job->bytes);
		if (!error && (i + 1) % SENDS == 0)
			error = all_sent();
	}
	while (!job->send && !error && __atomic_load_n(&came, __ATOMIC_ACQUIRE) - first < ops) {
		uint64_t left = ops - (__atomic_load_n(&came, __ATOMIC_ACQUIRE) - first);

		error = receive_burst(job, left < BURST ? left : BURST);
		if ((int64_t)(dma_host_time_ns() - began) > 60000000000)
			return fail(DMA_ETIMEDOUT, "the frames do not come");
	}
	return error;
}

/* ---- A job ---- */

static void say(const char *name, uint64_t ops, uint64_t ns, uint64_t invalidations)
{
	char line[160];
	struct text t = text_in(line, sizeof(line));

	text_put(&t, "ends ");
	for (const char *c = name; *c; c++) {
		char one[2] = {*c == ' ' ? '_' : *c, 0};

		text_put(&t, one);
	}
	text_put(&t, " ");
	text_put_number(&t, ops);
	text_put(&t, " ");
	text_put_number(&t, ns);
	text_put(&t, " ");
	text_put_number(&t, invalidations);
	text_put(&t, "\n");
	bus_write(line, t.used);
}

static int measure(const struct job *job, uint64_t ops)
{
	int (*run)(const struct job *, uint64_t) = job->disk ? run_reads : run_frames;
	struct dma_stats before, after;
	uint64_t began, ns;
	int error = 0;

	for (unsigned i = 0; job->disk && i < job->depth && !error; i++)
		error = prepare(&reads[i], &memory[i], job);
	if (!error)
		error = run(job, ops / 4 + 1);
	if (!error) {
		dma_stats(&before);
		began = dma_host_time_ns();
		ends_mark();
		error = run(job, ops);
		ends_mark();
		ns = dma_host_time_ns() - began;
		dma_stats(&after);
		if (!error)
			say(job->name, ops, ns, after.iotlb_invalidations - before.iotlb_invalidations);
	}
	for (unsigned i = 0; job->disk && i < job->depth; i++) {
		dma_list_release(&reads[i].list);
		dma_segment_drop(&memory[i]);
	}
	return error;
}

static bool is_wanted(const struct job *job, bool disks)
{
	const char *only = bus_option("only", ""), *name = job->name;

	if (job->disk != disks)
		return false;
	while (*only && (*only == *name || (*only == '_' && *name == ' '))) {
		only++;
		name++;
	}
	return !*only;
}

/* A second of each, after a tenth of one. */
static int measure_pairs(void)
{
	static const char *const names[] = {"pairs by 1 CPU", "pairs by 2 CPUs"};
	struct pairs pairs;
	int error = 0;

	for (unsigned n = 1; n <= 2 && n <= bus_cpus() && !error; n++) {
		error = pairs_run(disk->dma, n, 100000000, &pairs);
		if (!error)
			error = pairs_run(disk->dma, n, 1000000000, &pairs);
		if (!error)
			say(names[n - 1], pairs.pairs, pairs.ns, pairs.invalidations);
	}
	return error;
}

static int open_net(struct text *why)
{
	struct dma_pool_config config = {
		.name = "frames", .dir = DMA_TO_DEVICE, .block_size = 2048, .blocks = 4 * FRAMES};
	int error = net_open(0, &card, why);

	if (error)
		return error;
	for (unsigned i = 0; i < 6; i++) {
		frame[i] = 0xff;
		frame[6 + i] = card->mac[i];
	}
	frame[12] = TYPE >> 8;
	frame[13] = TYPE & 0xff;
	net_listen(card, received, NULL);
	return dma_pool_create(&frames, card->dma, &config);
}

int app_main(void)
{
	bool nets = text_same(bus_option("job", "disk"), "net"), pairs = text_same(bus_option("job", "disk"), "pairs");
	struct text why = text_in(problem, sizeof(problem));
	uint64_t ops = 2000;
	char line[sizeof(problem) + 16];
	int error = dma_init();

	(void)text_number(bus_option("ops", "2000"), &ops);
	if (!error)
		error = nets ? open_net(&why) : block_open(0, &disk, &why);
	if (!error && pairs)
		error = measure_pairs();
	for (unsigned i = 0; i < sizeof(jobs) / sizeof(jobs[0]) && !error && !pairs; i++)
		if (is_wanted(&jobs[i], !nets))
			error = measure(&jobs[i], ops / jobs[i].share);
	if (error) {
		struct text t = text_in(line, sizeof(line));

		text_put(&t, "ends: ");
		text_put(&t, problem[0] ? problem : dma_strerror(error));
		text_put(&t, "\n");
		bus_write(line, t.used);
		return 1;
	}
	bus_write("ends end\n", 9);
	return 0;
}
