/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The survey on the host, of a server that no emulator is: dozens of IOMMU units in several segments, hundreds of PCI
 * functions, names as long as they can be. Its report has to be whole, and tools/report has to take it. And the
 * right to start transfers, which all devices get back: at the end, and where a step was over its time limit.
 */
#define _POSIX_C_SOURCE 200809L

#include "../../apps/survey/units.h"
#include "text.h"
#include <dmastream/errors.h>
#include <dmastream/platform.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { UNITS = 40, PER_SEGMENT = 8, FUNCTIONS = 400, DRHD_BYTES = 16, HEAD = 48, COMMAND = 4, WINDOW = 0x1000 };
#define REGISTERS(unit) (UINT64_C(0xf0000000) + (uint64_t)(unit)*WINDOW)

static uint8_t dmar[HEAD + UNITS * DRHD_BYTES];
static _Alignas(8) uint8_t registers[UNITS][WINDOW];
static uint32_t commands[FUNCTIONS];
static unsigned wrong_writes, number, failures;
static void (*late)(void);
static jmp_buf ended;
static char kept[64 * 1024], whole[64 * 1024];

/* ---- The server ---- */

static void put64(uint8_t *at, uint64_t value)
{
	memcpy(at, &value, sizeof(value));
}

/* 40 units of two kinds: the last of each segment is another, as those of graphics are. */
static void build(void)
{
	for (unsigned i = 0; i < UNITS; i++) {
		uint8_t *drhd = dmar + HEAD + i * DRHD_BYTES;

		drhd[2] = DRHD_BYTES;
		drhd[6] = (uint8_t)(i / PER_SEGMENT);
		put64(drhd + 8, REGISTERS(i));
		registers[i][0] = 0x60;
		put64(registers[i] + 8, i % PER_SEGMENT == PER_SEGMENT - 1 ? 0x1c0000c40660462 : 0x8d2078c106f0466);
		put64(registers[i] + 16, 0xf020df);
	}
	for (unsigned i = 0; i < FUNCTIONS; i++)
		commands[i] = i % 3 ? 0x00100006 : 0x00100002; /* and a status register beside it */
}

void facts_machine(struct facts_machine *out)
{
	*out = (struct facts_machine){.firmware = "EFI 2.80", .tables_by = "LONGID", .memory_bytes = UINT64_C(4) << 40};
	memset(out->cpu, 'W', sizeof(out->cpu) - 1);
	memset(out->instructions, 'i', sizeof(out->instructions) - 1);
}

bool facts_table_name(unsigned index, char name[5])
{
	(void)snprintf(name, 5, "SSDT");
	return index < 60;
}

int facts_table(const char *signature, unsigned index, const uint8_t **bytes, size_t *nbytes)
{
	if (index || strcmp(signature, "DMAR") != 0)
		return DMA_ENODEV;
	*bytes = dmar;
	*nbytes = sizeof(dmar);
	return 0;
}

bool facts_tree_smmu(unsigned index, uint64_t *where, bool *coherent)
{
	(void)index, (void)where, (void)coherent;
	return false;
}

bool facts_function(unsigned index, struct facts_function *out)
{
	/* A host bridge, a bridge, a system's IOMMU, a disk, a network card, counters. */
	static const uint32_t classes[] = {0x060000, 0x060400, 0x080600, 0x010802, 0x020000, 0x110100};

	if (index >= FUNCTIONS)
		return false;
	*out = (struct facts_function){.pci = {.segment = (uint16_t)(index / 100),
					       .bus = (uint8_t)(index % 100),
					       .devfn = (uint8_t)(index % 8),
					       .vendor = 0x8086,
					       .device = (uint16_t)index,
					       .class_code = classes[index % 6]},
				       .bridge = index % 6 == 1,
				       .secondary = (uint8_t)(index % 100),
				       .group = index & ~7u,
				       .requester = (uint16_t)(index * 7)};
	return true;
}

bool facts_unit_of(unsigned index, uint64_t *where)
{
	*where = REGISTERS(index % UNITS);
	return true;
}

