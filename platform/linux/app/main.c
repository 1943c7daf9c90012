/* SPDX-License-Identifier: MPL-2.0 */
/*
 * main() of a program of apps/ on Linux.
 *
 *   copy --source 0000:01:00.0 --target 0000:02:00.0 [--write] [KEY=VALUE...]
 *
 *   --device NAME      one more device, for programs that take others
 *   --write            really writes the target; without it the source is read and hashed, and nothing is written
 *   trusted=no         the devices reach their streams and nothing else
 *   --4k               the arena is of pages of 4 KiB
 *   --group            container and group, even where the kernel has iommufd
 *   --without-iommu=WORDS
 *   KEY=VALUE          options of the program (apps/copy/copy.h)
 *
 * Exit status: the program's (1: it failed); 2: the command line; 3: a device cannot be had; 128 + n: signal n ended
 * it.
 */
#include "app.h"
#include <bus.h>
#include <dmastream/errors.h>
#include <dmastream/init.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { STATUS_OPTIONS = 2, STATUS_DEVICES = 3 };

static char *const *arguments;
static int narguments;
static const char *names[APP_DEVICES];
static unsigned nnames;
static const char *source, *target;
static struct dma_linux_config config;
static bool writes;

const char *bus_option(const char *key, const char *otherwise)
{
	size_t n = strlen(key);

	if (strcmp(key, "dry") == 0 && !writes) /* nothing but --write lets a disk be written */
		return target ? "on" : "alone";
	for (int i = narguments; i-- > 1;) /* the last one counts */
		if (strncmp(arguments[i], key, n) == 0 && arguments[i][n] == '=')
			return arguments[i] + n + 1;
	return otherwise;
}

/* ---- A signal ---- */

static sigset_t ending;

/* In a thread of its own, since a signal handler may stop nothing: the devices are quiet before the process ends, and
 * the kernel unpins and unmaps. */
static void *wait_for_signal(void *nothing)
{
	int signal = 0;
	char line[120];
	int n;

	(void)nothing;
	while (sigwait(&ending, &signal) != 0)
		;
	dma_linux_stop_all();
	n = snprintf(line, sizeof(line), "error: ended by signal %d; the devices are stopped and reset\n", signal);
	bus_write(line, (size_t)n);
	_exit(128 + signal);
}

static void watch_signals(void)
{
	pthread_t thread;

	(void)sigemptyset(&ending);
	(void)sigaddset(&ending, SIGINT);
	(void)sigaddset(&ending, SIGTERM);
	(void)sigaddset(&ending, SIGHUP);
	(void)pthread_sigmask(SIG_BLOCK, &ending, NULL);
	if (pthread_create(&thread, NULL, wait_for_signal, NULL) == 0)
		(void)pthread_detach(thread);
	else
		(void)pthread_sigmask(SIG_UNBLOCK, &ending, NULL);
}

/* ---- The command line ---- */

static int usage(const char *what, const char *word)
{
	fprintf(stderr,
		"error: %s%s\n"
		"usage: %s --source 0000:01:00.0 [--target 0000:02:00.0 [--write]] [KEY=VALUE...]\n"
		"       without --write the source is read and nothing is written\n",
		what, word, arguments[0]);
	return STATUS_OPTIONS;
}

/* The value of --key VALUE or --key=VALUE at argument *i; NULL: it is not that one. */
static const char *value_of(const char *key, int *i)
{
	const char *argument = arguments[*i];
	size_t n = strlen(key);

	if (strncmp(argument, key, n) != 0)
		return NULL;
	if (argument[n] == '=')
		return argument + n + 1;
	if (argument[n] || *i + 1 >= narguments)
		return argument[n] ? NULL : "";
	return arguments[++*i];
}

static int parse(void)
{
	for (int i = 1; i < narguments; i++) {
		const char *value;

		if ((value = value_of("--source", &i)))
			source = value;
		else if ((value = value_of("--target", &i)))
			target = value;
		else if ((value = value_of("--without-iommu", &i)))
			config.without_iommu = value;
		else if ((value = value_of("--device", &i)) && nnames < APP_DEVICES - 2)
			names[nnames++] = value;
		else if (strcmp(arguments[i], "--write") == 0)
			writes = true;
		else if (strcmp(arguments[i], "--4k") == 0)
			config.no_huge_pages = true;
		else if (strcmp(arguments[i], "--group") == 0)
			config.no_iommufd = true;
		else if (arguments[i][0] == '-' || !strchr(arguments[i], '='))
			return usage("what is ", arguments[i]);
	}
	if (target && !source)
		return usage("--target without --source", "");
	if (source && target && strcmp(source, target) == 0)
		return usage("source and target are the same device, ", source);
	if (writes && !target)
		return usage("--write without --target", "");
	return 0;
}

static int open_one(const char *name)
{
	struct dma_linux_device *dev;
	struct dma_linux_why why;
	int error = dma_linux_device_open(name, &config, &dev, &why);

	if (!error)
		error = app_add_device(name, dev);
	else
		fprintf(stderr, "error: %s\n", why.line);
	return error;
}

static int open_all(void)
{
	int error = source ? open_one(source) : 0;

	if (!error && target)
		error = open_one(target);
	for (unsigned i = 0; i < nnames && !error; i++)
		error = open_one(names[i]);
	return error;
}

int main(int argc, char **argv)
{
	int status;

	arguments = argv;
	narguments = argc;
	status = parse();
	if (status)
		return status;
	watch_signals();
	if (dma_init()) {
		fprintf(stderr, "error: the library refused this machine\n");
		return STATUS_DEVICES;
	}
	if (open_all())
		status = STATUS_DEVICES;
	else
		status = app_main();
	app_close_devices();
	return status;
}
