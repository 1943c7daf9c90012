/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The report as it grows: JSON in a buffer of fixed size, and each fact as a line on the console. What does not fit is
 * left out from the end, and the report says so; what closes it always fits.
 */
#include "survey.h"

#include "text.h"

enum {
	BYTES = 30 * 1024,
	ROOM_TO_CLOSE = 256,
	LONGEST = 6 * 256, /* a text of 200 characters, each of them escaped, and its name */
	DEPTH = 12,
	NAME_COLUMNS = 24,
	TEXT_COLUMNS = 80, /* a row goes on in the next line behind it */
};

static char json[BYTES];
static struct text out;
static char line[512];
static struct text told;
static struct level {
	char closes;
	bool row;
	bool any; /* has a member */
} levels[DEPTH];
static unsigned depth;
static bool cut;
static bool finished;

static bool in_row(void)
{
	return depth && levels[depth - 1].row;
}

/* ---- JSON ---- */

static void put_closing(unsigned level)
{
	char closes[2] = {levels[level].closes, 0};

	if (!levels[level].row) {
		text_put(&out, "\n");
		text_put_chars(&out, ' ', level);
	}
	text_put(&out, closes);
}

/* From the first member on that has no room nothing more is written: what is open then is closed, whatever the callers
 * open and close afterwards. */
static bool full(void)
{
	if (cut || finished)
		return true;
	if (out.used + ROOM_TO_CLOSE + LONGEST <= BYTES)
		return false;
	cut = true;
	for (unsigned level = depth; level-- > 1;)
		put_closing(level);
	return true;
}

static void put_quoted(struct text *t, const char *value)
{
	static const char digits[] = "0123456789abcdef";
	char one[2] = {0};

	text_put(t, "\"");
	for (; *value; value++) {
		unsigned char byte = (unsigned char)*value;

		if (byte == '"' || byte == '\\')
			text_put(t, "\\");
		if (byte < ' ' || byte > 126) { /* what a device or firmware calls itself may be anything */
			text_put(t, "\\u00");
			one[0] = digits[byte >> 4];
			text_put(t, one);
			one[0] = digits[byte & 15];
			text_put(t, one);
			continue;
		}
		one[0] = (char)byte;
		text_put(t, one);
	}
	text_put(t, "\"");
}

/* What stands in front of a member's value. */
static void put_head(const char *name)
{
	if (depth && levels[depth - 1].any)
		text_put(&out, in_row() ? ", " : ",");
	if (!in_row()) {
		text_put(&out, "\n");
		text_put_chars(&out, ' ', depth);
	}
	if (depth)
		levels[depth - 1].any = true;
	if (name) {
		put_quoted(&out, name);
		text_put(&out, ": ");
	}
}

static void open_level(const char *name, const char *opens, char closes, bool row)
{
	if (depth == DEPTH)
		return;
	if (!full()) {
		if (depth || name)
			put_head(name);
		text_put(&out, opens);
	}
	levels[depth++] = (struct level){.closes = closes, .row = row};
}

/* ---- The console ---- */

static void tell_line(void)
{
	text_put(&told, "\n");
	bus_write(told.start, told.used);
	told = text_in(line, sizeof(line));
}

static void tell_member(const char *name, const char *value)
{
	if (!told.used)
		text_put_chars(&told, ' ', 2 * depth);
	if (in_row()) {
		if (told.used > TEXT_COLUMNS) {
			tell_line();
			text_put_chars(&told, ' ', 2 * depth + 2);
		} else if (told.used > 2 * depth) {
			text_put(&told, " ");
		}
		if (name) {
			text_put(&told, name);
			text_put(&told, "=");
		}
		text_put(&told, value);
		return;
	}
	if (name) {
		size_t before = told.used;

		text_put(&told, name);
		text_put_chars(&told, ' ',
			       told.used - before < NAME_COLUMNS ? (unsigned)(NAME_COLUMNS - (told.used - before)) : 1);
	}
	text_put(&told, value);
	tell_line();
}

/* ---- Members ---- */

void report_begin(void)
{
	out = text_in(json, sizeof(json));
	told = text_in(line, sizeof(line));
	depth = 0;
	cut = finished = false;
	open_level(NULL, "{", '}', false);
}

static void tell_name(const char *name)
{
	if (!name)
		return;
	text_put_chars(&told, ' ', 2 * depth);
	text_put(&told, name);
	text_put(&told, ":");
	tell_line();
}

void report_object(const char *name)
{
	tell_name(name);
	open_level(name, "{", '}', false);
}

void report_array(const char *name)
{
	tell_name(name);
	open_level(name, "[", ']', false);
}

void report_row(const char *name)
{
	if (name) {
		text_put_chars(&told, ' ', 2 * depth);
		text_put(&told, name);
		text_put(&told, ":");
	}
	open_level(name, "{", '}', true);
}

static void close_level(void)
{
	depth--;
	if (!cut && !finished) /* else it has been closed, or was never written */
		put_closing(depth);
}

void report_end(void)
{
	if (in_row() && told.used)
		tell_line();
	if (depth > 1)
		close_level();
}

static void member(const char *name, const char *value)
{
	tell_member(name, value);
	if (full())
		return;
	put_head(name);
	text_put(&out, value);
}

void report_string(const char *name, const char *value)
{
	tell_member(name, value);
	if (full())
		return;
	put_head(name);
	put_quoted(&out, value);
}

void report_number(const char *name, uint64_t value)
{
	char buffer[24];
	struct text t = text_in(buffer, sizeof(buffer));

	text_put_number(&t, value);
	member(name, buffer);
}

void report_hex(const char *name, uint64_t value, unsigned digits)
{
	char buffer[24];
	struct text t = text_in(buffer, sizeof(buffer));

	text_put_hex(&t, value, digits);
	report_string(name, buffer);
}

void report_bool(const char *name, bool value)
{
	member(name, value ? "true" : "false");
}

void report_thousandths(const char *name, uint64_t value)
{
	char buffer[32];
	struct text t = text_in(buffer, sizeof(buffer));

	text_put_thousandths(&t, value);
	member(name, buffer);
}

void report_close(void)
{
	if (told.used)
		tell_line();
	while (depth > 1)
		close_level();
}

const char *report_finish(const char *how, size_t *nbytes)
{
	*nbytes = out.used;
	if (finished) /* the step that keeps it was late: it stays as it is */
		return json;
	report_close();
	finished = true;
	put_head("cut");
	text_put(&out, cut ? "true" : "false");
	put_head("end");
	put_quoted(&out, how);
	text_put(&out, "\n}\n");
	depth = 0;
	*nbytes = out.used;
	return json;
}
