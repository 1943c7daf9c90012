/* SPDX-License-Identifier: MPL-2.0 */
/*
 * An initramfs: pack NAME=FILE... writes an archive in cpio's "newc" format (Documentation/driver-api/early-userspace/
 * buffer-format.rst) to standard output. Folders of a name come before it; every file is executable.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FOLDER = 040755, FILE_MODE = 0100755 };

static size_t written;
static unsigned number;

static void put(const void *bytes, size_t n)
{
	if (fwrite(bytes, 1, n, stdout) != n) {
		perror("pack");
		exit(1);
	}
	written += n;
}

static void pad(void)
{
	static const char zeros[4];

	put(zeros, -written & 3);
}

static void entry(const char *name, unsigned mode, const char *bytes, size_t n)
{
	char head[111];

	(void)snprintf(head, sizeof(head), "070701%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X", number++, mode,
		       0, 0, mode == FOLDER ? 2 : 1, 0, (unsigned)n, 0, 0, 0, 0, (unsigned)strlen(name) + 1, 0);
	put(head, 110);
	put(name, strlen(name) + 1);
	pad();
	put(bytes, n);
	pad();
}

static char *contents(const char *path, size_t *n)
{
	FILE *f = fopen(path, "rb");
	char *bytes = NULL, *more;
	size_t room = 0, got;

	*n = 0;
	if (!f) {
		perror(path);
		exit(1);
	}
	do {
		room += 1 << 20;
		more = realloc(bytes, room);
		if (!more)
			exit(1);
		bytes = more;
		got = fread(bytes + *n, 1, room - *n, f);
		*n += got;
	} while (got > 0);
	(void)fclose(f);
	return bytes;
}

int main(int argc, char **argv)
{
	static char folders[64][256];
	unsigned nfolders = 0;

	for (int i = 1; i < argc; i++) {
		char *equals = strchr(argv[i], '=');
		size_t n;
		char *bytes;

		if (!equals)
			return 2;
		*equals = '\0';
		for (const char *slash = strchr(argv[i], '/'); slash; slash = strchr(slash + 1, '/')) {
			unsigned k = 0;
			char folder[256];

			(void)snprintf(folder, sizeof(folder), "%.*s", (int)(slash - argv[i]), argv[i]);
			while (k < nfolders && strcmp(folders[k], folder) != 0)
				k++;
			if (k < nfolders || nfolders == 64)
				continue;
			(void)snprintf(folders[nfolders++], sizeof(folders[0]), "%s", folder);
			entry(folder, FOLDER, "", 0);
		}
		bytes = contents(equals + 1, &n);
		entry(argv[i], FILE_MODE, bytes, n);
		free(bytes);
	}
	entry("TRAILER!!!", 0, "", 0);
	return fflush(stdout) ? 1 : 0;
}
