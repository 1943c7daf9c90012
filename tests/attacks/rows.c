/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Attacks on memory that is not mapped, or is mapped for the other direction.
 */
#include "attacks.h"

#include "../../platform/bare/kernel/interrupt.h"
#include "../../platform/bare/machine.h"
#include "../../src/iommu/space/space.h"

enum { SOME = 64 };

enum verdict let_by_virtio(enum verdict verdict)
{
	const char *name = bus_iommu();

	return verdict == OPEN && name[0] == 'v' && name[1] == 'i' ? LET : verdict;
}

unsigned splittable(const struct attacker *a)
{
	return a->device[0].dma->domain->features & DMA_DOMAIN_SPLITS ? 0 : DMA_SPLITTABLE;
}

/* A frame of the kernel's, by its physical address, which no domain maps. Warm: the device was at work elsewhere. */
enum verdict attack_before_map(struct attacker *a)
{
	enum verdict verdict;
	dma_paddr_t secret;

	if (dma_host_frames_alloc(1, UINT64_MAX, DMA_PAGE_SIZE, &secret))
		return BROKEN;
	secret_fill(secret, 1, 1);
	if (a->warm && (!device_reads(a, 0, dma_stream_daddr(&a->marker[0])) ||
			!device_writes(a, 0, dma_stream_daddr(&a->loot[0]))))
		return BROKEN;
	verdict = attack_page(a, dma_daddr(secret.raw), secret, 1);
	dma_host_frames_free(secret, 1);
	return verdict;
}

/* Two neighbouring frames at two neighbouring addresses; one half is released again and flushed, and is somebody else's
 * now. `mapped`: which half stays. The n bytes at `offset` from the start of what stays are attacked. */
static enum verdict attack_neighbour(struct attacker *a, unsigned mapped, ptrdiff_t offset, size_t n)
{
	struct dma_segment both = {0}, copy = {0};
	struct dma_stream half[2] = {{0}, {0}};
	enum verdict verdict = BROKEN;
	dma_paddr_t neighbour;
	uint64_t start;

	if (dma_segment_alloc(&both, 2, UINT64_MAX, 0))
		return BROKEN;
	neighbour = dma_paddr(both.paddr.raw + (mapped ? 0 : DMA_PAGE_SIZE));
	if (dma_segment_clone(&both, &copy) ||
	    dma_stream_map(&half[0], a->device[0].dma, DMA_BIDIRECTIONAL | splittable(a), &copy) ||
	    dma_stream_split(&half[0], DMA_PAGE_SIZE, &half[1]))
		goto out;
	dma_stream_release(&half[!mapped]);
	if (dma_domain_flush(a->device[0].dma->domain))
		goto out;
	start = dma_stream_daddr(&half[mapped]).raw;
	secret_fill(neighbour, 1, 2);
	if (a->warm && (!device_reads(a, 0, dma_daddr(start)) || !device_writes(a, 0, dma_daddr(start))))
		goto out;
	verdict = attack_write(a, dma_daddr(start + (uint64_t)offset), n);
	if (!secret_intact(neighbour, 1, 2)) {
		verdict = OPEN;
		goto out;
	}
	/* Reading: only the bytes outside, so that what is allowed is not taken for loot. */
	if (mapped)
		verdict = worse(verdict, attack_read(a, dma_daddr(start - SOME), SOME,
						     dma_paddr(neighbour.raw + DMA_PAGE_SIZE - SOME)));
	else
		verdict = worse(verdict, attack_read(a, dma_daddr(start + DMA_PAGE_SIZE), SOME, neighbour));
out:
	dma_stream_release(&half[0]);
	dma_stream_release(&half[1]);
	dma_segment_drop(&copy);
	dma_segment_drop(&both);
	return verdict;
}

enum verdict attack_past_end(struct attacker *a)
{
	return worse(attack_neighbour(a, 0, (ptrdiff_t)DMA_PAGE_SIZE, 1),	 /* the first byte past */
		     attack_neighbour(a, 0, (ptrdiff_t)DMA_PAGE_SIZE - 32, 64)); /* across the end */
}

