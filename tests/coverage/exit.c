/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Linked into the programs of `make coverage`: what a child process has reached counts, too, when it ends by _exit().
 */
void __gcov_dump(void);
_Noreturn void __real__exit(int status);
_Noreturn void __wrap__exit(int status);

_Noreturn void __wrap__exit(int status)
{
	__gcov_dump();
	__real__exit(status);
}
