/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The first process of the guest that `./run MACHINE=linux` boots. It does what the lines of the file /job say, one
 * after the other, and switches the machine off:
 *
 *   module NAME [PARAMETERS]     loads /modules/NAME.ko.xz
 *   write PATH TEXT              writes TEXT to a file (of /sys or /proc)
 *   read PATH                    shows a file
 *   line WORD PATH               shows the lines of it that begin with WORD
 *   files                        shows which files of VFIO and iommufd what was started has open: "@file PATH"
 *   bind NAME                    hands the PCI device to vfio-pci, as tools/vfio-bind does
 *   group NAME MODE GID          the VFIO group of the device gets that mode and group
 *   memlock KIB                  the limit on locked memory of what `user` starts from now on
 *   root COMMAND...              starts a program and waits for it
 *   user COMMAND...              the same as an ordinary user: uid and gid 1000, no rights
 *   start root|user COMMAND...   starts it and does not wait
 *   kill SIGNAL MILLISECONDS     sends the signal to what was started, so much later, and waits for its end
 *   after MILLISECONDS write PATH TEXT   writes while what was started runs
 *   wait                         waits for what was started
 *   pins                         shows how many pages were pinned and unpinned since the machine began
 *   command NAME                 shows the device's PCI command register
 *   say TEXT
 *
 * What a program's end was is shown as "@exit STATUS", or "@exit signal N".
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

enum { WORDS = 32, USER = 1000, COMPRESSED = 4 /* MODULE_INIT_COMPRESSED_FILE */ };

static long memlock_kib = 262144;
static pid_t started;

static void complain(const char *what, const char *name)
{
	printf("init: %s %s: %s\n", what, name, strerror(errno));
}

static bool write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool good = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	if (!good)
		complain("write", path);
	if (fd >= 0)
		(void)close(fd);
	return good;
}

static void show(const char *path, const char *only)
{
	char line[512];
	FILE *f = fopen(path, "r");

	if (!f) {
		complain("read", path);
		return;
	}
	while (fgets(line, sizeof(line), f))
		if (!only || strncmp(line, only, strlen(only)) == 0)
			printf("%s%s", line, strchr(line, '\n') ? "" : "\n");
	(void)fclose(f);
}

static void show_files(void)
{
	char folder[64], path[PATH_MAX], target[PATH_MAX];
	struct dirent *entry;
	DIR *d;

	(void)snprintf(folder, sizeof(folder), "/proc/%d/fd", (int)started);
	d = opendir(folder);
	while (d && (entry = readdir(d))) {
		ssize_t n;

		(void)snprintf(path, sizeof(path), "%s/%.60s", folder, entry->d_name);
		n = readlink(path, target, sizeof(target) - 1);
		target[n > 0 ? n : 0] = '\0';
		if (strncmp(target, "/dev/vfio", 9) == 0 || strcmp(target, "/dev/iommu") == 0)
			printf("@file %s\n", target);
	}
	if (d)
		(void)closedir(d);
}

static void load(const char *name, const char *parameters)
{
	char path[PATH_MAX];
	int fd;

	(void)snprintf(path, sizeof(path), "/modules/%s.ko.xz", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || syscall(SYS_finit_module, fd, parameters, fd < 0 ? 0 : COMPRESSED))
		complain("module", name);
	if (fd >= 0)
		(void)close(fd);
}

static void bind(const char *name)
{
	char path[PATH_MAX];

	(void)snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/driver_override", name);
	(void)write_text(path, "vfio-pci");
	(void)snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/driver/unbind", name);
	if (access(path, F_OK) == 0)
		(void)write_text(path, name);
	(void)write_text("/sys/bus/pci/drivers_probe", name);
}

/* The device's own file, where the kernel has one, and iommufd. */
static void give_device_file(const char *folder, mode_t mode, gid_t gid)
{
	char path[PATH_MAX];
	struct dirent *entry;
	DIR *d = opendir(folder);

	while (d && (entry = readdir(d))) {
		if (strncmp(entry->d_name, "vfio", 4) != 0)
			continue;
		(void)snprintf(path, sizeof(path), "/dev/vfio/devices/%.60s", entry->d_name);
		if (access(path, F_OK) == 0 && (chown(path, 0, gid) || chmod(path, mode)))
			complain("group", path);
	}
	if (d)
		(void)closedir(d);
	if (access("/dev/iommu", F_OK) == 0 && (chown("/dev/iommu", 0, gid) || chmod("/dev/iommu", mode)))
		complain("group", "/dev/iommu");
}

static void give_group(const char *name, const char *mode, const char *gid)
{
	char path[PATH_MAX], target[PATH_MAX] = "";
	const char *last;

	(void)snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/iommu_group", name);
	if (readlink(path, target, sizeof(target) - 1) < 0)
		complain("group", name);
	last = strrchr(target, '/');
	(void)snprintf(path, sizeof(path), "/dev/vfio/%.20s", last ? last + 1 : "");
	if (chown(path, 0, (gid_t)atoi(gid)) || chmod(path, (mode_t)strtol(mode, NULL, 8)))
		complain("group", path);
	(void)snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/vfio-dev", name);
	give_device_file(path, (mode_t)strtol(mode, NULL, 8), (gid_t)atoi(gid));
}

