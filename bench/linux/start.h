// SPDX-License-Identifier: GPL-2.0
/* How the first process of the guest begins: devices, the console, and the kernel's command line. */
#ifndef BENCH_LINUX_START_H
#define BENCH_LINUX_START_H

#include <fcntl.h>
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

#endif
