/* SPDX-License-Identifier: MPL-2.0 */
/*
 * examples/receive_ring.c with a network card that lies: lengths beyond the block, entries that it goes on
 * changing. The handler runs with interrupts off; frames arrive whole, in order, and none that was a lie.
 */
#include "../../examples/receive_ring.h"
#include "machines.h"

#define BURST 96u
#define HELD  8u

static struct sim_device *card;
static struct nic nic;
static struct dma_block_from_device *held[HELD];
static unsigned at, sent, delivered, lies, next_seed;

static size_t length_of(unsigned seed)
{
	return seed % 5 == 0 ? NIC_FRAME : 60 + seed * 13 % 1400;
}

/* A length that no block has, for every seventh frame: the driver must not believe it. */
static bool lie(unsigned seed)
{
	return seed % 7 == 3;
}

static void card_receives(unsigned n)
{
	static unsigned char frame[NIC_FRAME];
	struct nic_descriptor d;

	for (; n > 0; n--, sent++, at = (at + 1) % NIC_RING) {
		dma_daddr_t entry = dma_ring_entry_daddr(&nic.ring, at);
		uint32_t length = lie(sent) ? (sent % 2 ? UINT32_MAX : NIC_FRAME + 1) : (uint32_t)length_of(sent);
		uint32_t owner = 0;

		SIM_CHECK(sim_device_read(card, entry, &d, sizeof(d)) == 0);
		if (!SIM_CHECK(d.owner == NIC_DEVICE && d.length == NIC_FRAME))
			return;
		example_fill(frame, sent, length_of(sent));
		SIM_CHECK(sim_device_write(card, dma_daddr(d.daddr), frame, length_of(sent)) == 0);
		SIM_CHECK(sim_device_write(card, dma_daddr(entry.raw + NIC_LENGTH), &length, 4) == 0);
		SIM_CHECK(sim_device_write(card, dma_daddr(entry.raw + NIC_OWNER), &owner, 4) == 0);
		lies += lie(sent);
	}
}

/* The next layer keeps some frames before it gives their blocks back. */
void nic_deliver(struct nic *from, struct dma_block_from_device *frame, size_t length)
{
	static unsigned char bytes[NIC_FRAME];
	unsigned place = delivered % HELD;

	while (lie(next_seed))
		next_seed++;
	SIM_CHECK(length == length_of(next_seed));
	SIM_CHECK(length <= sizeof(bytes) && dma_slice_read_bytes(&frame->slice, 0, bytes, length) == 0);
	SIM_CHECK(example_is(bytes, next_seed, length));
	next_seed++;
	delivered++;
	if (held[place])
		SIM_CHECK(dma_pool_put(&from->pool, held[place]) == 0);
	held[place] = frame;
}

static void scene(void *unused)
{
	struct dma_device dma;
	struct dma_device_config config;

	(void)unused;
	card = sim_device_new(NULL);
	config = sim_device_dma(card);
	memset(&nic, 0, sizeof(nic));
	memset(held, 0, sizeof(held));
	at = sent = delivered = lies = next_seed = 0;
	SIM_CHECK(dma_device_init(&dma, &config) == 0);
	if (SIM_CHECK(nic_open(&nic, &dma) == 0)) {
		for (unsigned round = 0; round < 4; round++) { /* more frames than the ring has entries */
			card_receives(BURST);
			(void)sim_interrupts(false);
			nic_interrupt(&nic);
			(void)sim_interrupts(true);
		}
		SIM_CHECK(lies > 0 && delivered == sent - lies);
		for (unsigned i = 0; i < HELD; i++)
			SIM_CHECK(dma_pool_put(&nic.pool, held[i]) == 0);
		nic_close(&nic);
	}
	SIM_CHECK(dma_device_fini(&dma) == 0);
}

static int attempt(void *unused)
{
	struct dma_device dma;
	struct dma_device_config config;
	int error;

	(void)unused;
	card = sim_device_new(NULL);
	config = sim_device_dma(card);
	memset(&nic, 0, sizeof(nic));
	error = dma_device_init(&dma, &config);
	if (error)
		return error;
	error = nic_open(&nic, &dma);
	if (!error)
		nic_close(&nic);
	SIM_CHECK(dma_device_fini(&dma) == 0);
	return error;
}

static void frames_arrive(void **state)
{
	(void)state;
	assert_int_equal(example_run(scene), 0);
}

static void every_failure_unwinds(void **state)
{
	struct sim_config machine = sim_config_plain("low=2,high=2,noncoherent");

	(void)state;
	assert_int_equal(sim_for_each_failure(&machine, attempt, NULL, NULL), 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {cmocka_unit_test(frames_arrive),
						  cmocka_unit_test(every_failure_unwinds)};

	return cmocka_run_group_tests_name("receive ring", tests, NULL, NULL);
}
