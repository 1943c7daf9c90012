/* SPDX-License-Identifier: MPL-2.0 */
/* The image that this program starts: IMAGE is its file; RESETS is 1 if it ends by a reset. */
	.section .rdata, "dr"
	.globl image_elf, image_elf_end, image_resets
	.balign 16
image_elf:
	.incbin IMAGE
image_elf_end:
	.byte 0
image_resets:
	.byte RESETS
