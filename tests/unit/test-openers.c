/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-openers.c - who has a volume open, and what they are told of losses
 */
#include "check.h"
#include "fake-store.h"
#include "openers.h"
#include "port.h"

#define SIZE	65536u

static struct fake_store *fake;
static struct store_ops ops;
static struct port port;
static struct openers openers;
static int flushed_at;			/* the level of the last flush */

/* The level that the store is at for its one user. */
static int level(void)
{
	return fake->users[FILTER_WRITER] > 0 ? FILTER_WRITER :
	       fake->users[FILTER_READER] > 0 ? FILTER_READER :
						FILTER_NOBODY;
}

/* Somebody looks into the volume meanwhile. */
static int flush_and_look(struct store *store)
{
	uint64_t handle;

	CU_ASSERT_EQUAL(openers_add(&openers, false, &handle), 0);
	CU_ASSERT_EQUAL(openers_drop(&openers, false), 0);
	flushed_at = level();
	return fake_flush(store);
}

static void set_up(void)
{
	fake = fake_new(SIZE, 512);
	ops = fake_ops;
	ops.flush = flush_and_look;
	fake->store.ops = &ops;
	port_init(&port, &fake->store);
	openers_init(&openers, &port);
	flushed_at = -1;
}

static void tear_down(void)
{
	openers_fini(&openers);
	fake_free(fake);
}

static uint64_t add(bool writer)
{
	uint64_t handle = 0;

	CU_ASSERT_EQUAL_FATAL(openers_add(&openers, writer, &handle), 0);
	return handle;
}

static void test_the_level_is_that_of_the_highest(void)
{
	set_up();
	CU_ASSERT_EQUAL(level(), FILTER_NOBODY);
	add(false);
	CU_ASSERT_EQUAL(level(), FILTER_READER);
	add(true);
	CU_ASSERT_EQUAL(level(), FILTER_WRITER);
	add(true);
	CU_ASSERT_EQUAL(openers_drop(&openers, false), 0);
	CU_ASSERT_EQUAL(level(), FILTER_WRITER);
	CU_ASSERT_EQUAL(openers_drop(&openers, true), 0);
	CU_ASSERT_EQUAL(level(), FILTER_WRITER);
	add(false);
	CU_ASSERT_EQUAL(openers_drop(&openers, true), 0);
	CU_ASSERT_EQUAL(level(), FILTER_READER);
	CU_ASSERT_TRUE(openers_any(&openers));
	CU_ASSERT_EQUAL(openers_drop(&openers, false), 0);
	CU_ASSERT_EQUAL(level(), FILTER_NOBODY);
	CU_ASSERT_FALSE(openers_any(&openers));
	tear_down();
}

static void test_the_last_writer_flushes_while_it_may_write(void)
{
	set_up();
	add(true);
	add(true);
	CU_ASSERT_EQUAL(openers_drop(&openers, true), 0);
	CU_ASSERT_EQUAL(fake->flushes, 0);
	fake->fail_flush = -EIO;
	CU_ASSERT_EQUAL(openers_drop(&openers, true), -EIO);
	CU_ASSERT_EQUAL(fake->flushes, 1);
	CU_ASSERT_EQUAL(flushed_at, FILTER_WRITER);
	CU_ASSERT_EQUAL(level(), FILTER_NOBODY);
	add(false);
	CU_ASSERT_EQUAL(openers_drop(&openers, false), 0);
	CU_ASSERT_EQUAL(fake->flushes, 1);
	tear_down();
}

static void test_who_is_refused_is_not_counted(void)
{
	uint64_t handle = 4711;

	set_up();
	fake->fail_access = -EACCES;
	CU_ASSERT_EQUAL(openers_add(&openers, true, &handle), -EACCES);
	CU_ASSERT_EQUAL(openers_add(&openers, false, &handle), -EACCES);
	CU_ASSERT_EQUAL(handle, 4711);
	CU_ASSERT_FALSE(openers_any(&openers));
	fake->fail_access = 0;
	add(false);
	CU_ASSERT_EQUAL(level(), FILTER_READER);
	fake->fail_access = -EROFS;
	CU_ASSERT_EQUAL(openers_add(&openers, true, &handle), -EROFS);
	CU_ASSERT_EQUAL(level(), FILTER_READER);
	tear_down();
}