enum verdict attack_below_start(struct attacker *a)
{
	return worse(let_by_virtio(attack_neighbour(a, 1, -1, 1)), attack_neighbour(a, 1, -32, 64));
}

/* The device may read it: that its bytes do not change is what counts. */
enum verdict attack_write_to_device(struct attacker *a)
{
	struct dma_segment segment = {0};
	struct dma_stream stream = {0};
	enum verdict verdict = BROKEN;
	dma_paddr_t paddr;

	if (dma_segment_alloc(&segment, 1, UINT64_MAX, 0))
		return BROKEN;
	paddr = segment.paddr;
	secret_fill(paddr, 1, 3);
	if (dma_stream_map(&stream, a->device[0].dma, DMA_TO_DEVICE, &segment))
		goto out;
	if (a->warm && !device_reads(a, 0, dma_stream_daddr(&stream)))
		goto out;
	verdict = attack_write(a, dma_stream_daddr(&stream), SOME);
	if (!secret_intact(paddr, 1, 3))
		verdict = OPEN;
	else if (!device_reads(a, 0, dma_stream_daddr(&stream)))
		verdict = BROKEN; /* what is allowed goes on working */
out:
	dma_stream_release(&stream);
	dma_segment_drop(&segment);
	return verdict;
}

/* The device may write it; what lies there is not for it to read. */
enum verdict attack_read_from_device(struct attacker *a)
{
	struct dma_segment segment = {0};
	struct dma_stream stream = {0};
	enum verdict verdict = BROKEN;
	dma_paddr_t paddr;

	if (dma_segment_alloc(&segment, 1, UINT64_MAX, 0))
		return BROKEN;
	paddr = segment.paddr;
	if (dma_stream_map(&stream, a->device[0].dma, DMA_FROM_DEVICE, &segment))
		goto out;
	if (a->warm && !device_writes(a, 0, dma_stream_daddr(&stream)))
		goto out;
	secret_fill(paddr, 1, 4);
	verdict = attack_read(a, dma_stream_daddr(&stream), SOME, paddr);
	if (verdict == OPEN && !(a->device[0].dma->domain->features & DMA_DOMAIN_WRITE_ONLY))
		verdict = TOLD;
	if (verdict < OPEN && !device_writes(a, 0, dma_stream_daddr(&stream)))
		verdict = BROKEN;
out:
	dma_stream_release(&stream);
	dma_segment_drop(&segment);
	return verdict;
}

/* An address that is mapped, for another device; warm: and in the IOTLB, for that one. */
enum verdict attack_other_device(struct attacker *a)
{
	enum { PAGES = 8 }; /* its last page has an address that the attacker's domain does not use */
	struct dma_segment segment = {0};
	struct dma_stream stream = {0};
	enum verdict verdict = BROKEN;
	dma_paddr_t paddr;
	dma_daddr_t daddr;

	if (dma_segment_alloc(&segment, PAGES, UINT64_MAX, 0))
		return BROKEN;
	paddr = dma_paddr(segment.paddr.raw + (PAGES - 1) * DMA_PAGE_SIZE);
	if (dma_stream_map(&stream, a->device[1].dma, DMA_BIDIRECTIONAL, &segment))
		goto out;
	daddr = dma_daddr(dma_stream_daddr(&stream).raw + (PAGES - 1) * DMA_PAGE_SIZE);
	if (daddr.raw == dma_stream_daddr(&a->marker[0]).raw || daddr.raw == dma_stream_daddr(&a->loot[0]).raw)
		goto out;
	if (a->warm && (!device_reads(a, 1, daddr) || !device_writes(a, 1, daddr)))
		goto out;
	secret_fill(paddr, 1, 5);
	verdict = attack_page(a, daddr, paddr, 5);
out:
	dma_stream_release(&stream);
	dma_segment_drop(&segment);
	return verdict;
}

/* The tables of the attacker's own domain, by their physical addresses: the root, and the ones below on the way to a
 * mapping. */
