/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The driver of pointer_driver.c once more, compiled with -fsanitize=thread: build.mk.
 */
#define ANNOUNCED
#include "pointer_driver.c" /* NOLINT(bugprone-suspicious-include): the same code, announced */
