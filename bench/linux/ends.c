// SPDX-License-Identifier: GPL-2.0
/*
 * The first process of the guest: loads the modules /0.ko, /1.ko, ..., then does what bench/ends/ends.c does, through
 * Linux's block layer (asynchronous direct reads of /dev/nvme0n1) or its packet sockets, and switches the machine off.
 * The kernel's command line has job=disk|net|symbols ops=N. "symbols" prints where the functions of DMA are
 * (symbols.h). With bursts=on what is counted does not depend on when the host answers: as many reads as the depth are
 * submitted, and their answers awaited outside the kernel before they are asked for. What functions whose names begin
 * with wait_ take is not counted.
 */
#include "start.h"
#include "symbols.h"
#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/aio_abi.h>
#include <linux/if_packet.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum {
	DEPTH_MOST = 32,
	PAGE = 4096,
	PAGES_MOST = 32,
	SPAN = 2 * PAGE * PAGES_MOST,
	BURST = 32,
	TYPE = 0x88b5,
	ASK_BYTES = 60
};

struct job {
	const char *name;
	int disk, random, send;
	unsigned bytes, depth, share;
};

static const struct job jobs[] = {
	{"read 128 KiB, depth 8", 1, 0, 0, 131072, 8, 1},
	{"read 4 KiB random, depth 1", 1, 1, 0, 4096, 1, 1},
	{"read 4 KiB random, depth 32", 1, 1, 0, 4096, 32, 1},
	{"send 64 bytes", 0, 0, 1, 64, 0, 1},
	{"send 1500 bytes", 0, 0, 1, 1500, 0, 1},
	{"receive 64 bytes", 0, 0, 0, 64, 0, 1},
	{"receive 1500 bytes", 0, 0, 0, 1500, 0, 1},
};

void ends_mark(void);
void wait_answers(unsigned long long reads);
void wait_card(void);
__attribute__((noinline)) void ends_mark(void)
{
	__asm__ volatile("" ::: "memory");
}

static void end(const char *problem)
{
	printf(problem ? "ends: %s\n" : "ends end\n", problem);
	(void)fflush(stdout);
	sync();
	(void)reboot(RB_POWER_OFF);
	for (;;)
		(void)pause();
}

static unsigned long long now_ns(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (unsigned long long)t.tv_sec * 1000000000u + (unsigned long long)t.tv_nsec;
}

/* ---- Reads */

static int disk = -1;
static unsigned long long disk_bytes;
static aio_context_t context;
static unsigned char *memory[DEPTH_MOST];

static void open_disk(void)
{
	for (int i = 0; disk < 0 && i < 500; i++) {
		disk = open("/dev/nvme0n1", O_RDONLY | O_DIRECT);
		if (disk < 0)
			(void)usleep(10000);
	}
	if (disk < 0)
		end("there is no /dev/nvme0n1");
	disk_bytes = (unsigned long long)lseek(disk, 0, SEEK_END);
	if (!disk_bytes || syscall(SYS_io_setup, DEPTH_MOST, &context))
		end("io_setup");
	for (int i = 0; i < DEPTH_MOST; i++) {
		if (posix_memalign((void **)&memory[i], 4096, SPAN))
			end("no memory");
		(void)madvise(memory[i], SPAN, MADV_NOHUGEPAGE);
		memset(memory[i], 1, SPAN);
	}
}

static void submit(const struct job *job, unsigned slot, unsigned long long number)
{
	static struct iocb blocks[DEPTH_MOST];
	static struct iovec pieces[DEPTH_MOST][PAGES_MOST];
	struct iocb *one = &blocks[slot];
	unsigned npages = job->bytes / PAGE;

	if (job->random)
		number = (number * 2654435761u) >> 7;
	memset(one, 0, sizeof(*one));
	one->aio_data = slot;
	one->aio_lio_opcode = IOCB_CMD_PREADV;
	one->aio_fildes = (unsigned)disk;
	for (unsigned i = 0; i < npages; i++) /* every other page */
		pieces[slot][i] = (struct iovec){memory[slot] + i * 2 * PAGE, PAGE};
	one->aio_buf = (unsigned long)pieces[slot];
	one->aio_nbytes = npages;
	one->aio_offset = (long long)(number % (disk_bytes / job->bytes) * job->bytes);
	if (syscall(SYS_io_submit, context, 1, &one) != 1)
		end("io_submit");
}

/* How the kernel shows answers to the process: what a context's value is the address of. */
struct ring {
	unsigned id, nr, head, tail;
};

__attribute__((noinline)) void wait_answers(unsigned long long reads)
{
	const volatile struct ring *ring = (const struct ring *)context;

	while ((ring->tail + ring->nr - ring->head) % ring->nr < reads)
		__asm__ volatile("pause");
}

static int bursts;

static void run_reads(const struct job *job, unsigned long long ops)
{
	unsigned long long started = 0, finished = 0;
	struct io_event events[DEPTH_MOST];

	while (started < ops && started < job->depth) {
		submit(job, (unsigned)started, started);
		started++;
	}
	while (finished < ops) {
		long got;

		if (bursts)
			wait_answers(started - finished);
		got = syscall(SYS_io_getevents, context, 1, DEPTH_MOST, events, NULL);
		if (got < 1)
			end("io_getevents");
		for (long i = 0; i < got; i++) {
			if (events[i].res != job->bytes)
				end("a read failed");
			finished++;
			if (started < ops)
				submit(job, (unsigned)events[i].data, started++);
		}
	}
}

