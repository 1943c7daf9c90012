/* SPDX-License-Identifier: MPL-2.0 */
/* The image that this program starts: IMAGE is its file. */
	.section .rdata, "dr"
	.globl image_elf, image_elf_end
	.balign 16
image_elf:
	.incbin IMAGE
image_elf_end:
	.byte 0
