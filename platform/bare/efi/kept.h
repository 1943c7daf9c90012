/* SPDX-License-Identifier: MPL-2.0 */
/*
 * A report that outlives the reset: in variables of our own, since the stick's file system is firmware's, which is gone
 * while the survey runs. Variables DmastreamReport0, 1, … hold its bytes in order, each at most KEPT_BYTES;
 * DmastreamReport, written last, holds a struct kept. The loader of the next boot writes it to a file.
 */
#ifndef BARE_EFI_KEPT_H
#define BARE_EFI_KEPT_H

#include <stdint.h>

#define EFI_GUID_DMASTREAM                                                                                             \
	{                                                                                                              \
		0x6f3a1c52, 0x7b0e, 0x4d0c,                                                                            \
		{                                                                                                      \
			0x93, 0x5e, 0x1d, 0xc4, 0x0b, 0x8a, 0x66, 0x2f                                                 \
		}                                                                                                      \
	}
#define KEPT_NAME   32
#define KEPT_HEAD   "DmastreamReport"
#define KEPT_MAGIC  UINT32_C(0x31524d44) /* "DMR1" */
#define KEPT_BYTES  1024		 /* a variable of this size fits everywhere (UEFI asks for no size at all) */
#define KEPT_PIECES 32

struct kept {
	uint32_t magic;
	uint32_t nbytes; /* of the report */
	uint32_t pieces;
	uint32_t sum; /* of its bytes */
};

#endif
