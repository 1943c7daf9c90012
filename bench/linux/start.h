// SPDX-License-Identifier: GPL-2.0
/* How the first process of the guest begins: devices, the console, the kernel's command line, the end of the boot. */
#ifndef BENCH_LINUX_START_H
#define BENCH_LINUX_START_H

#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

/* Reads the command line into `line`, which is zeros: false, there is none. */
static inline int start(char *line, size_t nbytes)
{
	int fd;

	(void)mkdir("/dev", 0755);
	(void)mkdir("/proc", 0755);
	(void)mount("devtmpfs", "/dev", "devtmpfs", 0, "");
	(void)mount("proc", "/proc", "proc", 0, "");
	fd = open("/dev/console", O_WRONLY);
	if (fd >= 0)
		(void)dup2(fd, 1);
	fd = open("/proc/cmdline", O_RDONLY);
	return fd >= 0 && read(fd, line, nbytes - 1) >= 0;
}

/*
 * Waits until nothing else wants the CPU, ten looks in a row (two seconds at most): after it has started the first
 * process the kernel goes on working, and would do so beside what is measured.
 */
static inline void settle(void)
{
	for (int looks = 0, still = 0; looks < 400 && still < 10; looks++) {
		char load[64] = "";
		int fd = open("/proc/loadavg", O_RDONLY);

		if (fd >= 0 && read(fd, load, sizeof(load) - 1) > 0 && strstr(load, " 1/"))
			still++;
		else
			still = 0;
		(void)close(fd);
		(void)usleep(5000);
	}
}

#endif