static void test_a_flush_goes_down(void)
{
	uint64_t handle;

	set_up();
	handle = add(true);
	CU_ASSERT_EQUAL(openers_flush(&openers, handle), 0);
	CU_ASSERT_EQUAL(openers_flush(&openers, handle), 0);
	CU_ASSERT_EQUAL(fake->flushes, 2);
	fake->fail_flush = -ENXIO;
	CU_ASSERT(openers_flush(&openers, handle) < 0);
	tear_down();
}

/* Again and again; but who comes later has lost nothing. */
static void test_a_loss_is_told_to_who_lived_through_it(void)
{
	uint64_t first, second, late;

	set_up();
	first = add(true);
	second = add(false);
	CU_ASSERT_EQUAL(openers_flush(&openers, first), 0);
	fake->fail_flush = -EIO;
	CU_ASSERT_EQUAL(openers_flush(&openers, first), -EIO);
	late = add(true);
	for (unsigned i = 0; i < 2; i++) {
		CU_ASSERT_EQUAL(openers_flush(&openers, late), 0);
		CU_ASSERT_EQUAL(openers_flush(&openers, first), -EIO);
		CU_ASSERT_EQUAL(openers_flush(&openers, second), -EIO);
	}
	tear_down();
}

/* Of a volume's neighbour, whose flush had our bytes in it. */
static void test_a_loss_of_the_disk_is_ours(void)
{
	uint64_t handle, late;

	set_up();
	handle = add(true);
	fake->lost++;
	CU_ASSERT_EQUAL(openers_flush(&openers, handle), -EIO);
	late = add(true);
	CU_ASSERT_EQUAL(openers_flush(&openers, late), 0);
	CU_ASSERT_EQUAL(openers_flush(&openers, handle), -EIO);
	tear_down();
}

static int refuse_once(struct store *store)
{
	return atomic_exchange(&fake_of(store)->fail_flush, 0);
}

/* A filter tells of it with the result of a flush alone. */
static void test_a_loss_above_the_disk_is_one_too(void)
{
	uint64_t handle;

	set_up();
	ops.flush = refuse_once;
	handle = add(true);
	fake->fail_flush = -ENOSPC;
	CU_ASSERT_EQUAL(openers_flush(&openers, handle), -EIO);
	CU_ASSERT_EQUAL(fake->lost, 0);
	CU_ASSERT_EQUAL(openers_flush(&openers, handle), -EIO);
	tear_down();
}

static void test_all_go_at_once(void)
{
	set_up();
	add(true);
	add(false);
	fake->fail_flush = -EIO;
	CU_ASSERT_EQUAL(openers_clear(&openers), -EIO);
	CU_ASSERT_EQUAL(flushed_at, FILTER_WRITER);
	CU_ASSERT_EQUAL(level(), FILTER_NOBODY);
	CU_ASSERT_FALSE(openers_any(&openers));
	tear_down();

	set_up();
	fake->store.medium.writable = false;
	port_init(&port, &fake->store);
	add(false);
	CU_ASSERT_EQUAL(openers_clear(&openers), 0);
	CU_ASSERT_EQUAL(fake->flushes, 0);
	CU_ASSERT_EQUAL(level(), FILTER_NOBODY);
	tear_down();
}

CHECK_SUITE("openers",
	    CHECK(test_the_level_is_that_of_the_highest),
	    CHECK(test_the_last_writer_flushes_while_it_may_write),
	    CHECK(test_who_is_refused_is_not_counted),
	    CHECK(test_a_flush_goes_down),
	    CHECK(test_a_loss_is_told_to_who_lived_through_it),
	    CHECK(test_a_loss_of_the_disk_is_ours),
	    CHECK(test_a_loss_above_the_disk_is_one_too),
	    CHECK(test_all_go_at_once))