static void show_command(const char *name)
{
	char path[PATH_MAX];
	unsigned char word[2] = {0xff, 0xff};
	int fd;

	(void)snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/config", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || pread(fd, word, 2, 4) != 2)
		complain("command", name);
	if (fd >= 0)
		(void)close(fd);
	printf("@command %s bus master %s\n", name, word[0] & 4 ? "on" : "off");
}

static pid_t start(bool as_user, char **words)
{
	pid_t child;

	(void)fflush(stdout);
	child = fork();
	if (child)
		return child;
	if (as_user) {
		struct rlimit limit = {(rlim_t)memlock_kib << 10, (rlim_t)memlock_kib << 10};

		if (setrlimit(RLIMIT_MEMLOCK, &limit) || setgroups(0, NULL) || setgid(USER) || setuid(USER))
			_exit(126);
	}
	(void)execv(words[0], words);
	_exit(127);
}

static void await(pid_t child)
{
	int status = 0;

	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	if (WIFSIGNALED(status))
		printf("@exit signal %d\n", WTERMSIG(status));
	else
		printf("@exit %d\n", WEXITSTATUS(status));
	if (child == started)
		started = 0;
}

static void rest_of(char **words, int from, char *out, size_t size)
{
	out[0] = '\0';
	for (int i = from; words[i]; i++) {
		size_t n = strlen(out);

		(void)snprintf(out + n, size - n, "%s%s", i > from ? " " : "", words[i]);
	}
}

static void obey(char **words, int n)
{
	char text[512];

	rest_of(words, 1, text, sizeof(text));
	if (strcmp(words[0], "say") == 0) {
		printf("%s\n", text);
	} else if (strcmp(words[0], "module") == 0 && n > 1) {
		rest_of(words, 2, text, sizeof(text));
		load(words[1], text);
	} else if (strcmp(words[0], "write") == 0 && n > 1) {
		rest_of(words, 2, text, sizeof(text));
		(void)write_text(words[1], text);
	} else if (strcmp(words[0], "read") == 0 && n > 1) {
		show(words[1], NULL);
	} else if (strcmp(words[0], "line") == 0 && n > 2) {
		show(words[2], words[1]);
	} else if (strcmp(words[0], "files") == 0 && started) {
		show_files();
	} else if (strcmp(words[0], "bind") == 0 && n > 1) {
		bind(words[1]);
	} else if (strcmp(words[0], "group") == 0 && n > 3) {
		give_group(words[1], words[2], words[3]);
	} else if (strcmp(words[0], "memlock") == 0 && n > 1) {
		memlock_kib = atol(words[1]);
	} else if (strcmp(words[0], "root") == 0 && n > 1) {
		await(start(false, words + 1));
	} else if (strcmp(words[0], "user") == 0 && n > 1) {
		await(start(true, words + 1));
	} else if (strcmp(words[0], "start") == 0 && n > 2) {
		started = start(strcmp(words[1], "user") == 0, words + 2);
	} else if (strcmp(words[0], "kill") == 0 && n > 2 && started) {
		(void)usleep((useconds_t)atol(words[2]) * 1000);
		(void)kill(started, atoi(words[1]));
		await(started);
	} else if (strcmp(words[0], "after") == 0 && n > 3) {
		(void)usleep((useconds_t)atol(words[1]) * 1000);
		rest_of(words, 4, text, sizeof(text));
		(void)write_text(words[3], text);
	} else if (strcmp(words[0], "wait") == 0 && started) {
		await(started);
	} else if (strcmp(words[0], "pins") == 0) {
		show("/proc/sys/vm/stat_refresh", NULL); /* what CPUs have counted for themselves is added */
		show("/proc/vmstat", "nr_foll_pin_");
	} else if (strcmp(words[0], "command") == 0 && n > 1) {
		show_command(words[1]);
	} else {
		printf("init: what is this: %s %s\n", words[0], text);
	}
	(void)fflush(stdout);
}

/* Words are separated by spaces; what stands between double quotes is one. */
static int split(char *line, char **words)
{
	int n = 0;

	for (char *at = line; n < WORDS;) {
		char end = ' ';

		at += strspn(at, " \n");
		if (!*at)
			break;
		if (*at == '"')
			end = *at++;
		words[n++] = at;
		at += strcspn(at, end == ' ' ? " \n" : "\"\n");
		if (!*at)
			break;
		*at++ = '\0';
	}
	words[n] = NULL;
	return n;
}

int main(void)
{
	char line[1024];
	FILE *job;

	(void)mkdir("/proc", 0755);
	(void)mkdir("/sys", 0755);
	(void)mkdir("/dev", 0755);
	(void)mkdir("/tmp", 0777);
	if (mount("proc", "/proc", "proc", 0, "") || mount("sysfs", "/sys", "sysfs", 0, "") ||
	    mount("devtmpfs", "/dev", "devtmpfs", 0, ""))
		complain("mount", "/");
	job = fopen("/job", "r");
	while (job && fgets(line, sizeof(line), job)) {
		char *words[WORDS + 1];
		int n = split(line, words);

		if (n > 0 && words[0][0] != '#')
			obey(words, n);
	}
	printf("@done\n");
	(void)fflush(stdout);
	(void)reboot(RB_POWER_OFF);
	return 1;
}
