/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Every firmware table of a folder through its parser, and on to a unit that works where there is a driver:
 *   corpus LIST FOLDER...
 * prints a line for each table, below it a line for each thing that was left out, and a sum. LIST names the tables that
 * may be refused: the first digits of the SHA-1 of each, and why. Status 0: no other is refused, and none went wrong.
 */
#include "corpus.h"
#include "sha1.h"
#include "sim.h"

#include <ftw.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { FILES = 20000, LINES = 400, LINE = 240, MOST_BYTES = 16 << 20 };

/* ---- Lines of one table ------------------------------------------------------------------------------------------ */

static char lines[LINES][LINE];
static unsigned nlines;

static void keep(const char *line)
{
	if (nlines < LINES)
		snprintf(lines[nlines++], LINE, "%s", line);
}

void corpus_keep_lines(void)
{
	sim_on_log(keep);
}

void corpus_say(const char *format, ...)
{
	char line[LINE];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(line, sizeof(line), format, arguments);
	va_end(arguments);
	keep(line);
}

/* ---- Tables ------------------------------------------------------------------------------------------------------ */

static enum ending skip(const char *why)
{
	printf("skipped: %s", why);
	return TABLE_SKIPPED;
}

static enum ending read_table(uint8_t *bytes, size_t nbytes)
{
	static const struct {
		const char *signature, *why;
	} others[] = {
		{"VIOT", "virtio-iommu has no driver yet"},
		{"RHCT", "RISC-V's IOMMU has no driver yet"},
	};

	if (nbytes < 4)
		return skip("shorter than a signature");
	if (memcmp(bytes, "DMAR", 4) == 0)
		return corpus_dmar(bytes, nbytes);
	if (memcmp(bytes, "IORT", 4) == 0)
		return corpus_iort(bytes, nbytes);
	if (memcmp(bytes, "IVRS", 4) == 0)
		return corpus_ivrs(bytes, nbytes);
	if (memcmp(bytes, "MCFG", 4) == 0)
		return corpus_mcfg(bytes, nbytes);
	if (memcmp(bytes, "\xd0\x0d\xfe\xed", 4) == 0)
		return corpus_tree(bytes, nbytes);
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (memcmp(bytes, others[i].signature, 4) == 0)
			return skip(others[i].why);
	return skip("no table that anything here reads");
}

/* In a process of its own, so that one table cannot spoil the next; its exit status. */
static int in_a_process(const char *path, uint8_t *bytes, size_t nbytes)
{
	int status = -1;
	pid_t child;

	fflush(stdout);
	child = fork();
	if (child == 0) {
		enum ending ending;

		alarm(60);
		printf("%s: ", path);
		corpus_keep_lines();
		ending = read_table(bytes, nbytes);
		printf("\n");
		for (unsigned i = 0; i < nlines; i++)
			printf("    %s\n", lines[i]);
		fflush(stdout);
		_exit((int)ending);
	}
	if (child < 0 || waitpid(child, &status, 0) != child || !WIFEXITED(status))
		return TABLE_WRONG;
	return WEXITSTATUS(status);
}

/* ---- The folder -------------------------------------------------------------------------------------------------- */

static char *paths[FILES];
static unsigned npaths;

static int note(const char *path, const struct stat *status, int type, struct FTW *walk)
{
	(void)status, (void)walk;
	if (type == FTW_F && npaths < FILES)
		paths[npaths++] = strdup(path);
	else if (type == FTW_F)
		fprintf(stderr, "corpus: more than %d files: %s is left out\n", FILES, path), exit(2);
	return 0;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The reason why the table may be refused; NULL: it may not. */
static const char *reason(const char *list, const char *sha1)
{
	static char line[512];
	FILE *file = fopen(list, "r");
	const char *found = NULL;

	while (file && !found && fgets(line, sizeof(line), file)) {
		size_t digits = strcspn(line, " \t\n");

		line[strcspn(line, "\n")] = '\0';
		if (line[0] != '#' && digits >= 10 && strncmp(line, sha1, digits) == 0)
			found = line + digits + strspn(line + digits, " \t");
	}
	if (file)
		fclose(file);
	return found;
}

static size_t load(const char *path, uint8_t **bytes)
{
	FILE *file = fopen(path, "rb");
	size_t n = 0;

	*bytes = malloc(MOST_BYTES);
	if (file && *bytes)
		n = fread(*bytes, 1, MOST_BYTES, file);
	if (file)
		fclose(file);
	return n;
}

int main(int argc, char **argv)
{
	unsigned sums[4] = {0}, excused = 0;

	if (argc < 3) {
		fprintf(stderr, "corpus LIST FOLDER...\n");
		return 2;
	}
	for (int i = 2; i < argc; i++)
		if (nftw(argv[i], note, 16, 0)) {
			fprintf(stderr, "corpus: %s cannot be read\n", argv[i]);
			return 2;
		}
	qsort(paths, npaths, sizeof(paths[0]), by_name);
	for (unsigned i = 0; i < npaths; i++) {
		uint8_t *bytes, *exact;
		size_t nbytes = load(paths[i], &bytes);
		const char *why;
		char sha1[41];
		int ending;

		exact = malloc(nbytes ? nbytes : 1); /* so that a sanitizer sees one byte too far */
		if (!bytes || !exact)
			abort();
		memcpy(exact, bytes, nbytes);
		sha1_text(bytes, nbytes, sha1);
		free(bytes);
		ending = in_a_process(paths[i], exact, nbytes);
		free(exact);
		ending = ending > TABLE_WRONG ? TABLE_WRONG : ending;
		sums[ending]++;
		if (ending == TABLE_WRONG)
			printf("    WRONG, %.10s: %s\n", sha1, paths[i]);
		if (ending != TABLE_REFUSED)
			continue;
		why = reason(argv[1], sha1);
		excused += why != NULL;
		printf("    refused, %.10s: %s\n", sha1, why ? why : "NOT ON THE LIST");
	}
	printf("%u tables: %u work, %u refused (%u of them for a reason on the list), %u skipped, %u wrong\n", npaths,
	       sums[TABLE_WORKS], sums[TABLE_REFUSED], excused, sums[TABLE_SKIPPED], sums[TABLE_WRONG]);
	return npaths == 0 || sums[TABLE_REFUSED] != excused || sums[TABLE_WRONG];
}
