/* SPDX-License-Identifier: MPL-2.0 */
/* The steps: each is told before it begins, so that one that hangs has named itself; and each has a time limit. */
#include "survey.h"

#include "text.h"
#include <dmastream/errors.h>
#include <dmastream/platform.h>

enum {
	STEPS = 192,
	WATCH_EXTRA_S = 5, /* what the library waits for ends by itself within the limit; the rest is ended after it */
};
#define SECOND UINT64_C(1000000000)

static struct step {
	const char *what;
	uint64_t began, took;
	unsigned limit_s;
	int error;
	bool ended;
} steps[STEPS];
static unsigned nsteps;

void tell(const char *a, const char *b, const char *c)
{
	char buffer[256];
	struct text t = text_in(buffer, sizeof(buffer) - 1);

	text_put(&t, a);
	text_put(&t, b);
	text_put(&t, c);
	t.size++; /* room for the end of the line */
	text_put(&t, "\n");
	bus_write(buffer, t.used);
}

/* In an interrupt handler: the step goes on behind it and cannot be ended, so the machine is. */
static void late(void)
{
	const struct step *step = &steps[nsteps - 1];
	const char *bytes;
	size_t nbytes;
	int error;

	tell("survey: over its time limit: ", step->what, "; the machine is reset");
	report_close();
	steps_report();
	bytes = report_finish(step->what, &nbytes);
	error = facts_keep(bytes, nbytes);
	if (error)
		tell("survey: the report cannot be kept: ", dma_strerror(error), "");
	functions_put_back(); /* as at the end; the IOMMU units stay: the step may have been at work on them */
	facts_end(2, !error);
}

/* Does the option name that step, by its first words with _ between them? */
static bool names(const char *wanted, const char *what)
{
	const char *at = wanted;

	while (*at && (*at == *what || (*at == '_' && *what == ' '))) {
		at++;
		what++;
	}
	return *wanted && !*at;
}

void step_begin(const char *what, unsigned seconds)
{
	char number[24];
	struct text t = text_in(number, sizeof(number));

	if (nsteps == STEPS)
		nsteps--;
	steps[nsteps++] = (struct step){.what = what, .began = dma_host_time_ns(), .limit_s = seconds};
	text_put_number(&t, seconds);
	text_put(&t, " s)");
	bus_write("* ", 2);
	tell(what, " (at most ", number);
	(void)facts_alarm((seconds + WATCH_EXTRA_S) * SECOND, late);
	if (names(bus_option("hang", ""), what)) /* for tests: as broken hardware would */
		for (;;)
			bus_relax();
}

void step_end(int error)
{
	struct step *step = &steps[nsteps - 1];

	(void)facts_alarm(0, NULL);
	step->took = dma_host_time_ns() - step->began;
	step->error = error;
	step->ended = true;
	if (error)
		tell("  this did not work: ", dma_strerror(error), "");
}

bool step_has_time(void)
{
	const struct step *step = &steps[nsteps - 1];

	return dma_host_time_ns() - step->began < step->limit_s * SECOND;
}

/* A server has dozens of units: steps of one kind that all worked are one row. */
static bool again(const struct step *a, const struct step *b)
{
	return a->what == b->what && a->ended && b->ended && !a->error && !b->error;
}

void steps_report(void)
{
	report_array("steps");
	for (unsigned i = 0, times; i < nsteps; i += times) {
		uint64_t took = steps[i].took;

		for (times = 1; i + times < nsteps && again(&steps[i], &steps[i + times]); times++)
			took += steps[i + times].took;
		report_row(NULL);
		report_string("what", steps[i].what);
		if (times > 1)
			report_number("times", times);
		report_thousandths("ms", took / 1000);
		report_string("result", !steps[i].ended	 ? "did not end"
					: steps[i].error ? dma_strerror(steps[i].error)
							 : "ok");
		report_end();
	}
	report_end();
}
