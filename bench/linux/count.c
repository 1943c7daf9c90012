// SPDX-License-Identifier: GPL-2.0
/*
 * A plugin of QEMU's emulation: counts the executed instructions of some functions, and all of them.
 *
 *	-plugin FILE.so,list=PATH,out=PATH
 *
 * `list` has a line for each stretch of code: START END NAME (hexadecimal, END not part of it). NAME "mark" is no
 * stretch: whenever the instruction at START is executed, a line of what was counted so far goes to `out`: "mark ALL
 * SOME CALLS", where SOME is the sum over all stretches, and CALLS how often the first instruction of one whose name
 * begins with "=" was executed; what is in stretches whose names begin with "-" is in neither ALL nor SOME. At the
 * end each stretch has a line: "NAME COUNT".
 *
 * For one CPU. The declarations are those of QEMU's plugin interface, version 4, as far as they are used; QEMU has no
 * package with its header.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct qemu_plugin_tb;
struct qemu_plugin_insn;
typedef uint64_t plugin_id;
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *tb, size_t index);
uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *insn);
void qemu_plugin_register_vcpu_tb_trans_cb(plugin_id id, void (*call)(plugin_id id, struct qemu_plugin_tb *tb));
void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *insn, void (*call)(unsigned cpu, void *data),
					    int flags, void *data);
void qemu_plugin_register_atexit_cb(plugin_id id, void (*call)(plugin_id id, void *data), void *data);

__attribute__((visibility("default"))) int qemu_plugin_version = 4;

enum { MOST = 65536 };

static struct stretch {
	uint64_t start, end, count;
	char name[64];
} stretches[MOST];
static unsigned n;
static uint64_t mark, all, dma, calls;
static FILE *out;

static void on_any(unsigned cpu, void *data)
{
	(void)cpu, (void)data;
	all++;
}

static void on_stretch(unsigned cpu, void *data)
{
	(void)cpu;
	((struct stretch *)data)->count++;
	dma++;
}

static void on_call(unsigned cpu, void *data)
{
	(void)cpu, (void)data;
	calls++;
}

static void on_mark(unsigned cpu, void *data)
{
	(void)cpu, (void)data;
	fprintf(out, "mark %llu %llu %llu\n", (unsigned long long)all, (unsigned long long)dma,
		(unsigned long long)calls);
}

static int by_start(const void *a, const void *b)
{
	const struct stretch *x = a, *y = b;

	return x->start < y->start ? -1 : x->start > y->start;
}

static struct stretch *find(uint64_t address)
{
	unsigned low = 0, high = n;

	while (low < high) {
		unsigned middle = (low + high) / 2;

		if (stretches[middle].start <= address)
			low = middle + 1;
		else
			high = middle;
	}
	return low && address < stretches[low - 1].end ? &stretches[low - 1] : NULL;
}

static void translated(plugin_id id, struct qemu_plugin_tb *tb)
{
	(void)id;
	for (size_t i = 0; i < qemu_plugin_tb_n_insns(tb); i++) {
		struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);
		uint64_t address = qemu_plugin_insn_vaddr(insn);
		struct stretch *s = find(address);

		if (s && s->name[0] == '-')
			continue;
		qemu_plugin_register_vcpu_insn_exec_cb(insn, on_any, 0, NULL);
		if (s)
			qemu_plugin_register_vcpu_insn_exec_cb(insn, on_stretch, 0, s);
		if (s && address == s->start && s->name[0] == '=')
			qemu_plugin_register_vcpu_insn_exec_cb(insn, on_call, 0, NULL);
		if (address == mark)
			qemu_plugin_register_vcpu_insn_exec_cb(insn, on_mark, 0, NULL);
	}
}

static void at_exit(plugin_id id, void *data)
{
	(void)id, (void)data;
	for (unsigned i = 0; i < n; i++)
		if (stretches[i].count)
			fprintf(out, "%s %llu\n", stretches[i].name, (unsigned long long)stretches[i].count);
	fclose(out);
}

static int read_list(const char *path)
{
	FILE *list = fopen(path, "r");
	unsigned long long start, end;
	char name[64];

	while (list && n < MOST && fscanf(list, "%llx %llx %63s", &start, &end, name) == 3) {
		if (!strcmp(name, "mark")) {
			mark = start;
			continue;
		}
		stretches[n].start = start;
		stretches[n].end = end;
		strcpy(stretches[n++].name, name);
	}
	if (list)
		fclose(list);
	qsort(stretches, n, sizeof(stretches[0]), by_start);
	return list && mark ? 0 : -1;
}

__attribute__((visibility("default"))) int qemu_plugin_install(plugin_id id, const void *info, int argc, char **argv)
{
	const char *list = NULL;

	(void)info;
	for (int i = 0; i < argc; i++) {
		if (!strncmp(argv[i], "list=", 5))
			list = argv[i] + 5;
		else if (!strncmp(argv[i], "out=", 4))
			out = fopen(argv[i] + 4, "w");
	}
	if (!list || !out || read_list(list)) {
		fprintf(stderr, "count: list=PATH with a mark, and out=PATH\n");
		return -1;
	}
	qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
	qemu_plugin_register_atexit_cb(id, at_exit, NULL);
	return 0;
}
