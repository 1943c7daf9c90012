/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What a parser of firmware tables needs of the library and its host, for tests and fuzzers that link the parser alone:
 * pages, which can run out, and log lines, which are kept.
 */
#ifndef TESTS_HOSTS_LINES_H
#define TESTS_HOSTS_LINES_H

#include <stdbool.h>

/* Forgets all lines; pages are given out `pages` times, then never again (-1: without end). */
void lines_begin(int pages);
/* Lines since then. */
unsigned lines_count(void);
/* One line has all of these words (separated by '|') in this order. */
bool lines_have(const char *words);
/* Prints them. */
void lines_print(void);
/* Pages given out and not given back. */
unsigned lines_pages(void);

#endif
