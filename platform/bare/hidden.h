/* SPDX-License-Identifier: MPL-2.0 */
/* Included before every source of a bare machine: one image, so that no symbol needs an offset table. */
#ifndef __ASSEMBLER__
#pragma GCC visibility push(hidden)
#endif
