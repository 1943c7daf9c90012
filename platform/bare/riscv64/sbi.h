/* SPDX-License-Identifier: MPL-2.0 */
/* Calls of the firmware: RISC-V Supervisor Binary Interface, version 2.0. */
#ifndef BARE_RISCV64_SBI_H
#define BARE_RISCV64_SBI_H

enum sbi_extension {
	SBI_LEGACY_PUTCHAR = 0x01, /* 5.2 */
	SBI_TIME = 0x54494d45,	   /* 6: set timer */
	SBI_IPI = 0x735049,	   /* 7: send IPI */
	SBI_HSM = 0x48534d,	   /* 9: hart start */
	SBI_SRST = 0x53525354,	   /* 10: system reset */
	SBI_DBCN = 0x4442434e,	   /* 12: debug console write */
};

struct sbi_result {
	long error, value; /* error 0: success */
};

static inline struct sbi_result sbi_call(enum sbi_extension extension, unsigned long function, unsigned long x,
					 unsigned long y, unsigned long z, unsigned long w)
{
	register unsigned long a0 __asm__("a0") = x;
	register unsigned long a1 __asm__("a1") = y;
	register unsigned long a2 __asm__("a2") = z;
	register unsigned long a3 __asm__("a3") = w;
	register unsigned long a6 __asm__("a6") = function;
	register unsigned long a7 __asm__("a7") = (unsigned long)extension;

	__asm__ volatile("ecall" : "+r"(a0), "+r"(a1) : "r"(a2), "r"(a3), "r"(a6), "r"(a7) : "memory");
	return (struct sbi_result){(long)a0, (long)a1};
}

#endif
