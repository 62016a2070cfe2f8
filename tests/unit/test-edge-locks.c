/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-edge-locks.c - who waits for whom at the edge, step by step
 *
 * The store holds up the first request; the locks are ours here, and tell when
 * the second one has to wait.  So each test knows which of the two happened,
 * however fast the machine is.
 */
#include "check.h"
#include "edge.h"
#include "fake-store.h"
#include "port.h"
#include "window.h"

#define MIB	(1u << 20)

static _Atomic unsigned waits;		/* locks that were not free at once */

/* They are taken as the library does it, but by trying. */
static int take(pthread_rwlock_t *lock, int (*attempt)(pthread_rwlock_t *))
{
	int r = attempt(lock);

	if (r == EBUSY)
		waits++;
	for (; r == EBUSY; r = attempt(lock))
		sched_yield();
	return r;
}

int pthread_rwlock_rdlock(pthread_rwlock_t *lock)
{
	return take(lock, pthread_rwlock_tryrdlock);
}

int pthread_rwlock_wrlock(pthread_rwlock_t *lock)
{
	return take(lock, pthread_rwlock_trywrlock);
}

static struct fake_store *fake;
static struct port port;
static struct edge *edge;
static unsigned char bytes[4 * MIB];

static void set_up(void)
{
	fake = fake_new(4 * MIB, 4096);
	port_init(&port, &fake->store);
	edge = edge_new(&port);
	CU_ASSERT_PTR_NOT_NULL_FATAL(edge);
	memset(bytes, 'b', sizeof(bytes));
	waits = 0;
}

static void tear_down(void)
{
	edge_free(edge);
	fake_free(fake);
}

/* A write, or zeros where it is longer than that can be. */
struct request {
	size_t len;
	uint64_t off;
	struct store *window;		/* NULL: straight to the edge */
	pthread_t thread;
	atomic_bool done;
	int result;
};

static void *run(void *arg)
{
	struct request *request = arg;
	size_t len = request->len;
	uint64_t off = request->off;

	if (request->window)
		request->result = store_write(request->window, bytes, len, off,
					      0);
	else if (len > FILTER_MAX_IO)
		request->result = edge_zero(edge, len, off, 0);
	else
		request->result = edge_write(edge, bytes, len, off, 0);
	request->done = true;
	return NULL;
}

static void begin(struct request *request)
{
	request->result = 1;
	CU_ASSERT_EQUAL_FATAL(pthread_create(&request->thread, NULL, run,
					     request), 0);
}

static void end(struct request *request)
{
	(void)pthread_join(request->thread, NULL);
	CU_ASSERT_EQUAL(request->result, 0);
}

/*
 * The first is held up in its read (of a part) or its write (of whole
 * granules); then the second is let loose.  Returns whether it had to wait.
 */
static bool second_waits(struct request *first, struct request *second)
{
	unsigned before;
	bool waited;

	fake->hold = fake->hold_writes = true;
	begin(first);
	while (fake->held == 0)
		sched_yield();
	before = fake->reads + fake->writes + fake->zeros;
	begin(second);
	while (waits == 0 && fake->held < 2 && !second->done)
		sched_yield();
	waited = waits > 0 &&
		 fake->reads + fake->writes + fake->zeros == before;
	fake->hold = fake->hold_writes = false;
	end(first);
	end(second);
	return waited;
}

static bool waits_for(size_t len, uint64_t off, size_t other_len,
		      uint64_t other_off)
{
	struct request first = { .len = len, .off = off };
	struct request second = { .len = other_len, .off = other_off };
	bool waited;

	set_up();
	waited = second_waits(&first, &second);
	tear_down();
	return waited;
}

static void test_a_part_is_changed_by_one_at_a_time(void)
{
	CU_ASSERT_TRUE(waits_for(64, 100, 64, 200));
	CU_ASSERT_TRUE(waits_for(4095, 0, 1, 4095));
}

static void test_a_whole_write_waits_for_a_part_being_changed(void)
{
	CU_ASSERT_TRUE(waits_for(64, 100, 4096, 0));
	CU_ASSERT_TRUE(waits_for(1, MIB - 1, MIB, 0));
}

static void test_a_part_waits_for_a_whole_write(void)
{
	CU_ASSERT_TRUE(waits_for(4096, 0, 64, 100));
}

/* Of a stripe each: the first, the last, and one between. */
static void test_each_stripe_of_a_write_is_locked(void)
{
	CU_ASSERT_TRUE(waits_for(8192, MIB - 4096, 1, MIB - 1));
	CU_ASSERT_TRUE(waits_for(8192, MIB - 4096, 1, MIB));
	CU_ASSERT_TRUE(waits_for(3 * MIB, 4096, 1, 4096));
	CU_ASSERT_TRUE(waits_for(3 * MIB, 4096, 1, 2 * MIB));
	CU_ASSERT_TRUE(waits_for(3 * MIB, 4096, 1, 3 * MIB + 4095));
}

static void test_whole_writes_go_side_by_side(void)
{
	CU_ASSERT_FALSE(waits_for(4096, 0, 4096, 0));
	CU_ASSERT_FALSE(waits_for(MIB, 4096, MIB, 8192));
}

static void test_parts_far_apart_go_side_by_side(void)
{
	CU_ASSERT_FALSE(waits_for(1, MIB - 1, 1, MIB));
}

/* One ends and the other begins inside the same granule. */
static void test_neighbours_share_their_lock(void)
{
	struct request a = { .len = 4096, .off = 65536 - 4096 };
	struct request b = { .len = 4096 };

	set_up();
	CU_ASSERT_EQUAL_FATAL(window_new(&fake->store, 512, 65536, true,
					 &a.window), 0);
	CU_ASSERT_EQUAL_FATAL(window_new(&fake->store, 512 + 65536, 65536,
					 true, &b.window), 0);
	CU_ASSERT_TRUE(second_waits(&a, &b));
	CU_ASSERT_EQUAL(fake->bytes[65536 + 511], 'b');
	CU_ASSERT_EQUAL(fake->bytes[65536 + 512], 'b');
	window_free(a.window);
	window_free(b.window);
	tear_down();
}

CHECK_SUITE("edge locks",
	    CHECK(test_a_part_is_changed_by_one_at_a_time),
	    CHECK(test_a_whole_write_waits_for_a_part_being_changed),
	    CHECK(test_a_part_waits_for_a_whole_write),
	    CHECK(test_each_stripe_of_a_write_is_locked),
	    CHECK(test_whole_writes_go_side_by_side),
	    CHECK(test_parts_far_apart_go_side_by_side),
	    CHECK(test_neighbours_share_their_lock))