uint32_t bus_pci_read32(const struct bus_pci *fn, unsigned offset)
{
	return offset == COMMAND ? commands[fn->device] : 0;
}

void bus_pci_write32(const struct bus_pci *fn, unsigned offset, uint32_t value)
{
	if (offset != COMMAND || value >> 16) /* ones clear what the device has reported */
		wrong_writes++;
	else
		commands[fn->device] = (commands[fn->device] & 0xffff0000) | value;
}

void bus_pci_disable(const struct bus_pci *fn)
{
	bus_pci_write32(fn, COMMAND, bus_pci_read32(fn, COMMAND) & 0xfffb);
}

int dma_host_mmio_map(dma_paddr_t paddr, size_t nbytes, volatile void **regs)
{
	uint64_t unit = (paddr.raw - REGISTERS(0)) / WINDOW;

	if (unit >= UNITS || nbytes > WINDOW)
		return DMA_EINVAL;
	*regs = registers[unit];
	return 0;
}

void dma_host_mmio_unmap(volatile void *regs, size_t nbytes)
{
	(void)regs, (void)nbytes;
}

void dma_host_mmio_write32(volatile void *reg, uint32_t value)
{
	(void)reg, (void)value;
	wrong_writes++; /* nothing is written to a unit before it is taken over */
}

void dma_host_mmio_write64(volatile void *reg, uint64_t value)
{
	(void)reg, (void)value;
	wrong_writes++;
}

void *dma_host_linear(dma_paddr_t paddr, size_t nbytes)
{
	(void)paddr, (void)nbytes;
	return NULL;
}

uint64_t dma_host_time_ns(void)
{
	static uint64_t now;

	return now += 123456789;
}

const char *bus_option(const char *name, const char *otherwise)
{
	(void)name;
	return otherwise;
}

const char *bus_machine(void)
{
	return "q35";
}

unsigned bus_cpus(void)
{
	return 512;
}

void bus_relax(void)
{
}

void bus_write(const char *text, size_t nbytes)
{
	(void)text, (void)nbytes;
}

bool facts_alarm(uint64_t ns, void (*call)(void))
{
	late = ns ? call : NULL;
	return true;
}

int facts_keep(const void *bytes, size_t nbytes)
{
	memcpy(kept, bytes, nbytes);
	kept[nbytes] = 0;
	return 0;
}

void facts_end(int status, bool reset)
{
	(void)status, (void)reset;
	longjmp(ended, 1);
}

/* ---- Tests ---- */

static void check(bool fine, const char *what)
{
	number++;
	failures += !fine;
	printf("%s %u - survey of a server: %s\n", fine ? "ok" : "not ok", number, what);
}

static bool tool_takes(const char *report)
{
	char path[] = "/tmp/dmastream-report-XXXXXX", line[128];
	int file = mkstemp(path);
	FILE *stream = file < 0 ? NULL : fdopen(file, "w");
	bool fine;

	if (!stream)
		return false;
	fine = fputs(report, stream) >= 0;
	fine = !fclose(stream) && fine;
	(void)snprintf(line, sizeof(line), "tools/report check %s >&2", path);
	fine = fine && system(line) == 0;
	(void)remove(path);
	return fine;
}

static unsigned count_of(const char *text, const char *what)
{
	unsigned n = 0;

	for (const char *at = text; (at = strstr(at, what)) != NULL; at++)
		n++;
	return n;
}

/* As survey.c tells it, with as many rows. */
static void tell_all(void)
{
	static char line[201];

	memset(line, 'x', sizeof(line) - 1);
	report_begin();
	report_number("dmastream_report", 1);
	machine_report();
	tables_report();
	step_begin("PCI functions", 20);
	functions_report();
	step_end(0);
	units_report();
	fixed_report();
	report_array("domains");
	for (unsigned i = 0; i < units_count(); i++) {
		step_begin("map, release, invalidate, block", 30);
		report_row(NULL);
		report_number("unit", i);
		report_hex("with", 0x1234, 4);
		report_number("map_ns", 123456);
		report_number("release_strict_ns", 123456);
		report_number("release_batch_of_64_ns", 1234567);
		report_number("release_2_mib_ns", 123456);
		report_number("block_ns", 123456);
		report_bool("blocked_is_refused", true);
		report_number("release_deferred_ns", 123456);
		report_number("flush_of_domain_ns", 123456);
		report_end();
		step_end(0);
	}
	report_end();
	report_array("said");
	for (unsigned i = 0; i < 8; i++)
		report_string(NULL, line);
	report_end();
	report_object("cache");
	report_number("line_step", 64);
	report_end();
	steps_report();
}

