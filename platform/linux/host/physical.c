/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Memory at physical addresses that follow one another, for devices without an IOMMU: huge pages of 2 MiB, which the
 * kernel neither moves nor swaps out, in the order of their addresses. The longest run of them becomes the beginning of
 * the arena; the others go back.
 */
#include "../linux_host.h"
#include <dmastream/errors.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define HUGE ((uint64_t)2 << 20)
#define MOST 64u /* huge pages */

#ifndef MFD_HUGETLB
#define MFD_HUGETLB 4u
#endif
#ifndef MFD_HUGE_2MB
#define MFD_HUGE_2MB (21u << 26)
#endif

struct huge {
	uint64_t paddr;
	unsigned index; /* in the file */
};

/* The machine's address of what is mapped there; 0: the kernel does not say (Documentation/admin-guide/mm/pagemap.rst:
 * bits 0 to 54 are the frame, bit 63 says that it is there). */
static uint64_t physical_of(int pagemap, const void *va)
{
	uint64_t entry = 0, page = (uint64_t)sysconf(_SC_PAGESIZE);
	off_t at = (off_t)((uintptr_t)va / page * sizeof(entry));

	if (pread(pagemap, &entry, sizeof(entry), at) != sizeof(entry) || !(entry >> 63))
		return 0;
	return (entry & (((uint64_t)1 << 55) - 1)) * page;
}

static int by_address(const void *a, const void *b)
{
	const struct huge *x = a, *y = b;

	return x->paddr < y->paddr ? -1 : x->paddr > y->paddr;
}

/* As many huge pages as the system has free, MOST at most, mapped and touched. Gives how many. */
static unsigned take(int file, char **at)
{
	for (unsigned n = MOST; n; n /= 2) {
		void *mapped;

		if (ftruncate(file, (off_t)(n * HUGE)))
			continue;
		mapped = mmap(NULL, n * HUGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, file, 0);
		if (mapped == MAP_FAILED)
			continue;
		*at = mapped;
		return n;
	}
	return 0;
}

/* The longest run of addresses in the sorted list: its first entry and its length. */
static unsigned longest(const struct huge *list, unsigned n, unsigned *first)
{
	unsigned best = 0;

	for (unsigned i = 0; i < n;) {
		unsigned k = 1;

		while (i + k < n && list[i + k].paddr == list[i].paddr + k * HUGE)
			k++;
		if (k > best) {
			best = k;
			*first = i;
		}
		i += k;
	}
	return best;
}

/* Puts the run at `base`, and gives the other pages of the file back. */
static int settle(int file, char *base, const struct huge *list, unsigned n, unsigned first, unsigned count)
{
	for (unsigned i = 0; i < n; i++) {
		char *at = base + (i - first) * HUGE;

		if (i < first || i >= first + count)
			(void)fallocate(file, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)(list[i].index * HUGE),
					(off_t)HUGE);
		else if (mmap(at, HUGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED | MAP_POPULATE, file,
			      (off_t)(list[i].index * HUGE)) != at)
			return DMA_ENOMEM;
	}
	(void)madvise(base, count * HUGE, MADV_DONTFORK);
	return 0;
}

/* The file stays open until the process ends. It is opened before the devices, so that the kernel, which works off what
 * was closed last first, resets those before it frees the memory. No document promises that. */
int dma_linux_physical_fill(char *base, uint64_t *paddr, uint64_t *nbytes, struct dma_linux_why *why)
{
	struct huge list[MOST];
	unsigned n = 0, first = 0, count = 0;
	int pagemap = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	int file = memfd_create("dmastream", MFD_CLOEXEC | MFD_HUGETLB | MFD_HUGE_2MB);
	char *at = NULL;
	int error = 0;

	if (file >= 0)
		n = take(file, &at);
	for (unsigned i = 0; i < n; i++)
		list[i] = (struct huge){physical_of(pagemap, at + i * HUGE), i};
	if (!n)
		error = dma_linux_fail(
			why, DMA_ENOMEM,
			"there are no free huge pages of 2 MiB, which devices without an IOMMU need: `sysctl "
			"vm.nr_hugepages=32` as root");
	else if (!list[0].paddr)
		error = dma_linux_fail(
			why, DMA_EACCES,
			"the kernel tells physical addresses, which devices without an IOMMU need, to root "
			"alone (CAP_SYS_ADMIN)");
	if (!error) {
		qsort(list, n, sizeof(list[0]), by_address);
		count = longest(list, n, &first);
	}
	if (at)
		(void)munmap(at, n * HUGE);
	if (!error && settle(file, base, list, n, first, count))
		error = dma_linux_fail(why, DMA_ENOMEM, "huge pages cannot be mapped: %s", strerror(errno));
	for (unsigned i = 0; !error && i < count; i++)
		if (physical_of(pagemap, base + i * HUGE) != list[first + i].paddr)
			error = dma_linux_fail(why, DMA_EIO, "the kernel has moved a huge page");
	if (pagemap >= 0)
		(void)close(pagemap);
	if (error && file >= 0)
		(void)close(file);
	*paddr = error ? 0 : list[first].paddr;
	*nbytes = count * HUGE;
	return error;
}
