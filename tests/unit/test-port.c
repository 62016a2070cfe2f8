/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-port.c - a user's level, its lost flushes, and the check on entering
 */
#include "check.h"
#include "fake-store.h"
#include "port.h"
#include "window.h"

#define SIZE	(4u << 20)

static unsigned char buf[FILTER_MAX_IO + 512];

static int flush(struct port *port)
{
	return port->face.flush(&port->face);
}

static void test_requests_are_checked_on_entering(void)
{
	struct fake_store *fake = fake_new(SIZE, 512);
	struct filter_next *next;
	struct port port;
	unsigned what;
	uint64_t len;

	port_init(&port, &fake->store);
	next = &port.face;
	CU_ASSERT_EQUAL(next->medium->size, SIZE);
	CU_ASSERT_EQUAL(next->read(next, buf, 512, SIZE - 512), 0);
	CU_ASSERT_EQUAL(fake->reads, 1);
	CU_ASSERT_EQUAL(next->read(next, buf, 1024, SIZE - 512), -EINVAL);
	CU_ASSERT_EQUAL(next->read(next, buf, 512, SIZE), -EINVAL);
	CU_ASSERT_EQUAL(next->read(next, buf, 512, 1), -EINVAL);
	CU_ASSERT_EQUAL(next->read(next, buf, 511, 0), -EINVAL);
	CU_ASSERT_EQUAL(next->read(next, buf, 512, UINT64_MAX - 511), -EINVAL);
	CU_ASSERT_EQUAL(next->read(next, buf, FILTER_MAX_IO + 512, 0), -EINVAL);
	CU_ASSERT_EQUAL(next->write(next, buf, FILTER_MAX_IO + 512, 0, 0),
			-EINVAL);
	CU_ASSERT_EQUAL(next->write(next, buf, 512, SIZE, 0), -EINVAL);
	CU_ASSERT_EQUAL(next->zero(next, SIZE + 512, 0, 0), -EINVAL);
	CU_ASSERT_EQUAL(next->discard(next, 512, SIZE), -EINVAL);
	len = SIZE + 512;
	CU_ASSERT_EQUAL(next->map(next, 0, &len, &what), -EINVAL);
	len = 0;
	CU_ASSERT_EQUAL(next->map(next, 0, &len, &what), -EINVAL);
	CU_ASSERT_EQUAL(next->read(next, buf, 0, SIZE), 0);
	CU_ASSERT_EQUAL(next->write(next, buf, 0, 0, 0), 0);
	CU_ASSERT_EQUAL(fake->reads, 1);
	CU_ASSERT_EQUAL(fake->writes + fake->zeros + fake->discards, 0);
	CU_ASSERT_EQUAL(next->zero(next, SIZE, 0, 0), 0);
	CU_ASSERT_EQUAL(fake->zeros, 1);
	fake_free(fake);
}

static void test_the_longest_request_passes(void)
{
	struct fake_store *fake = fake_new(SIZE, 512);
	struct filter_next *next;
	struct port port;

	port_init(&port, &fake->store);
	next = &port.face;
	CU_ASSERT_EQUAL(next->read(next, buf, FILTER_MAX_IO,
				   SIZE - FILTER_MAX_IO), 0);
	CU_ASSERT_EQUAL(buf[FILTER_MAX_IO - 1], fake_byte(SIZE - 1));
	buf[FILTER_MAX_IO - 1]++;
	CU_ASSERT_EQUAL(next->write(next, buf, FILTER_MAX_IO,
				    SIZE - FILTER_MAX_IO, 0), 0);
	CU_ASSERT_EQUAL(fake->bytes[SIZE - 1], buf[FILTER_MAX_IO - 1]);
	fake_free(fake);
}

static void test_what_is_read_only_is_not_changed(void)
{
	struct fake_store *fake = fake_new(SIZE, 512);
	struct filter_next *next;
	struct port port;

	fake->store.medium.writable = false;
	port_init(&port, &fake->store);
	next = &port.face;
	CU_ASSERT_EQUAL(next->write(next, buf, 512, 0, 0), -EROFS);
	CU_ASSERT_EQUAL(next->zero(next, 512, 0, 0), -EROFS);
	CU_ASSERT_EQUAL(next->discard(next, 512, 0), -EROFS);
	CU_ASSERT_EQUAL(fake->writes + fake->zeros + fake->discards, 0);
	CU_ASSERT_EQUAL(port_access(&port, FILTER_WRITER), -EROFS);
	CU_ASSERT_EQUAL(port_access(&port, FILTER_READER), 0);
	CU_ASSERT_STRING_EQUAL(fake->trace, "b");
	fake_free(fake);
}

static void test_level_falls_back_and_rises_once(void)
{
	struct fake_store *fake = fake_new(SIZE, 512);
	struct port port;

	port_init(&port, &fake->store);
	CU_ASSERT_EQUAL(port_access(&port, FILTER_WRITER), 0);
	CU_ASSERT_EQUAL(port_access(&port, FILTER_WRITER), 0);
	CU_ASSERT_EQUAL(port_access(&port, FILTER_READER), 0);
	fake->fail_access = -EIO;
	CU_ASSERT_EQUAL(port_access(&port, FILTER_WRITER), -EIO);
	CU_ASSERT_EQUAL(port.level, FILTER_READER);
	CU_ASSERT_EQUAL(port_access(&port, FILTER_NOBODY), 0);
	CU_ASSERT_STRING_EQUAL(fake->trace, "cba");
	fake_free(fake);
}

/* Two partitions of one disk: the flush of either may lose the other's. */
static void test_lost_flush_is_told_once_to_each(void)
{
	struct fake_store *fake = fake_new(SIZE, 512);
	struct store *a, *b;
	struct port first, second, late;

	CU_ASSERT_EQUAL_FATAL(window_new(&fake->store, 0, SIZE / 2, true, &a),
			      0);
	CU_ASSERT_EQUAL_FATAL(window_new(&fake->store, SIZE / 2, SIZE / 2,
					 true, &b), 0);
	port_init(&first, a);
	port_init(&second, b);
	CU_ASSERT_EQUAL(flush(&first), 0);
	fake->fail_flush = -ENOSPC;
	CU_ASSERT_EQUAL(flush(&first), -ENOSPC);
	CU_ASSERT_EQUAL(flush(&first), 0);
	port_init(&late, b);
	CU_ASSERT_EQUAL(flush(&second), -EIO);
	CU_ASSERT_EQUAL(flush(&second), 0);
	CU_ASSERT_EQUAL(flush(&late), 0);
	CU_ASSERT_EQUAL(fake->flushes, 6);
	window_free(a);
	window_free(b);
	fake_free(fake);
}

CHECK_SUITE("port",
	    CHECK(test_requests_are_checked_on_entering),
	    CHECK(test_the_longest_request_passes),
	    CHECK(test_what_is_read_only_is_not_changed),
	    CHECK(test_level_falls_back_and_rises_once),
	    CHECK(test_lost_flush_is_told_once_to_each))