static bool as_built(void)
{
	uint32_t before[FUNCTIONS];
	bool same;

	memcpy(before, commands, sizeof(before));
	build();
	same = !memcmp(before, commands, sizeof(before));
	memcpy(commands, before, sizeof(before));
	return same;
}

static void masters(void)
{
	unsigned had = 0, quiet;
	bool right = true;

	for (unsigned i = 0; i < FUNCTIONS; i++)
		had += commands[i] >> 2 & 1 && i % 6 > 2;
	quiet = functions_quiet();
	for (unsigned i = 0; i < FUNCTIONS; i++)
		right = right && (commands[i] >> 2 & 1) == (i % 3 && i % 6 <= 2);
	check(quiet == had && right, "devices may start nothing, bridges and IOMMUs may");
}

int main(void)
{
	const char *report;
	size_t nbytes;

	build();
	tell_all();
	report = report_finish("complete", &nbytes);
	check(strstr(report, "\"cut\": false") != NULL, "the report has room for all of it");
	check(tool_takes(report), "tools/report takes it");
	check(count_of(report, "\"registers\"") == UNITS && count_of(report, "\"capabilities\"") == 2 &&
		      count_of(report, "\"like_unit\": 0") == UNITS - UNITS / PER_SEGMENT - 1,
	      "what each kind of unit can do is told once");
	check(count_of(report, "\"segment\": 4") == PER_SEGMENT, "units of every segment are in it");
	check(wrong_writes == 0, "nothing was written to a unit or a function");

	functions_put_back();
	check(as_built(), "before anything was taken, nothing is put back");
	/* The step that keeps the report is late itself: the report is as it was. */
	(void)snprintf(whole, sizeof(whole), "%.*s", (int)nbytes, report);
	step_begin("keep the report over the reset", 10);
	if (!setjmp(ended) && late)
		late();
	check(!strcmp(kept, whole), "a report that is finished stays so");

	masters();
	commands[3] |= 4; /* as the driver of a disk that firmware did not use */
	functions_put_back();
	check(as_built() && wrong_writes == 0, "all have back what was taken, and nothing else has changed");

	report_begin();
	report_number("dmastream_report", 1);
	report_array("domains"); /* it is open when the step is late */
	report_row(NULL);
	report_number("unit", 0);
	masters();
	step_begin("take over the IOMMU units", 30);
	if (!setjmp(ended) && late)
		late();
	check(tool_takes(kept) && strstr(kept, "\"end\": \"take over the IOMMU units\"") != NULL,
	      "a step that hangs is in the report");
	check(as_built() && wrong_writes == 0, "and devices have back what was taken there, too");

	report_begin(); /* more than there is room for: what is left out is the end, and the rest is a report */
	report_number("dmastream_report", 1);
	report_array("said");
	for (unsigned i = 0; i < 2000; i++)
		report_string(NULL, "a line of a firmware that has much to say");
	report_end();
	units_report();
	report = report_finish("complete", &nbytes);
	check(tool_takes(report) && strstr(report, "\"cut\": true") != NULL,
	      "a report that is cut is one all the same");
	report_begin(); /* within a row of a list of a unit */
	report_number("dmastream_report", 1);
	report_array("units");
	for (unsigned i = 0; i < 400; i++) {
		report_object(NULL);
		report_row("found");
		for (unsigned k = 0; k < 20; k++)
			report_bool("translation", true);
		report_end();
		report_end();
	}
	report_end();
	report_array("disks");
	report_end();
	report = report_finish("complete", &nbytes);
	check(strstr(report, "\n ],\n \"cut\": true") != NULL, "wherever it is cut");
	printf("1..%u\n", number);
	return failures ? 1 : 0;
}
