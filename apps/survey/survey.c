/* SPDX-License-Identifier: MPL-2.0 */
/* The survey, step by step: see survey.h. */
#include "survey.h"

#include <dmastream/errors.h>
#include <dmastream/init.h>
#include <dmastream/platform.h>

#include "text.h"

enum {
	FORMAT = 1,
	PAUSE_S = 10,	    /* to read the screen; the option pause says otherwise */
	PAUSE_LOST_S = 300, /* where the screen is all there is */
};

static void welcome(void)
{
	tell("dmastream survey: what this machine's IOMMUs and caches are. It asks nothing and writes to no disk.", "",
	     "");
	tell("When it has ended, the machine resets once. Start the same stick again: that boot writes the report", "",
	     "");
	tell("to it as a file. On battery, plug in; on a remote console, expect one reset.", "", "");
}

static void about_the_machine(void)
{
	step_begin("machine", 5);
	machine_report();
	tables_report();
	step_end(0);
	step_begin("cache lines and barriers", 10);
	lines_report();
	step_end(0);
	step_begin("PCI functions", 20);
	functions_report();
	step_end(0);
	step_begin("IOMMU units as firmware left them", 10);
	units_report();
	fixed_report();
	step_end(0);
}

static bool take_over(void)
{
	const char *kind = units_kind();
	int error;

	step_begin("bus mastering of all devices off", 10);
	report_number("masters_stopped", functions_quiet());
	step_end(0);
	if (!kind) {
		tell("there is no IOMMU that firmware names: nothing to take over", "", "");
		return dma_init() == 0;
	}
	step_begin("take over the IOMMU units", 30);
	error = facts_iommu_start(kind);
	step_end(error);
	report_string("taken_over", error ? dma_strerror(error) : "yes");
	return !error;
}

static void about_dma(void)
{
	report_array("domains");
	for (unsigned i = 0; i < units_count(); i++) {
		step_begin("map, release, invalidate, block", 30);
		step_end(domains_report(i));
	}
	report_end();
	report_array("disks");
	for (unsigned i = 0; i < disks_count(); i++) {
		step_begin("read from a disk, also after release", 60);
		step_end(disk_report(i));
	}
	report_end();
}

/* What the kernel and the library had to say: the oddities of the firmware's tables among it. */
static void odd_lines(void)
{
	const char *lines = facts_lines();
	char line[200];
	size_t n = 0;

	report_array("said");
	for (; *lines; lines++) {
		if (*lines != '\n') {
			if (n < sizeof(line) - 1)
				line[n++] = *lines;
			continue;
		}
		line[n] = '\0';
		if (n)
			report_string(NULL, line);
		n = 0;
	}
	report_end();
}

static void pause_before_end(uint64_t seconds)
{
	uint64_t began = dma_host_time_ns();

	(void)text_number(bus_option("pause", ""), &seconds);
	while (dma_host_time_ns() - began < seconds * 1000000000u)
		bus_relax();
}

int app_main(void)
{
	const char *bytes;
	size_t nbytes;
	int error;

	welcome();
	report_begin();
	report_number("dmastream_report", FORMAT);
	about_the_machine();
	if (take_over()) {
		about_dma();
		step_begin("give the IOMMU units back", 10);
		step_end(facts_iommu_end());
	}
	odd_lines();
	steps_report();
	bytes = report_finish("complete", &nbytes);
	facts_serial("@report\n", 8);
	facts_serial(bytes, nbytes);
	facts_serial("@end\n", 5);
	step_begin("keep the report over the reset", 10);
	error = facts_keep(bytes, nbytes);
	step_end(error);
	if (error)
		tell("The report cannot be kept: ", dma_strerror(error), ". What is on the screen is all there is.");
	else
		tell("The report is kept. Start the same stick once more to have it as a file.", "",
		     facts_resets() ? "" : " The machine is switched off now.");
	pause_before_end(error || !facts_resets() ? PAUSE_LOST_S : PAUSE_S);
	functions_put_back(); /* last of all: until the reset they could write to memory that is ours */
	facts_end(error ? 3 : 0, !error);
}
