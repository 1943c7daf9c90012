// SPDX-License-Identifier: GPL-2.0
#ifndef BENCH_LINUX_SYMBOLS_H
#define BENCH_LINUX_SYMBOLS_H

/*
 * Prints a line "symbol START END NAME" for each function of Linux's DMA, by /proc/kallsyms: 0, or -1 if that cannot be
 * read. The name is one that count.c understands: "=" begins that of an invalidation, "-" what is not counted at all.
 */
int print_symbols(void);

#endif
