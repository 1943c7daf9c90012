/* SPDX-License-Identifier: MPL-2.0 */
/*
 * SHA-1 (FIPS 180-4): names of firmware tables, nothing that anybody trusts.
 */
#ifndef TESTS_FIRMWARE_SHA1_H
#define TESTS_FIRMWARE_SHA1_H

#include <stddef.h>
#include <stdint.h>

/* 40 digits and a zero. */
void sha1_text(const uint8_t *bytes, size_t nbytes, char text[41]);

#endif