/* ---- Frames */

static int wire = -1;
static unsigned char frame[1514];

static void open_wire(void)
{
	struct sockaddr_ll to = {.sll_family = AF_PACKET, .sll_protocol = htons(TYPE)};
	struct ifreq request;
	int buffer = 4 << 20;

	wire = socket(AF_PACKET, SOCK_RAW, htons(TYPE));
	memset(&request, 0, sizeof(request));
	strcpy(request.ifr_name, "eth0");
	for (int i = 0; i < 500 && ioctl(wire, SIOCGIFINDEX, &request); i++)
		(void)usleep(10000);
	to.sll_ifindex = request.ifr_ifindex;
	if (ioctl(wire, SIOCGIFHWADDR, &request))
		end("there is no eth0");
	memcpy(frame + 6, request.ifr_hwaddr.sa_data, 6);
	if (ioctl(wire, SIOCGIFFLAGS, &request))
		end("flags of eth0");
	request.ifr_flags |= IFF_UP;
	if (ioctl(wire, SIOCSIFFLAGS, &request) || bind(wire, (struct sockaddr *)&to, sizeof(to)))
		end("eth0 cannot be used");
	(void)setsockopt(wire, SOL_SOCKET, SO_RCVBUFFORCE, &buffer, sizeof(buffer));
	memset(frame, 0xff, 6);
	frame[12] = TYPE >> 8;
	frame[13] = TYPE & 0xff;
	(void)usleep(100000);
}

static unsigned long long receive_burst(const struct job *job, unsigned long long n)
{
	struct pollfd ready = {.fd = wire, .events = POLLIN};
	unsigned char into[1600];
	unsigned long long came = 0;

	frame[14] = (unsigned char)n;
	frame[15] = (unsigned char)(job->bytes >> 8);
	frame[16] = (unsigned char)job->bytes;
	if (send(wire, frame, ASK_BYTES, 0) != ASK_BYTES)
		end("a question cannot be sent");
	while (came < n && poll(&ready, 1, 2000) > 0)
		if (recv(wire, into, sizeof(into), MSG_DONTWAIT) > 0)
			came++;
	return came;
}

/* A millisecond of the guest's instructions, in which the card takes what it was given. */
__attribute__((noinline)) void wait_card(void)
{
	for (unsigned i = 0; i < 500000; i++)
		__asm__ volatile("pause");
}

/* Until the driver has given back each frame that was sent, so that as many were unmapped as were mapped. */
static void all_sent(void)
{
	int left = 1;

	for (int tries = 0; tries < 10000 && left; tries++) {
		wait_card();
		if (ioctl(wire, SIOCOUTQ, &left))
			end("the socket does not say what is under way");
	}
	if (left)
		end("frames stay under way");
}

static void run_frames(const struct job *job, unsigned long long ops)
{
	unsigned long long done = 0;

	frame[14] = 0;
	while (job->send && done < ops)
		if (send(wire, frame, job->bytes, 0) == (ssize_t)job->bytes)
			done++;
		else
			end("a frame cannot be sent");
	for (int tries = 0; !job->send && done < ops; tries++) {
		done += receive_burst(job, ops - done < BURST ? ops - done : BURST);
		if (tries > 1000000)
			end("the frames do not come");
	}
	all_sent();
}

/* ---- */

static void measure(const struct job *job, unsigned long long ops)
{
	unsigned long long began, ns;
	char name[64];

	(job->disk ? run_reads : run_frames)(job, ops / 4 + 1);
	began = now_ns();
	ends_mark();
	(job->disk ? run_reads : run_frames)(job, ops);
	ends_mark();
	ns = now_ns() - began;
	strcpy(name, job->name);
	for (char *c = name; *c; c++)
		*c = *c == ' ' ? '_' : *c;
	printf("ends %s %llu %llu -\n", name, ops, ns);
}

int main(void)
{
	static char line[4096];
	unsigned long long ops = 2000;
	const char *at;
	char path[16];
	int fd, disks, nets;

	if (!start(line, sizeof(line)))
		end("/proc/cmdline");
	at = strstr(line, "ops=");
	if (at)
		ops = strtoull(at + 4, NULL, 10);
	if (strstr(line, "job=symbols"))
		end(print_symbols() ? "/proc/kallsyms" : NULL);
	bursts = strstr(line, "bursts=on") != NULL;
	disks = strstr(line, "job=disk") != NULL;
	nets = strstr(line, "job=net") != NULL;
	for (int i = 0; snprintf(path, sizeof(path), "/%d.ko", i), (fd = open(path, O_RDONLY)) >= 0; i++) {
		if (syscall(SYS_finit_module, fd, "", 0))
			printf("module %s is not taken\n", path);
		(void)close(fd);
	}
	if (disks)
		open_disk();
	if (nets)
		open_wire();
	settle();
	for (size_t i = 0; i < sizeof(jobs) / sizeof(jobs[0]); i++)
		if (jobs[i].disk ? disks : nets)
			measure(&jobs[i], ops / jobs[i].share);
	end(NULL);
}
