/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What takes a firmware table through its parser, and on to units that work where there is a driver and a model.
 */
#ifndef TESTS_FIRMWARE_CORPUS_H
#define TESTS_FIRMWARE_CORPUS_H

#include <stddef.h>
#include <stdint.h>

/* How a table ends: the exit status of the process that reads it. */
enum ending {
	TABLE_WORKS = 0,   /* its units are on, or it has been read */
	TABLE_REFUSED = 1, /* by the parser or the driver, after a line that says why */
	TABLE_SKIPPED = 2, /* nothing reads it */
	TABLE_WRONG = 3,   /* taken, and then not what it should be: a fault of ours */
};

/* Each prints the rest of its table's line: what came of it. */
enum ending corpus_dmar(uint8_t *bytes, size_t nbytes);
enum ending corpus_iort(const uint8_t *bytes, size_t nbytes);
enum ending corpus_ivrs(uint8_t *bytes, size_t nbytes);
enum ending corpus_mcfg(const uint8_t *bytes, size_t nbytes);
enum ending corpus_tree(const uint8_t *bytes, size_t nbytes);

/* Lines that the library logs from now on are kept, and printed below the table's. */
void corpus_keep_lines(void);
/* Prints one of our own with them. */
void corpus_say(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
