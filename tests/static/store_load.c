/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The examples of barrier.h on this CPU, between two threads: each says something, then looks what the other said. With
 * dma_barrier() they never miss each other. Without, x86 and every weaker CPU lets them (hazard 69); how often that is
 * seen depends on the machine, so the test only reports it. Also the two other barriers: a message and its flag, both
 * ways.
 */
#include <dmastream/barrier.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#define APART __attribute__((aligned(256)))

static uint32_t says APART, other_says APART, flag APART;
static uint32_t found APART, other_found APART;
static uint32_t turn APART, done APART;
static unsigned rounds;
static void (*other_side)(void);

static uint32_t look(const uint32_t *at)
{
	return (uint32_t)dma_arch_read_once(at, sizeof(*at));
}

static void say(uint32_t *at, uint32_t value)
{
	dma_arch_write_once(at, value, sizeof(*at));
}

static void wait_for(const uint32_t *at, uint32_t value)
{
	for (unsigned n = 0; __atomic_load_n(at, __ATOMIC_ACQUIRE) != value; n++)
		if (n % 4096 == 4095)
			(void)sched_yield();
}

static void linger(unsigned n)
{
	for (volatile unsigned i = 0; i < n; i++)
		;
}

static void *other(void *unused)
{
	(void)unused;
	for (unsigned i = 1; i <= rounds; i++) {
		wait_for(&turn, i);
		linger(i >> 4 & 15);
		other_side();
		__atomic_store_n(&done, i, __ATOMIC_RELEASE);
	}
	return NULL;
}

/* One round of both sides after the other; how often lost() says so. */
static unsigned play(void (*ours)(void), void (*theirs)(void), bool (*is_lost)(void))
{
	const char *count = getenv("ROUNDS");
	unsigned lost = 0;
	pthread_t thread;

	rounds = count ? (unsigned)strtoul(count, NULL, 0) : 20000;
	turn = done = 0;
	other_side = theirs;
	assert_int_equal(pthread_create(&thread, NULL, other, NULL), 0);
	for (unsigned i = 1; i <= rounds; i++) {
		says = other_says = flag = found = other_found = 0;
		__atomic_store_n(&turn, i, __ATOMIC_SEQ_CST);
		linger(i & 127);
		ours();
		wait_for(&done, i);
		lost += is_lost();
	}
	(void)pthread_join(thread, NULL);
	return lost;
}

/* ---- Both say, then look ---- */

static void we_ordered(void)
{
	say(&says, 1);
	dma_barrier();
	found = look(&other_says);
}

static void we_hoping(void)
{
	say(&says, 1);
	dma_publish();
	dma_consume();
	found = look(&other_says);
}

static void they(void)
{
	say(&other_says, 1);
	dma_barrier();
	other_found = look(&says);
}

static bool missed(void)
{
	return !found && !other_found;
}

static void nobody_misses_the_other(void **state)
{
	unsigned lost, hoping;

	(void)state;
	hoping = play(we_hoping, they, missed);
	lost = play(we_ordered, they, missed);
	printf("# both missed each other in %u of %u rounds with publish and consume, %u with a barrier\n", hoping,
	       rounds, lost);
	assert_int_equal(lost, 0);
}

/* ---- A message and its flag ---- */

static void we_send(void)
{
	say(&says, 7);
	dma_publish();
	say(&flag, 1);
}

static void they_receive(void)
{
	other_found = look(&flag);
	dma_consume();
	found = look(&says);
}

static bool torn(void)
{
	return other_found == 1 && found != 7;
}

static void messages_arrive_before_their_flags(void **state)
{
	(void)state;
	assert_int_equal(play(we_send, they_receive, torn), 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(nobody_misses_the_other),
		cmocka_unit_test(messages_arrive_before_their_flags),
	};

	if (sysconf(_SC_NPROCESSORS_ONLN) < 2) {
		puts("1..0 # SKIP one CPU: nobody to miss");
		return 0;
	}
	return cmocka_run_group_tests_name("store and load", tests, NULL, NULL);
}
