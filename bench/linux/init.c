// SPDX-License-Identifier: GPL-2.0
/*
 * The first process of the guest: loads /rows.ko with the parameters that the kernel's command line has behind "rows=",
 * shows what it logged, and switches the machine off.
 */
#include "start.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static void show_log(void)
{
	static char record[8192];
	int fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK);
	ssize_t n;

	while (fd >= 0 && ((n = read(fd, record, sizeof(record) - 1)) > 0 || errno == EPIPE)) {
		char *text;

		if (n <= 0)
			continue; /* records were lost in between */
		record[n] = 0;
		text = strchr(record, ';');
		if (text && (strstr(text, "row") || strstr(text, "DMAR") || strstr(text, "iommu")))
			printf("%.*s\n", (int)strcspn(text + 1, "\n"), text + 1);
	}
}

int main(void)
{
	static char line[4096];
	char *parameters;
	int fd;

	if (!start(line, sizeof(line)))
		line[0] = 0;
	line[strcspn(line, "\n")] = 0;
	parameters = strstr(line, "rows=");
	parameters = parameters ? parameters + 5 : line + strlen(line);
	for (char *c = parameters; *c; c++)
		if (*c == ',')
			*c = ' ';
	settle();
	fd = open("/rows.ko", O_RDONLY);
	if (fd < 0 || syscall(SYS_finit_module, fd, parameters, 0))
		printf("init: rows.ko: %s\n", strerror(errno));
	show_log();
	(void)fflush(stdout);
	sync();
	(void)reboot(RB_POWER_OFF);
	return 0;
}