enum verdict attack_page_tables(struct attacker *a)
{
	static unsigned char before[4096];
	const struct dma_space *space = dma_space_of(a->device[0].dma->domain);
	const struct dma_format *format = space->table.format;
	uint64_t daddr = dma_stream_daddr(&a->marker[0]).raw;
	uint64_t table = space->table.root.raw;
	enum verdict verdict = REPORTED;

	if (a->warm && !device_reads(a, 0, dma_stream_daddr(&a->marker[0])))
		return BROKEN;
	for (unsigned level = format->levels; level-- > 0;) {
		const uint64_t *entries = dma_host_linear(dma_paddr(table), sizeof(before));
		uint64_t entry = entries[daddr >> dma_level_shift(level) & 511];
		size_t slot = (daddr >> dma_level_shift(level) & 511) * 8;

		__builtin_memcpy(before, entries, sizeof(before));
		verdict = worse(verdict, attack_write(a, dma_daddr(table), SOME));
		if (__builtin_memcmp(before, entries, sizeof(before)) != 0)
			return OPEN;
		if (slot > sizeof(before) - 8)
			return BROKEN;
		verdict = worse(verdict, attack_read(a, dma_daddr(table + slot), 8, dma_paddr(table + slot)));
		if (!dma_entry_is_table(format, entry, level))
			break;
		table = dma_entry_address(format, entry);
	}
	return verdict;
}

static unsigned arrived;

static void count(void *context)
{
	(void)context;
	__atomic_add_fetch(&arrived, 1, __ATOMIC_RELAXED);
}

/* Where the hardware did not say that it blocked: a message that would interrupt this CPU, if it came through, within
 * the time that one takes many times over. */
static enum verdict attack_this_cpu(struct attacker *a)
{
	struct machine_message message;
	enum verdict verdict = BROKEN;
	uint64_t began = machine_time_ns(), paddr, nbytes;
	unsigned number;

	if (machine_doorbell(&paddr, &nbytes)) /* its messages name an entry of a table, and none is ours */
		return OPEN;
	arrived = 0;
	if (interrupt_take(count, NULL, &number))
		return BROKEN;
	if (machine_message(NULL, number, 0, &message) == 0 &&
	    dma_stream_write_bytes(&a->marker[0], 0, &message.data, sizeof(message.data)) == 0 &&
	    dma_stream_sync_to_device(&a->marker[0], 0, DMA_PAGE_SIZE) == 0 &&
	    weapon_fetch(&a->device[0], dma_stream_daddr(&a->marker[0]), 0, sizeof(message.data)) == 0 &&
	    weapon_store(&a->device[0], dma_daddr(message.address), 0, sizeof(message.data)) == 0) {
		while (machine_time_ns() - began < 100000000 && !__atomic_load_n(&arrived, __ATOMIC_RELAXED))
			machine_relax();
		verdict = __atomic_load_n(&arrived, __ATOMIC_RELAXED) ? OPEN : SILENT;
	}
	interrupt_give(number);
	if (dma_stream_fill(&a->marker[0], 0, 0xee, DMA_PAGE_SIZE) ||
	    dma_stream_sync_to_device(&a->marker[0], 0, DMA_PAGE_SIZE))
		return BROKEN;
	return verdict;
}

/* A message that would be an interrupt: x86's window, in the remappable format (address bit 4), and the doorbells of
 * QEMU's virt machines: GICv2m and ITS, IMSIC, PCH-MSI. Nothing lies there that could be looked at: the report tells
 * that it was blocked, or, where hardware is silent, that no interrupt comes. docs/security.md has the rest. */
enum verdict attack_interrupts(struct attacker *a)
{
	enum verdict verdict = REPORTED;

	for (unsigned i = 0; i < DOORBELLS; i++) {
		unsigned before = a->interrupts_blocked;

		if (attack_write(a, dma_daddr(doorbells[i]), 4) == BROKEN)
			return BROKEN;
		if (a->interrupts_blocked == before)
			verdict = worse(verdict, attack_this_cpu(a));
	}
	return let_by_virtio(verdict);
}
